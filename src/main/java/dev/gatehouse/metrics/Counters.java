package dev.gatehouse.metrics;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Counters with the same labels, which come at zero, close and go together.
 *
 * <p>Any thread adds. The rest is guarded by the lock of whoever owns them.
 */
final class Counters {

  private final Map<CounterName, Series> series = new EnumMap<>(CounterName.class);

  Counters(MeterRegistry registry, List<CounterName> names, Tags tags) {
    names.forEach(name -> series.put(name, new Series(registry, name, tags)));
  }

  /**
   * Adds {@code amount}, or nothing if it is negative; returns false if the counters are closed.
   *
   * @throws IllegalArgumentException if {@code name} is none of them
   */
  boolean add(CounterName name, long amount) {
    Series one = series.get(name);
    if (one == null) {
      throw new IllegalArgumentException("no " + name + " here");
    }
    return one.add(amount);
  }

  /** Turns additions away, and shows the counters as they stand. */
  void close() {
    series.values().forEach(Series::close);
  }

  /** Takes additions again. */
  void reopen() {
    series.values().forEach(Series::reopen);
  }

  /** Stops showing them; they must be closed. */
  void remove() {
    series.values().forEach(Series::remove);
  }

  /** Whether nothing was added to any since this was last asked; asked once a round. */
  boolean idleForARound() {
    boolean idle = true;
    for (Series one : series.values()) {
      idle &= one.idleForARound();
    }
    return idle;
  }

  /** Whether they have been closed for a whole round; asked once a round. */
  boolean closedForARound() {
    boolean closed = true;
    for (Series one : series.values()) {
      closed &= one.closedForARound();
    }
    return closed;
  }
}
