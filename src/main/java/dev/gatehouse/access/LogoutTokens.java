package dev.gatehouse.access;

import dev.gatehouse.access.LogoutTokenException.Cause;
import java.security.Key;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jose4j.jwa.AlgorithmConstraints;
import org.jose4j.jwa.AlgorithmConstraints.ConstraintType;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.jwt.MalformedClaimException;
import org.jose4j.jwt.NumericDate;
import org.jose4j.jwt.consumer.InvalidJwtException;
import org.jose4j.jwx.HeaderParameterNames;
import org.jose4j.lang.JoseException;
import org.jspecify.annotations.Nullable;

/**
 * Reads logout tokens: signed statements of the issuer that a login ended.
 *
 * <p>The checks are those of OpenID Connect Back-Channel Logout 1.0, section 2.6, each with a cause
 * of its own. Keys come from the issuer's published ones alone: what the token says of keys is
 * never followed.
 */
final class LogoutTokens {

  /** The member of {@code events} that makes a token a logout token. */
  static final String EVENT = "http://schemas.openid.net/event/backchannel-logout";

  /** How old one may be when it comes, besides the clock skew. */
  static final Duration AGE_MAX = Duration.ofMinutes(2);

  /** The longest {@code jti}, {@code sid} and {@code sub}, in characters. */
  static final int ID_CHARS_MAX = 255;

  private static final Set<String> HEADER_TYPES = Set.of("jwt", "logout+jwt");

  /** Where a token would bring its own key along (RFC 7515, section 4.1). */
  private static final List<String> KEY_HEADERS =
      List.of(
          HeaderParameterNames.JWK,
          HeaderParameterNames.JWK_SET_URL,
          HeaderParameterNames.X509_URL,
          HeaderParameterNames.X509_CERTIFICATE_CHAIN);

  private final AccessSettings settings;
  private final PublishedKeys keys;
  private final InstantSource clock;
  private final AlgorithmConstraints algorithms;

  LogoutTokens(AccessSettings settings, PublishedKeys keys, InstantSource clock) {
    this.settings = settings;
    this.keys = keys;
    this.clock = clock;
    this.algorithms =
        new AlgorithmConstraints(
            ConstraintType.PERMIT, settings.signatureAlgorithms().toArray(String[]::new));
  }

  /**
   * What a token says.
   *
   * @param clients the clients whose logouts are taken
   * @throws LogoutTokenException if it is not a good logout token for one of them
   */
  LogoutToken read(String token, Set<String> clients) throws LogoutTokenException {
    if (token.length() > TokenShape.TOKEN_CHARS_MAX) {
      throw new LogoutTokenException(Cause.MALFORMED);
    }
    try {
      JwtClaims claims = JwtClaims.parse(verified(token));
      checkMeant(claims, clients);
      checkTimes(claims);
      checkKind(claims);
      return said(claims);
    } catch (JoseException | InvalidJwtException | MalformedClaimException e) {
      throw new LogoutTokenException(Cause.MALFORMED);
    }
  }

  private String verified(String token) throws JoseException, LogoutTokenException {
    JsonWebSignature signature = new JsonWebSignature();
    signature.setCompactSerialization(token);
    String algorithm = signature.getAlgorithmHeaderValue();
    if (algorithm == null || !settings.signatureAlgorithms().contains(algorithm)) {
      throw new LogoutTokenException(Cause.ALGORITHM);
    }
    checkHeader(signature);
    String keyId = signature.getKeyIdHeaderValue();
    Key key = keyId == null ? null : keys.find(keyId);
    if (key == null) {
      throw new LogoutTokenException(Cause.KEY);
    }
    signature.setAlgorithmConstraints(algorithms);
    signature.setKey(key);
    if (!verifies(signature)) {
      throw new LogoutTokenException(Cause.SIGNATURE);
    }
    return signature.getPayload();
  }

  /** A key that does not fit the algorithm verifies nothing. */
  private static boolean verifies(JsonWebSignature signature) {
    try {
      return signature.verifySignature();
    } catch (JoseException e) {
      return false;
    }
  }

  private static void checkHeader(JsonWebSignature signature) throws LogoutTokenException {
    for (String name : KEY_HEADERS) {
      if (signature.getHeaders().getObjectHeaderValue(name) != null) {
        throw new LogoutTokenException(Cause.TYPE);
      }
    }
    Object type = signature.getHeaders().getObjectHeaderValue(HeaderParameterNames.TYPE);
    if (type != null
        && !(type instanceof String text && HEADER_TYPES.contains(text.toLowerCase(Locale.ROOT)))) {
      throw new LogoutTokenException(Cause.TYPE);
    }
  }

  private void checkMeant(JwtClaims claims, Set<String> clients)
      throws MalformedClaimException, LogoutTokenException {
    if (!settings.issuer().equals(claims.getIssuer())) {
      throw new LogoutTokenException(Cause.ISSUER);
    }
    if (claims.getAudience().stream().noneMatch(clients::contains)) {
      throw new LogoutTokenException(Cause.AUDIENCE);
    }
  }

  private void checkTimes(JwtClaims claims) throws MalformedClaimException, LogoutTokenException {
    Instant now = clock.instant();
    Instant issued = instant(claims.getIssuedAt());
    Instant expires = instant(claims.getExpirationTime());
    Duration skew = settings.clockSkew();
    if (issued == null
        || issued.isAfter(now.plus(skew))
        || issued.isBefore(now.minus(AGE_MAX).minus(skew))
        || (expires != null && !now.minus(skew).isBefore(expires))) {
      throw new LogoutTokenException(Cause.TIME);
    }
  }

  /** In whole seconds; what no instant can say lies too far off for any token. */
  private static @Nullable Instant instant(@Nullable NumericDate date) throws LogoutTokenException {
    if (date == null) {
      return null;
    }
    long seconds = date.getValue();
    if (seconds < 0 || seconds > Instant.MAX.getEpochSecond()) {
      throw new LogoutTokenException(Cause.TIME);
    }
    return Instant.ofEpochSecond(seconds);
  }

  private static void checkKind(JwtClaims claims) throws LogoutTokenException {
    if (claims.hasClaim("nonce")) {
      throw new LogoutTokenException(Cause.NONCE);
    }
    boolean logout =
        claims.getClaimValue("events") instanceof Map<?, ?> events
            && events.get(EVENT) instanceof Map<?, ?>;
    if (!logout) {
      throw new LogoutTokenException(Cause.EVENT);
    }
    // Keycloak says here which of its tokens this is.
    if (claims.hasClaim("typ") && !"Logout".equals(claims.getClaimValue("typ"))) {
      throw new LogoutTokenException(Cause.TYPE);
    }
  }

  private static LogoutToken said(JwtClaims claims)
      throws MalformedClaimException, LogoutTokenException {
    String id = text(claims, "jti");
    if (id == null) {
      throw new LogoutTokenException(Cause.ID);
    }
    String subject = text(claims, "sub");
    String session = text(claims, "sid");
    if (subject == null && session == null) {
      throw new LogoutTokenException(Cause.NOBODY);
    }
    return new LogoutToken(
        id, subject, session, Instant.ofEpochSecond(claims.getIssuedAt().getValue()));
  }

  /** A claim that is there must be a text that names something. */
  private static @Nullable String text(JwtClaims claims, String name)
      throws MalformedClaimException {
    if (!claims.hasClaim(name)) {
      return null;
    }
    String text = claims.getStringClaimValue(name);
    if (text.isEmpty() || text.length() > ID_CHARS_MAX || text.indexOf('\0') >= 0) {
      throw new MalformedClaimException(name);
    }
    return text;
  }
}
