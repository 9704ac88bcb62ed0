package dev.gatehouse.registry;

import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.Refusal.Violation;
import dev.gatehouse.core.RefusedException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/**
 * How a version is meant to run. Durations are kept in whole microseconds; what is finer is cut
 * off.
 *
 * @param batchRowsMax the most rows of one batch, 1 to {@link #BATCH_ROWS_LIMIT}
 * @param queueDelayMax how long rows wait for others, 0 to {@link #QUEUE_DELAY_LIMIT}
 * @param instancesPerDevice how many predictors each device gets, 1 to {@link #INSTANCES_LIMIT}
 * @param executionLimit after which an instance counts as stuck, {@link #EXECUTION_LEAST} to {@link
 *     #EXECUTION_LIMIT}
 * @param queueRowsMax the most rows that wait, {@code batchRowsMax} to {@link #QUEUE_ROWS_LIMIT}
 * @param queueBytesMax the most bytes that wait, 1 to {@link #QUEUE_BYTES_LIMIT}
 */
public record DeploymentSettings(
    int batchRowsMax,
    Duration queueDelayMax,
    int instancesPerDevice,
    Duration executionLimit,
    int queueRowsMax,
    long queueBytesMax) {

  /** The most rows that a batch may be allowed. */
  public static final int BATCH_ROWS_LIMIT = 65_536;

  /** The longest that rows may be made to wait for others. */
  public static final Duration QUEUE_DELAY_LIMIT = Duration.ofSeconds(10);

  /** The most predictors that a device may be given. */
  public static final int INSTANCES_LIMIT = 64;

  /** The shortest execution limit. */
  public static final Duration EXECUTION_LEAST = Duration.ofMillis(10);

  /** The longest execution limit. */
  public static final Duration EXECUTION_LIMIT = Duration.ofHours(1);

  /** The most rows that a queue may be allowed. */
  public static final int QUEUE_ROWS_LIMIT = 1 << 20;

  /** The most bytes that a queue may be allowed: 64 GiB. */
  public static final long QUEUE_BYTES_LIMIT = 1L << 36;

  /**
   * Checks the bounds.
   *
   * @throws RefusedException {@code ArgumentInvalid} that names every value out of its range, under
   *     the names {@code deployment.max_batch_rows} and so on
   */
  public DeploymentSettings {
    queueDelayMax = queueDelayMax.truncatedTo(ChronoUnit.MICROS);
    executionLimit = executionLimit.truncatedTo(ChronoUnit.MICROS);
    List<Violation> violations = new ArrayList<>();
    check(violations, "deployment.max_batch_rows", batchRowsMax, 1, BATCH_ROWS_LIMIT);
    check(
        violations, "deployment.max_queue_delay", queueDelayMax, Duration.ZERO, QUEUE_DELAY_LIMIT);
    check(violations, "deployment.instances_per_device", instancesPerDevice, 1, INSTANCES_LIMIT);
    check(
        violations, "deployment.execution_limit", executionLimit, EXECUTION_LEAST, EXECUTION_LIMIT);
    check(violations, "deployment.max_queue_rows", queueRowsMax, 1, QUEUE_ROWS_LIMIT);
    check(violations, "deployment.max_queue_bytes", queueBytesMax, 1, QUEUE_BYTES_LIMIT);
    if (violations.isEmpty() && queueRowsMax < batchRowsMax) {
      violations.add(
          new Violation("deployment.max_queue_rows", "is below deployment.max_batch_rows"));
    }
    if (!violations.isEmpty()) {
      throw new RefusedException(new Refusal.ArgumentInvalid(violations));
    }
  }

  private static void check(
      List<Violation> violations, String field, long value, long least, long most) {
    if (value < least || value > most) {
      violations.add(new Violation(field, "is not " + least + " to " + most));
    }
  }

  private static void check(
      List<Violation> violations, String field, Duration value, Duration least, Duration most) {
    if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
      violations.add(
          new Violation(field, "is not " + least.toMillis() + " ms to " + most.toMillis() + " ms"));
    }
  }
}
