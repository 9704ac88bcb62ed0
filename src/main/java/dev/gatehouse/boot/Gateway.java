package dev.gatehouse.boot;

import dev.gatehouse.access.AccessControl;
import dev.gatehouse.access.Authenticator;
import dev.gatehouse.access.Callers;
import dev.gatehouse.access.Grants;
import dev.gatehouse.audit.AuditLog;
import dev.gatehouse.audit.AuditSettings;
import dev.gatehouse.core.Ticker;
import dev.gatehouse.edge.GrpcServer;
import dev.gatehouse.engine.TorchEngine;
import dev.gatehouse.metrics.GatewayMetrics;
import dev.gatehouse.registry.ArtifactStore;
import dev.gatehouse.registry.Deployments;
import dev.gatehouse.registry.Registry;
import dev.gatehouse.serving.Deployer;
import dev.gatehouse.serving.Serving;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.runtime.configuration.ConfigurationException;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.flywaydb.core.Flyway;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** The process: starts what the rooms are made of in order, and stops it in the reverse one. */
@Singleton
public class Gateway {

  private static final Logger LOG = Logger.getLogger(Gateway.class);
  private static final Duration UPKEEP_INTERVAL = Duration.ofSeconds(1);
  private static final Duration AUDIT_FLUSH_DELAY = Duration.ofMillis(5);
  private static final Duration AUDIT_RETRY_DELAY = Duration.ofSeconds(1);
  private static final Duration AUDIT_CLOSE_WAIT = Duration.ofSeconds(5);

  private final GatehouseConfig config;
  private final Flyway schema;
  private final Wiring wiring;
  private final AccessControl access;
  private final Authenticator authenticator;
  private final Callers callers;
  private final Grants grants;
  private final Registry registry;
  private final Deployments deployments;
  private final ArtifactStore store;
  private final GatewayMetrics metrics;
  private final InstantSource clock;
  private final Ticker ticker;
  private final String version;

  /** Set once by the starting thread; read by health checks. */
  private volatile @Nullable Running running;

  private record Running(
      TorchEngine engine,
      AuditLog audit,
      Serving serving,
      GrpcServer server,
      ScheduledExecutorService upkeep) {}

  Gateway(
      GatehouseConfig config,
      Flyway schema,
      Wiring wiring,
      AccessControl access,
      Authenticator authenticator,
      Callers callers,
      Grants grants,
      Registry registry,
      Deployments deployments,
      ArtifactStore store,
      GatewayMetrics metrics,
      InstantSource clock,
      Ticker ticker,
      @ConfigProperty(name = "quarkus.application.version") String version) {
    this.config = config;
    this.schema = schema;
    this.wiring = wiring;
    this.access = access;
    this.authenticator = authenticator;
    this.callers = callers;
    this.grants = grants;
    this.registry = registry;
    this.deployments = deployments;
    this.store = store;
    this.metrics = metrics;
    this.clock = clock;
    this.ticker = ticker;
    this.version = version;
  }

  void start(@Observes StartupEvent event) throws IOException {
    schema.migrate();
    access.start();
    TorchEngine engine = TorchEngine.start(wiring.engineSettings());
    AuditLog audit =
        AuditLog.open(
            new AuditSettings(
                config.audit().file(),
                config.audit().backlogMax(),
                AUDIT_FLUSH_DELAY,
                AUDIT_RETRY_DELAY,
                AUDIT_CLOSE_WAIT),
            clock);
    metrics.showAudit(audit::backlog, audit::dropped);
    metrics.showAccessSnapshotAge(access::snapshotAge);
    Serving serving = Serving.of(rooms(engine, audit));
    serving.deployer().restore();
    GrpcServer server = server(audit, serving);
    metrics.showLiveTensors(engine::liveTensors);
    metrics.showInboundBytes(server::inboundBytes);
    metrics.showDirectMemory(() -> server.transportMemoryBytes() + bufferBytes());
    ScheduledExecutorService upkeep =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("upkeep").daemon(true).factory());
    running = new Running(engine, audit, serving, server, upkeep);
    server.start();
    upkeep.scheduleWithFixedDelay(
        () -> upkeep(server, serving.deployer()),
        0,
        UPKEEP_INTERVAL.toMillis(),
        TimeUnit.MILLISECONDS);
    LOG.infof(
        "gRPC on %s:%d, %s",
        config.server().host(),
        server.port(),
        config.server().tls().certificate().isPresent() ? "TLS" : "plaintext");
  }

  /** The memory of direct buffers that Java itself handed out. */
  private static long bufferBytes() {
    return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
        .filter(pool -> pool.getName().equals("direct"))
        .mapToLong(BufferPoolMXBean::getMemoryUsed)
        .sum();
  }

  private GrpcServer server(AuditLog audit, Serving serving) {
    GrpcServer.Parts parts =
        new GrpcServer.Parts(
            authenticator,
            serving,
            metrics,
            audit,
            this::ready,
            version,
            config.oidc().issuer(),
            ticker);
    try {
      return new GrpcServer(wiring.edgeSettings(), parts);
    } catch (IOException e) {
      // Without the cause, which would be shown with its stack instead of the message.
      throw new ConfigurationException("gatehouse.server.tls: " + e.getMessage());
    }
  }

  private Serving.Rooms rooms(TorchEngine engine, AuditLog audit) {
    return new Serving.Rooms(
        access,
        callers,
        grants,
        registry,
        deployments,
        store,
        engine,
        audit,
        metrics,
        wiring.deploymentDefaults(),
        clock,
        ticker);
  }

  private void upkeep(GrpcServer server, Deployer deployer) {
    try {
      metrics.maintain();
      server.upkeep();
      deployer.upkeep();
    } catch (RuntimeException | Error e) {
      LOG.errorf(e, "upkeep failed; it goes on");
    }
  }

  void stop(@Observes ShutdownEvent event) throws InterruptedException {
    Running parts = running;
    running = null;
    try {
      if (parts != null) {
        stop(parts);
      }
    } finally {
      // Before the database goes, which it would ask again and again.
      access.stop();
    }
  }

  private void stop(Running parts) throws InterruptedException {
    Duration limit = config.server().drainTimeout();
    LOG.infof("draining for at most %s, %d calls in flight", limit, parts.server().runningCalls());
    try {
      if (!parts.server().drain(limit, ticker)) {
        LOG.warnf("%d calls did not finish", parts.server().runningCalls());
      }
      parts.server().stop();
      parts.upkeep().shutdownNow();
      parts.serving().deployer().close();
      parts.engine().close();
    } finally {
      // Last, whatever went wrong before: what is recorded must get to the file.
      parts.audit().close();
    }
  }

  /** Everything that is in the way of taking calls; empty if nothing is. */
  Readiness readiness() {
    Running parts = running;
    return new Readiness(
        parts != null,
        access.snapshotAge().compareTo(databaseSilenceMax()) < 0,
        access.keysAvailable(),
        parts != null && parts.serving().deployer().restored(),
        parts != null && parts.audit().health().available());
  }

  /** The versions that have lost their last instance. */
  List<String> lostVersions() {
    Running parts = running;
    return parts == null ? List.of() : parts.serving().deployer().lost();
  }

  /** Longer than this without an answer, the database counts as lost. */
  private Duration databaseSilenceMax() {
    return config.access().snapshotRefresh().multipliedBy(3).plusSeconds(1);
  }

  private boolean ready() {
    return readiness().all();
  }
}
