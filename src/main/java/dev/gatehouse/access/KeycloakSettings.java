package dev.gatehouse.access;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What the room is told of Keycloak besides its tokens.
 *
 * @param administration how the gateway administers the realm; empty if it does not
 * @param reconcileInterval how often clients and registrations are compared
 * @param notBeforeInterval how often the times are read before which no token counts
 * @param logoutUrl how Keycloak reaches this gateway's endpoint for logouts; empty: it is not told
 * @param logoutClients the clients through which people log in, whose logouts are taken; at most
 *     {@link #LOGOUT_CLIENTS_MAX}
 */
public record KeycloakSettings(
    Optional<Administration> administration,
    Duration reconcileInterval,
    Duration notBeforeInterval,
    Optional<String> logoutUrl,
    Set<String> logoutClients) {

  /** The default of {@link #reconcileInterval}. */
  public static final Duration RECONCILE_INTERVAL_DEFAULT = Duration.ofMinutes(5);

  /** The default of {@link #notBeforeInterval}. */
  public static final Duration NOT_BEFORE_INTERVAL_DEFAULT = Duration.ofSeconds(30);

  /** The most clients through which people log in. */
  public static final int LOGOUT_CLIENTS_MAX = 100;

  /** Nothing is administered and no logout is taken. */
  public static final KeycloakSettings NONE =
      new KeycloakSettings(
          Optional.empty(),
          RECONCILE_INTERVAL_DEFAULT,
          NOT_BEFORE_INTERVAL_DEFAULT,
          Optional.empty(),
          Set.of());

  /**
   * A confidential client of the realm, through whose service account the gateway administers it.
   *
   * @param url where Keycloak is, without a slash at the end
   * @param realm the realm's name
   * @param clientId the client
   * @param clientSecret its secret
   * @param clientScopes the client scopes that a client gets by default: together they must put
   *     subject, audience and realm roles into its tokens
   */
  public record Administration(
      String url, String realm, String clientId, String clientSecret, List<String> clientScopes) {

    /** Copies the list. */
    public Administration {
      clientScopes = List.copyOf(clientScopes);
    }

    /** Everything but the secret. */
    @Override
    public String toString() {
      return "Administration[" + clientId + " of " + realm + " at " + url + "]";
    }
  }

  /**
   * Checks and copies.
   *
   * @throws IllegalArgumentException if a value is out of bounds
   */
  public KeycloakSettings {
    if (!reconcileInterval.isPositive() || !notBeforeInterval.isPositive()) {
      throw new IllegalArgumentException("intervals must be positive");
    }
    logoutClients = Set.copyOf(logoutClients);
    if (logoutClients.size() > LOGOUT_CLIENTS_MAX) {
      throw new IllegalArgumentException("too many logout clients");
    }
  }

  /** Whether any logout is taken. */
  public boolean takesLogouts() {
    return administration.isPresent() || !logoutClients.isEmpty();
  }
}
