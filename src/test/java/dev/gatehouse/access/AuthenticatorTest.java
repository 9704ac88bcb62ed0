package dev.gatehouse.access;

import static dev.gatehouse.access.AccessFixture.ISSUER;
import static dev.gatehouse.access.AccessFixture.START;
import static dev.gatehouse.access.AccessFixture.caller;
import static dev.gatehouse.access.AccessFixture.header;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.core.AuthenticationFailure;
import dev.gatehouse.core.AuthenticationStrength;
import dev.gatehouse.core.Caller;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.Reason;
import dev.gatehouse.core.Role;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AuthenticatorTest {

  private static final Instant EXPIRY = START.plusSeconds(300);

  private final AccessFixture fixture = new AccessFixture();
  private Verification answer = good("alice-subject", Role.CALLER, Role.ADMINISTRATOR);
  private int verified;

  private final Authenticator authenticator = fixture.authenticator(this::verify);

  private CompletionStage<Verification> verify(String token) {
    verified++;
    return CompletableFuture.completedStage(answer);
  }

  private static Verification.Good good(String subject, Role... roles) {
    return new Verification.Good(
        ISSUER, subject, Set.of(roles), START, EXPIRY, Verification.Login.NONE);
  }

  @BeforeEach
  void load() {
    load(Standing.ACTIVE);
  }

  @AfterEach
  void stop() {
    fixture.control.stop();
  }

  private void load(Standing standing) {
    fixture.database =
        AccessFixture.snapshot(
            1, List.of(caller("alice", "red", standing, Role.CALLER, Role.PUBLISHER)), List.of());
    fixture.control.refresh();
  }

  private Authentication authenticate(@Nullable String header) {
    return authenticator.authenticate(header, AccessFixture.HERE).toCompletableFuture().join();
  }

  private static void assertRefused(
      Reason reason, AuthenticationFailure cause, @Nullable Authentication outcome) {
    assertNotNull(outcome);
    var refused = assertInstanceOf(Authentication.Refused.class, outcome);
    assertEquals(cause, refused.cause());
    assertEquals(reason, refused.refusal().reason());
  }

  @Test
  void authenticate_newToken_verifiedOnceThenRemembered() {
    assertNull(authenticator.known(header(1), AccessFixture.HERE));
    Authentication first = authenticate(header(1));
    assertEquals(first, authenticate(header(1)));
    assertEquals(first, authenticator.known(header(1), AccessFixture.HERE));
    assertEquals(1, verified);
    Caller alice = assertInstanceOf(Authentication.Accepted.class, first).caller();
    assertEquals(new CallerId("alice"), alice.id());
    assertEquals(Set.of(Role.CALLER), alice.roles());
    assertEquals(EXPIRY.plusSeconds(60), alice.credentialExpiry());
  }

  @Test
  void authenticate_sameTokenInAnotherSpelling_isVerifiedItself() {
    assertInstanceOf(Authentication.Accepted.class, authenticate(header(1)));
    assertNull(authenticator.known(header(1) + "A", AccessFixture.HERE));
  }

  @Test
  void known_noOrBadCredential_refusedAtOnce() {
    assertRefused(
        Reason.CREDENTIAL_INVALID,
        AuthenticationFailure.MISSING,
        authenticator.known((String) null, AccessFixture.HERE));
    for (String bad :
        List.of(
            "",
            "Bearer",
            "Bearer ",
            "Bearer x",
            "Bearer a.b",
            "Bearer a.b.",
            "Bearer .b.c",
            "Bearer a..c",
            "Bearer a.b.c.d",
            "Bearer  a.b.c",
            "Bearer a.b.c ",
            "Bearer a.b.c, Bearer a.b.c",
            "Bearer a.b=.c",
            "Bearer a.b.\u0441",
            "Basic a.b.c",
            "a.b.c",
            "Bearer a.b." + "c".repeat(TokenShape.TOKEN_CHARS_MAX))) {
      assertRefused(
          Reason.CREDENTIAL_INVALID,
          AuthenticationFailure.MALFORMED,
          authenticator.known(bad, AccessFixture.HERE));
      assertRefused(Reason.CREDENTIAL_INVALID, AuthenticationFailure.MALFORMED, authenticate(bad));
    }
    assertEquals(0, verified);
  }

  @Test
  void authenticate_refusedToken_isNotRemembered() {
    answer = new Verification.Bad(AuthenticationFailure.SIGNATURE);
    assertRefused(
        Reason.CREDENTIAL_INVALID, AuthenticationFailure.SIGNATURE, authenticate(header(1)));
    answer = good("alice-subject", Role.CALLER);
    assertInstanceOf(Authentication.Accepted.class, authenticate(header(1)));
  }

  @Test
  void authenticate_rememberedToken_endsWithItsExpiryAndSkew() {
    assertInstanceOf(Authentication.Accepted.class, authenticate(header(1)));
    fixture.advance(Duration.ofSeconds(360).minusNanos(1));
    fixture.control.refresh();
    assertInstanceOf(
        Authentication.Accepted.class, authenticator.known(header(1), AccessFixture.HERE));
    fixture.advance(Duration.ofNanos(1));
    assertRefused(
        Reason.CREDENTIAL_INVALID,
        AuthenticationFailure.EXPIRED,
        authenticator.known(header(1), AccessFixture.HERE));
    assertNull(authenticator.known(header(1), AccessFixture.HERE), "forgotten");
    assertRefused(
        Reason.CREDENTIAL_INVALID, AuthenticationFailure.EXPIRED, authenticate(header(1)));
  }

  @Test
  void authenticate_longLivedToken_isVerifiedAgainAfterTheRetention() {
    answer =
        new Verification.Good(
            ISSUER,
            "alice-subject",
            Set.of(Role.CALLER),
            START,
            START.plus(Duration.ofDays(9)),
            Verification.Login.NONE);
    assertInstanceOf(Authentication.Accepted.class, authenticate(header(1)));
    fixture.advance(TokenMemory.RETENTION_MAX.plusSeconds(1));
    fixture.control.refresh();
    assertNull(authenticator.known(header(1), AccessFixture.HERE));
  }

  @Test
  void authenticate_issuedInTheFuture_refused() {
    answer =
        new Verification.Good(
            ISSUER,
            "alice-subject",
            Set.of(),
            START.plusSeconds(61),
            START.plusSeconds(300),
            Verification.Login.NONE);
    assertRefused(
        Reason.CREDENTIAL_INVALID, AuthenticationFailure.NOT_YET_VALID, authenticate(header(1)));
  }

  @Test
  void authenticate_unregistered_deniedUntilRegistered() {
    answer = good("zoe-subject", Role.CALLER);
    assertRefused(
        Reason.ACCESS_DENIED, AuthenticationFailure.UNREGISTERED, authenticate(header(1)));
    fixture.database =
        AccessFixture.snapshot(
            2, List.of(caller("zoe", "red", Standing.ACTIVE, Role.CALLER)), List.of());
    fixture.control.refresh();
    assertInstanceOf(
        Authentication.Accepted.class, authenticator.known(header(1), AccessFixture.HERE));
  }

  @Test
  void authenticate_sameSubjectOfAnotherIssuer_isSomebodyElse() {
    answer =
        new Verification.Good(
            ISSUER + "2",
            "alice-subject",
            Set.of(Role.CALLER),
            START,
            EXPIRY,
            Verification.Login.NONE);
    assertRefused(
        Reason.ACCESS_DENIED, AuthenticationFailure.UNREGISTERED, authenticate(header(1)));
  }

  @Test
  void known_suspendedSince_refused() {
    assertInstanceOf(Authentication.Accepted.class, authenticate(header(1)));
    load(Standing.SUSPENDED);
    assertRefused(
        Reason.CREDENTIAL_INVALID,
        AuthenticationFailure.SUSPENDED,
        authenticator.known(header(1), AccessFixture.HERE));
  }

  @Test
  void authenticate_keysTooOld_allWait() {
    assertInstanceOf(Authentication.Accepted.class, authenticate(header(1)));
    fixture.keysAvailable = false;
    assertRefused(
        Reason.DEPENDENCY_LOST, AuthenticationFailure.KEYS_UNAVAILABLE, authenticate(header(1)));
    assertRefused(
        Reason.DEPENDENCY_LOST, AuthenticationFailure.KEYS_UNAVAILABLE, authenticate(header(2)));
    assertEquals(1, verified, "nothing is tried without keys");
  }

  @Test
  void authenticate_registrationsTooOld_dependencyLost() {
    assertInstanceOf(Authentication.Accepted.class, authenticate(header(1)));
    fixture.advance(Duration.ofSeconds(61));
    assertRefused(
        Reason.DEPENDENCY_LOST,
        AuthenticationFailure.REGISTRATIONS_STALE,
        authenticator.known(header(1), AccessFixture.HERE));
  }

  private Authentication accept(CallerConnection connection, int number) {
    authenticate(header(number));
    Authentication outcome = authenticator.known(bytes(header(number)), connection);
    assertInstanceOf(Authentication.Accepted.class, outcome);
    return outcome;
  }

  private static byte[] bytes(String header) {
    return header.getBytes(StandardCharsets.ISO_8859_1);
  }

  @Test
  void known_sameConnection_answersAsWithoutItsMemory() {
    CallerConnection connection =
        new CallerConnection(java.net.InetAddress.getLoopbackAddress(), null);
    assertNull(authenticator.known(bytes(header(1)), connection), "not verified yet");
    Authentication first = accept(connection, 1);
    assertNotNull(connection.find(bytes(header(1))));
    assertEquals(first, authenticator.known(bytes(header(1)), connection));
    assertEquals(first, authenticator.known(header(1), AccessFixture.HERE));
    assertEquals(1, verified);
  }

  @Test
  void known_anotherCredentialOnTheConnection_isItself() {
    CallerConnection connection =
        new CallerConnection(java.net.InetAddress.getLoopbackAddress(), null);
    accept(connection, 1);
    assertNull(authenticator.known(bytes(header(2)), connection), "never verified");
    byte[] changed = bytes(header(1));
    changed[changed.length - 1] ^= 1;
    assertNull(authenticator.known(changed, connection), "one bit off");
    assertNull(authenticator.known(bytes(header(1) + "A"), connection), "longer");
    assertRefused(
        Reason.CREDENTIAL_INVALID,
        AuthenticationFailure.MALFORMED,
        authenticator.known(bytes(header(1).substring(0, 20)), connection));
    answer =
        new Verification.Good(
            ISSUER + "2",
            "alice-subject",
            Set.of(Role.CALLER),
            START,
            EXPIRY,
            Verification.Login.NONE);
    authenticate(header(3));
    assertRefused(
        Reason.ACCESS_DENIED,
        AuthenticationFailure.UNREGISTERED,
        authenticator.known(bytes(header(3)), connection));
    assertNull(connection.find(bytes(header(3))), "only what was accepted is remembered");
  }

  @Test
  void known_sameConnectionSuspendedSince_refused() {
    CallerConnection connection =
        new CallerConnection(java.net.InetAddress.getLoopbackAddress(), null);
    accept(connection, 1);
    load(Standing.SUSPENDED);
    assertRefused(
        Reason.CREDENTIAL_INVALID,
        AuthenticationFailure.SUSPENDED,
        authenticator.known(bytes(header(1)), connection));
    fixture.database = AccessFixture.snapshot(2, List.of(), List.of());
    fixture.control.refresh();
    assertRefused(
        Reason.ACCESS_DENIED,
        AuthenticationFailure.UNREGISTERED,
        authenticator.known(bytes(header(1)), connection));
  }

  @Test
  void known_sameConnectionOtherRoleSince_callerHasTheRolesOfNow() {
    CallerConnection connection =
        new CallerConnection(java.net.InetAddress.getLoopbackAddress(), null);
    accept(connection, 1);
    fixture.database =
        AccessFixture.snapshot(
            2, List.of(caller("alice", "blue", Standing.ACTIVE, Role.ADMINISTRATOR)), List.of());
    fixture.control.refresh();
    Authentication now = authenticator.known(bytes(header(1)), connection);
    Caller alice = assertInstanceOf(Authentication.Accepted.class, now).caller();
    assertEquals(Set.of(Role.ADMINISTRATOR), alice.roles());
    assertEquals("blue", alice.team().value());
  }

  @Test
  void known_sameConnectionExpired_refusedAndForgotten() {
    CallerConnection connection =
        new CallerConnection(java.net.InetAddress.getLoopbackAddress(), null);
    accept(connection, 1);
    fixture.advance(Duration.ofSeconds(360));
    fixture.control.refresh();
    assertRefused(
        Reason.CREDENTIAL_INVALID,
        AuthenticationFailure.EXPIRED,
        authenticator.known(bytes(header(1)), connection));
    assertNull(authenticator.known(bytes(header(1)), connection), "to be verified again");
  }

  @Test
  void known_sameConnectionAfterTheRetention_isVerifiedAgain() {
    answer =
        new Verification.Good(
            ISSUER,
            "alice-subject",
            Set.of(Role.CALLER),
            START,
            START.plus(Duration.ofDays(9)),
            Verification.Login.NONE);
    CallerConnection connection =
        new CallerConnection(java.net.InetAddress.getLoopbackAddress(), null);
    accept(connection, 1);
    fixture.advance(TokenMemory.RETENTION_MAX.plusSeconds(1));
    fixture.control.refresh();
    assertNull(authenticator.known(bytes(header(1)), connection));
  }

  @Test
  void known_sameConnectionRegistrationsTooOld_dependencyLost() {
    CallerConnection connection =
        new CallerConnection(java.net.InetAddress.getLoopbackAddress(), null);
    accept(connection, 1);
    fixture.advance(Duration.ofSeconds(61));
    assertRefused(
        Reason.DEPENDENCY_LOST,
        AuthenticationFailure.REGISTRATIONS_STALE,
        authenticator.known(bytes(header(1)), connection));
  }

  @Test
  void connection_moreCredentialsThanItsBound_keepsTheNewest() {
    CallerConnection connection =
        new CallerConnection(java.net.InetAddress.getLoopbackAddress(), null);
    for (int i = 0; i < 10; i++) {
      accept(connection, i);
    }
    for (int i = 0; i < 10; i++) {
      boolean kept = i >= 10 - CallerConnection.ENTRIES_MAX;
      assertEquals(kept, connection.find(bytes(header(i))) != null, "credential " + i);
    }
  }

  @Test
  void accepted_expiryBeyondMilliseconds_isAccepted() {
    answer =
        new Verification.Good(
            ISSUER,
            "alice-subject",
            Set.of(Role.CALLER),
            START,
            Instant.MAX.minus(Duration.ofDays(1)),
            Verification.Login.NONE);
    assertInstanceOf(Authentication.Accepted.class, authenticate(header(1)));
    assertInstanceOf(
        Authentication.Accepted.class, authenticator.known(header(1), AccessFixture.HERE));
  }

  private static final String MINE = "m".repeat(43);
  private static final String OTHERS = "m".repeat(42) + "n";

  private static CallerConnection showing(@Nullable String thumbprint) {
    return new CallerConnection(java.net.InetAddress.getLoopbackAddress(), thumbprint);
  }

  private static Verification.Good boundTo(@Nullable String thumbprint) {
    return new Verification.Good(
        ISSUER,
        "alice-subject",
        Set.of(Role.CALLER),
        START,
        EXPIRY,
        new Verification.Login("", Instant.MIN, "session", "client", thumbprint));
  }

  @Test
  void authenticate_boundToken_isAcceptedWithItsCertificateAlone() {
    answer = boundTo(MINE);
    CallerConnection mine = showing(MINE);
    Caller alice =
        assertInstanceOf(
                Authentication.Accepted.class,
                authenticator.authenticate(header(1), mine).toCompletableFuture().join())
            .caller();
    assertTrue(alice.credential().certificateBound());
    assertEquals(AuthenticationStrength.STRONG, alice.credential().strength());
    assertEquals("session", alice.credential().sessionId());
    assertEquals("client", alice.credential().clientId());
    assertInstanceOf(Authentication.Accepted.class, authenticator.known(bytes(header(1)), mine));
    for (CallerConnection thief : List.of(showing(OTHERS), showing(null), AccessFixture.HERE)) {
      // Known by now, and not on this connection; later known on it as well.
      for (int i = 0; i < 2; i++) {
        assertRefused(
            Reason.CREDENTIAL_INVALID,
            AuthenticationFailure.CERTIFICATE,
            authenticator.known(bytes(header(1)), thief));
        assertRefused(
            Reason.CREDENTIAL_INVALID,
            AuthenticationFailure.CERTIFICATE,
            authenticator.known(header(1), thief));
      }
    }
    assertInstanceOf(Authentication.Accepted.class, authenticator.known(bytes(header(1)), mine));
    assertEquals(1, verified);
  }

  @Test
  void authenticate_boundTokenNewOnAnotherConnection_isRefused() {
    answer = boundTo(MINE);
    assertRefused(
        Reason.CREDENTIAL_INVALID, AuthenticationFailure.CERTIFICATE, authenticate(header(1)));
  }

  @Test
  void authenticate_unboundToken_isAcceptedOnAConnectionWithACertificate() {
    answer = boundTo(null);
    Caller alice =
        assertInstanceOf(
                Authentication.Accepted.class,
                authenticator.authenticate(header(1), showing(MINE)).toCompletableFuture().join())
            .caller();
    assertFalse(alice.credential().certificateBound());
    assertEquals(AuthenticationStrength.TOKEN, alice.credential().strength());
  }

  @Test
  void authenticate_callerWhoseTokensMustBeBound_needsABoundOne() {
    RegisteredCaller alice = caller("alice", "red", Standing.ACTIVE, Role.CALLER);
    answer = boundTo(null);
    assertInstanceOf(Authentication.Accepted.class, authenticate(header(1)));
    fixture.database =
        AccessFixture.snapshot(
            2,
            List.of(
                new RegisteredCaller(
                    alice.id(),
                    "",
                    alice.team(),
                    alice.kind(),
                    ISSUER,
                    alice.subject(),
                    "",
                    alice.roles(),
                    Standing.ACTIVE,
                    true,
                    false,
                    "1",
                    START,
                    START)),
            List.of());
    fixture.control.refresh();
    for (CallerConnection connection : List.of(AccessFixture.HERE, showing(MINE))) {
      assertRefused(
          Reason.CREDENTIAL_INVALID,
          AuthenticationFailure.CERTIFICATE,
          authenticator.known(header(1), connection));
    }
    answer = boundTo(MINE);
    assertInstanceOf(
        Authentication.Accepted.class,
        authenticator.authenticate(header(2), showing(MINE)).toCompletableFuture().join());
  }

  @Test
  void memory_moreTokensThanItsBound_keepsTheBound() {
    TokenMemory memory = new TokenMemory(3, fixture);
    for (int i = 0; i < 1000; i++) {
      TokenMemory.Known ignored =
          memory.remember(TokenMemory.Hash.of(header(i)), good("alice-subject"), EXPIRY, 0);
    }
    assertEquals(3, memory.size());
  }
}
