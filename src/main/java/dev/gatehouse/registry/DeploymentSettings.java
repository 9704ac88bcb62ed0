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
 * off. The parts are checked by this record, together.
 *
 * @param batching how calls become batches
 * @param queue what may wait
 * @param execution how batches run
 * @param canary which calls it gets while it is not the default
 */
public record DeploymentSettings(
    Batching batching, Queue queue, Execution execution, Canary canary) {

  /** The name of the canary in a request to deploy. */
  static final String CANARY = "deployment.canary";

  /** The most rows that a batch may be allowed. */
  public static final int BATCH_ROWS_LIMIT = 65_536;

  /** The most preferred batch sizes. */
  public static final int PREFERRED_SIZES_MAX = 16;

  /** The most batch sizes to pad to. */
  public static final int ALLOWED_SIZES_MAX = 32;

  /** The longest that rows may be made to wait for others. */
  public static final Duration QUEUE_DELAY_LIMIT = Duration.ofSeconds(10);

  /** The longest latency that can be an objective. */
  public static final Duration LATENCY_OBJECTIVE_LIMIT = Duration.ofHours(1);

  /** The most predictors that a device may be given. */
  public static final int INSTANCES_LIMIT = 64;

  /** The shortest execution limit. */
  public static final Duration EXECUTION_LEAST = Duration.ofMillis(10);

  /** The longest execution limit. */
  public static final Duration EXECUTION_LIMIT = Duration.ofHours(1);

  /** The most rows, and the most calls, that a queue may be allowed. */
  public static final int QUEUE_ROWS_LIMIT = 1 << 20;

  /** The most bytes that a queue may be allowed: 64 GiB. */
  public static final long QUEUE_BYTES_LIMIT = 1L << 36;

  /** How much of a queue one caller may hold, unless a deployment says otherwise. */
  public static final int CALLER_SHARE_PERCENT = 50;

  /**
   * How calls become batches.
   *
   * @param rowsMax the most rows of one batch, 1 to {@link #BATCH_ROWS_LIMIT}
   * @param delayMax how old a call may grow while fuller batches go before it, 0 to {@link
   *     #QUEUE_DELAY_LIMIT}
   * @param preferredRows sizes at which a batch is cut where more rows wait: growing, 1 to {@code
   *     rowsMax}, at most {@link #PREFERRED_SIZES_MAX} of them
   * @param allowedRows sizes that batches are padded to: growing, the last {@code rowsMax}, at most
   *     {@link #ALLOWED_SIZES_MAX} of them; none: no padding
   * @param oversizedCalls what becomes of a call of more than {@code rowsMax} rows
   * @param latencyObjective the latency to find batch and in-flight settings for, up to {@link
   *     #LATENCY_OBJECTIVE_LIMIT}; zero: none
   */
  public record Batching(
      int rowsMax,
      Duration delayMax,
      List<Integer> preferredRows,
      List<Integer> allowedRows,
      OversizedCalls oversizedCalls,
      Duration latencyObjective) {

    /** Copies the lists and cuts the durations. */
    public Batching {
      delayMax = delayMax.truncatedTo(ChronoUnit.MICROS);
      preferredRows = List.copyOf(preferredRows);
      allowedRows = List.copyOf(allowedRows);
      latencyObjective = latencyObjective.truncatedTo(ChronoUnit.MICROS);
    }

    /** With no preferred sizes, no padding, oversized calls split, and no objective. */
    public static Batching of(int rowsMax, Duration delayMax) {
      return new Batching(
          rowsMax, delayMax, List.of(), List.of(), OversizedCalls.SPLIT, Duration.ZERO);
    }

    private void check(Bounds bounds) {
      bounds.check("deployment.max_batch_rows", rowsMax, 1, BATCH_ROWS_LIMIT);
      bounds.check("deployment.max_queue_delay", delayMax, Duration.ZERO, QUEUE_DELAY_LIMIT);
      bounds.checkSizes(
          "deployment.preferred_batch_rows", preferredRows, PREFERRED_SIZES_MAX, rowsMax);
      bounds.checkSizes("deployment.allowed_batch_rows", allowedRows, ALLOWED_SIZES_MAX, rowsMax);
      if (!allowedRows.isEmpty() && allowedRows.getLast() != rowsMax) {
        bounds
            .violations()
            .add(
                new Violation(
                    "deployment.allowed_batch_rows", "must end with deployment.max_batch_rows"));
      }
      bounds.check(
          "deployment.latency_objective", latencyObjective, Duration.ZERO, LATENCY_OBJECTIVE_LIMIT);
    }
  }

  /**
   * What may wait or run at once.
   *
   * @param rowsMax the most rows, the batch's {@code rowsMax} to {@link #QUEUE_ROWS_LIMIT}
   * @param bytesMax the most bytes, 1 to {@link #QUEUE_BYTES_LIMIT}
   * @param callsMax the most calls, 1 to {@link #QUEUE_ROWS_LIMIT}; 0 becomes {@code rowsMax}
   * @param callerShareMaxPercent how much of each one caller may hold, 1 to 100
   */
  public record Queue(int rowsMax, long bytesMax, int callsMax, int callerShareMaxPercent) {

    /** Fills in the number of calls. */
    public Queue {
      callsMax = callsMax == 0 ? rowsMax : callsMax;
    }

    /** With as many calls as rows, and the usual share of a caller. */
    public static Queue of(int rowsMax, long bytesMax) {
      return new Queue(rowsMax, bytesMax, 0, CALLER_SHARE_PERCENT);
    }

    private void check(Bounds bounds) {
      bounds.check("deployment.max_queue_rows", rowsMax, 1, QUEUE_ROWS_LIMIT);
      bounds.check("deployment.max_queue_bytes", bytesMax, 1, QUEUE_BYTES_LIMIT);
      if (callsMax != rowsMax) {
        bounds.check("deployment.max_queue_calls", callsMax, 1, QUEUE_ROWS_LIMIT);
      }
      bounds.check("deployment.max_caller_queue_percent", callerShareMaxPercent, 1, 100);
    }
  }

  /**
   * How batches run.
   *
   * @param instancesPerDevice how many predictors each device gets, 1 to {@link #INSTANCES_LIMIT}
   * @param limit after which an instance counts as stuck, {@link #EXECUTION_LEAST} to {@link
   *     #EXECUTION_LIMIT}
   * @param nonFiniteOutputs what becomes of outputs that are no numbers
   */
  public record Execution(
      int instancesPerDevice, Duration limit, NonFiniteOutputs nonFiniteOutputs) {

    /** Cuts the duration. */
    public Execution {
      limit = limit.truncatedTo(ChronoUnit.MICROS);
    }

    /** With outputs passed on whatever they are. */
    public static Execution of(int instancesPerDevice, Duration limit) {
      return new Execution(instancesPerDevice, limit, NonFiniteOutputs.PASS);
    }

    private void check(Bounds bounds) {
      bounds.check("deployment.instances_per_device", instancesPerDevice, 1, INSTANCES_LIMIT);
      bounds.check("deployment.execution_limit", limit, EXECUTION_LEAST, EXECUTION_LIMIT);
    }
  }

  /**
   * Checks the bounds.
   *
   * @throws RefusedException {@code ArgumentInvalid} that names every value out of its range, under
   *     the names {@code deployment.max_batch_rows} and so on
   */
  public DeploymentSettings {
    List<Violation> violations = new ArrayList<>();
    Bounds bounds = new Bounds(violations);
    batching.check(bounds);
    execution.check(bounds);
    queue.check(bounds);
    canary.check(CANARY, bounds);
    if (violations.isEmpty() && queue.rowsMax() < batching.rowsMax()) {
      violations.add(
          new Violation("deployment.max_queue_rows", "is below deployment.max_batch_rows"));
    }
    if (!violations.isEmpty()) {
      throw new RefusedException(new Refusal.ArgumentInvalid(violations));
    }
  }

  /**
   * The most rows of one call: those of a batch, or, where larger calls are split, those which one
   * caller may hold of the queue.
   */
  public int callRowsMax() {
    return switch (batching.oversizedCalls()) {
      case REFUSE -> batching.rowsMax();
      case SPLIT ->
          Math.max(
              batching.rowsMax(),
              (int) ((long) queue.rowsMax() * queue.callerShareMaxPercent() / 100));
    };
  }
}
