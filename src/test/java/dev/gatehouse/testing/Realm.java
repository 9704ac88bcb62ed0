package dev.gatehouse.testing;

/**
 * What {@code deploy/keycloak/gatehouse-realm.json} says, as constants: who is in it, and the
 * subjects their tokens carry. {@code LaunchersIT} holds the two together.
 */
public final class Realm {

  /** The name of the realm. */
  public static final String NAME = "gatehouse";

  /** The audience that every access token for the gateway names. */
  public static final String AUDIENCE = "gatehouse";

  /** The public client through which people log in. */
  public static final String CLI = "gatehouse-cli";

  /** The {@code acr} of a login with a password. */
  public static final String PASSWORD_ACR = "aal1";

  /** The {@code acr} of a login with a password and a one-time code. */
  public static final String ONE_TIME_CODE_ACR = "aal2";

  /** A person with the role {@code administrator}. */
  public static final Person ADA =
      new Person(
          "ada",
          "demo-only-ada-password",
          "DEMOONLYADAAAAAAAAAAAAAAAAAAAAAA",
          "ada00000-0000-4000-8000-000000000001");

  /** A person with the role {@code publisher}. */
  public static final Person PAUL =
      new Person(
          "paul",
          "demo-only-paul-password",
          "DEMOONLYPAULAAAAAAAAAAAAAAAAAAAA",
          "ba010000-0000-4000-8000-000000000002");

  /** A person with the role {@code auditor}. */
  public static final Person AUDREY =
      new Person(
          "audrey",
          "demo-only-audrey-password",
          "DEMOONLYAUDREYAAAAAAAAAAAAAAAAAA",
          "a0d00000-0000-4000-8000-000000000003");

  /** A person with the role {@code responder}. */
  public static final Person ROSA =
      new Person(
          "rosa",
          "demo-only-rosa-password",
          "DEMOONLYROSAAAAAAAAAAAAAAAAAAAAA",
          "205a0000-0000-4000-8000-000000000004");

  /** A service with the role {@code caller}. */
  public static final Service ORDERS =
      new Service(
          "orders-service", "demo-only-orders-secret", "5e000000-0000-4000-8000-000000000011");

  /** A service with the role {@code caller}. */
  public static final Service RETURNS =
      new Service(
          "returns-service", "demo-only-returns-secret", "5e000000-0000-4000-8000-000000000012");

  /** A service with the role {@code caller} that is granted nothing. */
  public static final Service STRANGER =
      new Service(
          "stranger-service", "demo-only-stranger-secret", "5e000000-0000-4000-8000-000000000013");

  /**
   * A service with the role {@code caller} whose tokens name no audience; only there after {@link
   * KeycloakServer#importNoAudience}.
   */
  public static final Service NO_AUDIENCE =
      new Service(
          "no-audience", "demo-only-no-audience-secret", "5e000000-0000-4000-8000-000000000014");

  private Realm() {}

  /**
   * A person of the realm.
   *
   * @param username the name to log in with
   * @param password the demonstration password
   * @param totpSecret the demonstration secret of the authenticator app, in Base32
   * @param subject the {@code sub} of the tokens
   */
  public record Person(String username, String password, String totpSecret, String subject) {}

  /**
   * A confidential client of the realm that acts for itself.
   *
   * @param clientId the client's id
   * @param secret the demonstration secret
   * @param subject the {@code sub} of the tokens
   */
  public record Service(String clientId, String secret, String subject) {}
}
