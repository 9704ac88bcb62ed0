package dev.gatehouse.scheduling;

import java.time.Duration;

/**
 * The shortest run among recent ones: what any call must at least wait for its answer from now on.
 *
 * <p>A minimum over two windows of {@link #WINDOW_BATCHES} batches, the one that fills and the one
 * before. It counts for nothing once no batch ended for {@link #STALE_AFTER}: a model that was slow
 * once would otherwise refuse for ever, since nothing would run that could tell better.
 */
final class RunTimes {

  static final int WINDOW_BATCHES = 64;
  static final Duration STALE_AFTER = Duration.ofSeconds(1);

  private long shortest = Long.MAX_VALUE;
  private long shortestBefore = Long.MAX_VALUE;
  private int batches;
  private long endedNanos;

  /** A run of {@code runNanos} ended at {@code now}. */
  void ended(long runNanos, long now) {
    if (batches == WINDOW_BATCHES) {
      shortestBefore = shortest;
      shortest = Long.MAX_VALUE;
      batches = 0;
    }
    batches++;
    shortest = Math.min(shortest, runNanos);
    endedNanos = now;
  }

  /** How long a run takes for certain, in nanoseconds; 0 if that is not known. */
  long certainNanos(long now) {
    if (batches == 0 || now - endedNanos >= STALE_AFTER.toNanos()) {
      return 0;
    }
    return Math.min(shortest, shortestBefore);
  }
}
