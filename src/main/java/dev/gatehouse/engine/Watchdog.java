package dev.gatehouse.engine;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import org.jboss.logging.Logger;

/**
 * One daemon thread that finds executions over their limit.
 *
 * <p>It looks every {@link #PERIOD_NANOS} while a model is loaded, so an execution is found at most
 * that much too late, and executions themselves pay nothing for it.
 */
final class Watchdog implements AutoCloseable {

  static final long PERIOD_NANOS = 20_000_000;

  private static final Logger LOG = Logger.getLogger(Watchdog.class);

  private final List<LoadedModel> models = new CopyOnWriteArrayList<>();
  private final Thread thread;
  private volatile boolean stopped;

  Watchdog() {
    thread = Thread.ofPlatform().daemon().name("gatehouse-engine-watchdog").unstarted(this::watch);
    thread.start();
  }

  void add(LoadedModel model) {
    models.add(model);
    LockSupport.unpark(thread);
  }

  void remove(LoadedModel model) {
    models.remove(model);
  }

  /** The models that are loaded now. */
  List<LoadedModel> models() {
    return List.copyOf(models);
  }

  private void watch() {
    while (!stopped) {
      if (models.isEmpty()) {
        LockSupport.park(this);
      } else {
        models.forEach(Watchdog::judge);
        LockSupport.parkNanos(this, PERIOD_NANOS);
      }
    }
  }

  /** Nothing that goes wrong with one model may end the watch over the others. */
  private static void judge(LoadedModel model) {
    try {
      model.judge();
    } catch (RuntimeException | Error e) {
      LOG.error("looking for stuck instances failed", e);
    }
  }

  @Override
  public void close() {
    stopped = true;
    LockSupport.unpark(thread);
  }
}
