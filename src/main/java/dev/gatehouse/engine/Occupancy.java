package dev.gatehouse.engine;

import dev.gatehouse.core.Ticker;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Whether an instance is idle, running, stuck or closed, and who may release its memory.
 *
 * <p>One atomic word holds the state and the number of the execution, so that a judgement about one
 * execution can never fall on the next:
 *
 * <pre>
 *   IDLE --enter--> RUNNING --leave--> IDLE      the executing thread
 *   RUNNING --overrun--> STUCK                   the watchdog, or the thread that closes
 *   STUCK --leave--> RELEASED                    the executing thread, should it ever return
 *   IDLE --retire--> RELEASED                    the thread that closes
 * </pre>
 *
 * Each arrow is one compare-and-set, and whoever draws an arrow to RELEASED releases the native
 * memory. So it happens once, and never under a running native call.
 */
final class Occupancy {

  private static final long IDLE = 0;
  private static final long RUNNING = 1;
  private static final long STUCK = 2;
  private static final long RELEASED = 3;
  private static final int STATE_BITS = 2;
  private static final long STATE_MASK = (1L << STATE_BITS) - 1;

  private final AtomicLong word = new AtomicLong(IDLE);
  private final Ticker ticker;

  /** Written before the word turns to RUNNING, so whoever sees that sees this start or a later. */
  private volatile long startNanos;

  private volatile @Nullable Thread closer;

  Occupancy(Ticker ticker) {
    this.ticker = ticker;
  }

  /** What {@link #enter} found. */
  enum Entry {
    ENTERED,
    BUSY,
    STUCK,
    RELEASED
  }

  Entry enter(long nowNanos) {
    long seen = word.get();
    if ((seen & STATE_MASK) == IDLE) {
      startNanos = nowNanos;
      long next = (((seen >>> STATE_BITS) + 1) << STATE_BITS) | RUNNING;
      if (word.compareAndSet(seen, next)) {
        return Entry.ENTERED;
      }
      seen = word.get();
    }
    if ((seen & STATE_MASK) == STUCK) {
      return Entry.STUCK;
    }
    return (seen & STATE_MASK) == RELEASED ? Entry.RELEASED : Entry.BUSY;
  }

  /** Ends an execution; false if it was judged stuck, and then the caller releases the memory. */
  boolean leave() {
    long seen = word.get();
    boolean inTime =
        (seen & STATE_MASK) == RUNNING && word.compareAndSet(seen, (seen & ~STATE_MASK) | IDLE);
    if (!inTime) {
      word.set(RELEASED);
    }
    Thread waiting = closer;
    if (waiting != null) {
      LockSupport.unpark(waiting);
    }
    return inTime;
  }

  /** Judges the present execution; true for the one caller that found it over that limit. */
  boolean overrun(long limitNanos) {
    long seen = word.get();
    if ((seen & STATE_MASK) != RUNNING || ticker.nanos() - startNanos <= limitNanos) {
      return false;
    }
    return word.compareAndSet(seen, (seen & ~STATE_MASK) | STUCK);
  }

  /** True for the one caller that found it idle, who then releases the memory. */
  boolean retire() {
    long seen = word.get();
    return (seen & STATE_MASK) == IDLE && word.compareAndSet(seen, RELEASED);
  }

  boolean running() {
    return (word.get() & STATE_MASK) == RUNNING;
  }

  /** Whether it can still run: neither stuck nor released. */
  boolean usable() {
    return (word.get() & STATE_MASK) <= RUNNING;
  }

  /** Parks until the present execution ends, or {@code nanos} have passed, or for no reason. */
  void parkWhileRunning(long nanos) {
    closer = Thread.currentThread();
    if (running()) {
      LockSupport.parkNanos(this, nanos);
    }
    closer = null;
  }
}
