package dev.gatehouse.access;

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
import dev.gatehouse.core.CallerKind;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.Right;
import dev.gatehouse.core.Role;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who is let in with an API key, on a snapshot and a time of the test's own. */
final class ApiKeyAuthenticatorTest {

  private static final SecureRandom RANDOM = new SecureRandom();
  private static final Instant END = AccessFixture.START.plus(Duration.ofDays(1));

  private final AccessFixture fixture = new AccessFixture();
  private final Authenticator authenticator =
      new Authenticator(
          fixture.settings,
          token -> CompletableFuture.failedStage(new AssertionError("no token is verified")),
          fixture,
          fixture.control,
          fixture.apiKeys,
          fixture,
          fixture);
  private final PresentedApiKey key = PresentedApiKey.generate(new ApiKeyId("k1"), RANDOM);
  private RegisteredCaller orders =
      AccessFixture.caller("orders", "shop", Standing.ACTIVE, Role.CALLER);

  @BeforeEach
  void start() {
    fixture.database = snapshot(1, record(key, END, false));
    fixture.control.start();
  }

  @AfterEach
  void stop() {
    fixture.control.stop();
  }

  private static ApiKeyRecord record(PresentedApiKey key, Instant expireTime, boolean revoked) {
    return new ApiKeyRecord(
        key.id(), new CallerId("orders"), key.tagged(), AccessFixture.START, expireTime, revoked);
  }

  private AccessSnapshot snapshot(long revision, ApiKeyRecord... keys) {
    return new AccessSnapshot(
        new AccessSnapshot.Contents(
            revision, List.of(orders), List.of(), List.of(keys), List.of(), List.of()));
  }

  private void change(AccessSnapshot snapshot) {
    fixture.database = snapshot;
    fixture.control.refresh();
  }

  /** Through all ways in, which must agree. */
  private Authentication present(String value) {
    Authentication ofText = authenticator.known("Bearer " + value, AccessFixture.HERE);
    Authentication ofBytes =
        authenticator.known(
            ("bearer " + value).getBytes(StandardCharsets.US_ASCII), AccessFixture.HERE);
    assertNotNull(ofText, "the outcome is there at once");
    assertEquals(ofText, ofBytes);
    assertEquals(
        ofText,
        authenticator
            .authenticate("Bearer " + value, AccessFixture.HERE)
            .toCompletableFuture()
            .join());
    return ofText;
  }

  private void assertRefused(AuthenticationFailure cause, String value) {
    Authentication.Refused refused = assertInstanceOf(Authentication.Refused.class, present(value));
    assertEquals(cause, refused.cause());
    assertEquals(new Refusal.CredentialInvalid(), refused.refusal(), "no cause is told");
  }

  private Caller accepted() {
    return assertInstanceOf(Authentication.Accepted.class, present(key.reveal())).caller();
  }

  @Test
  void key_good_isItsCallerWithTheWeakestCredential() {
    Caller caller = accepted();
    assertEquals("orders", caller.id().value());
    assertEquals(Set.of(Role.CALLER), caller.roles());
    assertEquals(AuthenticationStrength.API_KEY, caller.credential().strength());
    assertEquals("k1", caller.credential().apiKey());
    assertEquals(Instant.MIN, caller.credential().stepUpUntil());
    assertEquals(END, caller.credentialExpiry());
    assertEquals(key.fingerprint(), caller.credentialFingerprint());
    assertFalse(caller.credential().certificateBound());
    assertFalse(caller.toString().contains(key.reveal().substring(10, 30)));
  }

  @Test
  void key_ofCallerWithEveryRole_givesRightsOfCallersAndPublishersOnly() {
    orders = AccessFixture.caller("orders", "shop", Standing.ACTIVE, Role.values());
    change(snapshot(2, record(key, END, false)));
    Caller caller = accepted();
    assertEquals(Set.of(Role.CALLER, Role.PUBLISHER), caller.roles());
    for (Right right :
        List.of(
            Right.MANAGE_CALLERS, Right.SUSPEND_CALLERS, Right.READ_CALLERS, Right.REVIEW_ACCESS)) {
      assertFalse(caller.holds(right), right.name());
    }
    orders = AccessFixture.caller("orders", "shop", Standing.ACTIVE, Role.ADMINISTRATOR);
    change(snapshot(3, record(key, END, false)));
    assertEquals(Set.of(), accepted().roles());
  }

  @Test
  void key_misspelledOrCutOff_isToldApartBeforeAnythingIsLookedUp() {
    String good = key.reveal();
    for (String bad :
        List.of(
            "ghk_", "ghk_k1", good.substring(0, good.length() - 1), good + "0", "ghk_k2" + good)) {
      assertRefused(AuthenticationFailure.MALFORMED, bad);
    }
    assertEquals(0, fixture.tagChecks);
  }

  @Test
  void key_wrongSecretOrUnknownId_isRefusedAlikeAfterTheSameWork() {
    String wrong = PresentedApiKey.generate(new ApiKeyId("k1"), RANDOM).reveal();
    assertRefused(AuthenticationFailure.API_KEY, wrong);
    int ofWrong = fixture.tagChecks;
    String unknown = PresentedApiKey.generate(new ApiKeyId("k2"), RANDOM).reveal();
    assertRefused(AuthenticationFailure.API_KEY, unknown);
    assertEquals(3, ofWrong, "once for each of three ways in");
    assertEquals(2 * ofWrong, fixture.tagChecks, "an unknown id costs the same check");
  }

