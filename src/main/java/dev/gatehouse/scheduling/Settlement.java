package dev.gatehouse.scheduling;

import dev.gatehouse.core.Ticker;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Counts the reservations that are neither released nor answered and delivered, and the threads
 * that may still be in the runner; and wakes those who wait for an end.
 */
final class Settlement {

  private final Ticker ticker;
  private final LongAdder open = new LongAdder();
  private final AtomicInteger live = new AtomicInteger();
  private final Set<Thread> waiting = ConcurrentHashMap.newKeySet();

  Settlement(Ticker ticker) {
    this.ticker = ticker;
  }

  /** A call was admitted; while it holds its permit. */
  void admitted() {
    open.increment();
  }

  /** A call was released, or its answer delivered; after its permit was given back. */
  void settled() {
    open.decrement();
    wake();
  }

  /**
   * Whether all are settled. To be asked when nothing is admitted any more and after all permits
   * were seen given back: then all increments are counted, and a decrement not yet seen only makes
   * the sum too large.
   */
  boolean allSettled() {
    return open.sum() == 0;
  }

  void threadStarts() {
    live.incrementAndGet();
  }

  void threadEnded() {
    live.decrementAndGet();
    wake();
  }

  boolean allEnded() {
    return live.get() == 0;
  }

  /** Lets those who wait look again. */
  void wake() {
    if (!waiting.isEmpty()) {
      waiting.forEach(LockSupport::unpark);
    }
  }

  /** Waits until the condition holds, and tells whether it came to pass within {@code max}. */
  boolean await(BooleanSupplier condition, Duration max) throws InterruptedException {
    long maxNanos = TimeUnit.NANOSECONDS.convert(max);
    long startNanos = ticker.nanos();
    waiting.add(Thread.currentThread());
    try {
      while (!condition.getAsBoolean()) {
        long leftNanos = maxNanos - (ticker.nanos() - startNanos);
        if (leftNanos <= 0) {
          return false;
        }
        LockSupport.parkNanos(this, leftNanos);
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
      }
      return true;
    } finally {
      waiting.remove(Thread.currentThread());
    }
  }
}
