package dev.gatehouse.access;

import static dev.gatehouse.access.AccessFixture.START;
import static dev.gatehouse.access.AccessFixture.authenticated;
import static dev.gatehouse.access.AccessFixture.caller;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.gatehouse.core.AuthenticationFailure;
import dev.gatehouse.core.Caller;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.Reason;
import dev.gatehouse.core.Restraint;
import dev.gatehouse.core.Role;
import dev.gatehouse.core.TeamName;
import dev.gatehouse.testing.TestCallers;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class CallerWatchTest {

  private static final Instant EXPIRY = START.plus(Duration.ofMinutes(5));

  private final AccessFixture fixture = new AccessFixture();
  private Instant now = START.plusSeconds(1);

  @AfterEach
  void stop() {
    fixture.control.stop();
  }

  private CallerWatch watch(RegisteredCaller registered, Role... roles) {
    load(registered);
    Caller caller =
        TestCallers.caller(
            new CallerId("alice"),
            new TeamName("red"),
            Set.of(roles),
            authenticated("alice", "red").credentialFingerprint(),
            EXPIRY);
    return new CallerWatch(caller, fixture.control, (InstantSource) () -> now);
  }

  private void load(RegisteredCaller... registered) {
    fixture.database = AccessFixture.snapshot(7, List.of(registered), List.of());
    fixture.control.refresh();
  }

  private static void assertRefused(Reason reason, AuthenticationFailure cause, CallerWatch watch) {
    Authentication.Refused refused = assertInstanceOf(Authentication.Refused.class, watch.check());
    assertEquals(reason, refused.refusal().reason());
    assertEquals(cause, refused.cause());
  }

  private static Caller accepted(CallerWatch watch) {
    return assertInstanceOf(Authentication.Accepted.class, watch.check()).caller();
  }

  @Test
  void check_credentialExpiresMeanwhile_isInvalidFromThatInstantOn() {
    CallerWatch watch = watch(caller("alice", "red", Standing.ACTIVE, Role.CALLER), Role.CALLER);
    now = EXPIRY.minusNanos(1);
    assertEquals(new CallerId("alice"), accepted(watch).id());
    now = EXPIRY;
    assertRefused(Reason.CREDENTIAL_INVALID, AuthenticationFailure.EXPIRED, watch);
  }

  @Test
  void check_suspendedMeanwhile_isInvalid() {
    CallerWatch watch = watch(caller("alice", "red", Standing.ACTIVE, Role.CALLER), Role.CALLER);
    assertEquals(new CallerId("alice"), accepted(watch).id());
    load(caller("alice", "red", Standing.SUSPENDED, Role.CALLER));
    assertRefused(Reason.CREDENTIAL_INVALID, AuthenticationFailure.SUSPENDED, watch);
  }

  @Test
  void check_quarantinedMeanwhile_mayNotStayUntilItEnds() {
    RegisteredCaller alice = caller("alice", "red", Standing.ACTIVE, Role.CALLER);
    CallerWatch watch = watch(alice, Role.CALLER);
    Instant end = START.plusSeconds(30);
    fixture.database =
        AccessFixture.snapshot(
            8,
            List.of(alice),
            List.of(),
            List.of(
                AccessFixture.restriction("bob", Restraint.QUARANTINED),
                AccessFixture.restriction("alice", Restraint.DEGRADED),
                AccessFixture.restriction("alice", Restraint.QUARANTINED, end)));
    fixture.control.refresh();
    assertRefused(Reason.CALLER_QUARANTINED, AuthenticationFailure.QUARANTINED, watch);
    now = end.minusNanos(1);
    assertRefused(Reason.CALLER_QUARANTINED, AuthenticationFailure.QUARANTINED, watch);
    now = end;
    assertEquals(new CallerId("alice"), accepted(watch).id());
  }

  @Test
  void check_deletedMeanwhile_isDenied() {
    CallerWatch watch = watch(caller("alice", "red", Standing.ACTIVE, Role.CALLER), Role.CALLER);
    load(caller("bob", "red", Standing.ACTIVE, Role.CALLER));
    assertRefused(Reason.ACCESS_DENIED, AuthenticationFailure.UNREGISTERED, watch);
  }

  @Test
  void check_nameRegisteredAnew_isSomebodyElse() {
    RegisteredCaller alice = caller("alice", "red", Standing.ACTIVE, Role.CALLER);
    CallerWatch watch = watch(alice, Role.CALLER);
    load(
        new RegisteredCaller(
            alice.id(),
            alice.displayName(),
            alice.team(),
            alice.kind(),
            alice.issuer(),
            "another-subject",
            alice.clientId(),
            alice.roles(),
            alice.standing(),
            alice.certificateBoundRequired(),
            alice.automationAllowed(),
            alice.etag(),
            now.plusSeconds(1),
            now.plusSeconds(1)));
    assertRefused(Reason.ACCESS_DENIED, AuthenticationFailure.UNREGISTERED, watch);
  }

  @Test
  void check_roleTakenAwayMeanwhile_leavesTheOthers() {
    CallerWatch watch =
        watch(
            caller("alice", "red", Standing.ACTIVE, Role.CALLER, Role.PUBLISHER),
            Role.CALLER,
            Role.PUBLISHER);
    Caller before = accepted(watch);
    assertSame(before, accepted(watch));
    load(caller("alice", "blue", Standing.ACTIVE, Role.CALLER));
    assertEquals(Set.of(Role.CALLER), accepted(watch).roles());
    assertEquals(new TeamName("blue"), accepted(watch).team());
    assertEquals(EXPIRY, accepted(watch).credentialExpiry());
  }

  @Test
  void check_whoseTokensMustBeBoundSince_isRefused() {
    RegisteredCaller alice = caller("alice", "red", Standing.ACTIVE, Role.CALLER);
    CallerWatch watch = watch(alice, Role.CALLER);
    assertEquals(Set.of(Role.CALLER), accepted(watch).roles());
    load(
        new RegisteredCaller(
            alice.id(),
            "",
            alice.team(),
            alice.kind(),
            alice.issuer(),
            alice.subject(),
            "",
            alice.roles(),
            Standing.ACTIVE,
            true,
            false,
            "1",
            START,
            START));
    assertRefused(Reason.CREDENTIAL_INVALID, AuthenticationFailure.CERTIFICATE, watch);
  }

  @Test
  void check_snapshotTooOld_cannotBeDecided() {
    CallerWatch watch = watch(caller("alice", "red", Standing.ACTIVE, Role.CALLER), Role.CALLER);
    fixture.advance(Duration.ofMinutes(2));
    assertRefused(Reason.DEPENDENCY_LOST, AuthenticationFailure.REGISTRATIONS_STALE, watch);
  }
}
