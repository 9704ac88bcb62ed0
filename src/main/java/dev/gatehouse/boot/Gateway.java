package dev.gatehouse.boot;

import dev.gatehouse.abuse.response.Findings;
import dev.gatehouse.abuse.response.ReportedAlert;
import dev.gatehouse.abuse.watch.CallObserver;
import dev.gatehouse.access.AccessControl;
import dev.gatehouse.access.AccessReviews;
import dev.gatehouse.access.ApiKeys;
import dev.gatehouse.access.Authenticator;
import dev.gatehouse.access.CallerClients;
import dev.gatehouse.access.Callers;
import dev.gatehouse.access.Grants;
import dev.gatehouse.access.IdentityDrift;
import dev.gatehouse.access.IdentityWatch;
import dev.gatehouse.access.KeysetMismatchException;
import dev.gatehouse.access.Quotas;
import dev.gatehouse.access.Restrictions;
import dev.gatehouse.audit.AccessJournal;
import dev.gatehouse.audit.ControlEvent;
import dev.gatehouse.audit.ControlLog;
import dev.gatehouse.audit.InputDigests;
import dev.gatehouse.audit.control.PostgresControlLog;
import dev.gatehouse.audit.query.RecordReader;
import dev.gatehouse.changes.Changes;
import dev.gatehouse.changes.Topic;
import dev.gatehouse.core.Ticker;
import dev.gatehouse.edge.GrpcServer;
import dev.gatehouse.engine.TorchEngine;
import dev.gatehouse.metrics.GatewayMetrics;
import dev.gatehouse.registry.ArtifactStore;
import dev.gatehouse.registry.Deployments;
import dev.gatehouse.registry.Registry;
import dev.gatehouse.registry.ReplicaId;
import dev.gatehouse.registry.Replicas;
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
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.sql.DataSource;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.flywaydb.core.Flyway;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** The process: starts what the rooms are made of in order, and stops it in the reverse one. */
@Singleton
public class Gateway {

  private static final Logger LOG = Logger.getLogger(Gateway.class);
  private static final Duration UPKEEP_INTERVAL = Duration.ofSeconds(1);

  private final GatehouseConfig config;
  private final Flyway schema;
  private final Wiring wiring;
  private final AccessControl access;
  private final Authenticator authenticator;
  private final Callers callers;
  private final CallerClients callerClients;
  private final IdentityWatch identityWatch;
  private final Grants grants;
  private final ApiKeys apiKeys;
  private final Quotas quotas;
  private final AccessReviews accessReviews;
  private final Restrictions restrictions;
  private final Findings findings;
  private final Registry registry;
  private final Deployments deployments;
  private final Replicas replicas;
  private final ArtifactStore store;
  private final InputDigests inputDigests;
  private final DataSource database;
  private final GatewayMetrics metrics;
  private final InstantSource clock;
  private final Ticker ticker;
  private final String version;

  /** Set once by the starting thread; read by health checks. */
  private volatile @Nullable Running running;

  private record Running(
      TorchEngine engine,
      ControlLogAtWork controlLog,
      JournalAtWork journal,
      Serving serving,
      GrpcServer server,
      WatchAtWork watch,
      Changes changes,
      ScheduledExecutorService upkeep) {}

  Gateway(
      GatehouseConfig config,
      Flyway schema,
      Wiring wiring,
      AccessControl access,
      Authenticator authenticator,
      Callers callers,
      CallerClients callerClients,
      IdentityWatch identityWatch,
      Grants grants,
      ApiKeys apiKeys,
      Quotas quotas,
      AccessReviews accessReviews,
      Restrictions restrictions,
      Findings findings,
      Registry registry,
      Deployments deployments,
      Replicas replicas,
      ArtifactStore store,
      InputDigests inputDigests,
      DataSource database,
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
    this.callerClients = callerClients;
    this.identityWatch = identityWatch;
    this.grants = grants;
    this.apiKeys = apiKeys;
    this.quotas = quotas;
    this.accessReviews = accessReviews;
    this.restrictions = restrictions;
    this.findings = findings;
    this.registry = registry;
    this.deployments = deployments;
    this.replicas = replicas;
    this.store = store;
    this.inputDigests = inputDigests;
    this.database = database;
    this.metrics = metrics;
    this.clock = clock;
    this.ticker = ticker;
    this.version = version;
  }

  void start(@Observes StartupEvent event) throws IOException {
    schema.migrate();
    ReplicaId replica = ReplicaId.random();
    ControlLogAtWork controlLog =
        ControlLogAtWork.open(config.audit(), database, registry::flush, replica, clock, ticker);
    metrics.showControlLog(controlLog);
    requireKeyset();
    access.start();
    quotas.start(metrics::quotaLeaseEnded);
    identityWatch.start();
    TorchEngine engine = TorchEngine.start(wiring.engineSettings());
    JournalAtWork journal = journal(controlLog.log());
    metrics.showAudit(journal);
    metrics.showAccessSnapshotAge(access::snapshotAge);
    metrics.showRestricted(
        restraint -> Collections.frequency(access.restricted().values(), restraint));
    showIdentity();
    WatchAtWork watch = WatchAtWork.open(config.abuse().enabled(), wiring, metrics, ticker, clock);
    CallObserver observer = watch.observer();
    Serving serving = Serving.of(rooms(engine, replica, controlLog, journal.journal(), observer));
    serving.deployer().restore();
    GrpcServer server = server(controlLog.log(), journal.journal(), serving, observer);
    metrics.showLiveTensors(engine::liveTensors);
    metrics.showInboundBytes(server::inboundBytes);
    metrics.showDirectMemory(() -> server.transportMemoryBytes() + bufferBytes());
    ScheduledExecutorService upkeep =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("upkeep").daemon(true).factory());
    Changes changes = listen(serving, server, upkeep);
    running = new Running(engine, controlLog, journal, serving, server, watch, changes, upkeep);
    watch.act(findings, serving.enforcement());
    server.start();
    upkeep.scheduleWithFixedDelay(
        () -> upkeep(server, watch), 0, UPKEEP_INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
    LOG.infof(
        "gRPC on %s:%d, %s",
        config.server().host(),
        server.port(),
        config.server().tls().certificate().isPresent() ? "TLS" : "plaintext");
  }

