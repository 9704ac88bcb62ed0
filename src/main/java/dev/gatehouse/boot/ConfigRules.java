package dev.gatehouse.boot;

import dev.gatehouse.abuse.rules.CallerRules;
import dev.gatehouse.abuse.rules.RuleBook;
import dev.gatehouse.abuse.traffic.DeclaredHours;
import dev.gatehouse.abuse.watch.WatchSettings;
import dev.gatehouse.access.AccessSettings;
import dev.gatehouse.access.KeycloakSettings;
import dev.gatehouse.audit.InputDigests;
import dev.gatehouse.audit.checkpoint.VerifierKey;
import dev.gatehouse.audit.journal.JournalSettings;
import dev.gatehouse.changes.ChangesSettings;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.edge.AlertmanagerWebhook;
import dev.gatehouse.edge.EdgeSettings;
import dev.gatehouse.engine.DeviceChoice;
import dev.gatehouse.registry.Replicas;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What single settings, and settings together, must satisfy; finds everything wrong at once. */
final class ConfigRules {

  private static final long KIB = 1024;
  private static final long MIB = 1024 * KIB;
  private static final long GIB = 1024 * MIB;

  private final List<String> problems = new ArrayList<>();

  private ConfigRules() {}

  /** Everything that is wrong with {@code config}, each with its key; empty if nothing is. */
  static List<String> problems(GatehouseConfig config) {
    ConfigRules rules = new ConfigRules();
    rules.server(config.server());
    rules.tls(config.server());
    rules.ports(config);
    rules.identity(config);
    rules.keycloak(config.keycloak());
    rules.database(config.database());
    rules.replicas(config);
    rules.engine(config.engine());
    rules.deployment(config.deployment());
    rules.storage(config);
    rules.audit(config.audit());
    rules.abuse(config.abuse());
    rules.checkpoints(config.audit().checkpoint());
    rules.roles(config);
    rules.traces(config.traces());
    return List.copyOf(rules.problems);
  }

  private void server(GatehouseConfig.Server server) {
    bytes("server.message-bytes-max", server.messageBytesMax().asLongValue(), 64 * KIB, GIB);
    bytes("server.metadata-bytes-max", server.metadataBytesMax().asLongValue(), KIB, 64 * KIB);
    require(
        server.inboundBytesMax().asLongValue() >= 2 * server.messageBytesMax().asLongValue(),
        "server.inbound-bytes-max",
        "must be at least twice server.message-bytes-max, or large messages never get in");
    number("server.calls-max", server.callsMax(), 1, 1_000_000);
    number("server.calls-per-connection-max", server.callsPerConnectionMax(), 1, 100_000);
    number("server.resets-max", server.resetsMax(), 1, 100_000);
    atLeast("server.connection-age-max", server.connectionAgeMax(), Duration.ofSeconds(10));
    atLeast("server.connection-age-grace", server.connectionAgeGrace(), Duration.ofSeconds(1));
    atLeast("server.connection-idle-max", server.connectionIdleMax(), Duration.ofSeconds(1));
    atLeast("server.keepalive-time", server.keepaliveTime(), Duration.ofSeconds(1));
    atLeast("server.keepalive-client-min", server.keepaliveClientMin(), Duration.ofMillis(100));
    atLeast("server.drain-timeout", server.drainTimeout(), Duration.ZERO);
  }

  private void tls(GatehouseConfig.Server server) {
    GatehouseConfig.Tls tls = server.tls();
    boolean encrypted = tls.certificate().isPresent() || tls.key().isPresent();
    require(
        tls.certificate().isPresent() == tls.key().isPresent(),
        "server.tls.certificate and server.tls.key",
        "are set together or not at all");
    require(
        !(encrypted && server.plaintextAllowed()),
        "server.plaintext-allowed",
        "contradicts server.tls.certificate");
    require(
        encrypted || server.plaintextAllowed() || loopback(server.host()),
        "server.host",
        "is not loopback: set server.tls.certificate and server.tls.key, or ask for plaintext with"
            + " server.plaintext-allowed=true");
    readable("server.tls.certificate", tls.certificate());
    readable("server.tls.key", tls.key());
    readable("server.tls.client-ca", tls.clientCa());
    boolean asked = tls.clientCertificate() != EdgeSettings.ClientCertificates.NONE;
    require(
        asked == tls.clientCa().isPresent(),
        "server.tls.client-certificate",
        "and server.tls.client-ca go together: the one asks, the other says whom to trust");
    require(
        encrypted || !asked,
        "server.tls.client-certificate",
        "needs server.tls.certificate and server.tls.key");
    // The library that reads them looks no more often than that.
    atLeast("server.tls.reload-interval", tls.reloadInterval(), Duration.ofMinutes(1));
  }

