package dev.gatehouse.access;

import dev.gatehouse.core.AuthenticationFailure;
import dev.gatehouse.core.Caller;
import dev.gatehouse.core.Credential;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.Restraint;
import dev.gatehouse.core.Role;
import dev.gatehouse.core.Ticker;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Proves who is calling, from the bearer token or the API key of a call.
 *
 * <p>A token seen before costs two lookups, and a hash where its connection did not carry it
 * lately; a new one costs a signature check on the calling thread. Who is registered and active is
 * asked anew for every call, so that a suspension counts at once.
 */
@Singleton
public final class Authenticator {

  private static final Duration RETRY_AFTER = Duration.ofSeconds(5);

  private final AccessSettings settings;
  private final TokenVerifier verifier;
  private final IssuerKeys keys;
  private final AccessControl control;
  private final InstantSource clock;
  private final TokenMemory memory;
  private final ApiKeyAuthenticator apiKeys;
  private final StepUp stepUp;

  /** The authenticator of the room. */
  public Authenticator(
      AccessSettings settings,
      TokenVerifier verifier,
      IssuerKeys keys,
      AccessControl control,
      ApiKeyAuthenticator apiKeys,
      InstantSource clock,
      Ticker ticker) {
    this.apiKeys = apiKeys;
    this.settings = settings;
    this.verifier = verifier;
    this.keys = keys;
    this.control = control;
    this.clock = clock;
    this.memory = new TokenMemory(settings.tokenCacheEntriesMax(), ticker);
    this.stepUp = new StepUp(settings, clock);
  }

  /**
   * The outcome if it can be had at once: for an API key, for a token that was verified before, and
   * for what is obviously no credential. Null if the token must be verified: see {@link
   * #authenticate}.
   *
   * @param authorization the value of the {@code authorization} header, or null if there is none
   * @param connection what it came on
   */
  public @Nullable Authentication known(
      @Nullable String authorization, CallerConnection connection) {
    if (authorization == null) {
      return refused(AuthenticationFailure.MISSING);
    }
    if (PresentedApiKey.claimed(authorization)) {
      return apiKeys.authenticate(PresentedApiKey.read(authorization), connection);
    }
    String token = TokenShape.bearer(authorization);
    if (token == null) {
      return refused(AuthenticationFailure.MALFORMED);
    }
    return remembered(TokenMemory.Hash.of(token), connection);
  }

  /**
   * The outcome if it can be had at once, as {@link #known(String, CallerConnection)}, for a header
   * as it came.
   *
   * @param authorization the bytes of the header's value, which nobody may change afterwards
   * @param connection what it came on
   */
  public @Nullable Authentication known(byte[] authorization, CallerConnection connection) {
    if (PresentedApiKey.claimed(authorization)) {
      return apiKeys.authenticate(PresentedApiKey.read(authorization), connection);
    }
    TokenMemory.Hash hash = connection.find(authorization);
    if (hash != null) {
      return remembered(hash, connection);
    }
    String token = TokenShape.bearer(new String(authorization, StandardCharsets.US_ASCII));
    if (token == null) {
      return refused(AuthenticationFailure.MALFORMED);
    }
    hash = TokenMemory.Hash.of(token);
    Authentication outcome = remembered(hash, connection);
    if (outcome instanceof Authentication.Accepted) {
      connection.remember(authorization, hash);
    }
    return outcome;
  }

  /**
   * The outcome, after verifying the token if it was not verified before.
   *
   * <p>Checks a signature on the calling thread, and completes on another one only if keys are
   * being fetched; it is then bounded by Quarkus' connection timeout. Never completes
   * exceptionally.
   *
   * @param authorization the value of the {@code authorization} header, or null if there is none
   * @param connection what it came on
   */
  public CompletionStage<Authentication> authenticate(
      @Nullable String authorization, CallerConnection connection) {
    Authentication known = known(authorization, connection);
    if (known != null || authorization == null) {
      return CompletableFuture.completedStage(known);
    }
    String token = authorization.substring(authorization.indexOf(' ') + 1);
    AuthenticationFailure misshapen = TokenShape.check(token, settings.signatureAlgorithms());
    if (misshapen != null) {
      return CompletableFuture.completedStage(refused(misshapen));
    }
    if (!keys.available()) {
      return CompletableFuture.completedStage(refused(AuthenticationFailure.KEYS_UNAVAILABLE));
    }
    TokenMemory.Hash hash = TokenMemory.Hash.of(token);
    // Before verifying: what was verified with a key that goes meanwhile is verified again.
    long keysGeneration = keys.generation();
    return verifier
        .verify(token)
        .thenApply(verification -> conclude(hash, verification, keysGeneration, connection));
  }

  /**
   * Why the caller may not do now what needs a step-up: {@code STEP_UP_REQUIRED} for people, who
   * can log in again, {@code ACCESS_DENIED} for others; null if it may. Whether it holds the right
   * at all is asked before.
   */
  public @Nullable Refusal stepUp(Caller caller) {
    return stepUp.refusal(caller);
  }

  /**
   * Why no call of a caller that was accepted is taken now, whatever it calls: {@code
   * CALLER_QUARANTINED}; null if it is not quarantined. Asked before what it may do, so that
   * nothing is told of that.
   */
  public @Nullable Refusal quarantine(Caller caller) {
    AccessSnapshot snapshot = control.freshSnapshot();
    if (snapshot == null) {
      return new Refusal.DependencyLost(RETRY_AFTER);
    }
    return control.restraint(snapshot, caller.id()) == Restraint.QUARANTINED
        ? new Refusal.CallerQuarantined()
        : null;
  }

