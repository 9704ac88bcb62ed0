package dev.gatehouse.engine;

import dev.gatehouse.core.Ticker;
import java.time.Duration;

/**
 * How one model is loaded and run.
 *
 * @param instancesPerDevice copies of the model on each device, 1 to 256; each has memory of its
 *     own, so that one execution can never see another's state
 * @param batchRowsMax the most rows of one execution, 1 to 65536
 * @param executionLimit how long one execution may take before its instance counts as stuck
 * @param loadLimit how long loading and warm-up of all instances together may take
 * @param ticker measures executions
 */
public record LoadSettings(
    int instancesPerDevice,
    int batchRowsMax,
    Duration executionLimit,
    Duration loadLimit,
    Ticker ticker) {

  /** The most instances of a model on one device. */
  public static final int INSTANCES_PER_DEVICE_MAX = 256;

  /** The most rows of one execution, whatever is configured. */
  public static final int BATCH_ROWS_LIMIT = 65_536;

  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if one is out of range
   */
  public LoadSettings {
    if (instancesPerDevice < 1 || instancesPerDevice > INSTANCES_PER_DEVICE_MAX) {
      throw new IllegalArgumentException(
          "instances per device are 1 to " + INSTANCES_PER_DEVICE_MAX);
    }
    if (batchRowsMax < 1 || batchRowsMax > BATCH_ROWS_LIMIT) {
      throw new IllegalArgumentException("rows of a batch are 1 to " + BATCH_ROWS_LIMIT);
    }
    if (!executionLimit.isPositive() || !loadLimit.isPositive()) {
      throw new IllegalArgumentException("a limit of time is positive");
    }
  }
}
