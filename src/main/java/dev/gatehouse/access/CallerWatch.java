package dev.gatehouse.access;

import dev.gatehouse.core.AuthenticationFailure;
import dev.gatehouse.core.Caller;
import dev.gatehouse.core.Credential;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.Restraint;
import dev.gatehouse.core.Role;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.Set;

/**
 * Asks again whether a caller that was let in may stay: a stream outlives the moment at which its
 * credential was checked. Blocks never; safe for any thread.
 */
public final class CallerWatch {

  private static final Duration RETRY_AFTER = Duration.ofSeconds(5);

  private final Caller caller;
  private final AccessControl control;
  private final InstantSource clock;
  private final Instant start;

  CallerWatch(Caller caller, AccessControl control, InstantSource clock) {
    this.caller = caller;
    this.control = control;
    this.clock = clock;
    this.start = clock.instant();
  }

  /**
   * What the credential is worth now: the caller with the roles that are left to it, or why it is
   * refused.
   */
  public Authentication check() {
    if (!clock.instant().isBefore(caller.credentialExpiry())) {
      return new Authentication.Refused(
          new Refusal.CredentialInvalid(), AuthenticationFailure.EXPIRED);
    }
    AccessSnapshot snapshot = control.freshSnapshot();
    if (snapshot == null) {
      return new Authentication.Refused(
          new Refusal.DependencyLost(RETRY_AFTER), AuthenticationFailure.REGISTRATIONS_STALE);
    }
    RegisteredCaller registered = snapshot.caller(caller.id());
    // A name that was registered anew since may be somebody else's.
    if (registered == null || registered.createTime().isAfter(start)) {
      return new Authentication.Refused(
          new Refusal.AccessDenied(), AuthenticationFailure.UNREGISTERED);
    }
    if (registered.standing() != Standing.ACTIVE) {
      return new Authentication.Refused(
          new Refusal.CredentialInvalid(), AuthenticationFailure.SUSPENDED);
    }
    String apiKey = caller.credential().apiKey();
    if (apiKey != null) {
      AuthenticationFailure failure =
          ApiKeyAuthenticator.failureOfRunning(
              snapshot, apiKey, registered, start, clock.instant());
      if (failure != null) {
        return Authenticator.refused(failure);
      }
    }
    if (registered.certificateBoundRequired() && !caller.credential().certificateBound()) {
      return new Authentication.Refused(
          new Refusal.CredentialInvalid(), AuthenticationFailure.CERTIFICATE);
    }
    Credential credential = caller.credential();
    if (credential.apiKey() == null
        && control.revoked(
            snapshot,
            registered.subject(),
            credential.sessionId(),
            credential.clientId(),
            credential.issueTime())) {
      return new Authentication.Refused(
          new Refusal.CredentialInvalid(), AuthenticationFailure.REVOKED);
    }
    if (snapshot.restrictions().strictest(caller.id(), clock.instant()) == Restraint.QUARANTINED) {
      return Authenticator.refused(AuthenticationFailure.QUARANTINED);
    }
    return new Authentication.Accepted(asRegistered(registered));
  }

  private Caller asRegistered(RegisteredCaller registered) {
    if (registered.team().equals(caller.team())
        && registered.automationAllowed() == caller.automation()
        && registered.roles().containsAll(caller.roles())) {
      return caller;
    }
    Set<Role> roles = EnumSet.noneOf(Role.class);
    for (Role role : caller.roles()) {
      if (registered.roles().contains(role)) {
        roles.add(role);
      }
    }
    return new Caller(
        caller.id(),
        registered.team(),
        registered.kind(),
        roles,
        registered.automationAllowed(),
        caller.credential(),
        caller.address());
  }
}
