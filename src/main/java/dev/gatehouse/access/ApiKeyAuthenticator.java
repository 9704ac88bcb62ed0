package dev.gatehouse.access;

import dev.gatehouse.core.AuthenticationFailure;
import dev.gatehouse.core.AuthenticationStrength;
import dev.gatehouse.core.Caller;
import dev.gatehouse.core.CallerKind;
import dev.gatehouse.core.Credential;
import dev.gatehouse.core.Role;
import dev.gatehouse.keys.Keyring;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Proves who is calling, from an API key.
 *
 * <p>Nothing is remembered of a key: each call costs one lookup, one keyed hash and, where it is
 * accepted, one plain hash. A key of an unknown id costs the same keyed hash as a wrong one, so
 * that ids cannot be found out by measuring.
 */
@Singleton
final class ApiKeyAuthenticator {

  /**
   * The roles a key gives, if its caller is registered with them: whoever holds a key may run
   * models and bring them, and never look after the gateway or after other callers.
   */
  static final Set<Role> ROLES = Set.of(Role.CALLER, Role.PUBLISHER);

  /** What a tag that no key fits is made of: no key begins like this. */
  private static final byte[] NO_KEY = "no API key".getBytes(StandardCharsets.US_ASCII);

  /** Whether a tag was made of something. */
  @FunctionalInterface
  interface TagCheck {
    boolean verifies(byte[] tag, byte[] data);
  }

  private final TagCheck tags;
  private final byte[] tagOfNone;
  private final AccessControl control;
  private final AccessUses uses;
  private final InstantSource clock;

  @Inject
  ApiKeyAuthenticator(
      Keyring keyring, AccessControl control, AccessUses uses, InstantSource clock) {
    this(
        keyring::verifies,
        keyring.available() ? keyring.tag(NO_KEY) : new byte[0],
        control,
        uses,
        clock);
  }

  ApiKeyAuthenticator(
      TagCheck tags,
      byte[] tagOfNone,
      AccessControl control,
      AccessUses uses,
      InstantSource clock) {
    this.tags = tags;
    this.tagOfNone = tagOfNone;
    this.control = control;
    this.uses = uses;
    this.clock = clock;
  }

  /**
   * The outcome, at once.
   *
   * @param presented the key; null if what was sent is misspelled or cut off
   */
  Authentication authenticate(@Nullable PresentedApiKey presented, CallerConnection connection) {
    if (presented == null) {
      return Authenticator.refused(AuthenticationFailure.MALFORMED);
    }
    AccessSnapshot snapshot = control.freshSnapshot();
    if (snapshot == null) {
      return Authenticator.refused(AuthenticationFailure.REGISTRATIONS_STALE);
    }
    ApiKeyRecord known = snapshot.apiKey(presented.id());
    boolean verified = tags.verifies(known == null ? tagOfNone : known.tag(), presented.tagged());
    RegisteredCaller registered = known == null ? null : snapshot.caller(known.caller());
    if (!verified || known == null || registered == null) {
      return Authenticator.refused(AuthenticationFailure.API_KEY);
    }
    AuthenticationFailure failure = failure(known, registered, clock.instant());
    if (failure != null) {
      return Authenticator.refused(failure);
    }
    uses.apiKeyUsed(presented.id());
    return accepted(presented, known, registered, connection);
  }

  /** Why a key, though it is the right one, is not accepted for that caller; or null if it is. */
  static @Nullable AuthenticationFailure failure(
      ApiKeyRecord key, RegisteredCaller registered, Instant now) {
    if (key.revoked()) {
      return AuthenticationFailure.REVOKED;
    }
    if (!now.isBefore(key.expireTime())) {
      return AuthenticationFailure.EXPIRED;
    }
    if (registered.standing() != Standing.ACTIVE) {
      return AuthenticationFailure.SUSPENDED;
    }
    if (registered.certificateBoundRequired()) {
      return AuthenticationFailure.CERTIFICATE;
    }
    // None is made for a person; this holds whatever is in the database.
    return registered.kind() == CallerKind.PERSON ? AuthenticationFailure.API_KEY : null;
  }

  /**
   * Why the key of a caller that was let in at {@code start} is not accepted any more; or null if
   * it is.
   */
  static @Nullable AuthenticationFailure failureOfRunning(
      AccessSnapshot snapshot,
      String key,
      RegisteredCaller registered,
      Instant start,
      Instant now) {
    ApiKeyRecord known = snapshot.apiKey(key);
    // A name that was given to another key since proves nothing.
    if (known == null
        || known.createTime().isAfter(start)
        || !known.caller().equals(registered.id())) {
      return AuthenticationFailure.REVOKED;
    }
    return failure(known, registered, now);
  }

  private static Authentication accepted(
      PresentedApiKey presented,
      ApiKeyRecord known,
      RegisteredCaller registered,
      CallerConnection connection) {
    Set<Role> roles = EnumSet.copyOf(ROLES);
    roles.retainAll(registered.roles());
    return new Authentication.Accepted(
        new Caller(
            registered.id(),
            registered.team(),
            registered.kind(),
            roles,
            registered.automationAllowed(),
            new Credential(
                presented.fingerprint(),
                AuthenticationStrength.API_KEY,
                false,
                known.createTime(),
                known.expireTime(),
                Instant.MIN,
                known.id(),
                null,
                null),
            connection.address()));
  }
}
