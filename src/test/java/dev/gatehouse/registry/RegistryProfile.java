package dev.gatehouse.registry;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import jakarta.enterprise.inject.Alternative;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
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

    private @Nullable EmbeddedPostgres server;

    @Override
    public Map<String, String> start() {
      try {
        EmbeddedPostgres started = EmbeddedPostgres.start();
        server = started;
        return Map.of(
            "gatehouse.database.url", started.getJdbcUrl("postgres", "postgres"),
            "gatehouse.database.username", "postgres",
            "gatehouse.oidc.issuer", "http://127.0.0.1/unused",
            "gatehouse.oidc.audience", "unused",
            "quarkus.flyway.migrate-at-start", "true");
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void stop() {
      try {
        if (server != null) {
          server.close();
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
