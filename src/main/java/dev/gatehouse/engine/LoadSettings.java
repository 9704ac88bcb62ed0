package dev.gatehouse.engine;

import dev.gatehouse.core.Ticker;
import java.time.Duration;
import java.util.List;

/**
 * How one model is loaded and run.
 *
 * @param instancesPerDevice copies of the model on each device, 1 to 256; each has memory of its
 *     own, so that one execution can never see another's state
 * @param batchRowsMax the most rows of one execution, 1 to 65536
 * @param allowedBatchRows the only numbers of rows that an execution has, ascending, at most 32 of
 *     them and the last one {@code batchRowsMax}: a batch in between is filled up to the next. Any
 *     number runs as it comes when this is empty
 * @param finiteOutputsRequired whether calls are told apart whose outputs hold NaN or infinity
 * @param executionLimit how long one execution may take before its instance counts as stuck
 * @param loadLimit how long loading and warm-up of all instances together may take
 * @param ticker measures executions
 */
public record LoadSettings(
    int instancesPerDevice,
    int batchRowsMax,
    List<Integer> allowedBatchRows,
    boolean finiteOutputsRequired,
    Duration executionLimit,
    Duration loadLimit,
    Ticker ticker) {

  /** The most instances of a model on one device. */
  public static final int INSTANCES_PER_DEVICE_MAX = 256;

  /** The most rows of one execution, whatever is configured. */
  public static final int BATCH_ROWS_LIMIT = 65_536;

  /** The most numbers of rows that may be listed as allowed. */
  public static final int ALLOWED_SIZES_MAX = 32;

  /**
   * Copies the list and checks the numbers.
   *
   * @throws IllegalArgumentException if one is out of range, or the list is not as it must be
   */
  public LoadSettings {
    if (instancesPerDevice < 1 || instancesPerDevice > INSTANCES_PER_DEVICE_MAX) {
      throw new IllegalArgumentException(
          "instances per device are 1 to " + INSTANCES_PER_DEVICE_MAX);
    }
    if (batchRowsMax < 1 || batchRowsMax > BATCH_ROWS_LIMIT) {
      throw new IllegalArgumentException("rows of a batch are 1 to " + BATCH_ROWS_LIMIT);
    }
    allowedBatchRows = List.copyOf(allowedBatchRows);
    check(allowedBatchRows, batchRowsMax);
    if (!executionLimit.isPositive() || !loadLimit.isPositive()) {
      throw new IllegalArgumentException("a limit of time is positive");
    }
  }

  private static void check(List<Integer> allowed, int batchRowsMax) {
    if (allowed.size() > ALLOWED_SIZES_MAX) {
      throw new IllegalArgumentException("at most " + ALLOWED_SIZES_MAX + " sizes are allowed");
    }
    int before = 0;
    for (int rows : allowed) {
      if (rows <= before) {
        throw new IllegalArgumentException("allowed sizes are positive and ascend");
      }
      before = rows;
    }
    if (!allowed.isEmpty() && before != batchRowsMax) {
      throw new IllegalArgumentException("the last allowed size is the most rows of a batch");
    }
  }
}
