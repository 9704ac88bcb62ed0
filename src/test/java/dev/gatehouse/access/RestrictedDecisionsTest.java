package dev.gatehouse.access;

import static dev.gatehouse.access.AccessFixture.DIGITS;
import static dev.gatehouse.access.AccessFixture.START;
import static dev.gatehouse.access.AccessFixture.authenticated;
import static dev.gatehouse.access.AccessFixture.caller;
import static dev.gatehouse.access.AccessFixture.restriction;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.gatehouse.access.OutputPolicy.Detail;
import dev.gatehouse.access.OutputPolicy.Scores;
import dev.gatehouse.core.Caller;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.Restraint;
import dev.gatehouse.core.Role;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is left of what was granted to callers that are held to something. */
final class RestrictedDecisionsTest {

  private static final CallerId ALICE = new CallerId("alice");
  private static final Instant LATER = START.plus(Duration.ofHours(1));
  private static final Quota QUOTA = new Quota(5, 9, 70, 800, 3);
  private static final Refusal QUARANTINED = new Refusal.CallerQuarantined();

  private final AccessFixture fixture = new AccessFixture();
  private long revision = 1;

  @AfterEach
  void stop() {
    fixture.control.stop();
  }

  private void load(List<OutputPolicy> policies, Restriction... restrictions) {
    List<Grant> grants = new ArrayList<>();
    for (String each : List.of("alice", "bob")) {
      grants.add(
          new Grant(
              new GrantId(each),
              DIGITS,
              new Grantee.ToCaller(new CallerId(each)),
              GrantEffect.ALLOW,
              Set.of(Action.INFER, Action.READ_METADATA),
              GrantConditions.NONE,
              new GrantTerms(700, GrantPriority.INTERACTIVE, QUOTA, policies),
              START.plus(Duration.ofDays(1)),
              new CallerId("root"),
              START));
    }
    fixture.database =
        AccessFixture.snapshot(
            ++revision,
            List.of(
                caller("alice", "red", Standing.ACTIVE, Role.CALLER),
                caller("bob", "red", Standing.ACTIVE, Role.CALLER)),
            grants,
            List.of(restrictions));
    fixture.control.refresh();
  }

  private Decision decide(String caller, Action action) {
    return fixture.control.decide(authenticated(caller, "red", Role.CALLER), DIGITS, action);
  }

  private Decision.Allowed inference() {
    return assertInstanceOf(Decision.Allowed.class, decide("alice", Action.INFER));
  }

  private Refusal refusal(ModelName model, Action action) {
    return assertInstanceOf(
            Decision.Denied.class,
            fixture.control.decide(authenticated("alice", "red", Role.CALLER), model, action))
        .refusal();
  }

  private static OutputPolicy policy(String output, Detail detail, Scores scores) {
    return new OutputPolicy(
        output, detail, detail == Detail.TOP_K ? 3 : 0, detail == Detail.ROUNDED ? 2 : 0, scores);
  }

  @Test
  void throttled_inference_hasLeastWeightAndAThrottleAndAllElse() {
    List<OutputPolicy> policies = List.of(policy("", Detail.TOP_K, Scores.LOGITS));
    load(policies, restriction("alice", Restraint.THROTTLED));
    Decision.Allowed allowed = inference();
    assertEquals(new GrantId("alice"), allowed.grant());
    assertEquals(
        new GrantTerms(GrantTerms.WEIGHT_MIN, GrantPriority.BULK, QUOTA, policies),
        allowed.terms());
    assertNotNull(allowed.throttle());
    assertSame(allowed.throttle(), inference().throttle(), "one for all calls");
  }

  @Test
  void degraded_inference_givesOnlyLabelsOfEveryOutputAndOfNoMore() {
    load(List.of(), restriction("alice", Restraint.DEGRADED));
    assertEquals(
        new GrantTerms(
            GrantTerms.WEIGHT_MIN,
            GrantPriority.BULK,
            QUOTA,
            List.of(policy("", Detail.LABEL_ONLY, Scores.PROBABILITIES))),
        inference().terms());
    assertNotNull(inference().throttle());
    load(
        List.of(
            policy("logits", Detail.ALL, Scores.LOGITS),
            policy("probabilities", Detail.ROUNDED, Scores.PROBABILITIES)),
        restriction("alice", Restraint.DEGRADED));
    assertEquals(
        List.of(
            policy("logits", Detail.LABEL_ONLY, Scores.LOGITS),
            policy("probabilities", Detail.LABEL_ONLY, Scores.PROBABILITIES)),
        inference().terms().outputPolicies(),
        "what the grant withholds stays withheld");
  }

  @Test
  void restricted_otherCallersAndOtherActions_areAsBefore() {
    load(List.of());
    Decision bob = decide("bob", Action.INFER);
    Decision reading = decide("alice", Action.READ_METADATA);
    assertNull(inference().throttle());
    load(List.of(), restriction("alice", Restraint.DEGRADED));
    assertEquals(bob, decide("bob", Action.INFER));
    assertEquals(reading, decide("alice", Action.READ_METADATA));
  }

