package dev.gatehouse.access;

import dev.gatehouse.core.AuthenticationFailure;
import jakarta.json.Json;
import jakarta.json.JsonException;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonReaderFactory;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What can be told of a credential without any key: that it is a bearer token of bearable size, and
 * that it does not claim to be something other than an access token.
 *
 * <p>Everything here only refuses; what passes is still to be verified. The verifier refuses JSON
 * with a repeated name, so that the two cannot read one token differently.
 */
final class TokenShape {

  /** The longest token, in characters; what passes as metadata is not much longer. */
  static final int TOKEN_CHARS_MAX = 8192;

  private static final String SCHEME = "Bearer ";

  /** RFC 7519, RFC 9068; other types are for other uses: logout, DPoP proofs, security events. */
  private static final Set<String> HEADER_TYPES = Set.of("jwt", "at+jwt", "application/at+jwt");

  /** Where a token would bring its own key along (RFC 7515, section 4.1). */
  private static final Set<String> KEY_HEADERS = Set.of("jwk", "jku", "x5u", "x5c");

  /** Claims of ID tokens (OpenID Connect Core, section 3.3.2.11) and of logout tokens. */
  private static final Set<String> FOREIGN_CLAIMS = Set.of("at_hash", "c_hash", "events");

  /** What a token is bound to (RFC 7800). */
  static final String CONFIRMATION = "cnf";

  /** The SHA-256 of a certificate in base64url (RFC 8705, section 3.1). */
  static final String THUMBPRINT = "x5t#S256";

  private static final int THUMBPRINT_CHARS = 43;

  private static final JsonReaderFactory JSON = Json.createReaderFactory(Map.of());

  private TokenShape() {}

  /** The token of an {@code authorization} value, or null if it is no bearer token of ours. */
  static @Nullable String bearer(String header) {
    int length = header.length() - SCHEME.length();
    if (length <= 0
        || length > TOKEN_CHARS_MAX
        || !header.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
      return null;
    }
    String token = header.substring(SCHEME.length());
    return compact(token) ? token : null;
  }

  /** Whether it is three parts of base64url, none empty. */
  private static boolean compact(String token) {
    int dots = 0;
    int partStart = 0;
    for (int i = 0; i < token.length(); i++) {
      char c = token.charAt(i);
      if (c == '.') {
        if (i == partStart) {
          return false;
        }
        dots++;
        partStart = i + 1;
      } else if (!base64Url(c)) {
        return false;
      }
    }
    return dots == 2 && partStart < token.length();
  }

  private static boolean base64Url(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '-'
        || c == '_';
  }

  /** Why the token cannot be an access token, or null if it may be one. */
  static @Nullable AuthenticationFailure check(String token, Set<String> algorithms) {
    int headerEnd = token.indexOf('.');
    JsonObject header = json(token.substring(0, headerEnd));
    JsonObject claims = json(token.substring(headerEnd + 1, token.lastIndexOf('.')));
    if (header == null || claims == null) {
      return AuthenticationFailure.MALFORMED;
    }
    String algorithm = text(header, "alg");
    if (algorithm == null || !algorithms.contains(algorithm)) {
      return AuthenticationFailure.ALGORITHM;
    }
    if (containsAny(header, KEY_HEADERS)) {
      return AuthenticationFailure.MALFORMED;
    }
    return accessToken(header, claims) ? null : AuthenticationFailure.TOKEN_TYPE;
  }

  private static boolean accessToken(JsonObject header, JsonObject claims) {
    if (header.containsKey("typ")) {
      String type = text(header, "typ");
      if (type == null || !HEADER_TYPES.contains(type.toLowerCase(Locale.ROOT))) {
        return false;
      }
    }
    // Keycloak says here which of its tokens this is: Bearer, ID, Refresh, Offline, Logout, DPoP.
    if (claims.containsKey("typ") && !"bearer".equalsIgnoreCase(text(claims, "typ"))) {
      return false;
    }
    return !containsAny(claims, FOREIGN_CLAIMS) && bindingKnown(claims);
  }

  /**
   * Whether the token is bound to nothing, or to a certificate alone: the possession of anything
   * else cannot be checked here.
   */
  private static boolean bindingKnown(JsonObject claims) {
    JsonValue confirmation = claims.get(CONFIRMATION);
    if (confirmation == null) {
      return true;
    }
    return confirmation instanceof JsonObject object
        && object.size() == 1
        && object.get(THUMBPRINT) instanceof JsonString thumbprint
        && thumbprint(thumbprint.getString());
  }

  /** Whether {@code text} has the form of a thumbprint. */
  static boolean thumbprint(String text) {
    return text.length() == THUMBPRINT_CHARS
        && text.chars().allMatch(c -> c < 0x80 && base64Url((char) c));
  }

  private static boolean containsAny(JsonObject object, Set<String> names) {
    for (String name : names) {
      if (object.containsKey(name)) {
        return true;
      }
    }
    return false;
  }

  private static @Nullable String text(JsonObject object, String name) {
    JsonValue value = object.get(name);
    return value instanceof JsonString string ? string.getString() : null;
  }

  private static @Nullable JsonObject json(String part) {
    try (JsonReader reader =
        JSON.createReader(
            new StringReader(
                new String(Base64.getUrlDecoder().decode(part), StandardCharsets.UTF_8)))) {
      return reader.readObject();
    } catch (IllegalArgumentException | JsonException | IllegalStateException e) {
      return null;
    }
  }
}
