package dev.gatehouse.access;

import dev.gatehouse.testing.GatewaySettings;
import dev.gatehouse.testing.Ports;
import dev.gatehouse.testing.PostgresServer;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Starts a PostgreSQL, and an issuer unless it shall be away at first. */
public final class AccessTestResource implements QuarkusTestResourceLifecycleManager {

  /** The property with the private key that the issuer publishes, as a JWK. */
  static final String KEY_PROPERTY = "test.issuer.key";

  private boolean issuerAway;
  private @Nullable PostgresServer postgres;
  private @Nullable TestIssuer issuer;

  @Override
  public void init(Map<String, String> arguments) {
    issuerAway = arguments.containsKey("issuer-away");
  }

  @Override
  public Map<String, String> start() {
    TestTokens tokens = TestTokens.generate();
    PostgresServer started = PostgresServer.start();
    postgres = started;
    Map<String, String> config = new HashMap<>(GatewaySettings.of(started.createDatabase()));
    config.put("quarkus.flyway.migrate-at-start", "true");
    config.put("gatehouse.oidc.issuer", issuer(tokens));
    config.put("gatehouse.oidc.audience", TestTokens.AUDIENCE);
    config.put("gatehouse.access.bootstrap-administrators", "root-subject");
    config.put(KEY_PROPERTY, tokens.privateKey());
    return config;
  }

  private String issuer(TestTokens tokens) {
    if (!issuerAway) {
      issuer = new TestIssuer(0, tokens.keySet());
      return issuer.issuer();
    }
    return "http://localhost:" + Ports.free() + TestIssuer.REALM;
  }

  @Override
  public void stop() {
    if (issuer != null) {
      issuer.close();
    }
    if (postgres != null) {
      postgres.close();
    }
  }
}
