package dev.gatehouse.serving;

import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import dev.gatehouse.core.Ticker;
import dev.gatehouse.engine.LoadSettings;
import dev.gatehouse.engine.LoadedModel;
import dev.gatehouse.engine.ModelLoadException;
import dev.gatehouse.engine.TorchEngine;
import dev.gatehouse.metrics.GatewayMetrics;
import dev.gatehouse.registry.ArtifactStore;
import dev.gatehouse.registry.DeploymentSettings;
import dev.gatehouse.registry.DeploymentState;
import dev.gatehouse.registry.Deployments;
import dev.gatehouse.registry.ModelVersion;
import dev.gatehouse.registry.NonFiniteOutputs;
import dev.gatehouse.registry.Registry;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Brings versions up and takes them down.
 *
 * <p>Versions are loaded one after another, since loading takes all the memory it can get; beside
 * those that run, which go on meanwhile. What a deployment came to is written to the registry under
 * the attempt it belongs to, so that one given up meanwhile is taken down again.
 *
 * <p>A version that replaces the default is in the table, and can be called by name, before it is
 * noted as ready. Noting it makes it the default and ends the former one in the database; carrying
 * that over makes it the default and takes the former one out of the table in one step; then that
 * one drains. Whatever fails in between, one of the two answers.
 */
public final class Deployer implements AutoCloseable {

  /** The most deployments that may wait. */
  public static final int WAITING_MAX = 1_000;

  /** How long loading and warming up a version may take. */
  public static final Duration LOAD_LIMIT = Duration.ofMinutes(5);

  /** How many versions are loaded at once. */
  static final int LOADERS = 1;

  /** How long the calls of a version that is taken out of service may take. */
  public static final Duration DRAIN_LIMIT = Duration.ofSeconds(30);

  private static final Logger LOG = Logger.getLogger(Deployer.class);
  private static final Duration RETRY_AFTER = Duration.ofSeconds(10);
  private static final Duration RESTORE_RETRY = Duration.ofSeconds(2);

  /** How often the outcome of a deployment is tried to be noted. */
  private static final int NOTE_TRIES_MAX = 30;

  private final Administration administration;
  private final Registry registry;
  private final Deployments deployments;
  private final ArtifactStore store;
  private final TorchEngine engine;
  private final ModelTable table;
  private final Catalogue catalogue;
  private final GatewayMetrics metrics;
  private final InstantSource clock;
  private final Ticker ticker;
  private final ThreadPoolExecutor loading;
  private final Semaphore places = new Semaphore(WAITING_MAX);
  private volatile boolean restored;
  private volatile boolean closing;

