package dev.gatehouse.access;

/**
 * How much may be used of one grant, by all it was given to together; 0 stands for no bound.
 *
 * @param callsPerSecond calls a second on average, over all replicas; at most {@link
 *     #CALLS_PER_SECOND_MAX}
 * @param callsBurst calls at once after a pause, over all replicas; 0 stands for {@code
 *     callsPerSecond}; at most {@link #CALLS_BURST_MAX}
 * @param rowsPerSecond rows a second on average, and at once after a pause, over all replicas; at
 *     most {@link #ROWS_PER_SECOND_MAX}
 * @param rowsPerDay rows a day from 00:00 UTC, over all replicas; at most {@link #ROWS_PER_DAY_MAX}
 * @param concurrentCalls calls in flight on each replica; at most {@link #CONCURRENT_CALLS_MAX}
 */
public record Quota(
    int callsPerSecond, int callsBurst, long rowsPerSecond, long rowsPerDay, int concurrentCalls) {

  /** The largest {@link #callsPerSecond}. */
  public static final int CALLS_PER_SECOND_MAX = 1_000_000;

  /** The largest {@link #callsBurst}. */
  public static final int CALLS_BURST_MAX = 10_000_000;

  /** The largest {@link #rowsPerSecond}. */
  public static final long ROWS_PER_SECOND_MAX = 1_000_000_000;

  /** The largest {@link #rowsPerDay}. */
  public static final long ROWS_PER_DAY_MAX = 1_000_000_000_000L;

  /** The largest {@link #concurrentCalls}. */
  public static final int CONCURRENT_CALLS_MAX = 1_000_000;

  /** No bound at all. */
  public static final Quota NONE = new Quota(0, 0, 0, 0, 0);

  /** Whether there is no bound at all. */
  public boolean none() {
    return (callsPerSecond | concurrentCalls) == 0 && (rowsPerSecond | rowsPerDay) == 0;
  }
}
