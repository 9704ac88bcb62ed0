package dev.gatehouse.access;

import jakarta.json.JsonNumber;
import jakarta.json.JsonString;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.eclipse.microprofile.jwt.JsonWebToken;
import org.jspecify.annotations.Nullable;

/**
 * Reads what a verified token says of its login. The library gives some claims as Java's types and
 * some as those of JSON; a claim that cannot be read counts as not there, except for what binds the
 * token.
 */
final class LoginClaims {

  /** Later than any login, and early enough to be added to. */
  private static final long AUTH_TIME_MAX = 1L << 40;

  private LoginClaims() {}

  /** The login, or empty if the token is bound to something other than a certificate. */
  static Optional<Verification.Login> read(JsonWebToken token) {
    String thumbprint = null;
    if (token.containsClaim(TokenShape.CONFIRMATION)) {
      thumbprint = thumbprint(token.getClaim(TokenShape.CONFIRMATION));
      if (thumbprint == null) {
        return Optional.empty();
      }
    }
    String acr = text(token.getClaim("acr"));
    return Optional.of(
        new Verification.Login(
            acr == null ? "" : acr,
            time(token.getClaim("auth_time")),
            text(token.getClaim("sid")),
            text(token.getClaim("azp")),
            thumbprint));
  }

  private static @Nullable String thumbprint(@Nullable Object confirmation) {
    if (confirmation instanceof Map<?, ?> members && members.size() == 1) {
      String text = text(members.get(TokenShape.THUMBPRINT));
      return text != null && TokenShape.thumbprint(text) ? text : null;
    }
    return null;
  }

  private static @Nullable String text(@Nullable Object claim) {
    return switch (claim) {
      case String text -> text;
      case JsonString text -> text.getString();
      case null, default -> null;
    };
  }

  private static Instant time(@Nullable Object claim) {
    long seconds =
        switch (claim) {
          case Long number -> number;
          case Integer number -> number;
          case JsonNumber number when number.isIntegral() -> number.longValue();
          case null, default -> 0;
        };
    return seconds > 0 && seconds < AUTH_TIME_MAX ? Instant.ofEpochSecond(seconds) : Instant.MIN;
  }
}
