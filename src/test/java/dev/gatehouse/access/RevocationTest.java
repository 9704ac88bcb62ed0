package dev.gatehouse.access;

import static dev.gatehouse.access.AccessFixture.ISSUER;
import static dev.gatehouse.access.AccessFixture.START;
import static dev.gatehouse.access.AccessFixture.header;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.gatehouse.core.AuthenticationFailure;
import dev.gatehouse.core.AuthenticationStrength;
import dev.gatehouse.core.Caller;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.Credential;
import dev.gatehouse.core.Reason;
import dev.gatehouse.core.Role;
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

/** Tokens that the identity provider has taken back: new ones, remembered ones, and on streams. */
final class RevocationTest {

  private static final Verification.Login LOGIN =
      new Verification.Login("", Instant.MIN, "session-1", "gatehouse-cli", null);

  private final AccessFixture fixture = new AccessFixture();
  private Verification.Login login = LOGIN;
  private Instant expiry = START.plusSeconds(300);
  private int verified;

  private final Authenticator authenticator = fixture.authenticator(this::verify);

  private CompletionStage<Verification> verify(String token) {
    verified++;
    return CompletableFuture.completedStage(
        new Verification.Good(ISSUER, "alice-subject", Set.of(Role.CALLER), START, expiry, login));
  }

  @BeforeEach
  void load() {
    load(List.of());
  }

  @AfterEach
  void stop() {
    fixture.control.stop();
  }

  private void load(List<Logout> logouts) {
    fixture.database =
        new AccessSnapshot(
            new AccessSnapshot.Contents(
                1,
                List.of(AccessFixture.caller("alice", "red", Standing.ACTIVE, Role.CALLER)),
                List.of(),
                List.of(
                    new ApiKeyRecord(
                        "key-1", new CallerId("alice"), new byte[32], START, expiry, false)),
                logouts,
                List.of()));
    fixture.control.refresh();
  }

  private Authentication authenticate(int number) {
    return authenticator
        .authenticate(header(number), AccessFixture.HERE)
        .toCompletableFuture()
        .join();
  }

  private Caller accepted(int number) {
    return assertInstanceOf(Authentication.Accepted.class, authenticate(number)).caller();
  }

  private static void assertRevoked(@Nullable Authentication outcome) {
    var refused = assertInstanceOf(Authentication.Refused.class, outcome);
    assertEquals(AuthenticationFailure.REVOKED, refused.cause());
    assertEquals(Reason.CREDENTIAL_INVALID, refused.refusal().reason());
  }

  /** For a token seen before, one never seen, and a stream that it began. */
  private void assertRevokedEverywhere(CallerWatch stream) {
    assertRevoked(authenticator.known(header(1), AccessFixture.HERE));
    assertRevoked(authenticate(2));
    assertRevoked(stream.check());
  }

  private void assertAcceptedEverywhere(CallerWatch stream) {
    assertInstanceOf(
        Authentication.Accepted.class, authenticator.known(header(1), AccessFixture.HERE));
    assertInstanceOf(Authentication.Accepted.class, authenticate(3));
    assertInstanceOf(Authentication.Accepted.class, stream.check());
  }

  @Test
  void session_ended_itsTokensCountNoMore() {
    CallerWatch stream = authenticator.watch(accepted(1));
    load(List.of(new Logout(Logout.Kind.SESSION, "session-2", START.plusSeconds(9))));
    assertAcceptedEverywhere(stream);
    load(List.of(new Logout(Logout.Kind.SESSION, "session-1", START.minusSeconds(9))));
    assertRevokedEverywhere(stream);
  }

  @Test
  void subject_loggedOut_tokensUntilThenCountNoMore() {
    CallerWatch stream = authenticator.watch(accepted(1));
    load(List.of(new Logout(Logout.Kind.SUBJECT, "alice-subject", START.minusSeconds(1))));
    assertAcceptedEverywhere(stream);
    load(List.of(new Logout(Logout.Kind.SUBJECT, "bob-subject", START.plusSeconds(1))));
    assertAcceptedEverywhere(stream);
    load(List.of(new Logout(Logout.Kind.SUBJECT, "alice-subject", START)));
    assertRevokedEverywhere(stream);
  }

  @Test
  void notBefore_afterIssue_countsFromTheNextSecondOn() {
    CallerWatch stream = authenticator.watch(accepted(1));
    fixture.notBefore = START;
    assertAcceptedEverywhere(stream);
    fixture.notBefore = START.plusSeconds(1);
    assertRevokedEverywhere(stream);
  }

  @Test
  void apiKey_ofACallerThatLoggedOut_isNoToken() {
    Caller alice = accepted(1);
    Credential key =
        new Credential(
            "0011223344556677",
            AuthenticationStrength.API_KEY,
            false,
            START,
            expiry,
            Instant.MIN,
            "key-1",
            null,
            null);
    Caller withKey =
        new Caller(
            alice.id(), alice.team(), alice.kind(), alice.roles(), false, key, alice.address());
    fixture.notBefore = START.plusSeconds(60);
    load(List.of(new Logout(Logout.Kind.SUBJECT, "alice-subject", START.plusSeconds(60))));
    assertInstanceOf(Authentication.Accepted.class, authenticator.watch(withKey).check());
  }

  @Test
  void keyTakenBack_rememberedTokensAreVerifiedAgain() {
    accepted(1);
    accepted(1);
    assertEquals(1, verified);
    fixture.keysGeneration++;
    assertNull(authenticator.known(header(1), AccessFixture.HERE));
    accepted(1);
    assertEquals(2, verified);
    accepted(1);
    assertEquals(2, verified);
  }

  @Test
  void token_thatLastsForEver_endsWithTheMemoryOfLogouts() {
    expiry = START.plus(Duration.ofDays(900));
    Instant end = START.plus(AccessSettings.TOKEN_LIFETIME_MAX).plus(fixture.settings.clockSkew());
    assertEquals(end, accepted(1).credentialExpiry());
    fixture.now = end.minusSeconds(1);
    accepted(1);
    fixture.now = end;
    var refused = assertInstanceOf(Authentication.Refused.class, authenticate(1));
    assertEquals(AuthenticationFailure.EXPIRED, refused.cause());
    assertEquals(
        true,
        Logouts.RETENTION.compareTo(
                AccessSettings.TOKEN_LIFETIME_MAX.plus(
                    fixture.settings.clockSkew().multipliedBy(2)))
            > 0);
  }
}
