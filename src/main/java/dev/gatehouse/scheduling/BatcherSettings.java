package dev.gatehouse.scheduling;

import java.time.Duration;

/**
 * The bounds of one batcher.
 *
 * @param instances how many batches may run at once, 1 to {@link #INSTANCES_MAX}
 * @param batchRowsMax the most rows of one batch, and so of one call; 1 to {@link #ROWS_MAX}
 * @param queueDelayMax how long a group of calls may be passed over for a fuller one, counted from
 *     the enqueue of its oldest call; 0 to {@link #DELAY_MAX}
 * @param queueRowsMax the most rows admitted and not yet answered, {@code batchRowsMax} to {@link
 *     #ROWS_MAX}
 * @param queueBytesMax the most bytes admitted and not yet answered, at least 1
 */
public record BatcherSettings(
    int instances, int batchRowsMax, Duration queueDelayMax, int queueRowsMax, long queueBytesMax) {

  /** The most instances of one model. */
  public static final int INSTANCES_MAX = 256;

  /** The most rows of a batch and of a queue. */
  public static final int ROWS_MAX = 1 << 20;

  /** The longest delay. */
  public static final Duration DELAY_MAX = Duration.ofSeconds(10);

  /**
   * Checks the bounds.
   *
   * @throws IllegalArgumentException if one is outside its range
   */
  public BatcherSettings {
    require(instances >= 1 && instances <= INSTANCES_MAX, "instances must be 1 to 256");
    require(batchRowsMax >= 1 && batchRowsMax <= ROWS_MAX, "batchRowsMax must be 1 to 1048576");
    require(
        !queueDelayMax.isNegative() && queueDelayMax.compareTo(DELAY_MAX) <= 0,
        "queueDelayMax must be 0 to 10 seconds");
    require(
        queueRowsMax >= batchRowsMax && queueRowsMax <= ROWS_MAX,
        "queueRowsMax must be batchRowsMax to 1048576");
    require(queueBytesMax >= 1, "queueBytesMax must be at least 1");
  }

  private static void require(boolean condition, String message) {
    if (!condition) {
      throw new IllegalArgumentException(message);
    }
  }
}
