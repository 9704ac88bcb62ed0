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

import dev.gatehouse.core.AuthenticationStrength;
import dev.gatehouse.core.Caller;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.CallerKind;
import dev.gatehouse.core.Credential;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Reason;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.Role;
import dev.gatehouse.core.TeamName;
import java.net.InetAddress;
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
        AccessFixture.snapshot(
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
            new Decision.Allowed(winner.id(), winner.terms()),
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
        plain.effect(),
        plain.actions(),
        plain.conditions(),
        new GrantTerms(weight, priority, Quota.NONE, List.of()),
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

  private static Grant denial(String id, Grantee grantee, Action... actions) {
    Grant plain = grant(id, grantee, Grant.NO_END, actions);
    return new Grant(
        plain.id(),
        plain.model(),
        grantee,
        GrantEffect.DENY,
        plain.actions(),
        plain.conditions(),
        plain.terms(),
        plain.expireTime(),
        plain.creator(),
        plain.createTime());
  }

  private static Grant conditioned(String id, GrantConditions conditions) {
    Grant plain = grant(id, ALICE, TOMORROW, Action.INFER);
    return new Grant(
        plain.id(),
        plain.model(),
        plain.grantee(),
        plain.effect(),
        plain.actions(),
        conditions,
        plain.terms(),
        plain.expireTime(),
        plain.creator(),
        plain.createTime());
  }

  /** Alice, with a login of that strength, from that address. */
  private static Caller alice(CallerKind kind, AuthenticationStrength strength, String address) {
    Caller plain = authenticated("alice", "red", Role.CALLER);
    Credential credential =
        new Credential("00", strength, false, START, Instant.MAX, Instant.MIN, null, null, null);
    return new Caller(
        plain.id(),
        plain.team(),
        kind,
        plain.roles(),
        false,
        credential,
        InetAddress.ofLiteral(address));
  }

  @Test
  void decide_denialOfCallerOrTeam_winsOverEveryGrant() {
    List<Grant> allowing =
        List.of(
            grant("own", ALICE, TOMORROW, Action.INFER),
            grant("team", RED, TOMORROW, Action.INFER));
    for (Grantee grantee : List.of(ALICE, RED)) {
      List<Grant> all = new ArrayList<>(allowing);
      all.add(denial("no", grantee, Action.INFER));
      load(all);
      assertDenied(Reason.ACCESS_DENIED, decide("alice", "red", Action.INFER));
      // It says nothing of what it does not name.
      assertAllowed("own", decide("alice", "red", Action.READ_METADATA));
    }
  }

  @Test
  void decide_denialOfMetadata_leavesTheRest() {
    load(
        List.of(
            grant("own", ALICE, TOMORROW, Action.INFER), denial("no", RED, Action.READ_METADATA)));
    assertAllowed("own", decide("alice", "red", Action.INFER));
    assertDenied(Reason.ACCESS_DENIED, decide("alice", "red", Action.READ_METADATA));
  }

  @Test
  void decide_anythingAllowed_includesMetadata() {
    for (Action action : Action.values()) {
      load(List.of(grant("g", ALICE, TOMORROW, action)));
      assertAllowed("g", decide("alice", "red", Action.READ_METADATA));
      for (Action other : Action.values()) {
        if (other != action && other != Action.READ_METADATA) {
          assertDenied(Reason.ACCESS_DENIED, decide("alice", "red", other));
        }
      }
    }
  }

  @Test
  void decide_weakerLogin_stepUpForPeopleOnly() {
    load(
        List.of(
            conditioned("strong", new GrantConditions(List.of(), AuthenticationStrength.STRONG))));
    for (CallerKind kind : CallerKind.values()) {
      assertAllowed(
          "strong",
          fixture.control.decide(
              alice(kind, AuthenticationStrength.STRONG, "10.0.0.1"), DIGITS, Action.INFER));
      Decision weak =
          fixture.control.decide(
              alice(kind, AuthenticationStrength.TOKEN, "10.0.0.1"), DIGITS, Action.INFER);
      if (kind == CallerKind.PERSON) {
        assertEquals(
            new Decision.Denied(
                new Refusal.StepUpRequired(
                    fixture.settings.stepUpAcrs().getFirst(), fixture.settings.stepUpAgeMax())),
            weak);
      } else {
        assertDenied(Reason.ACCESS_DENIED, weak);
      }
    }
  }

  @Test
  void decide_weakerLoginAndAnotherReasonAgainst_isNoStepUp() {
    Caller weak = alice(CallerKind.PERSON, AuthenticationStrength.TOKEN, "10.0.0.1");
    GrantConditions elsewhere =
        new GrantConditions(
            List.of(Network.parse("192.0.2.0/24").orElseThrow()), AuthenticationStrength.STRONG);
    load(List.of(conditioned("elsewhere", elsewhere)));
    assertDenied(Reason.ACCESS_DENIED, fixture.control.decide(weak, DIGITS, Action.INFER));
    load(
        List.of(
            conditioned("strong", new GrantConditions(List.of(), AuthenticationStrength.STRONG)),
            denial("no", ALICE, Action.INFER)));
    assertDenied(Reason.ACCESS_DENIED, fixture.control.decide(weak, DIGITS, Action.INFER));
  }

  @Test
  void decide_networks_fromThereOnly() {
    load(
        List.of(
            conditioned(
                "inside",
                new GrantConditions(
                    List.of(
                        Network.parse("192.0.2.0/24").orElseThrow(),
                        Network.parse("2001:db8::/32").orElseThrow()),
                    AuthenticationStrength.API_KEY))));
    for (String inside : List.of("192.0.2.0", "192.0.2.255", "2001:db8::1")) {
      assertAllowed(
          "inside",
          fixture.control.decide(
              alice(CallerKind.SERVICE, AuthenticationStrength.TOKEN, inside),
              DIGITS,
              Action.INFER));
    }
    for (String outside : List.of("192.0.3.0", "192.0.1.255", "2001:db9::1", "::1")) {
      assertDenied(
          Reason.ACCESS_DENIED,
          fixture.control.decide(
              alice(CallerKind.SERVICE, AuthenticationStrength.TOKEN, outside),
              DIGITS,
              Action.INFER));
    }
  }

  private Authority authority(String caller, String owner, Action action, Role... roles) {
    return fixture.control.authority(
        authenticated(caller, "red", roles), DIGITS, new TeamName(owner), action);
  }

  private static void assertNone(Authority authority) {
    assertEquals(new Authority.None(new Refusal.AccessDenied()), authority);
  }

  @Test
  void authority_ownersAdministratorsAndWhoIsGrantedIt_nobodyElse() {
    load(List.of(grant("g", RED, TOMORROW, Action.DEPLOY)));
    for (Action action : Action.values()) {
      assertEquals(new Authority.Whole(), authority("alice", "red", action, Role.PUBLISHER));
      assertEquals(new Authority.Whole(), authority("root", "red", action, Role.ADMINISTRATOR));
      assertNone(authority("carol", "red", action, Role.PUBLISHER));
      if (action == Action.DEPLOY || action == Action.READ_METADATA) {
        assertInstanceOf(
            Authority.Delegated.class, authority("alice", "blue", action, Role.PUBLISHER));
      } else {
        assertNone(authority("alice", "blue", action, Role.PUBLISHER));
      }
    }
    assertNone(
        fixture.control.authority(
            authenticated("bob", "red"), new ModelName("missing"), null, Action.DEPLOY));
  }

  @Test
  void authority_denied_winsOverOwningAndOverBeingAdministratorButForGrants() {
    load(
        List.of(
            denial("no", RED, Action.values()),
            denial("not", new Grantee.ToCaller(new CallerId("root")), Action.values())));
    for (Action action : Action.values()) {
      assertNone(authority("alice", "red", action, Role.PUBLISHER));
      Authority administrator = authority("root", "red", action, Role.ADMINISTRATOR);
      if (action == Action.ADMINISTER_GRANTS) {
        assertEquals(new Authority.Whole(), administrator);
      } else {
        assertNone(administrator);
      }
    }
  }

  @Test
  void authority_suspendedRemovedOrStale_none() {
    assertEquals(
        Reason.DEPENDENCY_LOST,
        assertInstanceOf(Authority.None.class, authority("alice", "red", Action.DEPLOY))
            .refusal()
            .reason());
    load(List.of());
    assertEquals(
        new Authority.None(new Refusal.CredentialInvalid()),
        authority("mallory", "red", Action.DEPLOY, Role.ADMINISTRATOR));
    assertNone(authority("removed", "red", Action.DEPLOY, Role.ADMINISTRATOR));
  }
}
