package dev.gatehouse.testing;

import java.util.Map;

/** Settings under which a gateway meets the servers of this package. */
public final class GatewaySettings {

  private GatewaySettings() {}

  /**
   * What every gateway needs: its database, its issuer, and {@link Realm#ADA} as the first
   * administrator. Everything else is left at its default; files go to the gateway's own folder.
   */
  public static Map<String, String> of(PostgresServer.Database database, KeycloakServer keycloak) {
    return Map.of(
        "gatehouse.database.url", database.jdbcUrl(),
        "gatehouse.database.username", database.user(),
        "gatehouse.database.password", database.password(),
        "gatehouse.oidc.issuer", keycloak.issuer().toString(),
        "gatehouse.oidc.audience", Realm.AUDIENCE,
        "gatehouse.access.bootstrap-administrators", Realm.ADA.subject());
  }
}
