package dev.gatehouse.registry;

import dev.gatehouse.testing.GatewaySettings;
import dev.gatehouse.testing.PostgresServer;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.quarkus.test.junit.QuarkusTestProfile;
import jakarta.enterprise.inject.Alternative;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** This room alone with a real PostgreSQL: no other room's beans, no identity provider, no port. */
public final class RegistryProfile implements QuarkusTestProfile {

  static final RegistrySettings SETTINGS = new RegistrySettings(5, 3);

  @Override
  public Map<String, String> getConfigOverrides() {
    return Map.of(
        "quarkus.oidc.tenant-enabled", "false",
        "quarkus.http.test-port", "0",
        "quarkus.grpc.server.test-port", "0",
        "quarkus.management.enabled", "false",
        "quarkus.hibernate-orm.schema-management.strategy", "validate",
        "quarkus.arc.exclude-types",
            "dev.gatehouse.access.**,dev.gatehouse.audit.**,dev.gatehouse.boot.**,"
                + "dev.gatehouse.edge.**,dev.gatehouse.metrics.**");
  }

  @Override
  public Set<Class<?>> getEnabledAlternatives() {
    return Set.of(Wiring.class);
  }

  @Override
  public List<TestResourceEntry> testResources() {
    return List.of(new TestResourceEntry(Postgres.class));
  }

  /** What boot gives the room. */
  @Alternative
  @Singleton
  public static class Wiring {

    @Produces
    @Singleton
    RegistrySettings settings() {
      return SETTINGS;
    }

    @Produces
    @Singleton
    ArtifactStore artifacts() throws IOException {
      return FolderArtifactStore.open(Files.createTempDirectory("registry-it"), 1 << 20, 16);
    }
  }

  /** A PostgreSQL of its own. */
  public static final class Postgres implements QuarkusTestResourceLifecycleManager {

    private @Nullable PostgresServer server;

    @Override
    public Map<String, String> start() {
      PostgresServer started = PostgresServer.start();
      server = started;
      Map<String, String> settings = new HashMap<>(GatewaySettings.of(started.createDatabase()));
      settings.put("gatehouse.oidc.issuer", "http://127.0.0.1/unused");
      settings.put("gatehouse.oidc.audience", "unused");
      settings.put("quarkus.flyway.migrate-at-start", "true");
      return settings;
    }

    @Override
    public void stop() {
      if (server != null) {
        server.close();
      }
    }
  }
}
