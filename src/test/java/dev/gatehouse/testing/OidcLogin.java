package dev.gatehouse.testing;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A client of an OpenID Connect issuer: gets tokens as a service or, through the issuer's real
 * login page, as a person.
 *
 * <p>Every failure is an {@link IllegalStateException} that says what the issuer answered.
 */
public final class OidcLogin {

  /** The most redirects from one page of a login to the next. */
  static final int REDIRECTS_MAX = 8;

  /** Nothing listens there: the code is taken from the redirect, which is not followed. */
  static final String REDIRECT_URI = "http://127.0.0.1:8765/callback";

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final SecureRandom RANDOM = new SecureRandom();

  private final URI issuer;

  /** A client of {@code issuer}, which must serve the discovery document below it. */
  public OidcLogin(URI issuer) {
    this.issuer = issuer;
  }

  /**
   * What a token endpoint gave.
   *
   * @param accessToken what the gateway asks for
   * @param refreshToken gets the next access token; none for services
   * @param expiresIn how long the access token lasted when it was issued
   */
  public record Tokens(String accessToken, Optional<String> refreshToken, Duration expiresIn) {

    /** The claims of the access token, not verified. */
    public JsonNode claims() {
      String[] parts = accessToken.split("\\.", -1);
      return json(new String(Base64.getUrlDecoder().decode(parts[1]), StandardCharsets.UTF_8));
    }

    /** Tells nothing: tokens do not belong into logs. */
    @Override
    public String toString() {
      return "Tokens";
    }
  }

  /** Client credentials grant (RFC 6749, section 4.4): a service gets a token for itself. */
  public Tokens clientCredentials(String clientId, String secret) {
    return token(
        Map.of("grant_type", "client_credentials", "client_id", clientId, "client_secret", secret));
  }

  /** Client credentials grant of a service of the realm. */
  public Tokens service(Realm.Service service) {
    return clientCredentials(service.clientId(), service.secret());
  }

  /** A login of a person of the realm through the login page. */
  public Tokens person(Realm.Person person) {
    return authorizationCode(Realm.CLI, person.username(), person.password());
  }

  /** The next tokens, for a refresh token of a public client. */
  public Tokens refresh(String clientId, String refreshToken) {
    return token(
        Map.of(
            "grant_type", "refresh_token", "client_id", clientId, "refresh_token", refreshToken));
  }

  /** Password grant, which only Keycloak's own administration still uses. */
  Tokens password(String clientId, String username, String password) {
    return token(
        Map.of(
            "grant_type", "password",
            "client_id", clientId,
            "username", username,
            "password", password));
  }

  /**
   * Authorization code flow with PKCE (RFC 7636, S256): fetches the login page, fills in its form,
   * and exchanges the code of the redirect.
   *
   * @param clientId a public client
   */
  public Tokens authorizationCode(String clientId, String username, String password) {
    String verifier = random();
    String state = random();
    Map<String, String> query = new LinkedHashMap<>();
    query.put("response_type", "code");
    query.put("client_id", clientId);
    query.put("redirect_uri", REDIRECT_URI);
    query.put("scope", "openid");
    query.put("state", state);
    query.put("nonce", random());
    query.put("code_challenge", challenge(verifier));
    query.put("code_challenge_method", "S256");
    URI authorize = URI.create(endpoint("authorization_endpoint") + "?" + Http.encode(query));
    try (Browser browser = new Browser()) {
      String code = browser.code(authorize, username, password, state);
      return token(
          Map.of(
              "grant_type", "authorization_code",
              "client_id", clientId,
              "code", code,
              "redirect_uri", REDIRECT_URI,
              "code_verifier", verifier));
    }
  }

  private Tokens token(Map<String, String> fields) {
    HttpResponse<String> response =
        Http.send(Http.form(URI.create(endpoint("token_endpoint")), fields));
    if (response.statusCode() != 200) {
      throw new IllegalStateException(
          "no token: " + issuer + " answered " + response.statusCode() + " " + response.body());
    }
    JsonNode json = json(response.body());
    return new Tokens(
        json.required("access_token").textValue(),
        Optional.ofNullable(json.path("refresh_token").textValue()),
        Duration.ofSeconds(json.path("expires_in").asLong()));
  }

  private String endpoint(String name) {
    HttpResponse<String> response =
        Http.send(Http.request(URI.create(issuer + "/.well-known/openid-configuration")));
    if (response.statusCode() != 200) {
      throw new IllegalStateException(issuer + " answered " + response.statusCode());
    }
    return json(response.body()).required(name).textValue();
  }

  static JsonNode json(String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("not JSON", e);
    }
  }

  private static String random() {
    byte[] bytes = new byte[32];
    RANDOM.nextBytes(bytes);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  private static String challenge(String verifier) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(verifier.getBytes(StandardCharsets.US_ASCII));
      return Base64.getUrlEncoder().withoutPadding().encodeToString(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
