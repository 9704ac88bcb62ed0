package dev.gatehouse.abuse.traffic;

import java.util.Optional;

/**
 * Tells whether the size of something (bytes per row, latency) has shifted: the mean of its
 * logarithm over the last minute against a {@link Baseline} of the same mean over days of activity.
 *
 * <p>State: {@link #INTERVALS} × 16 bytes and a baseline.
 */
final class ShiftMeter {

  /** The last minute, as six intervals of 10 s. */
  static final int INTERVALS = 6;

  static final long INTERVAL_NANOS = 10_000_000_000L;

  /** Fewer values in the last minute than these say nothing. */
  static final int VALUES_MIN = 5;

  /** The least deviation that is divided by: about a tenth of the size itself. */
  static final double DEVIATION_MIN = 0.1;

  /** A day of activity, in intervals. */
  private static final int MEMORY_INTERVALS = 8_640;

  /** An hour of activity, in intervals. */
  static final int WARM_INTERVALS = 360;

  private final double[] sums = new double[INTERVALS];
  private final long[] counts = new long[INTERVALS];
  private final Baseline baseline = Baseline.ofLogarithms(MEMORY_INTERVALS, WARM_INTERVALS);
  private long head;

  /** Adds a size, at least 1 in its unit, seen at {@code now}. */
  void add(double size, long now) {
    advance(now);
    int place = place();
    sums[place] += Math.log(Math.max(size, 1));
    counts[place]++;
  }

  /** The shift at {@code now}; empty without a baseline or with too few values. */
  Optional<Shift> read(long now) {
    advance(now);
    double sum = 0;
    long count = 0;
    for (int i = 0; i < INTERVALS; i++) {
      sum += sums[i];
      count += counts[i];
    }
    if (count < VALUES_MIN || !baseline.warm()) {
      return Optional.empty();
    }
    double shift = sum / count - baseline.mean();
    double deviation = Math.max(baseline.deviation(), DEVIATION_MIN);
    return Optional.of(new Shift(shift / deviation, Math.exp(shift)));
  }

  private void advance(long now) {
    long interval = now / INTERVAL_NANOS;
    if (interval == head) {
      return;
    }
    int place = place();
    if (counts[place] > 0) {
      baseline.feed(sums[place] / counts[place], Double.POSITIVE_INFINITY);
    }
    head = Math.max(head, interval - INTERVALS);
    while (head < interval) {
      head++;
      sums[place()] = 0;
      counts[place()] = 0;
    }
  }

  private int place() {
    return (int) (head % INTERVALS);
  }
}
