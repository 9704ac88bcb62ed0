package dev.gatehouse.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.access.Action;
import dev.gatehouse.access.Authority;
import dev.gatehouse.access.GrantId;
import dev.gatehouse.core.Caller;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import dev.gatehouse.core.Role;
import dev.gatehouse.core.TeamName;
import dev.gatehouse.registry.Model;
import dev.gatehouse.registry.ModelAudit;
import dev.gatehouse.testing.TestCallers;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class OwnershipTest {

  private static final TeamName VISION = new TeamName("vision");
  private static final ModelName DIGITS = new ModelName("digits");
  private static final ModelName MISSING = new ModelName("missing");
  private static final Refusal DENIED = new Refusal.AccessDenied();
  private static final Refusal STEP_UP =
      new Refusal.StepUpRequired("strong", Duration.ofMinutes(5));

  private static final Model MODEL =
      new Model(
          DIGITS, "", "", VISION, null, ModelAudit.DEFAULT, "0", Instant.EPOCH, Instant.EPOCH);

  private final List<String> asked = new ArrayList<>();
  private Authority authority = new Authority.None(DENIED);

  private final Ownership ownership =
      new Ownership(
          name -> {
            asked.add("model " + name);
            return name.equals(DIGITS) ? Optional.of(MODEL) : Optional.empty();
          },
          (caller, name, owner, action) -> {
            asked.add("authority " + name + " of " + owner + " to " + action);
            return authority;
          });

  private static Caller caller(Role... roles) {
    return TestCallers.caller(
        new CallerId("somebody"), new TeamName("others"), Set.of(roles), "00", Instant.MAX);
  }

  private static Refusal refusal(Supplier<?> work) {
    return assertThrows(RefusedException.class, work::get).refusal();
  }

  @Test
  void require_missingOrForbidden_answerAlikeThroughTheSameWork() {
    for (Refusal refusal : List.of(DENIED, STEP_UP)) {
      authority = new Authority.None(refusal);
      for (Role role : List.of(Role.PUBLISHER, Role.CALLER, Role.RESPONDER)) {
        Caller caller = caller(role);
        List<List<String>> work = new ArrayList<>();
        for (ModelName name : List.of(DIGITS, MISSING)) {
          asked.clear();
          assertEquals(refusal, refusal(() -> ownership.require(caller, name, Action.DEPLOY)));
          assertEquals(
              refusal, refusal(() -> ownership.requireReading(caller, name, Action.UPLOAD)));
          work.add(asked.stream().map(step -> step.replace(name.value(), "it")).toList());
        }
        assertEquals(
            List.of(
                "model it",
                "authority it of vision to DEPLOY",
                "model it",
                "authority it of vision to UPLOAD"),
            work.get(0));
        assertEquals(
            work.get(0), work.get(1).stream().map(step -> step.replace("null", "vision")).toList());
      }
    }
  }

  @Test
  void require_missing_toldToAdministratorsAndNotToOthers() {
    authority = new Authority.Whole();
    assertEquals(
        new Refusal.NotFound("models/missing"),
        refusal(() -> ownership.require(caller(Role.ADMINISTRATOR), MISSING, Action.DEPLOY)));
    // A grant that is not gone from memory yet.
    authority = new Authority.Delegated(new GrantId("g"));
    assertEquals(
        DENIED, refusal(() -> ownership.require(caller(Role.PUBLISHER), MISSING, Action.DEPLOY)));
  }

  @Test
  void require_authority_tellsWhetherEverythingIsTheCallers() {
    authority = new Authority.Whole();
    Ownership.Administered owned = ownership.require(caller(), DIGITS, Action.UPLOAD);
    assertEquals(MODEL, owned.model());
    assertTrue(owned.whole());
    authority = new Authority.Delegated(new GrantId("g"));
    assertFalse(ownership.require(caller(), DIGITS, Action.UPLOAD).whole());
  }

  @Test
  void requireOwned_delegatedOrDenied_isRefused() {
    authority = new Authority.Delegated(new GrantId("g"));
    assertEquals(
        DENIED,
        refusal(() -> ownership.requireOwned(caller(), DIGITS, Action.UPLOAD, Action.DEPLOY)));
    authority = new Authority.Whole();
    asked.clear();
    assertEquals(MODEL, ownership.requireOwned(caller(), DIGITS, Action.UPLOAD, Action.DEPLOY));
    assertTrue(
        asked.containsAll(
            List.of(
                "authority digits of vision to UPLOAD", "authority digits of vision to DEPLOY")));
  }

  @Test
  void requireReading_auditor_readsWhateverIsDeniedAndChangesNothing() {
    Caller auditor = caller(Role.AUDITOR);
    for (Refusal refusal : List.of(DENIED, STEP_UP)) {
      authority = new Authority.None(refusal);
      assertEquals(MODEL, ownership.requireReading(auditor, DIGITS, Action.ADMINISTER_GRANTS));
      assertEquals(
          new Refusal.NotFound("models/missing"),
          refusal(() -> ownership.requireReading(auditor, MISSING, Action.READ_METADATA)));
      assertEquals(
          refusal, refusal(() -> ownership.require(auditor, DIGITS, Action.ADMINISTER_GRANTS)));
      assertEquals(
          refusal, refusal(() -> ownership.require(auditor, MISSING, Action.ADMINISTER_GRANTS)));
    }
    authority = new Authority.None(new Refusal.CredentialInvalid());
    assertEquals(
        new Refusal.CredentialInvalid(),
        refusal(() -> ownership.requireReading(auditor, DIGITS, Action.READ_METADATA)));
  }

  @Test
  void lists_deniedToReadAbout_isLeftOutExceptForThoseWhoSeeAll() {
    assertFalse(ownership.lists(caller(Role.PUBLISHER), MODEL));
    assertTrue(ownership.lists(caller(Role.AUDITOR), MODEL));
    assertTrue(ownership.lists(caller(Role.ADMINISTRATOR), MODEL));
    authority = new Authority.Whole();
    assertTrue(ownership.lists(caller(Role.PUBLISHER), MODEL));
    authority = new Authority.None(new Refusal.DependencyLost(Duration.ofSeconds(1)));
    assertEquals(
        new Refusal.DependencyLost(Duration.ofSeconds(1)),
        refusal(() -> ownership.lists(caller(Role.PUBLISHER), MODEL)));
  }

  @Test
  void requireHeld_rolesWithRightsThatTheGiverLacks_areRefused() {
    for (Role giver : Role.values()) {
      for (Role given : Role.values()) {
        Runnable give = () -> CallerAdministration.requireHeld(caller(giver), Set.of(given));
        // Administrators make the auditors who watch them, and are none by that.
        if (giver == Role.ADMINISTRATOR || giver.rights().containsAll(given.rights())) {
          give.run();
        } else {
          Refusal refused = assertThrows(RefusedException.class, give::run).refusal();
          assertEquals(
              "caller.roles", ((Refusal.ArgumentInvalid) refused).violations().getFirst().field());
        }
      }
    }
    // Rights of several roles add up, as they do in a call.
    Set<Role> both = Set.of(Role.AUDITOR, Role.RESPONDER);
    CallerAdministration.requireHeld(caller(Role.AUDITOR, Role.RESPONDER), both);
    assertThrows(
        RefusedException.class, () -> CallerAdministration.requireHeld(caller(Role.AUDITOR), both));
  }
}
