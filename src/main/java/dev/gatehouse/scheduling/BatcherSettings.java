package dev.gatehouse.scheduling;

import java.time.Duration;
import java.util.List;

/**
 * The bounds and goals of one batcher.
 *
 * @param instances how many batches may run at once, 1 to {@link #INSTANCES_MAX}
 * @param batchRowsMax the most rows of one batch; 1 to {@link #ROWS_MAX}
 * @param preferredBatchRows sizes that the device likes, ascending, each 1 to {@code batchRowsMax};
 *     at most {@link #PREFERRED_MAX}, possibly none
 * @param queueDelayMax how long the call that is to lead a batch may be passed over for a fuller
 *     one, counted from its enqueue; 0 to {@link #DELAY_MAX}
 * @param queueRowsMax the most rows admitted and not yet answered, {@code batchRowsMax} to {@link
 *     #ROWS_MAX}
 * @param queueBytesMax the most bytes admitted and not yet answered, at least 1
 * @param queueCallsMax the most calls admitted and not yet answered, 1 to {@link #ROWS_MAX}
 * @param callerShareMaxPercent how much of those rows, bytes and calls one caller may hold, in
 *     percent, 1 to 100; but always one call, and one batch of rows
 * @param latencyObjective the time from enqueue to answer that batch and in-flight limits are
 *     chosen for, up to {@link #OBJECTIVE_MAX}; zero for none, and fixed limits
 */
public record BatcherSettings(
    int instances,
    int batchRowsMax,
    List<Integer> preferredBatchRows,
    Duration queueDelayMax,
    int queueRowsMax,
    long queueBytesMax,
    int queueCallsMax,
    int callerShareMaxPercent,
    Duration latencyObjective) {

  /** The most instances of one model. */
  public static final int INSTANCES_MAX = 256;

  /** The most rows of a batch and of a queue, and the most calls of a queue. */
  public static final int ROWS_MAX = 1 << 20;

  /** The most preferred sizes. */
  public static final int PREFERRED_MAX = 16;

  /** The longest delay. */
  public static final Duration DELAY_MAX = Duration.ofSeconds(10);

  /** The longest latency objective. */
  public static final Duration OBJECTIVE_MAX = Duration.ofHours(1);

  /**
   * Checks the bounds.
   *
   * @throws IllegalArgumentException if one is outside its range
   */
  public BatcherSettings {
    preferredBatchRows = List.copyOf(preferredBatchRows);
    require(instances >= 1 && instances <= INSTANCES_MAX, "instances must be 1 to 256");
    require(batchRowsMax >= 1 && batchRowsMax <= ROWS_MAX, "batchRowsMax must be 1 to 1048576");
    requirePreferred(preferredBatchRows, batchRowsMax);
    require(
        !queueDelayMax.isNegative() && queueDelayMax.compareTo(DELAY_MAX) <= 0,
        "queueDelayMax must be 0 to 10 seconds");
    require(
        queueRowsMax >= batchRowsMax && queueRowsMax <= ROWS_MAX,
        "queueRowsMax must be batchRowsMax to 1048576");
    require(queueBytesMax >= 1, "queueBytesMax must be at least 1");
    require(queueCallsMax >= 1 && queueCallsMax <= ROWS_MAX, "queueCallsMax must be 1 to 1048576");
    require(
        callerShareMaxPercent >= 1 && callerShareMaxPercent <= 100,
        "callerShareMaxPercent must be 1 to 100");
    require(
        !latencyObjective.isNegative() && latencyObjective.compareTo(OBJECTIVE_MAX) <= 0,
        "latencyObjective must be 0 to 1 hour");
  }

  private static void requirePreferred(List<Integer> sizes, int batchRowsMax) {
    require(sizes.size() <= PREFERRED_MAX, "preferredBatchRows must be at most 16 sizes");
    int before = 0;
    for (int size : sizes) {
      require(
          size > before && size <= batchRowsMax,
          "preferredBatchRows must ascend within 1 to batchRowsMax");
      before = size;
    }
  }

  private static void require(boolean condition, String message) {
    if (!condition) {
      throw new IllegalArgumentException(message);
    }
  }
}
