package dev.gatehouse.metrics;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.EnumMap;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * Gauges with the same labels, each shown from when its value is first told until they are closed,
 * it is hidden, or it was not told for {@link #ROUNDS_UNTOLD_MAX} rounds.
 *
 * <p>Values are told by any thread. What is shown is guarded by the lock of the slots.
 */
final class Gauges {

  /**
   * After so many rounds a value says nothing any more: with rounds of a minute, the hour that the
   * longest of them looks back is over.
   */
  static final int ROUNDS_UNTOLD_MAX = 60;

  private final MeterRegistry registry;
  private final Object lock;
  private final Tags tags;

  /** Guarded by {@code lock}. */
  private final Map<GaugeName, Level> shown = new EnumMap<>(GaugeName.class);

  /** Guarded by {@code lock}. */
  private boolean closed;

  Gauges(MeterRegistry registry, Object lock, Tags tags) {
    this.registry = registry;
    this.lock = lock;
    this.tags = tags;
  }

  /** Shows {@code value}, or nothing if closed. */
  void show(GaugeName name, double value) {
    synchronized (lock) {
      Level level = shown.get(name);
      if (level == null && !closed) {
        level = new Level(registry, name, tags);
        shown.put(name, level);
      }
      if (level != null) {
        level.value = value;
        level.roundsUntold = 0;
      }
    }
  }

  /** Shows {@code value}, or stops showing one that is not known now. */
  void show(GaugeName name, OptionalDouble value) {
    if (value.isPresent()) {
      show(name, value.getAsDouble());
    } else {
      hide(name);
    }
  }

  /** Stops showing one until it is told again. */
  void hide(GaugeName name) {
    synchronized (lock) {
      Level level = shown.remove(name);
      if (level != null) {
        registry.remove(level.meter);
      }
    }
  }

  /** Stops showing those that were not told for long; under the lock of the slots, once a round. */
  void hideUntold() {
    for (GaugeName name : GaugeName.values()) {
      Level level = shown.get(name);
      if (level != null && ++level.roundsUntold >= ROUNDS_UNTOLD_MAX) {
        hide(name);
      }
    }
  }

  /** Stops showing all, and shows none from now on; under the lock of the slots. */
  void close() {
    closed = true;
    for (GaugeName name : GaugeName.values()) {
      hide(name);
    }
  }

  /** Shows again what is told from now on; under the lock of the slots. */
  void reopen() {
    closed = false;
  }

  /** One value. */
  private static final class Level {

    private final Meter meter;

    /** Written under the lock, read by scrapes. */
    private volatile double value;

    /** Guarded by the lock. */
    private int roundsUntold;

    Level(MeterRegistry registry, GaugeName name, Tags tags) {
      this.meter =
          Gauge.builder(name.base(), () -> value)
              .description(name.description())
              .tags(tags)
              .register(registry);
    }
  }
}
