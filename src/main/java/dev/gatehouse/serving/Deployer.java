package dev.gatehouse.serving;

import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import dev.gatehouse.core.Ticker;
import dev.gatehouse.core.VersionId;
import dev.gatehouse.engine.LoadSettings;
import dev.gatehouse.engine.LoadedModel;
import dev.gatehouse.engine.ModelLoadException;
import dev.gatehouse.engine.TorchEngine;
import dev.gatehouse.metrics.GatewayMetrics;
import dev.gatehouse.registry.ArtifactStore;
import dev.gatehouse.registry.DeploymentSettings;
import dev.gatehouse.registry.Deployments;
import dev.gatehouse.registry.ModelVersion;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Brings versions up and takes them down.
 *
 * <p>Versions are loaded one after another on one thread, since loading takes all the memory it can
 * get. What a deployment came to is written to the registry under the attempt it belongs to, so
 * that one given up meanwhile is taken down again.
 */
public final class Deployer implements AutoCloseable {

  /** The most deployments that may wait. */
  public static final int WAITING_MAX = 1_000;

  /** How long loading and warming up a version may take. */
  public static final Duration LOAD_LIMIT = Duration.ofMinutes(10);

  /** How long the calls of a version that is taken out of service may take. */
  public static final Duration DRAIN_LIMIT = Duration.ofSeconds(30);

  private static final Logger LOG = Logger.getLogger(Deployer.class);
  private static final Duration RETRY_AFTER = Duration.ofSeconds(10);
  private static final Duration RESTORE_RETRY = Duration.ofSeconds(2);

  private final Administration administration;
  private final Deployments deployments;
  private final ArtifactStore store;
  private final TorchEngine engine;
  private final ModelTable table;
  private final Catalogue catalogue;
  private final GatewayMetrics metrics;
  private final InstantSource clock;
  private final Ticker ticker;
  private final ThreadPoolExecutor loading;
  private volatile boolean restored;

  Deployer(
      Administration administration,
      Deployments deployments,
      ArtifactStore store,
      TorchEngine engine,
      ModelTable table,
      Catalogue catalogue,
      GatewayMetrics metrics,
      InstantSource clock,
      Ticker ticker) {
    this.administration = administration;
    this.deployments = deployments;
    this.store = store;
    this.engine = engine;
    this.table = table;
    this.catalogue = catalogue;
    this.metrics = metrics;
    this.clock = clock;
    this.ticker = ticker;
    this.loading =
        new ThreadPoolExecutor(
            1,
            1,
            0,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            Thread.ofPlatform().name("deployer").daemon(true).factory());
  }

  /** Brings back what was deployed when the gateway last stopped, in the background. */
  public void restore() {
    loading.execute(this::restoreNow);
  }

  /** Whether everything that was deployed at the start has been tried. */
  public boolean restored() {
    return restored;
  }

  private void restoreNow() {
    while (!Thread.currentThread().isInterrupted()) {
      try {
        catalogue.refreshAll();
        List<ModelVersion> meant = deployments.deployed();
        for (ModelVersion version : meant) {
          ModelVersion attempt =
              administration.transaction(
                  () -> deployments.markReloading(version.model(), version.id(), clock.instant()));
          loadNow(attempt);
        }
        restored = true;
        LOG.infof("%d deployed versions brought back", meant.size());
        return;
      } catch (RuntimeException e) {
        LOG.warnf(e, "deployed versions cannot be brought back yet");
        if (!pause()) {
          return;
        }
      }
    }
  }

  private static boolean pause() {
    try {
      Thread.sleep(RESTORE_RETRY);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /**
   * Refuses a deployment before it is marked when too many wait.
   *
   * @throws RefusedException with {@code QueueFull}
   */
  void requireRoom() {
    if (loading.getQueue().size() >= WAITING_MAX) {
      throw new RefusedException(new Refusal.QueueFull(RETRY_AFTER));
    }
  }

  /** Loads a version that is marked as deploying, in the background. */
  void load(ModelVersion version) {
    loading.execute(() -> loadNow(version));
  }

  private void loadNow(ModelVersion version) {
    String label = version.model() + "/" + version.id();
    try {
      RunningVersion running = start(version, label);
      table.start(running);
      catalogue.refresh(version.model(), version.id());
      markReady(version, running);
      LOG.infof("%s is ready", label);
    } catch (ModelLoadException e) {
      LOG.infof("%s could not be deployed: %s", label, e.getMessage());
      markFailed(version, e.getMessage());
    } catch (RefusedException e) {
      LOG.infof("%s could not be deployed: %s", label, e.refusal());
      markFailed(version, e.refusal());
    } catch (RuntimeException | OutOfMemoryError e) {
      String reference = UUID.randomUUID().toString();
      LOG.errorf(e, "%s could not be deployed, reference %s", label, reference);
      markFailed(version, "unexpected; reference " + reference);
    }
  }

  private RunningVersion start(ModelVersion version, String label) throws ModelLoadException {
    DeploymentSettings settings = version.deployment();
    if (settings == null) {
      throw new IllegalStateException("deployed without settings");
    }
    byte[] artifact = store.read(version.digest());
    LoadedModel loaded =
        engine.load(
            label,
            artifact,
            version.signature(),
            new LoadSettings(
                settings.instancesPerDevice(),
                settings.batchRowsMax(),
                settings.executionLimit(),
                LOAD_LIMIT,
                ticker));
    try {
      return RunningVersion.start(version, settings, loaded, metrics, ticker);
    } catch (RuntimeException | Error e) {
      loaded.close();
      throw e;
    }
  }

  private void markReady(ModelVersion version, RunningVersion running) {
    try {
      ModelVersion ignored =
          administration.transaction(
              () ->
                  deployments.markReady(
                      version.model(), version.id(), version.attempt(), clock.instant()));
    } catch (RuntimeException e) {
      // Given up meanwhile, or the registry cannot be told: either way it must not run.
      unload(version.model(), version.id());
      throw e;
    } finally {
      catalogue.refresh(version.model());
    }
  }

  private void markFailed(ModelVersion version, Refusal refusal) {
    markFailed(
        version,
        switch (refusal) {
          case Refusal.ArtifactInvalid invalid -> invalid.description();
          case Refusal.NotFound missing -> missing.what() + " is missing";
          default -> refusal.reason().name();
        });
  }

  private void markFailed(ModelVersion version, @Nullable String reason) {
    try {
      ModelVersion ignored =
          administration.transaction(
              () ->
                  deployments.markFailed(
                      version.model(),
                      version.id(),
                      version.attempt(),
                      reason == null ? "unknown" : reason,
                      clock.instant()));
    } catch (RuntimeException e) {
      LOG.warnf("%s/%s: its failure was not noted: %s", version.model(), version.id(), e);
    }
  }

  /** Takes a version out of the table at once, and down once its calls have finished. */
  void unload(ModelName model, VersionId version) {
    RunningVersion running = table.stop(model, version);
    if (running != null) {
      Thread ignored =
          Thread.ofVirtual()
              .name("undeploy-" + model + "-" + version)
              .start(() -> running.stop(DRAIN_LIMIT));
    }
  }

  /** Takes everything down; calls should have finished before. */
  @Override
  public void close() {
    loading.shutdownNow();
    for (ModelTable.Entry entry : table.all()) {
      entry.running().values().forEach(running -> running.stop(Duration.ZERO));
    }
  }
}