  /**
   * Why one more call of a caller that was accepted is not taken now, whatever it calls: {@code
   * QUOTA_EXHAUSTED} if it is throttled and has spent that; null if it may. To be asked once for
   * each call and each message of a stream of inferences, before what it brings is looked at: it
   * takes a row of the throttle.
   */
  public @Nullable Refusal throttle(Caller caller) {
    AccessSnapshot snapshot = control.freshSnapshot();
    // Without one nothing is decided: the next who asks refuses.
    return snapshot == null ? null : control.throttle(snapshot, caller.id());
  }

  /** Asks again about a caller that was accepted, for as long as its stream lasts. */
  public CallerWatch watch(Caller caller) {
    return new CallerWatch(caller, control, clock);
  }

  private @Nullable Authentication remembered(TokenMemory.Hash hash, CallerConnection connection) {
    TokenMemory.Known known = memory.find(hash);
    if (known == null || known.keysGeneration() != keys.generation()) {
      return null;
    }
    if (!keys.available()) {
      return refused(AuthenticationFailure.KEYS_UNAVAILABLE);
    }
    if (clock.millis() >= known.acceptedUntilMillis()) {
      memory.forget(hash);
      return refused(AuthenticationFailure.EXPIRED);
    }
    return identify(hash, known, connection);
  }

  private Authentication conclude(
      TokenMemory.Hash hash,
      Verification verification,
      long keysGeneration,
      CallerConnection connection) {
    return switch (verification) {
      case Verification.Bad bad -> refused(bad.cause());
      case Verification.Good token
          when token.issueTime().isAfter(clock.instant().plus(settings.clockSkew())) ->
          refused(AuthenticationFailure.NOT_YET_VALID);
      case Verification.Good token when expired(token) -> refused(AuthenticationFailure.EXPIRED);
      case Verification.Good token ->
          identify(
              hash, memory.remember(hash, token, acceptedUntil(token), keysGeneration), connection);
    };
  }

  private boolean expired(Verification.Good token) {
    return !clock.instant().isBefore(acceptedUntil(token));
  }

  /**
   * The skew is part of a credential's life, for single calls and for streams alike. However late
   * it expires, a token does not outlive what is remembered of ended logins.
   */
  private Instant acceptedUntil(Verification.Good token) {
    Instant latest = token.issueTime().plus(AccessSettings.TOKEN_LIFETIME_MAX);
    Instant end = token.expireTime().isBefore(latest) ? token.expireTime() : latest;
    return end.plus(settings.clockSkew());
  }

  private Authentication identify(
      TokenMemory.Hash hash, TokenMemory.Known known, CallerConnection connection) {
    AccessSnapshot snapshot = control.freshSnapshot();
    if (snapshot == null) {
      return refused(AuthenticationFailure.REGISTRATIONS_STALE);
    }
    Verification.Good token = known.token();
    String thumbprint = token.login().certificateThumbprint();
    // For every call, since a token is known from all connections: this one may be a thief's.
    if (thumbprint != null && !connection.showed(thumbprint)) {
      return refused(AuthenticationFailure.CERTIFICATE);
    }
    RegisteredCaller registered = snapshot.principal(token.issuer(), token.subject());
    if (registered == null) {
      return refused(AuthenticationFailure.UNREGISTERED);
    }
    if (registered.standing() != Standing.ACTIVE) {
      return refused(AuthenticationFailure.SUSPENDED);
    }
    if (registered.certificateBoundRequired() && thumbprint == null) {
      return refused(AuthenticationFailure.CERTIFICATE);
    }
    if (control.revoked(
        snapshot,
        token.subject(),
        token.login().sessionId(),
        token.login().clientId(),
        token.issueTime())) {
      return refused(AuthenticationFailure.REVOKED);
    }
    Authentication.Accepted same = known.acceptedFor(registered, connection.address());
    if (same != null) {
      return same;
    }
    Authentication.Accepted accepted =
        new Authentication.Accepted(
            new Caller(
                registered.id(),
                registered.team(),
                registered.kind(),
                roles(token, registered),
                registered.automationAllowed(),
                credential(hash, token, registered),
                connection.address()));
    known.accepted(registered, accepted);
    return accepted;
  }

  private Credential credential(
      TokenMemory.Hash hash, Verification.Good token, RegisteredCaller registered) {
    Verification.Login login = token.login();
    return new Credential(
        hash.fingerprint(),
        stepUp.strength(login, registered),
        login.certificateThumbprint() != null,
        token.issueTime(),
        acceptedUntil(token),
        stepUp.until(login, registered),
        null,
        login.sessionId(),
        login.clientId());
  }

  private static Set<Role> roles(Verification.Good token, RegisteredCaller registered) {
    Set<Role> roles = EnumSet.noneOf(Role.class);
    for (Role role : token.roles()) {
      if (registered.roles().contains(role)) {
        roles.add(role);
      }
    }
    return roles;
  }

  /** What the caller is told follows from the cause alone. */
  static Authentication refused(AuthenticationFailure cause) {
    Refusal refusal =
        switch (cause) {
          case UNREGISTERED -> new Refusal.AccessDenied();
          case QUARANTINED -> new Refusal.CallerQuarantined();
          case KEYS_UNAVAILABLE, REGISTRATIONS_STALE -> new Refusal.DependencyLost(RETRY_AFTER);
          case MISSING,
              MALFORMED,
              ALGORITHM,
              TOKEN_TYPE,
              SIGNATURE,
              ISSUER,
              AUDIENCE,
              EXPIRED,
              NOT_YET_VALID,
              CLAIMS,
              SUSPENDED,
              REVOKED,
              API_KEY,
              CERTIFICATE,
              OTHER ->
              new Refusal.CredentialInvalid();
        };
    return new Authentication.Refused(refusal, cause);
  }
}
