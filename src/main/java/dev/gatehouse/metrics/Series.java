package dev.gatehouse.metrics;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One counter with one set of labels, which can be closed without losing an increment: each either
 * shows in the value at which the series stops, or is turned away.
 *
 * <p>Any thread adds. Closing, reopening and removing are guarded by the lock of whoever owns it.
 */
final class Series {

  /**
   * The value of a closed series. Increments are positive and could not lift it above zero in
   * centuries, so that the sign before an addition tells whether the addition counted.
   */
  private static final long CLOSED = Long.MIN_VALUE;

  private final AtomicLong value = new AtomicLong();
  private final MeterRegistry registry;
  private final Meter meter;

  /** The value before closing; written before {@link #value} says that it is closed. */
  private volatile long last;

  private long totalSeen;
  private int roundsClosed;

  Series(MeterRegistry registry, CounterName name, Tags tags) {
    this.registry = registry;
    // The registry holds only weakly what is counted, and shows an old value once that is gone;
    // what holds this series is the function.
    this.meter =
        FunctionCounter.builder(name.base(), this, same -> total() / name.divisor())
            .description(name.description())
            .tags(tags)
            .register(registry);
  }

  /** Adds {@code amount}, or nothing if it is negative; returns false if the series is closed. */
  boolean add(long amount) {
    return value.getAndAdd(Math.max(0, amount)) >= 0;
  }

  /** What was added to it. */
  long total() {
    long now = value.get();
    return now >= 0 ? now : last;
  }

  /** Whether it turns increments away. */
  boolean closed() {
    return value.get() < 0;
  }

  /** Turns increments away from now on; the series is still shown, at the value it has. */
  void close() {
    long now = value.get();
    while (now >= 0) {
      last = now;
      long seen = value.compareAndExchange(now, CLOSED);
      if (seen == now) {
        roundsClosed = 0;
        return;
      }
      now = seen;
    }
  }

  /** Takes increments again, from the value at which it was closed. */
  void reopen() {
    if (closed()) {
      value.set(last);
    }
  }

  /** Stops being shown; it must be closed. */
  void remove() {
    registry.remove(meter);
  }

  /** Whether nothing was added since this was last asked; asked once a round. */
  boolean idleForARound() {
    long total = total();
    boolean idle = total == totalSeen;
    totalSeen = total;
    return idle;
  }

  /** Whether it has been closed for a whole round; asked once a round. */
  boolean closedForARound() {
    return closed() && roundsClosed++ > 0;
  }
}
