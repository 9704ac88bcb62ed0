package dev.gatehouse.access;

import dev.gatehouse.core.AuthenticationFailure;
import dev.gatehouse.core.Role;
import io.quarkus.oidc.AccessTokenCredential;
import io.quarkus.oidc.TenantIdentityProvider;
import io.quarkus.security.identity.SecurityIdentity;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.eclipse.microprofile.jwt.JsonWebToken;
import org.jboss.logging.Logger;
import org.jose4j.jwt.consumer.ErrorCodes;
import org.jose4j.jwt.consumer.InvalidJwtException;
import org.jose4j.lang.UnresolvableKeyException;
import org.jspecify.annotations.Nullable;

/** Verifies tokens through Quarkus OIDC, which works without any HTTP request at hand. */
@Singleton
final class OidcTokenVerifier implements TokenVerifier {

  private static final Logger LOG = Logger.getLogger(OidcTokenVerifier.class);

  /** The most tokens that wait while keys are fetched; those beyond are refused at once. */
  static final int WAITING_MAX = 64;

  private final TenantIdentityProvider provider;

  private final AtomicInteger waiting = new AtomicInteger();

  /**
   * A verification that is waiting, which only happens while the issuer's keys are being fetched.
   *
   * <p>Quarkus fetches once for an unknown key id and refuses other tokens with that key until the
   * answer is there. When the issuer changes its key these are good tokens: they wait for the same
   * answer and are tried once more.
   */
  private final AtomicReference<@Nullable CompletableFuture<SecurityIdentity>> fetching =
      new AtomicReference<>();

  OidcTokenVerifier(TenantIdentityProvider provider) {
    this.provider = provider;
  }

  @Override
  public CompletionStage<Verification> verify(String token) {
    CompletableFuture<SecurityIdentity> attempt = attempt(token);
    if (!attempt.isDone()) {
      fetching.set(attempt);
      attempt = attempt.whenComplete((identity, failure) -> fetching.set(null));
    } else if (attempt.isCompletedExceptionally()
        && caused(attempt.exceptionNow(), UnresolvableKeyException.class) != null) {
      CompletableFuture<SecurityIdentity> fetch = fetching.get();
      if (fetch != null && waiting.incrementAndGet() <= WAITING_MAX) {
        attempt =
            fetch
                .handle((identity, failure) -> waiting.decrementAndGet())
                .thenCompose(none -> attempt(token));
      } else if (fetch != null) {
        waiting.decrementAndGet();
      }
    }
    return attempt.handle(OidcTokenVerifier::outcome);
  }

  private CompletableFuture<SecurityIdentity> attempt(String token) {
    try {
      return provider.authenticate(new AccessTokenCredential(token)).subscribeAsCompletionStage();
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private static Verification outcome(
      @Nullable SecurityIdentity identity, @Nullable Throwable failure) {
    if (failure != null) {
      return new Verification.Bad(classify(failure));
    }
    if (identity == null || !(identity.getPrincipal() instanceof JsonWebToken token)) {
      return new Verification.Bad(AuthenticationFailure.OTHER);
    }
    // The verifier demands all of them; a change of its configuration shall not go unnoticed.
    if (token.getIssuer() == null
        || token.getSubject() == null
        || token.getSubject().isEmpty()
        || token.getExpirationTime() == 0
        || token.getIssuedAtTime() == 0) {
      return new Verification.Bad(AuthenticationFailure.CLAIMS);
    }
    Optional<Verification.Login> login = LoginClaims.read(token);
    if (login.isEmpty()) {
      return new Verification.Bad(AuthenticationFailure.TOKEN_TYPE);
    }
    return new Verification.Good(
        token.getIssuer(),
        token.getSubject(),
        roles(identity.getRoles()),
        Instant.ofEpochSecond(token.getIssuedAtTime()),
        Instant.ofEpochSecond(token.getExpirationTime()),
        login.get());
  }

  private static Set<Role> roles(Set<String> claims) {
    Set<Role> roles = EnumSet.noneOf(Role.class);
    for (String claim : claims) {
      Role.ofClaim(claim).ifPresent(roles::add);
    }
    return Set.copyOf(roles);
  }

  private static AuthenticationFailure classify(Throwable failure) {
    if (caused(failure, UnresolvableKeyException.class) != null) {
      return AuthenticationFailure.SIGNATURE;
    }
    InvalidJwtException invalid = caused(failure, InvalidJwtException.class);
    if (invalid != null) {
      return ofCodes(invalid);
    }
    // What is not wrong with the token went wrong while its key was being fetched.
    LOG.debug("The issuer's keys could not be fetched", failure);
    return AuthenticationFailure.KEYS_UNAVAILABLE;
  }

  /** Several things may be wrong; the one that says most about the token counts. */
  private static AuthenticationFailure ofCodes(InvalidJwtException invalid) {
    record Meaning(AuthenticationFailure failure, int... codes) {
      boolean fits(InvalidJwtException exception) {
        for (int code : codes) {
          if (exception.hasErrorCode(code)) {
            return true;
          }
        }
        return false;
      }
    }
    List<Meaning> meanings =
        List.of(
            new Meaning(
                AuthenticationFailure.SIGNATURE,
                ErrorCodes.SIGNATURE_INVALID,
                ErrorCodes.SIGNATURE_MISSING),
            new Meaning(
                AuthenticationFailure.ISSUER, ErrorCodes.ISSUER_INVALID, ErrorCodes.ISSUER_MISSING),
            new Meaning(
                AuthenticationFailure.AUDIENCE,
                ErrorCodes.AUDIENCE_INVALID,
                ErrorCodes.AUDIENCE_MISSING),
            new Meaning(AuthenticationFailure.EXPIRED, ErrorCodes.EXPIRED),
            new Meaning(AuthenticationFailure.NOT_YET_VALID, ErrorCodes.NOT_YET_VALID),
            new Meaning(
                AuthenticationFailure.CLAIMS,
                ErrorCodes.EXPIRATION_MISSING,
                ErrorCodes.SUBJECT_MISSING,
                ErrorCodes.ISSUED_AT_MISSING));
    for (Meaning meaning : meanings) {
      if (meaning.fits(invalid)) {
        return meaning.failure();
      }
    }
    return AuthenticationFailure.MALFORMED;
  }

  private static <T extends Throwable> @Nullable T caused(Throwable failure, Class<T> type) {
    // Bounded, in case somebody made a ring of causes.
    Throwable cause = failure;
    for (int depth = 0; cause != null && depth < 10; depth++) {
      if (type.isInstance(cause)) {
        return type.cast(cause);
      }
      cause = cause.getCause();
    }
    return null;
  }
}
