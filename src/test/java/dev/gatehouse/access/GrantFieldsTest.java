package dev.gatehouse.access;

import static dev.gatehouse.access.AccessFixture.DIGITS;
import static dev.gatehouse.access.AccessFixture.START;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.gatehouse.access.OutputPolicy.Detail;
import dev.gatehouse.access.OutputPolicy.Scores;
import dev.gatehouse.core.AuthenticationStrength;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import dev.gatehouse.core.TeamName;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class GrantFieldsTest {

  private static final Duration LIFETIME_MAX = Duration.ofDays(366);
  private static final Instant TOMORROW = START.plus(Duration.ofDays(1));
  private static final Network NETWORK = Network.parse("10.0.0.0/8").orElseThrow();

  private static NewGrant grant(
      GrantEffect effect, GrantConditions conditions, GrantTerms terms, Instant expireTime) {
    return new NewGrant(
        Optional.empty(),
        DIGITS,
        new Grantee.ToTeam(new TeamName("red")),
        effect,
        Set.of(Action.INFER),
        conditions,
        terms,
        expireTime);
  }

  private static NewGrant allow(Instant expireTime) {
    return grant(GrantEffect.ALLOW, GrantConditions.NONE, GrantTerms.DEFAULT, expireTime);
  }

  private static NewGrant deny(Instant expireTime) {
    return grant(GrantEffect.DENY, GrantConditions.NONE, GrantTerms.DEFAULT, expireTime);
  }

  private static NewGrant with(int weight, Quota quota, OutputPolicy... policies) {
    return grant(
        GrantEffect.ALLOW,
        GrantConditions.NONE,
        new GrantTerms(weight, GrantPriority.BULK, quota, List.of(policies)),
        TOMORROW);
  }

  private static NewGrant with(OutputPolicy... policies) {
    return with(100, Quota.NONE, policies);
  }

  private static List<String> wrong(NewGrant grant) {
    Fields fields = new Fields();
    GrantFields.check(fields, grant, START, LIFETIME_MAX);
    try {
      fields.refuseIfAny();
      return List.of();
    } catch (RefusedException e) {
      return ((Refusal.ArgumentInvalid) e.refusal())
          .violations().stream().map(Refusal.Violation::field).toList();
    }
  }

  private static void assertWrong(String field, NewGrant grant) {
    assertEquals(List.of("grant." + field), wrong(grant));
  }

  @Test
  void check_end_inTheFutureAndNotTooFar() {
    Instant latest = START.plus(LIFETIME_MAX);
    for (GrantEffect effect : GrantEffect.values()) {
      for (Instant good : List.of(START.plusNanos(1_000), TOMORROW, latest)) {
        assertEquals(
            List.of(), wrong(grant(effect, GrantConditions.NONE, GrantTerms.DEFAULT, good)));
      }
      // What is less than a microsecond ahead is stored as now.
      for (Instant bad :
          List.of(START, START.plusNanos(999), START.minusSeconds(1), latest.plusNanos(1_000))) {
        assertWrong("expire_time", grant(effect, GrantConditions.NONE, GrantTerms.DEFAULT, bad));
      }
    }
    assertEquals(List.of(), wrong(deny(Grant.NO_END)));
    assertWrong("expire_time", allow(Grant.NO_END));
    assertWrong("expire_time", deny(Grant.NO_END.minusSeconds(1)));
  }

  @Test
  void check_networks_atMostSixteen() {
    for (GrantEffect effect : GrantEffect.values()) {
      GrantConditions most =
          new GrantConditions(Collections.nCopies(16, NETWORK), AuthenticationStrength.API_KEY);
      GrantConditions more =
          new GrantConditions(Collections.nCopies(17, NETWORK), AuthenticationStrength.API_KEY);
      assertEquals(List.of(), wrong(grant(effect, most, GrantTerms.DEFAULT, TOMORROW)));
      assertWrong("source_networks", grant(effect, more, GrantTerms.DEFAULT, TOMORROW));
    }
  }

  @Test
  void check_weight_withinItsBounds() {
    assertEquals(List.of(), wrong(with(1, Quota.NONE)));
    assertEquals(List.of(), wrong(with(1000, Quota.NONE)));
    for (int bad : new int[] {0, -1, 1001, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
      assertWrong("weight", with(bad, Quota.NONE));
    }
  }

  @Test
  void check_quota_eachWithinItsBounds() {
    Quota most = new Quota(1_000_000, 10_000_000, 1_000_000_000, 1_000_000_000_000L, 1_000_000);
    assertEquals(List.of(), wrong(with(1, most)));
    assertWrong("quota.calls_per_second", with(1, new Quota(1_000_001, 0, 0, 0, 0)));
    assertWrong("quota.calls_per_second", with(1, new Quota(-1, 0, 0, 0, 0)));
    assertWrong("quota.calls_burst", with(1, new Quota(1, 10_000_001, 0, 0, 0)));
    assertWrong("quota.calls_burst", with(1, new Quota(1, -1, 0, 0, 0)));
    assertWrong("quota.calls_burst", with(1, new Quota(0, 1, 0, 0, 0)));
    assertWrong("quota.rows_per_second", with(1, new Quota(0, 0, 1_000_000_001, 0, 0)));
    assertWrong("quota.rows_per_second", with(1, new Quota(0, 0, -1, 0, 0)));
    assertWrong("quota.rows_per_day", with(1, new Quota(0, 0, 0, 1_000_000_000_001L, 0)));
    assertWrong("quota.rows_per_day", with(1, new Quota(0, 0, 0, Long.MIN_VALUE, 0)));
    assertWrong("quota.concurrent_calls", with(1, new Quota(0, 0, 0, 0, 1_000_001)));
    assertWrong("quota.concurrent_calls", with(1, new Quota(0, 0, 0, 0, -1)));
  }

  private static OutputPolicy policy(String output, Detail detail, int topK, int decimals) {
    return new OutputPolicy(output, detail, topK, decimals, Scores.LOGITS);
  }

  @Test
  void check_outputPolicies_numbersFitTheDetail() {
    assertEquals(
        List.of(),
        wrong(
            with(
                policy("", Detail.ALL, 0, 0),
                policy("a", Detail.TOP_K, 1, 0),
                policy("b", Detail.TOP_K, 1000, 0),
                policy("c", Detail.ROUNDED, 0, 0),
                policy("d", Detail.ROUNDED, 0, 6),
                policy("e", Detail.LABEL_ONLY, 0, 0))));
    for (int bad : new int[] {0, -1, 1001}) {
      assertWrong("output_policies[0].top_k", with(policy("", Detail.TOP_K, bad, 0)));
    }
    for (int bad : new int[] {-1, 7}) {
      assertWrong("output_policies[0].decimals", with(policy("", Detail.ROUNDED, 0, bad)));
    }
    for (Detail detail : List.of(Detail.ALL, Detail.ROUNDED, Detail.LABEL_ONLY)) {
      assertWrong("output_policies[0].top_k", with(policy("", detail, 1, 0)));
    }
    for (Detail detail : List.of(Detail.ALL, Detail.LABEL_ONLY)) {
      assertWrong("output_policies[0].decimals", with(policy("", detail, 0, 1)));
    }
    assertWrong("output_policies[0].decimals", with(policy("", Detail.TOP_K, 1, 1)));
  }

  @Test
  void check_outputPolicies_atMostSixteenWithDistinctNames() {
    OutputPolicy[] most =
        IntStream.range(0, 17)
            .mapToObj(i -> policy("output" + i, Detail.ALL, 0, 0))
            .toArray(OutputPolicy[]::new);
    assertWrong("output_policies", with(most));
    assertEquals(List.of(), wrong(with(List.of(most).subList(0, 16).toArray(OutputPolicy[]::new))));
    for (String twice : List.of("", "logits")) {
      assertWrong(
          "output_policies[1].output",
          with(policy(twice, Detail.ALL, 0, 0), policy(twice, Detail.LABEL_ONLY, 0, 0)));
    }
    for (String bad : List.of("x".repeat(129), "a b", "é", "\u0000", "a\n")) {
      assertWrong("output_policies[0].output", with(policy(bad, Detail.ALL, 0, 0)));
    }
  }

  @Test
  void check_denial_hasNothingButNetworksAndAnEnd() {
    assertEquals(
        List.of(),
        wrong(
            grant(
                GrantEffect.DENY,
                new GrantConditions(List.of(NETWORK), AuthenticationStrength.API_KEY),
                GrantTerms.DEFAULT,
                Grant.NO_END)));
    assertEquals(
        List.of(
            "grant.minimum_strength",
            "grant.weight",
            "grant.priority",
            "grant.quota",
            "grant.output_policies"),
        wrong(
            grant(
                GrantEffect.DENY,
                new GrantConditions(List.of(), AuthenticationStrength.TOKEN),
                new GrantTerms(
                    99,
                    GrantPriority.BULK,
                    new Quota(0, 0, 0, 0, 1),
                    List.of(policy("", Detail.ALL, 0, 0))),
                Grant.NO_END)));
  }

  @Test
  void check_everythingWrong_isNamedAtOnce() {
    NewGrant bad =
        new NewGrant(
            Optional.empty(),
            DIGITS,
            new Grantee.ToTeam(new TeamName("red")),
            GrantEffect.ALLOW,
            Set.of(),
            new GrantConditions(Collections.nCopies(17, NETWORK), AuthenticationStrength.STRONG),
            new GrantTerms(
                0,
                GrantPriority.BULK,
                new Quota(-1, -1, -1, -1, -1),
                List.of(policy("", Detail.TOP_K, 0, 1), policy("", Detail.ALL, 1, 0))),
            START);
    assertEquals(
        List.of(
            "grant.actions",
            "grant.expire_time",
            "grant.source_networks",
            "grant.weight",
            "grant.quota.calls_per_second",
            "grant.quota.calls_burst",
            "grant.quota.rows_per_second",
            "grant.quota.rows_per_day",
            "grant.quota.concurrent_calls",
            "grant.output_policies[0].top_k",
            "grant.output_policies[0].decimals",
            "grant.output_policies[1].output",
            "grant.output_policies[1].top_k"),
        wrong(bad));
  }
}
