package dev.gatehouse.metrics;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.List;
import java.util.OptionalDouble;

/**
 * The series of one pair of caller and model: counters, which all are there from the start, and
 * what its contents look like.
 *
 * <p>Any thread adds and tells. The rest is guarded by the lock of the slots.
 */
final class PairSeries {

  /** The counters of each pair. */
  static final List<CounterName> COUNTERS =
      List.of(
          CounterName.CALLER_ROWS,
          CounterName.ABUSE_OBSERVED_ROWS,
          CounterName.ABUSE_NEAR_DUPLICATE_ROWS,
          CounterName.ABUSE_LOW_MARGIN_ROWS,
          CounterName.ABUSE_NOVEL_ROWS);

  private final Counters counters;
  private final Gauges gauges;

  /** Whether it is not shown any more; guarded by the lock of the slots. */
  private boolean removed;

  PairSeries(MeterRegistry registry, Object lock, Tags tags) {
    this.counters = new Counters(registry, COUNTERS, tags);
    this.gauges = new Gauges(registry, lock, tags);
  }

  /** Adds to one of {@link #COUNTERS}; returns false if the pair is closed. */
  boolean add(CounterName name, long count) {
    return counters.add(name, count);
  }

  /** Shows what the contents look like. */
  void show(OptionalDouble distanceNormality, double extractionScore) {
    gauges.show(GaugeName.EXTRACTION_SCORE, extractionScore);
    gauges.show(GaugeName.DISTANCE_NORMALITY, distanceNormality);
  }

  /** Turns additions away and shows the counters as they stand, and no gauges. */
  void close() {
    counters.close();
    gauges.close();
  }

  /** Takes additions again, unless it is not shown any more. */
  void reopen() {
    if (!removed) {
      counters.reopen();
      gauges.reopen();
    }
  }

  /** Stops being shown, for good; it must be closed. */
  void remove() {
    counters.remove();
    removed = true;
  }

  /** Whether it is not shown any more. */
  boolean removed() {
    return removed;
  }

  /** Stops showing gauges that were not told for long; once a round. */
  void hideUntold() {
    gauges.hideUntold();
  }

  /** Whether nothing was added since this was last asked; asked once a round. */
  boolean idleForARound() {
    return counters.idleForARound();
  }

  /** Whether it has been closed for a whole round; asked once a round. */
  boolean closedForARound() {
    return counters.closedForARound();
  }
}