  Deployer(
      Administration administration,
      Registry registry,
      Deployments deployments,
      ArtifactStore store,
      TorchEngine engine,
      ModelTable table,
      Catalogue catalogue,
      GatewayMetrics metrics,
      InstantSource clock,
      Ticker ticker) {
    this.administration = administration;
    this.registry = registry;
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
            LOADERS,
            LOADERS,
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
        List<ModelVersion> meant = administration.read(deployments::deployed);
        for (ModelVersion version : meant) {
          if (table.find(version.model(), version.id()) == null) {
            reload(version);
          }
        }
        restored = true;
        LOG.infof("%d deployed versions were to be brought back", meant.size());
        return;
      } catch (RuntimeException e) {
        LOG.warnf("deployed versions cannot be brought back yet: %s", e.toString());
        if (!pause()) {
          return;
        }
      }
    }
  }

  /** One that was undeployed or deleted meanwhile is passed over. */
  private void reload(ModelVersion version) {
    ModelVersion attempt;
    try {
      attempt =
          administration.transaction(
              () -> deployments.markReloading(version.model(), version.id(), clock.instant()));
    } catch (RefusedException e) {
      if (e.refusal() instanceof Refusal.DependencyLost) {
        throw e;
      }
      return;
    }
    loadNow(attempt);
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
   * Takes a place among the deployments that wait, before one is marked.
   *
   * @throws RefusedException with {@code QueueFull} if there is none
   */
  void takePlace() {
    if (!places.tryAcquire()) {
      throw new RefusedException(new Refusal.QueueFull(RETRY_AFTER));
    }
  }

  /** Gives a place back that nothing came of. */
  void giveUpPlace() {
    places.release();
  }

  /** Loads a version that is marked as deploying, in the background; uses up the place taken. */
  void load(ModelVersion version) {
    loading.execute(
        () -> {
          try {
            if (current(version)) {
              loadNow(version);
            }
          } finally {
            places.release();
          }
        });
  }

  /** Whether this attempt still stands; one whose fate cannot be read is tried. */
  private boolean current(ModelVersion version) {
    try {
      return administration
          .read(() -> registry.findVersion(version.model(), version.id()))
          .filter(now -> now.attempt() == version.attempt())
          .filter(now -> now.state() == DeploymentState.DEPLOYING)
          .isPresent();
    } catch (RuntimeException e) {
      return true;
    }
  }

  private void loadNow(ModelVersion version) {
    String label = version.model() + "/" + version.id();
    RunningVersion running = null;
    try {
      running = start(version, label);
      takeDown(table.start(running));
      catalogue.refresh(version.model(), version.id());
      markReady(version);
      LOG.infof("%s is ready", label);
    } catch (ModelLoadException e) {
      LOG.infof("%s could not be deployed: %s", label, e.getMessage());
      markFailed(version, e.getMessage());
    } catch (RefusedException e) {
      LOG.infof("%s could not be deployed: %s", label, e.refusal());
      stop(running);
      markFailed(version, words(e.refusal()));
    } catch (RuntimeException | Error e) {
      String reference = UUID.randomUUID().toString();
      LOG.errorf(e, "%s could not be deployed, reference %s", label, reference);
      stop(running);
      markFailed(version, "unexpected; reference " + reference);
    }
    catalogue.refresh(version.model());
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
                settings.execution().instancesPerDevice(),
                settings.batching().rowsMax(),
                settings.batching().allowedRows(),
                settings.execution().nonFiniteOutputs() == NonFiniteOutputs.REFUSE,
                settings.execution().limit(),
                LOAD_LIMIT,
                ticker));
    try {
      return RunningVersion.start(version, settings, loaded, metrics, clock, ticker, this::stuck);
    } catch (RuntimeException | Error e) {
      loaded.close();
      throw e;
    }
  }

  private void markReady(ModelVersion version) {
    try {
      persistently(
          () ->
              deployments.markReady(
                  version.model(), version.id(), version.attempt(), clock.instant()));
    } catch (RefusedException e) {
      // The commit may have come through although its answer did not.
      if (!isReady(version)) {
        throw e;
      }
    }
  }

  private boolean isReady(ModelVersion version) {
    return administration
        .read(() -> registry.findVersion(version.model(), version.id()))
        .filter(now -> now.attempt() == version.attempt())
        .filter(now -> now.state() == DeploymentState.READY)
        .isPresent();
  }

  private static String words(Refusal refusal) {
    return switch (refusal) {
      case Refusal.ArtifactInvalid invalid -> invalid.description();
      case Refusal.NotFound missing -> missing.what() + " is missing";
      default -> refusal.reason().name();
    };
  }

  /** What the end of the process broke off has not failed: the next one tries it again. */
  private void markFailed(ModelVersion version, @Nullable String reason) {
    if (closing) {
      return;
    }
    try {
      persistently(
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

  /** Tries a change again while the database is away, for about a minute. */
  private void persistently(Supplier<ModelVersion> change) {
    for (int left = NOTE_TRIES_MAX; ; left--) {
      try {
        ModelVersion ignored = administration.transaction(change);
        return;
      } catch (RefusedException e) {
        boolean again = e.refusal() instanceof Refusal.DependencyLost && left > 1;
        if (!again || !pause()) {
          throw e;
        }
      }
    }
  }

  /** Called on a thread of the engine; loads an instance anew in the background. */
  private void stuck(RunningVersion version, int instance) {
    version.replacementBegins();
    Thread ignored =
        Thread.ofVirtual()
            .name("replace-" + version.model() + "-" + version.version() + "-" + instance)
            .start(() -> replace(version, instance));
  }

  /** It is lost when the last replacement under way has ended and nothing runs. */
  private void replace(RunningVersion version, int instance) {
    try {
      // One that drains is not worth a fresh instance.
      if (table.find(version.model(), version.version()) == version) {
        boolean replaced = version.replace(instance, store.read(version.registered().digest()));
        LOG.debugf("%s: instance %d replaced: %s", version.model(), instance, replaced);
      }
    } catch (RuntimeException | Error e) {
      LOG.errorf(
          e, "%s/%s: instance %d cannot be replaced", version.model(), version.version(), instance);
    } finally {
      if (version.replacementEnded() && !version.ready()) {
        died(version);
      }
    }
  }

  /** Called on a thread of the engine when a version has no instance left. */
  private void died(RunningVersion version) {
    try {
      loading.execute(
          () -> {
            LOG.errorf("%s/%s has no instance left", version.model(), version.version());
            if (table.lose(version)) {
              takeDown(version);
            }
            markFailed(version.registered(), "every instance exceeded its execution limit");
          });
    } catch (RejectedExecutionException closing) {
      LOG.debugf("%s died while closing", version.model());
    }
  }

  /** Takes a version out that was undeployed, unless a later attempt runs already. */
  void unload(ModelVersion undeployed) {
    RunningVersion running = table.find(undeployed.model(), undeployed.id());
    if (running != null && running.registered().attempt() <= undeployed.attempt()) {
      stop(running);
    }
  }

  /** Takes this very version out of the table at once, and down once its calls have finished. */
  private void stop(@Nullable RunningVersion running) {
    if (running != null && table.stop(running)) {
      takeDown(running);
    }
  }

  static void takeDown(@Nullable RunningVersion running) {
    if (running != null) {
      Thread ignored =
          Thread.ofVirtual()
              .name("undeploy-" + running.model() + "-" + running.version())
              .start(() -> running.stop(DRAIN_LIMIT));
    }
  }

  /**
   * The versions that are meant to run and have no instance left, as {@code
   * models/{model}/versions/{version}}; until they run again, are undeployed, or the process ends.
   */
  public List<String> lost() {
    return table.lost();
  }

  /** What is to be done every now and then: carries over what could not be before. */
  public void upkeep() {
    catalogue.catchUp();
  }

  /** Takes everything down; calls should have finished before. */
  @Override
  public void close() {
    closing = true;
    loading.shutdownNow();
    for (ModelTable.Entry entry : table.all()) {
      entry.running().values().forEach(running -> running.stop(Duration.ZERO));
    }
  }
}
