package dev.gatehouse.testing;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
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

  /** The most pages of a login: a password, a one-time code, and one more. */
  static final int PAGES_MAX = 3;

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

  /**
   * A login of a person of the realm through the login pages, with password and one-time code; may
   * wait for a code that was not used yet.
   */
  public Tokens person(Realm.Person person) {
    try (Visit visit = visit()) {
      return visit.person(person, Map.of("acr_values", Realm.ONE_TIME_CODE_ACR));
    }
  }

  /** A login of a person of the realm through the login page, with the password alone. */
  public Tokens personByPassword(Realm.Person person) {
    try (Visit visit = visit()) {
      return visit.person(person, Map.of());
    }
  }

  /** A browser that was just opened. */
  public Visit visit() {
    return new Visit();
  }

  /** A browser, which the issuer knows again by its cookies: later logins ask for less. */
  public final class Visit implements AutoCloseable {

    private final Browser browser = new Browser();
    private final List<LoginPage.Asks> asked = new ArrayList<>();

    private Visit() {}

    /**
     * A login of a person of the realm.
     *
     * @param more query parameters besides those that every login has, such as {@code acr_values}
     */
    public Tokens person(Realm.Person person, Map<String, String> more) {
      asked.clear();
      return login(
          browser,
          Realm.CLI,
          more,
          asks -> {
            asked.add(asks);
            return switch (asks) {
              case PASSWORD -> Map.of("username", person.username(), "password", person.password());
              case ONE_TIME_CODE -> Map.of("otp", OneTimeCodes.of(issuer, person));
            };
          });
    }

    /** Whether the last login asked for a password. */
    public boolean askedForPassword() {
      return asked.contains(LoginPage.Asks.PASSWORD);
    }

    /** Whether the last login asked for a one-time code. */
    public boolean askedForCode() {
      return asked.contains(LoginPage.Asks.ONE_TIME_CODE);
    }

    @Override
    public void close() {
      browser.close();
    }
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

  /** A login by {@code username} and {@code password} with a public client. */
  Tokens authorizationCode(String clientId, String username, String password) {
    try (Browser browser = new Browser()) {
      return login(
          browser, clientId, Map.of(), asks -> Map.of("username", username, "password", password));
    }
  }

  /**
   * Authorization code flow with PKCE (RFC 7636, S256): fetches the login pages, fills in their
   * forms, and exchanges the code of the redirect.
   */
  private Tokens login(
      Browser browser, String clientId, Map<String, String> more, Browser.Person person) {
    String verifier = random();
    String state = random();
    Map<String, String> query = new LinkedHashMap<>(more);
    query.put("response_type", "code");
    query.put("client_id", clientId);
    query.put("redirect_uri", REDIRECT_URI);
    query.put("scope", "openid");
    query.put("state", state);
    query.put("nonce", random());
    query.put("code_challenge", challenge(verifier));
    query.put("code_challenge_method", "S256");
    URI authorize = URI.create(endpoint("authorization_endpoint") + "?" + Http.encode(query));
    String code = browser.code(authorize, person, state);
    return token(
        Map.of(
            "grant_type", "authorization_code",
            "client_id", clientId,
            "code", code,
            "redirect_uri", REDIRECT_URI,
            "code_verifier", verifier));
  }

  private Tokens token(Map<String, String> fields) {
    return tokens(Http.send(Http.form(URI.create(endpoint("token_endpoint")), fields)));
  }

  /** A token of a service from a token endpoint that {@code client} reaches. */
  static Tokens clientCredentials(HttpClient client, URI endpoint, Realm.Service service) {
    Map<String, String> fields =
        Map.of(
            "grant_type", "client_credentials",
            "client_id", service.clientId(),
            "client_secret", service.secret());
    return tokens(Http.send(client, Http.form(endpoint, fields)));
  }

  private static Tokens tokens(HttpResponse<String> response) {
    if (response.statusCode() != 200) {
      throw new IllegalStateException(
          "no token: "
              + response.uri().getAuthority()
              + " answered "
              + response.statusCode()
              + " "
              + response.body());
    }
    JsonNode json = json(response.body());
    String accessToken = json.required("access_token").textValue();
    Optional<String> refreshToken = Optional.ofNullable(json.path("refresh_token").textValue());
    KnownSecrets.learn(accessToken);
    refreshToken.ifPresent(KnownSecrets::learn);
    return new Tokens(
        accessToken, refreshToken, Duration.ofSeconds(json.path("expires_in").asLong()));
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
