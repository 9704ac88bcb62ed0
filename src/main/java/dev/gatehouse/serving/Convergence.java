package dev.gatehouse.serving;

import dev.gatehouse.core.Ticker;
import dev.gatehouse.registry.Deployments;
import dev.gatehouse.registry.HeldVersion;
import dev.gatehouse.registry.ModelVersion;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * Makes what runs here what the registry says is meant to run, whichever replica changed it.
 *
 * <p>One thread goes its round when something has changed, and every second. It looks at what is
 * there and not at what has happened, so that nothing is lost with a round that fails.
 */
final class Convergence implements AutoCloseable {

  /** How often a round is made when nothing is known to have changed. */
  static final Duration INTERVAL = Duration.ofSeconds(1);

  /** The least pause between two rounds; changes that come meanwhile share one. */
  static final Duration PAUSE = Duration.ofMillis(50);

  /** How often a version that cannot run here is tried to be declared lost. */
  static final Duration LOST_INTERVAL = Duration.ofSeconds(5);

  /** Why a version that ran has failed. */
  static final String STUCK = "every instance exceeded its execution limit";

  private static final Logger LOG = Logger.getLogger(Convergence.class);

  private final Deployments deployments;
  private final ModelTable table;
  private final Catalogue catalogue;
  private final Deployer deployer;
  private final LocalLoads loads;
  private final Outcomes outcomes;
  private final Ticker ticker;
  private final Thread thread;
  private final Semaphore signals = new Semaphore(0);
  private volatile boolean moved = true;
  private volatile boolean closing;

  /** Used by the thread alone. */
  private boolean first = true;

  /** Used by the thread alone. */
  private long lostToldNanos;

  /** Used by the thread alone; so that a database which is away is logged once. */
  private boolean failing;

  Convergence(
      Deployments deployments,
      ModelTable table,
      Catalogue catalogue,
      Deployer deployer,
      LocalLoads loads,
      Outcomes outcomes,
      Ticker ticker) {
    this.deployments = deployments;
    this.table = table;
    this.catalogue = catalogue;
    this.deployer = deployer;
    this.loads = loads;
    this.outcomes = outcomes;
    this.ticker = ticker;
    this.lostToldNanos = ticker.nanos();
    this.thread = Thread.ofPlatform().name("convergence").daemon(true).unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  /** Something has changed; returns at once. */
  void changed() {
    moved = true;
    signals.release();
  }

  @Override
  public void close() {
    closing = true;
    thread.interrupt();
  }

  private void run() {
    while (!closing) {
      try {
        round();
        failing = false;
      } catch (RuntimeException | Error e) {
        if (!failing && !closing) {
          LOG.warnf("what is meant to run cannot be looked up yet: %s", e.toString());
        }
        failing = true;
      }
      try {
        Thread.sleep(PAUSE);
        boolean ignored = signals.tryAcquire(INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        LOG.debug("interrupted to end");
      }
      int ignored = signals.drainPermits();
    }
  }

  private void round() {
    if (moved || catalogue.behind()) {
      moved = false;
      try {
        catalogue.refreshMoved();
      } catch (RuntimeException | Error e) {
        moved = true;
        throw e;
      }
    }
    table.endStandIns().forEach(Deployer::takeDown);
    loadMissing();
    takeOver(deployments.orphans());
    if (first) {
      takeOver(deployments.lost());
      first = false;
      deployer.allTriedBefore();
    }
    tellLost();
  }

  /** Said to be held before it is loaded: if it fails elsewhere meanwhile, it is not lost. */
  private void loadMissing() {
    List<HeldVersion> due = loads.due(table.missing());
    if (due.isEmpty()) {
      return;
    }
    due.forEach(loads::queue);
    deployer.announce();
    due.forEach(deployer::loadHere);
  }

  private void takeOver(List<ModelVersion> versions) {
    versions.forEach(deployer::takeOver);
  }

  private void tellLost() {
    long now = ticker.nanos();
    if (now - lostToldNanos < LOST_INTERVAL.toNanos()) {
      return;
    }
    lostToldNanos = now;
    table.lostWhileReady().forEach(version -> outcomes.lost(version, STUCK));
    loads.hopeless().forEach(outcomes::lost);
  }
}