  @Test
  void quarantined_anything_isRefusedAlike() {
    load(List.of(), restriction("alice", Restraint.QUARANTINED));
    for (Action action : Action.values()) {
      assertEquals(QUARANTINED, refusal(DIGITS, action));
      assertEquals(QUARANTINED, refusal(new ModelName("no-such-model"), action));
    }
    Authenticator authenticator =
        fixture.authenticator(token -> CompletableFuture.failedFuture(new AssertionError()));
    assertEquals(QUARANTINED, authenticator.quarantine(authenticated("alice", "red")));
    assertNull(authenticator.quarantine(authenticated("bob", "red")));
    fixture.now = LATER;
    assertNull(authenticator.quarantine(authenticated("alice", "red")), "it has ended by then");
  }

  @Test
  void quarantine_snapshotTooOld_isNotTakenForNone() {
    load(List.of());
    fixture.advance(Duration.ofSeconds(61));
    Authenticator authenticator =
        fixture.authenticator(token -> CompletableFuture.failedFuture(new AssertionError()));
    assertInstanceOf(
        Refusal.DependencyLost.class, authenticator.quarantine(authenticated("bob", "red")));
  }

  @Test
  void restricted_snapshotTooOld_isStillTold() {
    load(List.of(), restriction("alice", Restraint.QUARANTINED));
    fixture.advance(Duration.ofSeconds(61));
    assertFalse(fixture.control.snapshotFresh());
    assertEquals(Map.of(ALICE, Restraint.QUARANTINED), fixture.control.restricted());
  }

  @Test
  void several_inAnyOrder_theStrictestThatCountsNowCounts() {
    Instant soon = START.plusSeconds(10);
    List<Restriction> all =
        new ArrayList<>(
            List.of(
                restriction("alice", Restraint.QUARANTINED, soon),
                restriction("alice", Restraint.DEGRADED, soon.plusSeconds(10)),
                restriction("alice", Restraint.THROTTLED, soon.plusSeconds(20))));
    for (int turn = 0; turn < all.size(); turn++) {
      fixture.now = START;
      Collections.rotate(all, 1);
      load(List.of(), all.toArray(Restriction[]::new));
      assertEquals(QUARANTINED, refusal(DIGITS, Action.INFER));
      // The snapshot stays the same: what ends is asked with each decision.
      fixture.now = soon.minusNanos(1);
      assertEquals(QUARANTINED, refusal(DIGITS, Action.INFER));
      fixture.now = soon;
      assertEquals(1, inference().terms().outputPolicies().size());
      fixture.now = soon.plusSeconds(10);
      assertEquals(List.of(), inference().terms().outputPolicies());
      assertEquals(Map.of(ALICE, Restraint.THROTTLED), fixture.control.restricted());
      fixture.now = soon.plusSeconds(20);
      assertEquals(700, inference().terms().weight());
      assertEquals(Map.of(), fixture.control.restricted());
    }
  }

  @Test
  void restricted_ended_isHeldToNothing() {
    Restriction quarantine = restriction("alice", Restraint.QUARANTINED);
    Restriction released =
        new Restriction(
            quarantine.id(),
            quarantine.caller(),
            quarantine.restraint(),
            quarantine.reason(),
            null,
            null,
            quarantine.createTime(),
            quarantine.expireTime(),
            START,
            new CallerId("rosa"),
            false);
    load(List.of(), released);
    assertNull(inference().throttle());
    assertEquals(Map.of(), fixture.control.restricted());
  }

  @Test
  void throttle_restrictionGone_isForgotten() {
    load(List.of(), restriction("alice", Restraint.THROTTLED));
    RowThrottle throttle = inference().throttle();
    load(List.of(), restriction("alice", Restraint.DEGRADED));
    assertSame(throttle, inference().throttle(), "another restriction is no new burst");
    load(List.of());
    load(List.of(), restriction("alice", Restraint.THROTTLED));
    assertNotSame(throttle, inference().throttle());
  }

  @Test
  void throttle_callsAndRows_areOfOneRate() {
    load(List.of(), restriction("alice", Restraint.THROTTLED));
    Authenticator authenticator =
        fixture.authenticator(token -> CompletableFuture.failedFuture(new AssertionError()));
    Caller alice = authenticated("alice", "red");
    for (int i = 0; i < 50; i++) {
      assertNull(authenticator.throttle(alice));
    }
    RowThrottle throttle = assertInstanceOf(RowThrottle.class, inference().throttle());
    assertNull(authenticator.throttle(alice));
    assertNull(throttle.takeRest(50), "the first of them came with the call");
    assertInstanceOf(Refusal.QuotaExhausted.class, authenticator.throttle(alice));
    assertNull(authenticator.throttle(authenticated("bob", "red")));
    fixture.now = LATER;
    assertNull(authenticator.throttle(alice), "it has ended by then");
  }
}
