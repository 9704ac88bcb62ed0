package dev.gatehouse.access;

import dev.gatehouse.core.SystemTime;
import dev.gatehouse.core.Ticker;
import dev.gatehouse.keys.Keyring;
import io.quarkus.arc.DefaultBean;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** What {@code boot} gives the room, for tests in which nothing else gives it. */
@Singleton
class AccessTestBeans {

  @Produces
  @DefaultBean
  @Singleton
  AccessSettings settings(
      @ConfigProperty(name = "gatehouse.oidc.issuer") String issuer,
      @ConfigProperty(name = "gatehouse.oidc.audience") String audience,
      @ConfigProperty(name = "gatehouse.access.bootstrap-administrators") List<String> roots) {
    return new AccessSettings(
        issuer,
        audience,
        AccessSettings.SIGNATURE_ALGORITHMS,
        AccessSettings.CLOCK_SKEW_MAX,
        AccessSettings.KEYS_AGE_MAX_DEFAULT,
        AccessSettings.SNAPSHOT_REFRESH_INTERVAL_DEFAULT,
        AccessSettings.SNAPSHOT_AGE_MAX_DEFAULT,
        AccessSettings.TOKEN_CACHE_ENTRIES_MAX_DEFAULT,
        Duration.ofDays(366),
        roots,
        AccessSettings.STEP_UP_ACRS_DEFAULT,
        AccessSettings.STEP_UP_AGE_MAX_DEFAULT,
        AccessSettings.THROTTLE_ROWS_PER_SECOND_DEFAULT);
  }

  @Produces
  @DefaultBean
  @Singleton
  ApiKeySettings apiKeySettings() {
    return new ApiKeySettings(Duration.ofDays(366));
  }

  @Produces
  @DefaultBean
  @Singleton
  Keyring keyring() throws IOException {
    return Keyring.open(Files.createTempDirectory("access-keys").resolve("keys.json"), true);
  }

  @Produces
  @DefaultBean
  @Singleton
  QuotaSettings quotas() {
    return new QuotaSettings(QuotaSettings.LEASE_PERCENT_DEFAULT);
  }

  @Produces
  @DefaultBean
  @Singleton
  KeycloakSettings keycloakSettings() {
    return KeycloakSettings.NONE;
  }

  @Produces
  @DefaultBean
  @Singleton
  InstantSource wall() {
    return SystemTime.wall();
  }

  @Produces
  @DefaultBean
  @Singleton
  Ticker ticker() {
    return SystemTime.ticker();
  }
}
