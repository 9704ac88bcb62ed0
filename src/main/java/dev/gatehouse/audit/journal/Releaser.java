package dev.gatehouse.audit.journal;

import java.time.Duration;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The body of the thread that lets answers go, so that the writer can commit meanwhile, and that
 * looks after the writer: it alone may hang in the kernel.
 */
final class Releaser implements Runnable {

  private static final Logger LOG = Logger.getLogger(Releaser.class);

  private static final long WATCH_NANOS_MIN = Duration.ofMillis(1).toNanos();
  private static final long WATCH_NANOS_MAX = Duration.ofMillis(100).toNanos();

  /** Chains of uses, each linked by {@link RecordedUse#nextReleased}. */
  private final ConcurrentLinkedQueue<RecordedUse> chains = new ConcurrentLinkedQueue<>();

  private final Runnable watch;
  private final long watchNanos;
  private volatile boolean ending;
  private volatile @Nullable Thread thread;

  /** Calls {@code watch} several times in each {@code stallMax}. */
  Releaser(Runnable watch, Duration stallMax) {
    this.watch = watch;
    this.watchNanos = Math.clamp(stallMax.toNanos() / 4, WATCH_NANOS_MIN, WATCH_NANOS_MAX);
  }

  void hand(RecordedUse firstOfChain) {
    chains.add(firstOfChain);
    LockSupport.unpark(thread);
  }

  void end() {
    ending = true;
    LockSupport.unpark(thread);
  }

  // Nothing may end this loop, or answers would wait for ever.
  @Override
  public void run() {
    thread = Thread.currentThread();
    while (!ending || !chains.isEmpty()) {
      try {
        release();
        watch.run();
      } catch (Throwable failure) {
        LOG.error("An answer could not be let go, or the journal not be watched", failure);
      }
      if (chains.isEmpty() && !ending) {
        LockSupport.parkNanos(this, watchNanos);
      }
    }
  }

  private void release() {
    for (RecordedUse first = chains.poll(); first != null; first = chains.poll()) {
      releaseChain(first);
    }
  }

  /** Lets the answers of a chain go. */
  static void releaseChain(RecordedUse first) {
    RecordedUse use = first;
    while (use != null) {
      RecordedUse next = use.nextReleased;
      use.nextReleased = null;
      use.tellDurable();
      use = next;
    }
  }
}
