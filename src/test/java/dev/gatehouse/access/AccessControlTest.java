package dev.gatehouse.access;

import static dev.gatehouse.access.AccessFixture.DIGITS;
import static dev.gatehouse.access.AccessFixture.START;
import static dev.gatehouse.access.AccessFixture.authenticated;
import static dev.gatehouse.access.AccessFixture.caller;
import static dev.gatehouse.access.AccessFixture.grant;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Reason;
import dev.gatehouse.core.Role;
import dev.gatehouse.core.TeamName;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AccessControlTest {

  private static final Instant TOMORROW = START.plus(Duration.ofDays(1));
  private static final Grantee ALICE = new Grantee.ToCaller(new CallerId("alice"));
  private static final Grantee RED = new Grantee.ToTeam(new TeamName("red"));

  private final AccessFixture fixture = new AccessFixture();

  @AfterEach
  void stop() {
    fixture.control.stop();
  }

  private void load(List<Grant> grants) {
    fixture.database =
        new AccessSnapshot(
            7,
            List.of(
                caller("alice", "red", Standing.ACTIVE, Role.CALLER),
                caller("bob", "red", Standing.ACTIVE, Role.CALLER),
                caller("carol", "blue", Standing.ACTIVE, Role.CALLER),
                caller("mallory", "red", Standing.SUSPENDED, Role.CALLER),
                caller("root", "administrators", Standing.ACTIVE, Role.ADMINISTRATOR)),
            grants);
    fixture.control.refresh();
  }

  private Decision decide(String caller, String team, Action action) {
    return fixture.control.decide(authenticated(caller, team, Role.CALLER), DIGITS, action);
  }

  private static void assertDenied(Reason reason, Decision decision) {
    assertEquals(reason, assertInstanceOf(Decision.Denied.class, decision).refusal().reason());
  }

  private static void assertAllowed(String grant, Decision decision) {
    assertEquals(new GrantId(grant), assertInstanceOf(Decision.Allowed.class, decision).grant());
  }

  @Test
  void decide_nothingGranted_deniedAndUnknownModelAlike() {
    load(List.of(grant("other", new Grantee.ToTeam(new TeamName("blue")), TOMORROW, Action.INFER)));
    Decision forbidden = decide("alice", "red", Action.INFER);
    assertDenied(Reason.ACCESS_DENIED, forbidden);
    assertSame(
        forbidden,
        fixture.control.decide(
            authenticated("alice", "red"), new ModelName("no-such-model"), Action.INFER));
  }

  @Test
  void decide_grantToCaller_allowsThatCallerOnly() {
    load(List.of(grant("g", ALICE, TOMORROW, Action.INFER)));
    assertAllowed("g", decide("alice", "red", Action.INFER));
    assertDenied(Reason.ACCESS_DENIED, decide("bob", "red", Action.INFER));
  }

  @Test
  void decide_grantToTeam_allowsPresentMembers() {
    load(List.of(grant("g", RED, TOMORROW, Action.INFER)));
    assertAllowed("g", decide("alice", "red", Action.INFER));
    assertAllowed("g", decide("bob", "red", Action.INFER));
    // Carol was of the team when she was authenticated.
    assertDenied(Reason.ACCESS_DENIED, decide("carol", "red", Action.INFER));
  }

  @Test
  void decide_severalGrants_ownBeforeTeamThenMostFavourable() {
    Grant light = weighted("light", ALICE, 5, GrantPriority.INTERACTIVE);
    Grant heavy = weighted("heavy", ALICE, 50, GrantPriority.INTERACTIVE);
    Grant alike = weighted("alike", ALICE, 50, GrantPriority.INTERACTIVE);
    Grant bulk = weighted("bulk", ALICE, 900, GrantPriority.BULK);
    Grant team = weighted("team", RED, 1000, GrantPriority.INTERACTIVE);
    List<Grant> all = new ArrayList<>(List.of(light, heavy, alike, bulk, team));
    for (Grant winner : List.of(alike, heavy, light, bulk, team)) {
      for (int turn = 0; turn < all.size(); turn++) {
        Collections.rotate(all, 1);
        load(List.copyOf(all));
        assertEquals(
            new Decision.Allowed(winner.id(), winner.weight(), winner.priority()),
            decide("alice", "red", Action.INFER));
      }
      all.remove(winner);
    }
  }

  private static Grant weighted(String id, Grantee grantee, int weight, GrantPriority priority) {
    Grant plain = grant(id, grantee, TOMORROW, Action.INFER);
    return new Grant(
        plain.id(),
        plain.model(),
        grantee,
        plain.actions(),
        weight,
        priority,
        TOMORROW,
        plain.creator(),
        plain.createTime());
  }

  @Test
  void decide_grantToCallerNamedLikeATeam_doesNotReachTheTeam() {
    load(
        List.of(
            grant("g", new Grantee.ToCaller(new CallerId("red")), TOMORROW, Action.INFER),
            grant("h", new Grantee.ToTeam(new TeamName("alice")), TOMORROW, Action.INFER)));
    assertDenied(Reason.ACCESS_DENIED, decide("alice", "red", Action.INFER));
  }

  @Test
  void decide_infer_includesMetadataAndNotTheReverse() {
    load(
        List.of(
            grant("run", ALICE, TOMORROW, Action.INFER),
            grant(
                "read",
                new Grantee.ToCaller(new CallerId("bob")),
                TOMORROW,
                Action.READ_METADATA)));
    assertAllowed("run", decide("alice", "red", Action.READ_METADATA));
    assertAllowed("read", decide("bob", "red", Action.READ_METADATA));
    assertDenied(Reason.ACCESS_DENIED, decide("bob", "red", Action.INFER));
  }

  @Test
  void decide_expiry_endsTheGrantAtThatInstant() {
    Instant soon = START.plusSeconds(10);
    load(List.of(grant("g", ALICE, soon, Action.INFER), grant("h", RED, soon, Action.INFER)));
    fixture.now = soon.minusNanos(1);
    assertAllowed("g", decide("alice", "red", Action.INFER));
    fixture.now = soon;
    assertDenied(Reason.ACCESS_DENIED, decide("alice", "red", Action.INFER));
  }

  @Test
  void decide_oneOfSeveralExpired_theOtherAllows() {
    load(
        List.of(
            grant("old", ALICE, START, Action.INFER),
            grant("read", ALICE, TOMORROW, Action.READ_METADATA),
            grant("new", ALICE, TOMORROW, Action.INFER)));
    assertAllowed("new", decide("alice", "red", Action.INFER));
  }

  @Test
  void decide_administrator_isGrantedNothingByThat() {
    load(List.of(grant("g", RED, TOMORROW, Action.INFER)));
    assertDenied(
        Reason.ACCESS_DENIED,
        fixture.control.decide(
            authenticated("root", "administrators", Role.ADMINISTRATOR), DIGITS, Action.INFER));
  }

  @Test
  void decide_callerSuspendedOrRemovedSince_refused() {
    load(List.of(grant("g", RED, TOMORROW, Action.INFER)));
    assertDenied(Reason.CREDENTIAL_INVALID, decide("mallory", "red", Action.INFER));
    assertDenied(Reason.ACCESS_DENIED, decide("removed", "red", Action.INFER));
  }

  @Test
  void decide_nothingLoadedYet_dependencyLost() {
    assertDenied(Reason.DEPENDENCY_LOST, decide("alice", "red", Action.INFER));
    assertFalse(fixture.control.snapshotFresh());
    assertTrue(fixture.control.snapshotAge().compareTo(Duration.ofDays(365)) > 0);
  }

  @Test
  void decide_databaseAway_goesOnForTheAgeAllowedThenRefusesThenRecovers() {
    load(List.of(grant("g", ALICE, TOMORROW, Action.INFER)));
    fixture.databaseAway = true;
    fixture.advance(Duration.ofSeconds(60));
    fixture.control.refresh();
    assertAllowed("g", decide("alice", "red", Action.INFER));
    assertEquals(Duration.ofSeconds(60), fixture.control.snapshotAge());
    fixture.advance(Duration.ofNanos(1));
    assertDenied(Reason.DEPENDENCY_LOST, decide("alice", "red", Action.INFER));
    fixture.databaseAway = false;
    fixture.control.refresh();
    assertAllowed("g", decide("alice", "red", Action.INFER));
    assertEquals(Duration.ZERO, fixture.control.snapshotAge());
  }

  @Test
  void refresh_afterStop_returns() {
    fixture.control.stop();
    fixture.control.refresh();
    assertFalse(fixture.control.snapshotFresh());
  }
}