  /** A tag that stands for no key must fit none, whatever is presented. */
  @Test
  void key_ofUnknownIdThatFitsTheTagOfNone_isRefused() {
    ApiKeyAuthenticator yes =
        new ApiKeyAuthenticator(
            (tag, data) -> true, new byte[0], fixture.control, fixture.uses, fixture);
    assertInstanceOf(
        Authentication.Refused.class,
        yes.authenticate(PresentedApiKey.generate(new ApiKeyId("k2"), RANDOM), AccessFixture.HERE));
  }

  @Test
  void key_expiring_endsAtItsInstantWithoutGrace() {
    fixture.now = END.minusNanos(1);
    assertNotNull(accepted());
    fixture.now = END;
    assertRefused(AuthenticationFailure.EXPIRED, key.reveal());
  }

  @Test
  void key_revoked_isRefused() {
    change(snapshot(2, record(key, END, true)));
    assertRefused(AuthenticationFailure.REVOKED, key.reveal());
  }

  @Test
  void key_ofSuspendedCaller_isRefused() {
    orders = AccessFixture.caller("orders", "shop", Standing.SUSPENDED, Role.CALLER);
    change(snapshot(2, record(key, END, false)));
    assertRefused(AuthenticationFailure.SUSPENDED, key.reveal());
  }

  @Test
  void key_ofCallerThatNeedsCertificatesOrIsAPerson_isRefused() {
    orders = with(CallerKind.SERVICE, true);
    change(snapshot(2, record(key, END, false)));
    assertRefused(AuthenticationFailure.CERTIFICATE, key.reveal());
    orders = with(CallerKind.PERSON, false);
    change(snapshot(3, record(key, END, false)));
    assertRefused(AuthenticationFailure.API_KEY, key.reveal());
    orders = with(CallerKind.PARTNER, false);
    change(snapshot(4, record(key, END, false)));
    assertEquals(CallerKind.PARTNER, accepted().kind());
  }

  private RegisteredCaller with(CallerKind kind, boolean certificateBound) {
    return new RegisteredCaller(
        orders.id(),
        "",
        orders.team(),
        kind,
        "",
        "",
        "",
        orders.roles(),
        Standing.ACTIVE,
        certificateBound,
        false,
        "1",
        AccessFixture.START,
        AccessFixture.START);
  }

  @Test
  void key_whenRegistrationsAreTooOld_isRefusedAsDependency() {
    fixture.databaseAway = true;
    fixture.advance(Duration.ofSeconds(61));
    Authentication.Refused refused =
        assertInstanceOf(Authentication.Refused.class, present(key.reveal()));
    assertEquals(AuthenticationFailure.REGISTRATIONS_STALE, refused.cause());
    assertInstanceOf(Refusal.DependencyLost.class, refused.refusal());
  }

  @Test
  void uses_ofKeys_areNotedForAcceptedOnesOnly() {
    AccessUses.Used used = new AccessUses.Used.Key("k1");
    String wrong = PresentedApiKey.generate(new ApiKeyId("k1"), RANDOM).reveal();
    assertRefused(AuthenticationFailure.API_KEY, wrong);
    assertTrue(fixture.uses.lastUseTime(used).isEmpty());
    assertNotNull(accepted());
    assertEquals(AccessFixture.START, fixture.uses.lastUseTime(used).orElseThrow());
  }

  @Test
  void watch_ofStreamWithKey_endsItOnRevocationExpiryRotationAndRemoval() {
    CallerWatch watch = authenticator.watch(accepted());
    assertInstanceOf(Authentication.Accepted.class, watch.check());

    change(snapshot(2, record(key, END, true)));
    assertEquals(AuthenticationFailure.REVOKED, cause(watch));
    change(snapshot(3));
    assertEquals(AuthenticationFailure.REVOKED, cause(watch));
    change(snapshot(4, record(key, AccessFixture.START, false)));
    assertEquals(AuthenticationFailure.EXPIRED, cause(watch), "its end was moved by a rotation");
    change(snapshot(5, record(key, END, false)));
    assertNull(cause(watch));
    fixture.now = END;
    assertEquals(AuthenticationFailure.EXPIRED, cause(watch));
  }

  @Test
  void watch_keyMadeAnewUnderTheSameName_endsTheStream() {
    CallerWatch watch = authenticator.watch(accepted());
    change(
        snapshot(
            2,
            new ApiKeyRecord(
                "k1",
                new CallerId("orders"),
                key.tagged(),
                AccessFixture.START.plusSeconds(1),
                END,
                false)));
    assertEquals(AuthenticationFailure.REVOKED, cause(watch));
    change(
        snapshot(
            3,
            new ApiKeyRecord(
                "k1", new CallerId("rival"), key.tagged(), AccessFixture.START, END, false)));
    assertEquals(AuthenticationFailure.REVOKED, cause(watch));
  }

  private static @Nullable AuthenticationFailure cause(CallerWatch watch) {
    return watch.check() instanceof Authentication.Refused refused ? refused.cause() : null;
  }
}
