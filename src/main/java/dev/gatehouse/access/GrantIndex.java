package dev.gatehouse.access;

import dev.gatehouse.core.Caller;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.TeamName;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All grants at one moment, laid out for decisions; immutable.
 *
 * <p>What was given to one caller or team on one model lies in arrays, one for each action and
 * effect, the most favourable grant first. A decision looks up two of these, that of the caller and
 * that of its team, and evaluates both in full, whether the model exists or not and whether
 * something is granted or not: neither the answer nor the time it takes tells those apart. It
 * allocates nothing, unless a grant asks for networks.
 */
final class GrantIndex {

  /** The first that applies is the one that counts. */
  private static final Comparator<Grant> MOST_FAVOURABLE =
      Comparator.comparing((Grant grant) -> grant.terms().priority())
          .thenComparing(grant -> grant.terms().weight(), Comparator.reverseOrder())
          .thenComparing(grant -> grant.id().value());

  private static final Entry[] NO_ENTRIES = {};
  private static final int ACTIONS = Action.values().length;

  private static final Entry[][] NOTHING = new Entry[ACTIONS][];

  static {
    Arrays.fill(NOTHING, NO_ENTRIES);
  }

  /** Of a grantee and a model that nothing joins. */
  private static final Rules NO_RULES = new Rules(List.of());

  private final Map<CallerId, Map<ModelName, Rules>> byCaller;
  private final Map<TeamName, Map<ModelName, Rules>> byTeam;

  GrantIndex(Collection<Grant> grants) {
    Map<CallerId, Map<ModelName, List<Grant>>> ofCallers = new HashMap<>();
    Map<TeamName, Map<ModelName, List<Grant>>> ofTeams = new HashMap<>();
    for (Grant grant : grants) {
      Map<ModelName, List<Grant>> ofGrantee =
          switch (grant.grantee()) {
            case Grantee.ToCaller to ->
                ofCallers.computeIfAbsent(to.caller(), key -> new HashMap<>());
            case Grantee.ToTeam to -> ofTeams.computeIfAbsent(to.team(), key -> new HashMap<>());
          };
      ofGrantee.computeIfAbsent(grant.model(), key -> new ArrayList<>(1)).add(grant);
    }
    byCaller = laidOut(ofCallers);
    byTeam = laidOut(ofTeams);
  }

  private static <K> Map<K, Map<ModelName, Rules>> laidOut(
      Map<K, Map<ModelName, List<Grant>>> grants) {
    Map<K, Map<ModelName, Rules>> result = HashMap.newHashMap(grants.size());
    grants.forEach(
        (grantee, models) -> {
          Map<ModelName, Rules> rules = HashMap.newHashMap(models.size());
          models.forEach((model, given) -> rules.put(model, new Rules(given)));
          result.put(grantee, rules);
        });
    return result;
  }

  /**
   * What the grants say about a request.
   *
   * @param team the team that the caller belongs to now
   */
  Verdict verdict(Caller asking, TeamName team, ModelName model, Action action, Instant now) {
    Rules own = rules(byCaller.get(asking.id()), model);
    Rules ofTeam = rules(byTeam.get(team), model);
    boolean denied = own.denies(asking, action, now) | ofTeam.denies(asking, action, now);
    Entry first = own.firstAllowing(asking, action, now);
    Entry firstOfTeam = ofTeam.firstAllowing(asking, action, now);
    boolean tooWeak =
        own.wouldAllowIfStronger(asking, action, now)
            | ofTeam.wouldAllowIfStronger(asking, action, now);
    if (denied) {
      return Verdict.Other.DENIED;
    }
    if (first != null) {
      return first.verdict();
    }
    if (firstOfTeam != null) {
      return firstOfTeam.verdict();
    }
    return tooWeak ? Verdict.Other.TOO_WEAK : Verdict.Other.UNSAID;
  }

  private static Rules rules(@Nullable Map<ModelName, Rules> ofGrantee, ModelName model) {
    return ofGrantee == null ? NO_RULES : ofGrantee.getOrDefault(model, NO_RULES);
  }

  /** What the grants of a caller and its team together say about one request. */
  sealed interface Verdict {

    /**
     * One allows it, and none denies it.
     *
     * @param decision which, and what the call gets
     */
    record Allowed(Decision.Allowed decision) implements Verdict {}

    /** None allows it. */
    enum Other implements Verdict {
      /** One denies it, whatever others say. */
      DENIED,
      /** One would allow it if the caller had proved more strongly who it is. */
      TOO_WEAK,
      /** None applies. */
      UNSAID
    }
  }

  /** A grant, and the answer where it is the one that allows. */
  private record Entry(Grant grant, Verdict verdict) {}

  /** What was given to one grantee on one model, by action. */
  private static final class Rules {
    private final Entry[][] allowing;
    private final Entry[][] denying;

    Rules(List<Grant> given) {
      List<Grant> sorted = given.stream().sorted(MOST_FAVOURABLE).toList();
      allowing = byAction(sorted, GrantEffect.ALLOW);
      denying = byAction(sorted, GrantEffect.DENY);
    }

    private static Entry[][] byAction(List<Grant> grants, GrantEffect effect) {
      List<Entry> entries = new ArrayList<>(grants.size());
      for (Grant grant : grants) {
        if (grant.effect() == effect) {
          entries.add(
              new Entry(
                  grant, new Verdict.Allowed(new Decision.Allowed(grant.id(), grant.terms()))));
        }
      }
      if (entries.isEmpty()) {
        return NOTHING;
      }
      Entry[][] result = new Entry[ACTIONS][];
      for (Action action : Action.values()) {
        result[action.ordinal()] = covering(entries, action);
      }
      return result;
    }

    private static Entry[] covering(List<Entry> entries, Action action) {
      List<Entry> covering = new ArrayList<>(entries.size());
      for (Entry entry : entries) {
        if (entry.grant.covers(action)) {
          covering.add(entry);
        }
      }
      return covering.isEmpty() ? NO_ENTRIES : covering.toArray(NO_ENTRIES);
    }

    boolean denies(Caller asking, Action action, Instant now) {
      for (Entry entry : denying[action.ordinal()]) {
        if (entry.grant.applies(asking, now)) {
          return true;
        }
      }
      return false;
    }

    @Nullable Entry firstAllowing(Caller asking, Action action, Instant now) {
      for (Entry entry : allowing[action.ordinal()]) {
        if (entry.grant.applies(asking, now)) {
          return entry;
        }
      }
      return null;
    }

    boolean wouldAllowIfStronger(Caller asking, Action action, Instant now) {
      for (Entry entry : allowing[action.ordinal()]) {
        if (entry.grant.appliesButForStrength(asking, now)) {
          return true;
        }
      }
      return false;
    }
  }
}
