package dev.gatehouse.audit.journal;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The body of the thread that looks after the journals of dead processes and after old payload,
 * which may take long, and may block on the database. The living journal does not wait for it.
 */
final class Housekeeping implements Runnable {

  private static final Logger LOG = Logger.getLogger(Housekeeping.class);

  /** How long it pauses between two rounds. */
  private static final Duration INTERVAL = Duration.ofSeconds(30);

  private static final long RETRY_NANOS_MIN = Duration.ofMillis(50).toNanos();

  private final Leftovers leftovers;
  private final Recovery recovery;
  private final Retention retention;
  private final LongSupplier ownAnchored;
  private final long retryNanosMax;

  private volatile @Nullable Thread thread;
  private volatile boolean ending;
  private boolean failing;
  private long retryNanos;

  /**
   * Prepares the work.
   *
   * @param ownAnchored how many segments of the own journal are anchored
   * @param retryDelayMax the longest pause after a failure
   */
  Housekeeping(
      Leftovers leftovers,
      Recovery recovery,
      Retention retention,
      LongSupplier ownAnchored,
      Duration retryDelayMax) {
    this.leftovers = leftovers;
    this.recovery = recovery;
    this.retention = retention;
    this.ownAnchored = ownAnchored;
    this.retryNanosMax = retryDelayMax.toNanos();
  }

  /** Tells it to end behind the segment that it is at. */
  void end() {
    ending = true;
    recovery.stop();
    retention.stop();
    LockSupport.unpark(thread);
  }

  @Override
  public void run() {
    thread = Thread.currentThread();
    while (!ending) {
      long pause = INTERVAL.toNanos();
      try {
        round();
        failing = false;
        retryNanos = 0;
      } catch (Throwable failure) {
        pause = failed(failure);
      }
      if (!ending) {
        LockSupport.parkNanos(this, pause);
      }
    }
  }

  private void round() {
    try {
      leftovers.run();
      recovery.run();
      retention.run(ownAnchored.getAsLong());
    } catch (IOException failure) {
      LOG.error("The folder of the audit journals could not be looked through", failure);
    }
  }

  private long failed(Throwable failure) {
    if (!failing) {
      failing = true;
      LOG.error("The journals of dead processes cannot be ended", failure);
    }
    long least = Math.min(RETRY_NANOS_MIN, retryNanosMax);
    retryNanos = Math.clamp(2 * retryNanos, least, retryNanosMax);
    return retryNanos;
  }
}
