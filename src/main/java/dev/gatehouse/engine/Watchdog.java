package dev.gatehouse.engine;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntSupplier;
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

  private final List<Watched> all = new CopyOnWriteArrayList<>();
  private final Thread thread;
  private volatile boolean stopped;

  /**
   * What has executions that may overrun: a model, or one that is being loaded.
   *
   * @param judge looks whether an execution is over its limit, and acts; does not block
   * @param close ends it, when the engine ends
   * @param liveTensors the tensors that its executions have not released
   */
  record Watched(Runnable judge, Runnable close, IntSupplier liveTensors) {}

  Watchdog() {
    thread = Thread.ofPlatform().daemon().name("gatehouse-engine-watchdog").unstarted(this::watch);
    thread.start();
  }

  void add(Watched watched) {
    all.add(watched);
    LockSupport.unpark(thread);
  }

  void remove(Watched watched) {
    all.remove(watched);
  }

  /** What is loaded or being loaded now. */
  List<Watched> watched() {
    return List.copyOf(all);
  }

  private void watch() {
    while (!stopped) {
      if (all.isEmpty()) {
        LockSupport.park(this);
      } else {
        all.forEach(Watchdog::judge);
        LockSupport.parkNanos(this, PERIOD_NANOS);
      }
    }
  }

  /** Nothing that goes wrong with one model may end the watch over the others. */
  private static void judge(Watched watched) {
    try {
      watched.judge().run();
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
