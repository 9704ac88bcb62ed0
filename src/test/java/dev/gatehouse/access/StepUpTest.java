package dev.gatehouse.access;

import static dev.gatehouse.access.AccessFixture.START;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.gatehouse.core.AuthenticationStrength;
import dev.gatehouse.core.Caller;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.CallerKind;
import dev.gatehouse.core.Credential;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.Role;
import dev.gatehouse.core.TeamName;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Logins of people, and what programs need instead. */
final class StepUpTest {

  private static final Refusal REQUIRED =
      new Refusal.StepUpRequired("aal2", Duration.ofMinutes(15));
  private static final String THUMBPRINT = "A".repeat(43);

  private final AccessFixture fixture = new AccessFixture();
  private final StepUp stepUp = new StepUp(fixture.settings, fixture);

  private static Verification.Login login(String acr, Instant time) {
    return new Verification.Login(acr, time, null, null, null);
  }

  private static RegisteredCaller registered(CallerKind kind, boolean automation) {
    return new RegisteredCaller(
        new CallerId("one"),
        "",
        new TeamName("red"),
        kind,
        AccessFixture.ISSUER,
        "one-subject",
        "",
        Set.of(Role.PUBLISHER),
        Standing.ACTIVE,
        false,
        automation,
        "0",
        START,
        START);
  }

  private static Verification.Login bound(Verification.Login login) {
    return new Verification.Login(login.acr(), login.authTime(), null, null, THUMBPRINT);
  }

  private @Nullable Refusal refusal(CallerKind kind, boolean automation, Verification.Login login) {
    RegisteredCaller registered = registered(kind, automation);
    Credential credential =
        new Credential(
            "0011223344556677",
            stepUp.strength(login, registered),
            login.certificateThumbprint() != null,
            START,
            START.plusSeconds(300),
            stepUp.until(login, registered),
            null,
            null,
            null);
    return stepUp.refusal(
        new Caller(
            registered.id(),
            registered.team(),
            kind,
            registered.roles(),
            automation,
            credential,
            InetAddress.getLoopbackAddress()));
  }

  private @Nullable Refusal ofPerson(Verification.Login login) {
    return refusal(CallerKind.PERSON, false, login);
  }

  @Test
  void person_ofAClassThatCounts_mayUntilTheLoginIsTooOld() {
    for (String acr : List.of("aal2", "aal3")) {
      assertNull(ofPerson(login(acr, START)));
      assertNull(ofPerson(login(acr, START.minus(Duration.ofMinutes(15)).plusNanos(1))));
      assertEquals(REQUIRED, ofPerson(login(acr, START.minus(Duration.ofMinutes(15)))));
      assertEquals(REQUIRED, ofPerson(login(acr, START.minus(Duration.ofDays(400)))));
    }
  }

  @Test
  void person_ofAnotherClassOrNone_mayNot() {
    for (String acr : List.of("", "aal1", "AAL2", "aal2 ", "aal2 aal1", "2", "0")) {
      assertEquals(REQUIRED, ofPerson(login(acr, START)), acr);
    }
  }

  @Test
  void person_whoseLoginHasNoTimeOrOneAhead_mayNot() {
    assertEquals(REQUIRED, ofPerson(login("aal2", Instant.MIN)));
    assertNull(ofPerson(login("aal2", START.plusSeconds(60))));
    assertEquals(REQUIRED, ofPerson(login("aal2", START.plusSeconds(60).plusNanos(1))));
    assertEquals(REQUIRED, ofPerson(login("aal2", START.plus(Duration.ofDays(30_000)))));
  }

  @Test
  void person_withACertificateButNoStrongLogin_mayNot() {
    assertEquals(REQUIRED, ofPerson(bound(login("aal1", START))));
  }

  @Test
  void program_needsAutomationAndABoundCredential() {
    Verification.Login strong = login("aal2", START);
    for (CallerKind kind : List.of(CallerKind.SERVICE, CallerKind.PARTNER)) {
      assertEquals(new Refusal.AccessDenied(), refusal(kind, false, Verification.Login.NONE));
      assertEquals(new Refusal.AccessDenied(), refusal(kind, false, strong));
      assertEquals(new Refusal.AccessDenied(), refusal(kind, true, strong));
      assertEquals(new Refusal.AccessDenied(), refusal(kind, false, bound(strong)));
      assertNull(refusal(kind, true, bound(Verification.Login.NONE)));
    }
  }

  @Test
  void strength_ofALogin_isStrongWhateverItsAgeAndForPeopleOnly() {
    RegisteredCaller person = registered(CallerKind.PERSON, false);
    RegisteredCaller service = registered(CallerKind.SERVICE, true);
    Verification.Login old = login("aal2", START.minus(Duration.ofDays(1)));
    assertEquals(AuthenticationStrength.STRONG, stepUp.strength(old, person));
    assertEquals(AuthenticationStrength.TOKEN, stepUp.strength(old, service));
    assertEquals(AuthenticationStrength.TOKEN, stepUp.strength(login("aal1", START), person));
    assertEquals(
        AuthenticationStrength.STRONG, stepUp.strength(bound(Verification.Login.NONE), service));
  }
}
