package dev.gatehouse.serving;

import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import dev.gatehouse.core.Ticker;
import dev.gatehouse.engine.ModelLoadException;
import dev.gatehouse.registry.DeploymentState;
import dev.gatehouse.registry.Deployments;
import dev.gatehouse.registry.HeldVersion;
import dev.gatehouse.registry.ModelVersion;
import dev.gatehouse.registry.ReplicaId;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
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
 *
 * <p>A deployment is of the replica that was asked for it. The others load the version once it is
 * ready, and answer with the former default until it runs there too; see {@link ModelTable}. What
 * one of them cannot load is tried again there, and is no failure of the version as long as another
 * replica holds it. A replica that starts is one that has everything still to load.
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

  private final Administration administration;
  private final Deployments deployments;
  private final VersionLoader loader;
  private final ModelTable table;
  private final Catalogue catalogue;
  private final Replica replica;
  private final Outcomes outcomes;
  private final InstantSource clock;
  private final LocalLoads loads;
  private final Convergence convergence;
  private final ThreadPoolExecutor loading;
  private final Semaphore places = new Semaphore(WAITING_MAX);
  private volatile boolean restored;
  private volatile boolean closing;

  Deployer(
      Administration administration,
      Deployments deployments,
      VersionLoader loader,
      ModelTable table,
      Catalogue catalogue,
      Replica replica,
      Outcomes outcomes,
      InstantSource clock,
      Ticker ticker) {
    this.administration = administration;
    this.deployments = deployments;
    this.loader = loader;
    this.table = table;
    this.catalogue = catalogue;
    this.replica = replica;
    this.outcomes = outcomes;
    this.clock = clock;
    this.loads = new LocalLoads(ticker);
    this.convergence =
        new Convergence(deployments, table, catalogue, this, loads, outcomes, ticker);
    this.loading =
        new ThreadPoolExecutor(
            LOADERS,
            LOADERS,
            0,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            Thread.ofPlatform().name("deployer").daemon(true).factory());
  }

  /**
   * Joins the other replicas, and begins to load what is ready and to follow what changes, in the
   * background. Waits a few seconds at most.
   */
  public void restore() {
    replica.start(this::held);
    convergence.start();
  }

  /** Whether everything that was ready at the start has been tried. */
  public boolean restored() {
    return restored;
  }

  /** Says that models, versions or deployments changed, on whichever replica; returns at once. */
  public void changed() {
    convergence.changed();
  }

  /** How many versions are ready elsewhere and could not be loaded here; they are tried again. */
  public int failedHere() {
    return loads.failures();
  }

  /** How many replicas live, this one included, as far as known. */
  public int replicasAlive() {
    return replica.alive();
  }

  /** The replica that deployments asked for here belong to. */
  ReplicaId here() {
    return replica.id();
  }

  private Collection<HeldVersion> held() {
    Set<HeldVersion> held = new HashSet<>(table.held());
    held.addAll(loads.expected());
    return held;
  }

  /** Says to the other replicas what is held here. */
  void announce() {
    replica.announce();
  }

  /** Counts as restored once everything asked for before has been tried. */
  void allTriedBefore() {
    loading.execute(
        () -> {
          restored = true;
          LOG.infof("%d versions run that were to be brought back", table.held().size());
        });
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
      return outcomes.find(Outcomes.key(version), DeploymentState.DEPLOYING).isPresent();
    } catch (RuntimeException e) {
      return true;
    }
  }

  /** Deploys what a dead replica left, or what none could run, unless another was faster. */
  void takeOver(ModelVersion version) {
    if (!places.tryAcquire()) {
      return;
    }
    ModelVersion taken;
    try {
      taken =
          administration.event(
              "versions.takeOver",
              "OK",
              after -> Optional.of(Outcomes.told(after)),
              () ->
                  deployments.takeOver(
                      version.model(), version.id(), version.attempt(), here(), clock.instant()));
    } catch (RefusedException e) {
      places.release();
      LOG.debugf("%s/%s is not taken over: %s", version.model(), version.id(), e.refusal());
      return;
    } catch (RuntimeException | Error e) {
      places.release();
      throw e;
    }
    LOG.infof("%s/%s is taken over", version.model(), version.id());
    load(taken);
  }

  private void loadNow(ModelVersion version) {
    String label = version.model() + "/" + version.id();
    RunningVersion running = null;
    try {
      running = loader.start(version, this::stuck);
      table.start(running).forEach(Deployer::takeDown);
      catalogue.refresh(version.model(), version.id());
      outcomes.ready(version);
      LOG.infof("%s is ready", label);
    } catch (ModelLoadException e) {
      LOG.infof("%s could not be deployed: %s", label, e.getMessage());
      failed(version, e.getMessage());
    } catch (RefusedException e) {
      LOG.infof("%s could not be deployed: %s", label, e.refusal());
      stop(running);
      failed(version, words(e.refusal()));
    } catch (RuntimeException | Error e) {
      stop(running);
      failed(version, unexpected(label, e));
    }
    catalogue.refresh(version.model());
  }

  /** What the end of the process broke off has not failed: another one tries it again. */
  private void failed(ModelVersion version, @Nullable String reason) {
    if (!closing) {
      outcomes.failed(version, reason);
    }
  }

  /** Loads a version that is ready elsewhere, in the background; changes nothing in its state. */
  void loadHere(HeldVersion version) {
    loading.execute(
        () -> {
          try {
            loadHereNow(version);
          } finally {
            loads.ended(version);
          }
        });
  }

  private void loadHereNow(HeldVersion wanted) {
    try {
      Optional<ModelVersion> version = outcomes.find(wanted, DeploymentState.READY);
      if (version.isPresent()) {
        RunningVersion running = loader.start(version.get(), this::stuck);
        table.start(running).forEach(Deployer::takeDown);
        loads.succeeded(wanted);
        LOG.infof("%s was loaded here too", wanted);
      }
    } catch (ModelLoadException e) {
      failedHere(wanted, e.getMessage(), true);
    } catch (RefusedException e) {
      failedHere(wanted, words(e.refusal()), !(e.refusal() instanceof Refusal.DependencyLost));
    } catch (RuntimeException | Error e) {
      failedHere(wanted, unexpected(wanted.toString(), e), true);
    }
    // It may have been given up while it was loaded, or has failed for all.
    catalogue.refresh(wanted.model());
  }

  private void failedHere(HeldVersion version, @Nullable String reason, boolean certain) {
    if (closing) {
      return;
    }
    String words = reason == null ? "unknown" : reason;
    LOG.warnf("%s is ready and could not be loaded here: %s", version, words);
    loads.failed(version, words, certain);
    if (certain) {
      outcomes.lost(version, words);
    }
  }

  private static String unexpected(String label, Throwable failure) {
    String reference = UUID.randomUUID().toString();
    LOG.errorf(failure, "%s could not be deployed, reference %s", label, reference);
    return "unexpected; reference " + reference;
  }

  private static String words(Refusal refusal) {
    return switch (refusal) {
      case Refusal.ArtifactInvalid invalid -> invalid.description();
      case Refusal.NotFound missing -> missing.what() + " is missing";
      default -> refusal.reason().name();
    };
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
        boolean replaced = version.replace(instance, loader.artifact(version.registered()));
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
            outcomes.lost(version.held(), Convergence.STUCK);
          });
    } catch (RejectedExecutionException closing) {
      LOG.debugf("%s died while closing", version.model());
    }
  }

  /**
   * Takes a version out that was undeployed, unless a later attempt runs already, or it stands in
   * for a default that does not run here yet.
   */
  void unload(ModelVersion undeployed) {
    RunningVersion running = table.find(undeployed.model(), undeployed.id());
    if (running != null
        && running.registered().attempt() <= undeployed.attempt()
        && !table.standsIn(running)) {
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

  /** Takes everything down; calls should have finished before. */
  @Override
  public void close() {
    closing = true;
    convergence.close();
    loading.shutdownNow();
    for (ModelTable.Entry entry : table.all()) {
      entry.running().values().forEach(running -> running.stop(Duration.ZERO));
    }
    replica.close();
  }
}