  private void readable(String key, Optional<Path> file) {
    file.ifPresent(
        path -> require(Files.isReadable(path), key, "names a file that cannot be read: " + path));
  }

  /** A name that does not resolve is not loopback. */
  private static boolean loopback(String host) {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      return false;
    }
  }

  private void ports(GatehouseConfig config) {
    number("server.port", config.server().port(), 0, 65_535);
    number("management.port", config.management().port(), 0, 65_535);
    require(
        config.server().port() == 0 || config.server().port() != config.management().port(),
        "management.port",
        "is the same as server.port");
  }

  private void identity(GatehouseConfig config) {
    require(url(config.oidc().issuer()), "oidc.issuer", "must be an http or https URL");
    require(!config.oidc().audience().isBlank(), "oidc.audience", "must not be blank");
    require(
        !config.oidc().stepUpAcr().isEmpty()
            && config.oidc().stepUpAcr().stream().allMatch(AccessSettings::acrValid),
        "oidc.step-up-acr",
        "must be visible ASCII without quotes and backslashes");
    require(
        config.oidc().stepUpAgeMax().compareTo(Duration.ofSeconds(1)) >= 0
            && config.oidc().stepUpAgeMax().compareTo(Duration.ofHours(24)) <= 0,
        "oidc.step-up-age-max",
        "must be 1 s to 24 h");
    atLeast("oidc.keys-age-max", config.oidc().keysAgeMax(), Duration.ofMinutes(1));
    AccessConfig.Access access = config.access();
    atLeast("access.snapshot-refresh", access.snapshotRefresh(), Duration.ofMillis(100));
    require(
        access.snapshotAgeMax().compareTo(access.snapshotRefresh()) > 0,
        "access.snapshot-age-max",
        "must be longer than access.snapshot-refresh");
    number("access.tokens-remembered-max", access.tokensRememberedMax(), 1, 10_000_000);
    atLeast("access.grant-lifetime-max", access.grantLifetimeMax(), Duration.ofMinutes(1));
    atLeast("access.api-key-lifetime-max", access.apiKeyLifetimeMax(), Duration.ofMinutes(1));
    number("access.quota-lease-percent", access.quotaLeasePercent(), 1, 100);
  }

  private void keycloak(AccessConfig.Keycloak keycloak) {
    boolean any = false;
    boolean all = true;
    for (Optional<String> part :
        List.of(keycloak.url(), keycloak.realm(), keycloak.clientId(), keycloak.clientSecret())) {
      boolean there = part.filter(text -> !text.isBlank()).isPresent();
      any |= there;
      all &= there;
    }
    require(
        any == all,
        "keycloak.url, keycloak.realm, keycloak.client-id and keycloak.client-secret",
        "are set together or not at all");
    keycloak
        .url()
        .ifPresent(text -> require(url(text), "keycloak.url", "must be an http or https URL"));
    keycloak
        .logoutUrl()
        .ifPresent(
            text -> require(url(text), "keycloak.logout-url", "must be an http or https URL"));
    require(
        keycloak.logoutClients().orElse(List.of()).size() <= KeycloakSettings.LOGOUT_CLIENTS_MAX,
        "keycloak.logout-clients",
        "must be at most " + KeycloakSettings.LOGOUT_CLIENTS_MAX);
    atLeast("keycloak.reconcile-interval", keycloak.reconcileInterval(), Duration.ofSeconds(1));
    atLeast("keycloak.not-before-interval", keycloak.notBeforeInterval(), Duration.ofSeconds(1));
  }

  private void traces(TracesConfig traces) {
    traces
        .endpoint()
        .ifPresent(text -> require(url(text), "traces.endpoint", "must be an http or https URL"));
    number("traces.sampled-percent", traces.sampledPercent(), 1, 100);
  }

  private static boolean url(String text) {
    try {
      URI uri = URI.create(text);
      return uri.getHost() != null
          && ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()));
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private void database(GatehouseConfig.Database database) {
    require(
        database.url().startsWith("jdbc:postgresql:"),
        "database.url",
        "must start with jdbc:postgresql:");
    number("database.connections-max", database.connectionsMax(), 2, 1_000);
  }

  private void roles(GatehouseConfig config) {
    require(
        config.database().owner().username().isPresent()
            || config.audit().allowSharedDatabaseRole(),
        "database.owner.username",
        "is missing: name the user who owns the database, as whom migrations run, and have"
            + " database.username name another one, who owns nothing (docs/security/audit.md,"
            + " Setting up); or, for a trial, set audit.allow-shared-database-role=true");
  }

  private void checkpoints(AuditConfig.Checkpoints checkpoint) {
    require(
        VerifierKey.isName(checkpoint.origin()),
        "audit.checkpoint.origin",
        "must have no space, no plus and at most " + VerifierKey.NAME_CHARS_MAX + " characters");
    number("audit.checkpoint.entries-max", checkpoint.entriesMax(), 1, 1_000_000);
    atLeast("audit.checkpoint.interval", checkpoint.interval(), Duration.ofSeconds(1));
    require(
        checkpoint.interval().compareTo(Duration.ofDays(1)) <= 0,
        "audit.checkpoint.interval",
        "must be at most 24 h");
    checkpoint
        .url()
        .ifPresent(
            url -> require(url(url), "audit.checkpoint.url", "must be an http or https URL"));
    require(
        checkpoint.urlTokenFile().isEmpty()
            || checkpoint.url().filter(url -> url.startsWith("https:")).isPresent(),
        "audit.checkpoint.url-token-file",
        "is sent to an audit.checkpoint.url of https alone");
    readable("audit.checkpoint.url-token-file", checkpoint.urlTokenFile());
  }

  private void replicas(GatehouseConfig config) {
    Duration poll = config.changes().pollInterval();
    require(
        poll.compareTo(ChangesSettings.POLL_INTERVAL_MIN) >= 0
            && poll.compareTo(ChangesSettings.POLL_INTERVAL_MAX) <= 0,
        "changes.poll-interval",
        "must be 100 ms to 1 min");
    config
        .replica()
        .name()
        .ifPresent(
            name ->
                require(
                    !name.isBlank()
                        && name.length() <= Replicas.NAME_LENGTH_MAX
                        && name.chars().noneMatch(Character::isISOControl),
                    "replica.name",
                    "must be 1 to " + Replicas.NAME_LENGTH_MAX + " characters of one line"));
  }

  private void engine(GatehouseConfig.Engine engine) {
    try {
      DeviceChoice ignored = DeviceChoice.parse(engine.devices());
    } catch (IllegalArgumentException e) {
      problem("engine.devices", "must be auto, cpu or gpu:0,1");
    }
    number("engine.intra-op-threads", engine.intraOpThreads(), 1, 1_024);
    number("engine.inter-op-threads", engine.interOpThreads(), 1, 1_024);
  }

  private void deployment(GatehouseConfig.Deployment deployment) {
    number("deployment.batch-rows-max", deployment.batchRowsMax(), 1, 65_536);
    number("deployment.instances-per-device", deployment.instancesPerDevice(), 1, 64);
    number("deployment.queue-rows-max", deployment.queueRowsMax(), 1, 1 << 20);
    require(
        deployment.queueRowsMax() >= deployment.batchRowsMax(),
        "deployment.queue-rows-max",
        "must be at least deployment.batch-rows-max");
    bytes("deployment.queue-bytes-max", deployment.queueBytesMax().asLongValue(), 1, 64 * GIB);
    require(
        !deployment.queueDelayMax().isNegative()
            && deployment.queueDelayMax().compareTo(Duration.ofSeconds(10)) <= 0,
        "deployment.queue-delay-max",
        "must be 0 to 10 s");
    require(
        deployment.executionLimit().compareTo(Duration.ofMillis(10)) >= 0
            && deployment.executionLimit().compareTo(Duration.ofHours(1)) <= 0,
        "deployment.execution-limit",
        "must be 10 ms to 1 h");
    number("deployment.caller-queue-percent-max", deployment.callerQueuePercentMax(), 1, 100);
    require(
        !deployment.latencyObjective().isNegative()
            && deployment.latencyObjective().compareTo(Duration.ofHours(1)) <= 0,
        "deployment.latency-objective",
        "must be 0 to 1 h");
  }

  private void storage(GatehouseConfig config) {
    bytes(
        "registry.artifact-bytes-max",
        config.registry().artifactBytesMax().asLongValue(),
        1,
        Integer.MAX_VALUE - 8L);
    number("metrics.caller-slots-max", config.metrics().callerSlotsMax(), 1, 10_000);
    number("metrics.caller-model-pairs-max", config.metrics().callerModelPairsMax(), 1, 100_000);
  }

  private void audit(AuditConfig audit) {
    number(
        "audit.backlog-max",
        audit.backlogMax(),
        JournalSettings.BACKLOG_MIN,
        JournalSettings.BACKLOG_LIMIT);
    between(
        "audit.commit-interval",
        audit.commitInterval(),
        JournalSettings.COMMIT_INTERVAL_MIN,
        JournalSettings.COMMIT_INTERVAL_LIMIT);
    between(
        "audit.commit-stall-max",
        audit.commitStallMax(),
        Duration.ofMillis(10),
        Duration.ofMinutes(1));
    bytes(
        "audit.segment-bytes-max",
        audit.segmentBytesMax().asLongValue(),
        JournalSettings.SEGMENT_BYTES_MIN,
        GIB);
    between(
        "audit.segment-age-max",
        audit.segmentAgeMax(),
        Duration.ofMillis(100),
        Duration.ofHours(24));
    between("audit.anchor-lag-max", audit.anchorLagMax(), Duration.ZERO, Duration.ofHours(48));
    require(
        audit.anchorLagMax().compareTo(audit.segmentAgeMax()) > 0,
        "audit.anchor-lag-max",
        "must be longer than audit.segment-age-max, after which a segment is anchored");
    atLeast("audit.retention", audit.retention(), Duration.ofSeconds(1));
    between(
        "audit.input-digest-key-period",
        audit.inputDigestKeyPeriod(),
        InputDigests.PERIOD_MIN,
        InputDigests.PERIOD_MAX);
  }

  private void abuse(AbuseConfig abuse) {
    number("abuse.callers-max", abuse.callersMax(), WatchSettings.CALLERS_MIN, 65_536);
    number("abuse.pairs-max", abuse.pairsMax(), 1, 65_536);
    number(
        "abuse.rows-per-second-max",
        abuse.rowsPerSecondMax(),
        WatchSettings.ROWS_PER_SECOND_MIN,
        WatchSettings.ROWS_PER_SECOND_LIMIT);
    number(
        "abuse.ceiling-rows-per-second",
        abuse.ceilingRowsPerSecond(),
        WatchSettings.ROWS_CEILING_MIN,
        10_000_000);
    abuse.hours().orElse(List.of()).forEach(this::hours);
    readable("abuse.references", abuse.references());
    abuse.ruleFactors().forEach(this::factor);
    abuse.rulesOff().orElse(List.of()).forEach(this::ruleOff);
    number(
        "abuse.throttle-rows-per-second",
        abuse.throttleRowsPerSecond(),
        1,
        AccessSettings.THROTTLE_ROWS_PER_SECOND_MAX);
    response(abuse.response());
  }

  private void factor(String rule, double factor) {
    require(
        CallerRules.factorValid(factor),
        "abuse.rule-factors." + rule,
        "must be " + CallerRules.FACTOR_MIN + " to " + (long) CallerRules.FACTOR_MAX);
  }

  private void ruleOff(String rule) {
    require(
        RuleBook.judgedIds().contains(rule.strip()),
        "abuse.rules-off",
        "names no rule that the gateway judges by itself: " + rule);
  }

  private void hours(String declared) {
    String[] parts = declared.strip().split(" +", 2);
    boolean whole = parts.length == 2 && CallerId.valid(parts[0]);
    try {
      whole = whole && !DeclaredHours.parse(parts[1]).days().isEmpty();
    } catch (IllegalArgumentException e) {
      whole = false;
    }
    require(
        whole,
        "abuse.hours",
        "are written as caller MON-FRI 08:00-18:00 Europe/Berlin, not as: " + declared);
  }

  private void response(AbuseResponseConfig response) {
    between(
        "abuse.response.restriction-duration",
        response.restrictionDuration(),
        Duration.ofMinutes(1),
        Duration.ofDays(30));
    number("abuse.response.callers-per-hour-max", response.callersPerHourMax(), 1, 1_000);
    between(
        "abuse.response.corroboration-window",
        response.corroborationWindow(),
        Duration.ofSeconds(10),
        Duration.ofHours(24));
    require(
        response.webhookToken().stream().allMatch(ConfigRules::token),
        "abuse.response.webhook-token",
        "must be at least " + AlertmanagerWebhook.TOKEN_CHARS_MIN + " characters of visible ASCII");
  }

  private static boolean token(String text) {
    return text.length() >= AlertmanagerWebhook.TOKEN_CHARS_MIN
        && text.chars().allMatch(c -> c > ' ' && c < 0x7f);
  }

  private void between(String key, Duration value, Duration least, Duration most) {
    require(
        value.compareTo(least) >= 0 && value.compareTo(most) <= 0,
        key,
        "must be " + least + " to " + most);
  }

  private void number(String key, long value, long least, long most) {
    require(value >= least && value <= most, key, "must be " + least + " to " + most);
  }

  private void bytes(String key, long value, long least, long most) {
    require(value >= least && value <= most, key, "must be " + least + " to " + most + " bytes");
  }

  private void atLeast(String key, Duration value, Duration least) {
    require(value.compareTo(least) >= 0, key, "must be at least " + least);
  }

  private void require(boolean holds, String key, String problem) {
    if (!holds) {
      problem(key, problem);
    }
  }

  private void problem(String key, String text) {
    problems.add("gatehouse." + key + " " + text);
  }
}