  /** Takes alerts; says no if that cannot be done now. */
  boolean report(List<ReportedAlert> alerts) {
    Running parts = running;
    return parts != null && parts.watch().report(alerts);
  }

  private JournalAtWork journal(PostgresControlLog log) {
    if (config.audit().journalEnabled()) {
      return JournalAtWork.open(wiring.journalSettings(), log, metrics, ticker, clock);
    }
    // Who runs a replica unrecorded leaves a trace of that at least.
    log.write(
        new ControlEvent(null, JournalAtWork.DISABLED_ACTION, "journals", null, "OK", 0, null));
    return JournalAtWork.disabled();
  }

  private void requireKeyset() {
    try {
      apiKeys.requireKeyset();
    } catch (KeysetMismatchException e) {
      // Without the cause, which would be shown with its stack instead of the message.
      throw new ConfigurationException("gatehouse.keys.file: " + e.getMessage());
    }
  }

  private void showIdentity() {
    metrics.showIdentityKeys(access::keysAge, access::keysAvailable);
    if (identityWatch.administered()) {
      metrics.showNotBeforeAge(identityWatch::notBeforeAge);
      for (IdentityDrift.Kind kind : IdentityDrift.Kind.values()) {
        metrics.showIdentityDrift(kind.name(), () -> identityWatch.driftCount(kind));
      }
    }
  }

  /** The memory of direct buffers that Java itself handed out. */
  private static long bufferBytes() {
    return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
        .filter(pool -> pool.getName().equals("direct"))
        .mapToLong(BufferPoolMXBean::getMemoryUsed)
        .sum();
  }

  private GrpcServer server(
      ControlLog controlLog, AccessJournal journal, Serving serving, CallObserver watch) {
    GrpcServer.Parts parts =
        new GrpcServer.Parts(
            authenticator,
            serving,
            metrics,
            journal,
            controlLog,
            watch,
            wiring.callTraces(version, clock),
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

  private Serving.Rooms rooms(
      TorchEngine engine,
      ReplicaId replica,
      ControlLogAtWork controlLog,
      AccessJournal journal,
      CallObserver watch) {
    return new Serving.Rooms(
        access,
        quotas,
        callers,
        callerClients,
        identityWatch,
        grants,
        apiKeys,
        accessReviews,
        restrictions,
        findings,
        registry,
        deployments,
        replicas,
        replica,
        config.replica().name().orElse(""),
        store,
        engine,
        controlLog.log(),
        journal,
        inputDigests,
        new RecordReader(controlLog.reader(), config.audit().folder()),
        controlLog.checkpointer(),
        metrics,
        watch,
        wiring.watchSettings(),
        wiring.deploymentDefaults(),
        clock,
        ticker);
  }

  /** Has changes of all replicas take effect here as soon as they are heard of. */
  private Changes listen(Serving serving, GrpcServer server, ScheduledExecutorService upkeep) {
    Changes changes = new Changes(wiring.changesSettings());
    changes.subscribe(Topic.ACCESS, access::changed);
    changes.subscribe(Topic.REGISTRY, serving.deployer()::changed);
    metrics.showChanges(changes::listening, changes::notifications, changes::missed);
    metrics.showReplicas(serving.deployer()::replicasAlive, serving.deployer()::failedHere);
    AtomicBoolean due = new AtomicBoolean();
    access.onChange(
        () -> {
          if (!upkeep.isShutdown() && !due.getAndSet(true)) {
            upkeep.execute(
                () -> {
                  due.set(false);
                  sweep(server);
                });
          }
        });
    changes.start();
    return changes;
  }

  private static void sweep(GrpcServer server) {
    try {
      server.sweep();
    } catch (RuntimeException | Error e) {
      LOG.errorf(e, "streams could not be looked at; upkeep does it again");
    }
  }

  private void upkeep(GrpcServer server, WatchAtWork watch) {
    try {
      // Here rather than on each change: restrictions end without one.
      watch.hold(access.restricted().keySet());
      metrics.maintain();
      server.upkeep();
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
      identityWatch.stop();
      // Before the database goes, which they would ask again and again.
      quotas.stop();
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
      parts.watch().close();
      parts.serving().restrictions().close();
      parts.changes().close();
      parts.upkeep().shutdownNow();
      parts.serving().deployer().close();
      parts.engine().close();
    } finally {
      // Last, whatever went wrong before: what is recorded must get to the disk. But before the
      // database goes, which is told of the journal's end.
      parts.journal().close();
      parts.controlLog().close();
    }
  }

  /** Everything that is in the way of taking calls; empty if nothing is. */
  Readiness readiness() {
    Running parts = running;
    return new Readiness(
        parts != null,
        access.snapshotAge().compareTo(databaseSilenceMax()) < 0,
        access.keysAvailable(),
        parts != null
            && parts.serving().deployer().restored()
            && parts.serving().deployer().failedHere() == 0,
        parts == null ? Readiness.Audit.CLOSED : Readiness.Audit.of(parts.journal()),
        parts != null && parts.controlLog().consistent(),
        parts != null && parts.controlLog().sharedRole());
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
