package dev.gatehouse.access;

import dev.gatehouse.access.OutputPolicy.Detail;
import dev.gatehouse.core.Caller;
import dev.gatehouse.core.Refusal.Violation;
import dev.gatehouse.core.TeamName;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a caller may grant others on a model that is not its team's: at most what one of its own
 * grants gives it, which must allow {@link Action#ADMINISTER_GRANTS}.
 *
 * <p>A grant is within another if every call that it allows would be allowed by the other, to no
 * better terms: no other actions, no later end, no further networks, no weaker login, no greater
 * weight, no higher priority, no wider bound of a quota, and of no output more. Several grants
 * never add up. Each grant has its quota for itself, so that whoever grants twice gives a quota
 * twice.
 *
 * @param by who grants
 * @param team the team it belongs to now
 * @param held its own grants that apply now and allow to administer grants
 * @param denied what it is denied now
 */
record Delegation(Caller by, TeamName team, List<Grant> held, Set<Action> denied) {

  /** Copies. */
  Delegation {
    held = List.copyOf(held);
    denied = Set.copyOf(denied);
  }

  /**
   * What the caller may pass on.
   *
   * @param team the team it belongs to now
   * @param given the grants on the model that are the caller's or that team's
   */
  static Delegation of(Caller by, TeamName team, Collection<Grant> given, Instant now) {
    List<Grant> held = new ArrayList<>();
    Set<Action> denied = EnumSet.noneOf(Action.class);
    for (Grant grant : given) {
      if (grant.applies(by, now)) {
        switch (grant.effect()) {
          case DENY -> denied.addAll(grant.actions());
          case ALLOW -> {
            if (grant.covers(Action.ADMINISTER_GRANTS)) {
              held.add(grant);
            }
          }
        }
      }
    }
    return new Delegation(by, team, held, denied);
  }

  /** Whether there is anything to pass on. */
  boolean possible() {
    return !held.isEmpty() && !denied.contains(Action.ADMINISTER_GRANTS);
  }

  /**
   * By which fields {@code wanted} is more than may be passed on; none if it may be.
   *
   * <p>Compared with the grant that comes nearest to it; only if {@link #possible()}.
   */
  List<Violation> violations(NewGrant wanted) {
    List<Violation> violations = new ArrayList<>();
    switch (wanted.grantee()) {
      case Grantee.ToCaller(var caller) when caller.equals(by.id()) ->
          violations.add(new Violation("grant.caller", "you may pass nothing on to yourself"));
      case Grantee.ToTeam(var other) when other.equals(team) ->
          violations.add(new Violation("grant.team", "you may pass nothing on to your own team"));
      case Grantee.ToCaller other -> {}
      case Grantee.ToTeam other -> {}
    }
    if (wanted.effect() == GrantEffect.DENY) {
      violations.add(new Violation("grant.effect", "only those who own the model deny"));
      return violations;
    }
    if (implied(wanted.actions()).stream().anyMatch(denied::contains)) {
      violations.add(new Violation("grant.actions", "includes what you are denied"));
    }
    violations.addAll(
        held.stream()
            .map(grant -> excess(grant, wanted))
            .min(Comparator.comparingInt(List::size))
            .orElse(List.of(new Violation("grant", "you hold nothing to pass on"))));
    return violations;
  }

  /** By which fields {@code wanted} gives more than {@code held} does. */
  private static List<Violation> excess(Grant held, NewGrant wanted) {
    List<Violation> excess = new ArrayList<>();
    GrantTerms has = held.terms();
    GrantTerms gives = wanted.terms();
    check(excess, implied(held.actions()).containsAll(wanted.actions()), "actions");
    check(excess, !wanted.expireTime().isAfter(held.expireTime()), "expire_time");
    check(excess, within(held.conditions(), wanted.conditions()), "source_networks");
    check(
        excess,
        wanted.conditions().minimumStrength().atLeast(held.conditions().minimumStrength()),
        "minimum_strength");
    check(excess, gives.weight() <= has.weight(), "weight");
    check(excess, gives.priority().compareTo(has.priority()) >= 0, "priority");
    checkQuota(excess, has.quota(), gives.quota());
    check(excess, within(has.outputPolicies(), gives.outputPolicies()), "output_policies");
    return excess;
  }

  private static void check(List<Violation> excess, boolean within, String field) {
    if (!within) {
      excess.add(new Violation("grant." + field, "is more than your own grant gives"));
    }
  }

  /** Whoever is allowed anything may read metadata. */
  private static Set<Action> implied(Set<Action> actions) {
    Set<Action> implied = EnumSet.of(Action.READ_METADATA);
    implied.addAll(actions);
    return implied;
  }

  private static boolean within(GrantConditions held, GrantConditions wanted) {
    if (held.sourceNetworks().isEmpty()) {
      return true;
    }
    return !wanted.sourceNetworks().isEmpty()
        && wanted.sourceNetworks().stream()
            .allMatch(
                network ->
                    held.sourceNetworks().stream().anyMatch(wider -> wider.contains(network)));
  }

  private static void checkQuota(List<Violation> excess, Quota held, Quota wanted) {
    check(
        excess, bounded(held.callsPerSecond(), wanted.callsPerSecond()), "quota.calls_per_second");
    check(excess, bounded(burst(held), burst(wanted)), "quota.calls_burst");
    check(excess, bounded(held.rowsPerSecond(), wanted.rowsPerSecond()), "quota.rows_per_second");
    check(excess, bounded(held.rowsPerDay(), wanted.rowsPerDay()), "quota.rows_per_day");
    check(
        excess,
        bounded(held.concurrentCalls(), wanted.concurrentCalls()),
        "quota.concurrent_calls");
  }

  /** Zero stands for no bound. */
  private static boolean bounded(long held, long wanted) {
    return held == 0 || (wanted != 0 && wanted <= held);
  }

  private static long burst(Quota quota) {
    return quota.callsBurst() == 0 ? quota.callsPerSecond() : quota.callsBurst();
  }

  /** Whether of no output more is given, named or not. */
  private static boolean within(List<OutputPolicy> held, List<OutputPolicy> wanted) {
    Set<String> outputs = new HashSet<>();
    // Stands for every output that neither names.
    outputs.add("");
    held.forEach(policy -> outputs.add(policy.output()));
    wanted.forEach(policy -> outputs.add(policy.output()));
    return outputs.stream().allMatch(output -> within(of(output, held), of(output, wanted)));
  }

  /** What is given of an output; null if it is withheld, because no policy of some is for it. */
  private static @Nullable OutputPolicy of(String output, List<OutputPolicy> policies) {
    OutputPolicy others =
        policies.isEmpty()
            ? new OutputPolicy("", Detail.ALL, 0, 0, OutputPolicy.Scores.PROBABILITIES)
            : null;
    for (OutputPolicy policy : policies) {
      if (policy.output().equals(output)) {
        return policy;
      }
      if (policy.output().isEmpty()) {
        others = policy;
      }
    }
    return others;
  }

  /**
   * Whether {@code wanted} gives no more of an output than {@code held}. The top scores are exact,
   * and rounded ones are all there, so that neither is within the other; the label is within each.
   */
  private static boolean within(@Nullable OutputPolicy held, @Nullable OutputPolicy wanted) {
    if (held == null || wanted == null) {
      return wanted == null;
    }
    if (held.detail() == Detail.ALL || wanted.detail() == Detail.LABEL_ONLY) {
      return true;
    }
    return wanted.detail() == held.detail()
        && wanted.scores() == held.scores()
        && wanted.topK() <= held.topK()
        && wanted.decimals() <= held.decimals();
  }
}
