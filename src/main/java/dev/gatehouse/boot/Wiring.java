package dev.gatehouse.boot;

import dev.gatehouse.abuse.response.ResponseSettings;
import dev.gatehouse.abuse.rules.CallerRules;
import dev.gatehouse.abuse.traffic.DeclaredHours;
import dev.gatehouse.abuse.watch.WatchSettings;
import dev.gatehouse.access.AccessSettings;
import dev.gatehouse.access.ApiKeySettings;
import dev.gatehouse.access.KeycloakSettings;
import dev.gatehouse.access.QuotaSettings;
import dev.gatehouse.audit.InputDigests;
import dev.gatehouse.audit.journal.JournalSettings;
import dev.gatehouse.changes.ChangesSettings;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.SystemTime;
import dev.gatehouse.core.Ticker;
import dev.gatehouse.edge.CallTraces;
import dev.gatehouse.edge.EdgeSettings;
import dev.gatehouse.edge.TraceSettings;
import dev.gatehouse.engine.DeviceChoice;
import dev.gatehouse.engine.EngineSettings;
import dev.gatehouse.keys.KeyFileException;
import dev.gatehouse.keys.Keyring;
import dev.gatehouse.metrics.GatewayMetrics;
import dev.gatehouse.metrics.MetricsSettings;
import dev.gatehouse.registry.ArtifactStore;
import dev.gatehouse.registry.Canary;
import dev.gatehouse.registry.DeploymentSettings;
import dev.gatehouse.registry.FolderArtifactStore;
import dev.gatehouse.registry.RegistrySettings;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.configuration.ConfigurationException;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Gives each room its part of the configuration, and what there is one of in the process. */
@Singleton
final class Wiring {

  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);
  private static final int UPLOADS_MAX = 16;
  private static final int VERSIONS_PER_MODEL_MAX = 1_000;
  private static final int DEPLOYED_VERSIONS_MAX = 1_000;
  private static final Duration JOURNAL_RETRY_DELAY_MAX = Duration.ofSeconds(1);
  private static final Duration JOURNAL_CLOSE_WAIT_MAX = Duration.ofSeconds(5);
  private static final Duration SLOT_ROUND = Duration.ofMinutes(1);

  private final GatehouseConfig config;

  /**
   * Takes a configuration that satisfies all rules. It is checked here because every room is made
   * from what this class hands out, and a room would name only the first of its own problems.
   *
   * @throws ConfigurationException with everything that is wrong
   */
  Wiring(GatehouseConfig config) {
    List<String> problems = ConfigRules.problems(config);
    if (!problems.isEmpty()) {
      throw new ConfigurationException(
          "the configuration cannot be used:\n  " + String.join("\n  ", problems));
    }
    this.config = config;
  }

  @Produces
  @Singleton
  Ticker ticker() {
    return SystemTime.ticker();
  }

  @Produces
  @Singleton
  InstantSource clock() {
    return SystemTime.wall();
  }

  @Produces
  @Singleton
  AccessSettings accessSettings() {
    AccessConfig.Access access = config.access();
    return new AccessSettings(
        config.oidc().issuer(),
        config.oidc().audience(),
        AccessSettings.SIGNATURE_ALGORITHMS,
        AccessSettings.CLOCK_SKEW_MAX,
        config.oidc().keysAgeMax(),
        access.snapshotRefresh(),
        access.snapshotAgeMax(),
        access.tokensRememberedMax(),
        access.grantLifetimeMax(),
        access.bootstrapAdministrators().orElse(List.of()),
        config.oidc().stepUpAcr(),
        config.oidc().stepUpAgeMax(),
        config.abuse().throttleRowsPerSecond());
  }

  @Produces
  @Singleton
  ApiKeySettings apiKeySettings() {
    return new ApiKeySettings(config.access().apiKeyLifetimeMax());
  }

  /** Read at the start, so that a file which others could read ends it. */
  @Produces
  @Singleton
  Keyring keyring() {
    try {
      return Keyring.open(config.keys().file(), config.keys().create());
    } catch (KeyFileException e) {
      // Without the cause, which would be shown with its stack instead of the message.
      throw new ConfigurationException("gatehouse.keys.file: " + e.getMessage());
    }
  }

  @Produces
  @Singleton
  InputDigests inputDigests(Keyring keyring, InstantSource clock) {
    return new InputDigests(keyring, config.audit().inputDigestKeyPeriod(), clock);
  }

  @Produces
  @Singleton
  QuotaSettings quotaSettings() {
    return new QuotaSettings(config.access().quotaLeasePercent());
  }

  @Produces
  @Singleton
  KeycloakSettings keycloakSettings() {
    AccessConfig.Keycloak keycloak = config.keycloak();
    // The rules have it that all four are there or none.
    Optional<KeycloakSettings.Administration> administration =
        keycloak
            .url()
            .map(
                url ->
                    new KeycloakSettings.Administration(
                        url.replaceFirst("/+$", ""),
                        keycloak.realm().orElseThrow(),
                        keycloak.clientId().orElseThrow(),
                        keycloak.clientSecret().orElseThrow(),
                        keycloak.clientScopes()));
    return new KeycloakSettings(
        administration,
        keycloak.reconcileInterval(),
        keycloak.notBeforeInterval(),
        keycloak.logoutUrl(),
        Set.copyOf(keycloak.logoutClients().orElse(List.of())));
  }

  @Produces
  @Singleton
  RegistrySettings registrySettings() {
    return new RegistrySettings(VERSIONS_PER_MODEL_MAX, DEPLOYED_VERSIONS_MAX);
  }

  @Produces
  @Singleton
  ArtifactStore artifactStore() throws IOException {
    return FolderArtifactStore.open(
        config.registry().artifactFolder(),
        config.registry().artifactBytesMax().asLongValue(),
        UPLOADS_MAX);
  }

  @Produces
  @Singleton
  GatewayMetrics metrics(MeterRegistry registry, Ticker ticker) {
    GatehouseConfig.Metrics metrics = config.metrics();
    return new GatewayMetrics(
        registry,
        new MetricsSettings(
            metrics.callerSlotsMax(),
            metrics.callerModelPairsMax(),
            DEPLOYED_VERSIONS_MAX,
            SLOT_ROUND),
        ticker);
  }

  JournalSettings journalSettings() {
    AuditConfig audit = config.audit();
    return new JournalSettings(
        audit.folder(),
        audit.backlogMax(),
        audit.commitInterval(),
        audit.commitStallMax(),
        audit.segmentBytesMax().asLongValue(),
        audit.segmentAgeMax(),
        audit.anchorLagMax(),
        audit.retention(),
        JOURNAL_RETRY_DELAY_MAX,
        JOURNAL_CLOSE_WAIT_MAX);
  }

  /** What the rules have looked at already. */
  private static Map<CallerId, DeclaredHours> hours(List<String> declared) {
    Map<CallerId, DeclaredHours> hours = new HashMap<>();
    for (String each : declared) {
      String[] parts = each.strip().split(" +", 2);
      hours.put(new CallerId(parts[0]), DeclaredHours.parse(parts[1]));
    }
    return hours;
  }

  WatchSettings watchSettings() {
    AbuseConfig abuse = config.abuse();
    return new WatchSettings(
        abuse.callersMax(),
        abuse.pairsMax(),
        abuse.rowsPerSecondMax(),
        abuse.ceilingRowsPerSecond(),
        hours(abuse.hours().orElse(List.of())),
        abuse.references().orElse(null));
  }

  CallerRules callerRules() {
    AbuseConfig abuse = config.abuse();
    return CallerRules.tuned(
        abuse.ruleFactors(),
        abuse.rulesOff().orElse(List.of()).stream()
            .map(String::strip)
            .collect(Collectors.toUnmodifiableSet()));
  }

  ChangesSettings changesSettings() {
    GatehouseConfig.Database database = config.database();
    return new ChangesSettings(
        database.url(),
        database.username(),
        database.password().orElse(""),
        config.changes().pollInterval());
  }

  EngineSettings engineSettings() {
    GatehouseConfig.Engine engine = config.engine();
    return new EngineSettings(
        DeviceChoice.parse(engine.devices()),
        engine.intraOpThreads(),
        engine.interOpThreads(),
        engine.graphOptimizer(),
        engine.nativeCache());
  }

  DeploymentSettings deploymentDefaults() {
    GatehouseConfig.Deployment deployment = config.deployment();
    return new DeploymentSettings(
        new DeploymentSettings.Batching(
            deployment.batchRowsMax(),
            deployment.queueDelayMax(),
            List.of(),
            List.of(),
            deployment.oversizedCalls(),
            deployment.latencyObjective()),
        new DeploymentSettings.Queue(
            deployment.queueRowsMax(),
            deployment.queueBytesMax().asLongValue(),
            0,
            deployment.callerQueuePercentMax()),
        new DeploymentSettings.Execution(
            deployment.instancesPerDevice(),
            deployment.executionLimit(),
            deployment.nonFiniteOutputs()),
        Canary.NONE);
  }

  CallTraces callTraces(String version, InstantSource clock) {
    TracesConfig traces = config.traces();
    return traces
        .endpoint()
        .map(url -> CallTraces.to(new TraceSettings(url, traces.sampledPercent(), version), clock))
        .orElseGet(CallTraces::off);
  }

  ResponseSettings responseSettings() {
    AbuseResponseConfig response = config.abuse().response();
    return new ResponseSettings(
        response.mode(),
        response.restrictionDuration(),
        response.callersPerHourMax(),
        response.corroborationWindow(),
        response.disableClients());
  }

  EdgeSettings edgeSettings() {
    GatehouseConfig.Server server = config.server();
    Optional<Path> certificate = server.tls().certificate();
    Optional<Path> key = server.tls().key();
    EdgeSettings.Tls tls =
        certificate.isPresent() && key.isPresent()
            ? new EdgeSettings.Tls(
                certificate.get(),
                key.get(),
                server.tls().clientCa().orElse(null),
                server.tls().clientCertificate(),
                server.tls().reloadInterval())
            : null;
    return new EdgeSettings(
        server.host(),
        server.port(),
        tls,
        (int) server.messageBytesMax().asLongValue(),
        (int) server.metadataBytesMax().asLongValue(),
        server.inboundBytesMax().asLongValue(),
        server.callsMax(),
        server.callsPerConnectionMax(),
        server.connectionAgeMax(),
        server.connectionAgeGrace(),
        server.connectionIdleMax(),
        server.keepaliveTime(),
        server.keepaliveClientMin(),
        server.resetsMax(),
        RETRY_AFTER);
  }
}
