package dev.gatehouse.access;

import dev.gatehouse.core.AuthenticationStrength;
import dev.gatehouse.core.Caller;
import dev.gatehouse.core.CallerKind;
import dev.gatehouse.core.Refusal;
import java.time.Instant;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/**
 * How a credential was come by, and whether that is enough for what asks for a step-up.
 *
 * <p>People need a login of a class that the configuration names, lately. A program cannot log in
 * again: it needs to be registered as allowed to act without people, and a credential that is
 * worthless without the certificate of its connection.
 */
final class StepUp {

  private final AccessSettings settings;
  private final InstantSource clock;

  StepUp(AccessSettings settings, InstantSource clock) {
    this.settings = settings;
    this.clock = clock;
  }

  /** How strong a proof a token is; how long ago the login was does not matter for that. */
  AuthenticationStrength strength(Verification.Login login, RegisteredCaller registered) {
    boolean person = registered.kind() == CallerKind.PERSON;
    return login.certificateThumbprint() != null || (person && ofClass(login))
        ? AuthenticationStrength.STRONG
        : AuthenticationStrength.TOKEN;
  }

  /**
   * Until when a token allows what needs a step-up; {@link Instant#MIN} for none, which is so for
   * what no person logged in for, and for a login that lies further ahead than clocks may differ.
   */
  Instant until(Verification.Login login, RegisteredCaller registered) {
    if (registered.kind() != CallerKind.PERSON
        || !ofClass(login)
        || login.authTime().equals(Instant.MIN)
        || login.authTime().isAfter(clock.instant().plus(settings.clockSkew()))) {
      return Instant.MIN;
    }
    return login.authTime().plus(settings.stepUpAgeMax());
  }

  private boolean ofClass(Verification.Login login) {
    return settings.stepUpAcrs().contains(login.acr());
  }

  /** Why the caller may not do now what needs a step-up; null if it may. */
  @Nullable Refusal refusal(Caller caller) {
    return switch (caller.kind()) {
      case PERSON ->
          clock.instant().isBefore(caller.credential().stepUpUntil())
              ? null
              : new Refusal.StepUpRequired(
                  settings.stepUpAcrs().getFirst(), settings.stepUpAgeMax());
      case SERVICE, PARTNER ->
          caller.automation() && caller.credential().certificateBound()
              ? null
              : new Refusal.AccessDenied();
    };
  }
}
