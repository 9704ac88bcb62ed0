package dev.gatehouse.testing;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** Settings under which a gateway meets the servers of this package. */
public final class GatewaySettings {

  private GatewaySettings() {}

  /**
   * What every gateway needs: its database and the keys file that belongs to it, its issuer, and
   * {@link Realm#ADA} as the first administrator. The disk may be slow, as one that is shared with
   * others is now and then. Everything else is left at its default; other files go to the gateway's
   * own folder.
   */
  public static Map<String, String> of(PostgresServer.Database database, KeycloakServer keycloak) {
    Map<String, String> settings = new HashMap<>(of(database));
    settings.put("gatehouse.keys.file", keysFile(database).toString());
    settings.put("gatehouse.audit.commit-stall-max", "60S");
    settings.put("gatehouse.oidc.issuer", keycloak.issuer().toString());
    settings.put("gatehouse.oidc.audience", Realm.AUDIENCE);
    settings.put("gatehouse.access.bootstrap-administrators", Realm.ADA.subject());
    return Map.copyOf(settings);
  }

  /** Where the database is, and its two roles. */
  public static Map<String, String> of(PostgresServer.Database database) {
    return Map.of(
        "gatehouse.database.url", database.jdbcUrl(),
        "gatehouse.database.username", database.user(),
        "gatehouse.database.password", database.password(),
        "gatehouse.database.owner.username", database.ownerUser(),
        "gatehouse.database.owner.password", database.ownerPassword());
  }

  /** All gateways on one database have the same keys. */
  private static Path keysFile(PostgresServer.Database database) {
    String server = database.jdbcUrl().replaceAll("\\D+", "-");
    return Folders.build().resolve("servers/keys" + server + ".json");
  }
}
