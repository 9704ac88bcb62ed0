package dev.gatehouse.access;

import static dev.gatehouse.access.AccessFixture.DIGITS;
import static dev.gatehouse.access.AccessFixture.START;
import static dev.gatehouse.access.AccessFixture.authenticated;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.access.OutputPolicy.Detail;
import dev.gatehouse.access.OutputPolicy.Scores;
import dev.gatehouse.core.AuthenticationStrength;
import dev.gatehouse.core.Caller;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.Refusal.Violation;
import dev.gatehouse.core.Role;
import dev.gatehouse.core.TeamName;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DelegationTest {

  private static final Caller PAULA =
      authenticated("paula", "partners", Role.PUBLISHER).from(InetAddress.ofLiteral("10.1.2.3"));
  private static final TeamName PARTNERS = new TeamName("partners");
  private static final Instant END = START.plus(Duration.ofDays(10));
  private static final Grantee OTHERS = new Grantee.ToTeam(new TeamName("others"));

  private static final OutputPolicy TOP_THREE =
      new OutputPolicy("scores", Detail.TOP_K, 3, 0, Scores.LOGITS);
  private static final OutputPolicy TWO_DECIMALS =
      new OutputPolicy("", Detail.ROUNDED, 0, 2, Scores.PROBABILITIES);

  /** Bounded in every way there is. */
  private static final Given HELD =
      new Given(
          Set.of(Action.INFER, Action.DEPLOY, Action.ADMINISTER_GRANTS),
          networks("10.0.0.0/8", "2001:db8::/32"),
          AuthenticationStrength.TOKEN,
          200,
          GrantPriority.BULK,
          new Quota(10, 20, 1000, 50_000, 4),
          List.of(TOP_THREE, TWO_DECIMALS),
          END);

  private static List<Network> networks(String... texts) {
    return List.of(texts).stream().map(text -> Network.parse(text).orElseThrow()).toList();
  }

  /** What a grant says, to be varied one by one. */
  private record Given(
      Set<Action> actions,
      List<Network> networks,
      AuthenticationStrength strength,
      int weight,
      GrantPriority priority,
      Quota quota,
      List<OutputPolicy> policies,
      Instant end) {

    Given actions(Action... changed) {
      return new Given(Set.of(changed), networks, strength, weight, priority, quota, policies, end);
    }

    Given from(String... changed) {
      return new Given(
          actions,
          DelegationTest.networks(changed),
          strength,
          weight,
          priority,
          quota,
          policies,
          end);
    }

    Given strength(AuthenticationStrength changed) {
      return new Given(actions, networks, changed, weight, priority, quota, policies, end);
    }

    Given weight(int changed) {
      return new Given(actions, networks, strength, changed, priority, quota, policies, end);
    }

    Given priority(GrantPriority changed) {
      return new Given(actions, networks, strength, weight, changed, quota, policies, end);
    }

    Given quota(Quota changed) {
      return new Given(actions, networks, strength, weight, priority, changed, policies, end);
    }

    Given giving(OutputPolicy... changed) {
      return new Given(actions, networks, strength, weight, priority, quota, List.of(changed), end);
    }

    Given end(Instant changed) {
      return new Given(actions, networks, strength, weight, priority, quota, policies, changed);
    }

    GrantConditions conditions() {
      return new GrantConditions(networks, strength);
    }

    GrantTerms terms() {
      return new GrantTerms(weight, priority, quota, policies);
    }

    Grant held(String id) {
      return new Grant(
          new GrantId(id),
          DIGITS,
          new Grantee.ToCaller(PAULA.id()),
          GrantEffect.ALLOW,
          actions,
          conditions(),
          terms(),
          end,
          new CallerId("owner"),
          START);
    }

    NewGrant wanted(Grantee grantee, GrantEffect effect) {
      return new NewGrant(
          Optional.empty(), DIGITS, grantee, effect, actions, conditions(), terms(), end);
    }
  }

  private static Grant denial(Action... actions) {
    Grant plain = AccessFixture.grant("no", new Grantee.ToTeam(PARTNERS), Grant.NO_END, actions);
    return new Grant(
        plain.id(),
        plain.model(),
        plain.grantee(),
        GrantEffect.DENY,
        plain.actions(),
        plain.conditions(),
        plain.terms(),
        plain.expireTime(),
        plain.creator(),
        plain.createTime());
  }

  private static Delegation delegation(Grant... given) {
    return Delegation.of(PAULA, PARTNERS, List.of(given), START);
  }

  private static List<String> fields(Delegation delegation, Given wanted) {
    return delegation.violations(wanted.wanted(OTHERS, GrantEffect.ALLOW)).stream()
        .map(Violation::field)
        .toList();
  }

  private static void assertWithin(Given held, Given wanted) {
    assertEquals(List.of(), fields(delegation(held.held("h")), wanted));
  }

  private static void assertMore(String field, Given held, Given wanted) {
    assertEquals(List.of("grant." + field), fields(delegation(held.held("h")), wanted));
  }

  @Test
  void violations_theSameAgain_isWithin() {
    assertWithin(HELD, HELD);
  }

  @Test
  void violations_actions_onlyThoseHeldAndToReadMetadata() {
    for (Action action : Action.values()) {
      if (HELD.actions().contains(action) || action == Action.READ_METADATA) {
        assertWithin(HELD, HELD.actions(action));
      } else {
        assertMore("actions", HELD, HELD.actions(action));
        assertMore("actions", HELD, HELD.actions(action, Action.INFER));
      }
    }
  }

  @Test
  void violations_end_notLater() {
    assertWithin(HELD, HELD.end(END.minusNanos(1)));
    assertMore("expire_time", HELD, HELD.end(END.plusNanos(1)));
  }

  @Test
  void violations_networks_eachWithinOneHeld() {
    assertWithin(HELD, HELD.from("10.0.0.0/8"));
    assertWithin(HELD, HELD.from("10.9.0.0/16", "2001:db8:1::/48", "10.1.2.3/32"));
    for (String wider : List.of("10.0.0.0/7", "11.0.0.0/8", "0.0.0.0/0", "::/0", "2001:db8::/31")) {
      assertMore("source_networks", HELD, HELD.from(wider));
      assertMore("source_networks", HELD, HELD.from("10.9.0.0/16", wider));
    }
    assertMore("source_networks", HELD, HELD.from());
    assertWithin(HELD.from(), HELD);
    assertWithin(HELD.from(), HELD.from());
  }

  @Test
  void violations_strength_notWeaker() {
    for (AuthenticationStrength has : List.of(AuthenticationStrength.API_KEY, HELD.strength())) {
      for (AuthenticationStrength gives : AuthenticationStrength.values()) {
        if (gives.ordinal() >= has.ordinal()) {
          assertWithin(HELD.strength(has), HELD.strength(gives));
        } else {
          assertMore("minimum_strength", HELD.strength(has), HELD.strength(gives));
        }
      }
    }
  }

  @Test
  void violations_weightAndPriority_notGreater() {
    assertWithin(HELD, HELD.weight(199));
    assertMore("weight", HELD, HELD.weight(201));
    assertMore("priority", HELD, HELD.priority(GrantPriority.INTERACTIVE));
    assertWithin(HELD.priority(GrantPriority.INTERACTIVE), HELD);
    assertWithin(
        HELD.priority(GrantPriority.INTERACTIVE), HELD.priority(GrantPriority.INTERACTIVE));
  }

  @Test
  void violations_quota_noBoundIsWiderOrMissing() {
    assertWithin(HELD, HELD.quota(new Quota(9, 19, 999, 49_999, 3)));
    assertMore("quota.calls_burst", HELD, HELD.quota(new Quota(10, 21, 1000, 50_000, 4)));
    assertMore("quota.rows_per_second", HELD, HELD.quota(new Quota(10, 20, 1001, 50_000, 4)));
    assertMore("quota.rows_per_second", HELD, HELD.quota(new Quota(10, 20, 0, 50_000, 4)));
    assertMore("quota.rows_per_day", HELD, HELD.quota(new Quota(10, 20, 1000, 50_001, 4)));
    assertMore("quota.rows_per_day", HELD, HELD.quota(new Quota(10, 20, 1000, 0, 4)));
    assertMore("quota.concurrent_calls", HELD, HELD.quota(new Quota(10, 20, 1000, 50_000, 5)));
    assertMore("quota.concurrent_calls", HELD, HELD.quota(new Quota(10, 20, 1000, 50_000, 0)));
    assertMore("quota.calls_per_second", HELD, HELD.quota(new Quota(11, 20, 1000, 50_000, 4)));
    assertEquals(
        List.of("grant.quota.calls_per_second", "grant.quota.calls_burst"),
        fields(delegation(HELD.held("h")), HELD.quota(new Quota(0, 0, 1000, 50_000, 4))));
    assertWithin(HELD.quota(Quota.NONE), HELD);
    assertWithin(HELD.quota(Quota.NONE), HELD.quota(Quota.NONE));
  }

  @Test
  void violations_burstNotStated_isThatOfTheCallsEachSecond() {
    Given ten = HELD.quota(new Quota(10, 0, 0, 0, 0));
    assertWithin(ten, HELD.quota(new Quota(10, 10, 0, 0, 0)));
    assertWithin(ten, HELD.quota(new Quota(9, 0, 0, 0, 0)));
    assertMore("quota.calls_burst", ten, HELD.quota(new Quota(9, 11, 0, 0, 0)));
    assertMore("quota.calls_burst", HELD.quota(new Quota(10, 5, 0, 0, 0)), ten);
  }

  @Test
  void violations_detailOfOutputs_noMoreThanHeld() {
    Detail[] details = Detail.values();
    // Rows: held; columns: wanted; as the details are declared: label, top, rounded, all.
    boolean[][] within = {
      {true, false, false, false},
      {true, true, false, false},
      {true, false, true, false},
      {true, true, true, true}
    };
    for (Detail held : details) {
      for (Detail wanted : details) {
        Given has = HELD.giving(policy("", held, 2));
        Given gives = HELD.giving(policy("", wanted, 2));
        if (within[held.ordinal()][wanted.ordinal()]) {
          assertWithin(has, gives);
        } else {
          assertMore("output_policies", has, gives);
        }
      }
    }
  }

  private static OutputPolicy policy(String output, Detail detail, int number) {
    return new OutputPolicy(
        output,
        detail,
        detail == Detail.TOP_K ? number : 0,
        detail == Detail.ROUNDED ? number : 0,
        Scores.PROBABILITIES);
  }

  @Test
  void violations_numbersOfOutputs_notGreaterAndOfTheSameScores() {
    for (Detail detail : List.of(Detail.TOP_K, Detail.ROUNDED)) {
      Given two = HELD.giving(policy("", detail, 2));
      assertWithin(two, HELD.giving(policy("", detail, 1)));
      assertMore("output_policies", two, HELD.giving(policy("", detail, 3)));
    }
    Given logits = HELD.giving(TOP_THREE, TWO_DECIMALS);
    OutputPolicy others = new OutputPolicy("scores", Detail.TOP_K, 3, 0, Scores.PROBABILITIES);
    assertMore("output_policies", logits, HELD.giving(others, TWO_DECIMALS));
  }

  @Test
  void violations_outputsByName_eachIsCompared() {
    OutputPolicy all = policy("scores", Detail.ALL, 0);
    OutputPolicy label = policy("", Detail.LABEL_ONLY, 0);
    // What is held of "scores" is its own policy, and of any other the one without a name.
    assertMore("output_policies", HELD, HELD.giving(all, TWO_DECIMALS));
    assertWithin(HELD, HELD.giving(TOP_THREE));
    assertMore("output_policies", HELD, HELD.giving(TWO_DECIMALS));
    assertMore("output_policies", HELD, HELD.giving());
    assertMore("output_policies", HELD, HELD.giving(label, policy("secret", Detail.ALL, 0)));
    assertWithin(HELD, HELD.giving(label));
    assertWithin(HELD, HELD.giving(TOP_THREE, label, policy("other", Detail.ROUNDED, 1)));
    // Where there are policies, what none of them is for is withheld.
    Given one = HELD.giving(TOP_THREE);
    assertWithin(one, HELD.giving(TOP_THREE));
    assertMore("output_policies", one, HELD.giving());
    assertMore("output_policies", one, HELD.giving(TOP_THREE, TWO_DECIMALS));
    assertMore("output_policies", one, HELD.giving(TOP_THREE, label));
    assertMore("output_policies", one, HELD.giving(TOP_THREE, policy("secret", Detail.ALL, 0)));
    assertWithin(HELD.giving(label), one.giving(policy("scores", Detail.LABEL_ONLY, 0)));
    assertMore("output_policies", one, HELD.giving(TWO_DECIMALS));
    assertWithin(HELD.giving(), HELD.giving());
    assertWithin(HELD.giving(), HELD);
  }

  @Test
  void violations_ofSeveralHeld_neverAddUp() {
    Grant infers = HELD.actions(Action.INFER, Action.ADMINISTER_GRANTS).held("a");
    Grant deploys = HELD.actions(Action.DEPLOY, Action.ADMINISTER_GRANTS).held("b");
    Delegation both = delegation(infers, deploys);
    assertEquals(List.of(), fields(both, HELD.actions(Action.INFER)));
    assertEquals(List.of(), fields(both, HELD.actions(Action.DEPLOY)));
    assertEquals(List.of("grant.actions"), fields(both, HELD.actions(Action.INFER, Action.DEPLOY)));
  }

  @Test
  void violations_nearestHeld_isComparedWith() {
    Delegation both =
        delegation(HELD.weight(1).priority(GrantPriority.BULK).held("a"), HELD.held("b"));
    assertEquals(List.of("grant.weight"), fields(both, HELD.weight(300)));
  }

  @Test
  void violations_grantsWithoutAdministration_giveNothing() {
    Grant plain = HELD.actions(Action.INFER, Action.UPLOAD).held("a");
    assertFalse(delegation(plain).possible());
    Delegation both = delegation(plain, HELD.actions(Action.ADMINISTER_GRANTS).held("b"));
    assertTrue(both.possible());
    assertEquals(List.of("grant.actions"), fields(both, HELD.actions(Action.INFER)));
  }

  @Test
  void possible_grantThatDoesNotApply_isNone() {
    assertTrue(delegation(HELD.held("h")).possible());
    assertFalse(delegation().possible());
    assertFalse(delegation(HELD.end(START).held("h")).possible());
    assertFalse(delegation(HELD.from("10.1.2.4/32").held("h")).possible());
    assertFalse(delegation(HELD.strength(AuthenticationStrength.STRONG).held("h")).possible());
    assertFalse(delegation(HELD.held("h"), denial(Action.ADMINISTER_GRANTS)).possible());
  }

  @Test
  void violations_denied_isNotPassedOn() {
    Delegation denied = delegation(HELD.held("h"), denial(Action.INFER));
    assertEquals(List.of("grant.actions"), fields(denied, HELD.actions(Action.INFER)));
    assertEquals(List.of(), fields(denied, HELD.actions(Action.DEPLOY)));
    // Whatever is allowed lets metadata be read.
    Delegation blind = delegation(HELD.held("h"), denial(Action.READ_METADATA));
    assertEquals(List.of("grant.actions"), fields(blind, HELD.actions(Action.DEPLOY)));
  }

  @Test
  void violations_toItselfOrItsTeam_isRefused() {
    Delegation delegation = delegation(HELD.held("h"));
    assertEquals(
        "grant.caller",
        delegation
            .violations(HELD.wanted(new Grantee.ToCaller(PAULA.id()), GrantEffect.ALLOW))
            .getFirst()
            .field());
    assertEquals(
        "grant.team",
        delegation
            .violations(HELD.wanted(new Grantee.ToTeam(PARTNERS), GrantEffect.ALLOW))
            .getFirst()
            .field());
    for (Grantee other :
        List.of(
            new Grantee.ToCaller(new CallerId("partners")),
            new Grantee.ToTeam(new TeamName("paula")))) {
      assertEquals(List.of(), delegation.violations(HELD.wanted(other, GrantEffect.ALLOW)));
    }
  }

  @Test
  void violations_denying_isForOwners() {
    for (Action action : EnumSet.allOf(Action.class)) {
      assertEquals(
          List.of("grant.effect"),
          delegation(HELD.held("h"))
              .violations(HELD.actions(action).wanted(OTHERS, GrantEffect.DENY))
              .stream()
              .map(Violation::field)
              .toList());
    }
  }
}
