package dev.gatehouse.access;

import dev.gatehouse.core.AuthenticationFailure;
import dev.gatehouse.core.Caller;
import dev.gatehouse.core.Refusal;
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
 * Proves who is calling, from the bearer token of a call.
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

  /** The authenticator of the room. */
  public Authenticator(
      AccessSettings settings,
      TokenVerifier verifier,
      IssuerKeys keys,
      AccessControl control,
      InstantSource clock,
      Ticker ticker) {
    this.settings = settings;
    this.verifier = verifier;
    this.keys = keys;
    this.control = control;
    this.clock = clock;
    this.memory = new TokenMemory(settings.tokenCacheEntriesMax(), ticker);
  }

  /**
   * The outcome if it can be had at once: for a token that was verified before, and for what is
   * obviously no credential. Null if the token must be verified: see {@link #authenticate}.
   *
   * @param authorization the value of the {@code authorization} header, or null if there is none
   */
  public @Nullable Authentication known(@Nullable String authorization) {
    if (authorization == null) {
      return refused(AuthenticationFailure.MISSING);
    }
    String token = TokenShape.bearer(authorization);
    if (token == null) {
      return refused(AuthenticationFailure.MALFORMED);
    }
    return remembered(TokenMemory.Hash.of(token));
  }

  /**
   * The outcome if it can be had at once, as {@link #known(String)}, for a header as it came.
   *
   * @param authorization the bytes of the header's value, which nobody may change afterwards
   * @param connection what its connection carried before
   */
  public @Nullable Authentication known(byte[] authorization, ConnectionCredentials connection) {
    TokenMemory.Hash hash = connection.find(authorization);
    if (hash != null) {
      return remembered(hash);
    }
    String token = TokenShape.bearer(new String(authorization, StandardCharsets.US_ASCII));
    if (token == null) {
      return refused(AuthenticationFailure.MALFORMED);
    }
    hash = TokenMemory.Hash.of(token);
    Authentication outcome = remembered(hash);
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
   */
  public CompletionStage<Authentication> authenticate(@Nullable String authorization) {
    Authentication known = known(authorization);
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
    return verifier.verify(token).thenApply(verification -> conclude(hash, verification));
  }

  /** Asks again about a caller that was accepted, for as long as its stream lasts. */
  public CallerWatch watch(Caller caller) {
    return new CallerWatch(caller, control, clock);
  }

  private @Nullable Authentication remembered(TokenMemory.Hash hash) {
    TokenMemory.Known known = memory.find(hash);
    if (known == null) {
      return null;
    }
    if (clock.millis() >= known.acceptedUntilMillis()) {
      memory.forget(hash);
      return refused(AuthenticationFailure.EXPIRED);
    }
    return identify(hash, known);
  }

  private Authentication conclude(TokenMemory.Hash hash, Verification verification) {
    return switch (verification) {
      case Verification.Bad bad -> refused(bad.cause());
      case Verification.Good token when expired(token) -> refused(AuthenticationFailure.EXPIRED);
      case Verification.Good token
          when token.issueTime().isAfter(clock.instant().plus(settings.clockSkew())) ->
          refused(AuthenticationFailure.NOT_YET_VALID);
      case Verification.Good token -> {
        yield identify(hash, memory.remember(hash, token, acceptedUntil(token)));
      }
    };
  }

  private boolean expired(Verification.Good token) {
    return !clock.instant().isBefore(acceptedUntil(token));
  }

  /** The skew is part of a credential's life, for single calls and for streams alike. */
  private Instant acceptedUntil(Verification.Good token) {
    return token.expireTime().plus(settings.clockSkew());
  }

  private Authentication identify(TokenMemory.Hash hash, TokenMemory.Known known) {
    AccessSnapshot snapshot = control.freshSnapshot();
    if (snapshot == null) {
      return refused(AuthenticationFailure.REGISTRATIONS_STALE);
    }
    Verification.Good token = known.token();
    RegisteredCaller registered = snapshot.principal(token.issuer(), token.subject());
    if (registered == null) {
      return refused(AuthenticationFailure.UNREGISTERED);
    }
    if (registered.standing() != Standing.ACTIVE) {
      return refused(AuthenticationFailure.SUSPENDED);
    }
    Authentication.Accepted same = known.acceptedFor(registered);
    if (same != null) {
      return same;
    }
    Authentication.Accepted accepted =
        new Authentication.Accepted(
            new Caller(
                registered.id(),
                registered.team(),
                roles(token, registered),
                hash.fingerprint(),
                acceptedUntil(token)));
    known.accepted(registered, accepted);
    return accepted;
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
  private static Authentication refused(AuthenticationFailure cause) {
    Refusal refusal =
        switch (cause) {
          case UNREGISTERED -> new Refusal.AccessDenied();
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
              OTHER ->
              new Refusal.CredentialInvalid();
        };
    return new Authentication.Refused(refusal, cause);
  }
}
