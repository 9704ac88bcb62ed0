package dev.gatehouse.serving;

import dev.gatehouse.registry.Canary;
import dev.gatehouse.registry.DeploymentSettings;
import dev.gatehouse.registry.NonFiniteOutputs;
import dev.gatehouse.registry.OversizedCalls;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a publisher wants a version to run; zero and null stand for the gateway's defaults. The parts
 * are those of {@link DeploymentSettings}.
 *
 * @param batching how calls become batches
 * @param queue what may wait
 * @param execution how batches run
 * @param canary which calls it gets while it is not the default
 */
public record DeploymentWish(Batching batching, Queue queue, Execution execution, Canary canary) {

  /** Leaves everything to the gateway's defaults. */
  static final DeploymentWish DEFAULTS =
      new DeploymentWish(
          new Batching(0, null, List.of(), List.of(), null, null),
          new Queue(0, 0, 0, 0),
          new Execution(0, null, null),
          Canary.NONE);

  /** Asks for exactly these settings. */
  static DeploymentWish of(DeploymentSettings settings) {
    DeploymentSettings.Batching batching = settings.batching();
    DeploymentSettings.Queue queue = settings.queue();
    DeploymentSettings.Execution execution = settings.execution();
    return new DeploymentWish(
        new Batching(
            batching.rowsMax(),
            batching.delayMax(),
            batching.preferredRows(),
            batching.allowedRows(),
            batching.oversizedCalls(),
            batching.latencyObjective()),
        new Queue(
            queue.rowsMax(), queue.bytesMax(), queue.callsMax(), queue.callerShareMaxPercent()),
        new Execution(
            execution.instancesPerDevice(), execution.limit(), execution.nonFiniteOutputs()),
        settings.canary());
  }

  /**
   * How calls become batches.
   *
   * @param rowsMax the most rows of a batch
   * @param delayMax how old a call may grow while fuller batches go before it
   * @param preferredRows sizes at which a batch is cut; there is no default
   * @param allowedRows sizes that batches are padded to; there is no default
   * @param oversizedCalls what becomes of a call of more rows
   * @param latencyObjective the latency to find settings for; zero: none
   */
  public record Batching(
      int rowsMax,
      @Nullable Duration delayMax,
      List<Integer> preferredRows,
      List<Integer> allowedRows,
      @Nullable OversizedCalls oversizedCalls,
      @Nullable Duration latencyObjective) {

    /** Copies the lists. */
    public Batching {
      preferredRows = List.copyOf(preferredRows);
      allowedRows = List.copyOf(allowedRows);
    }

    private DeploymentSettings.Batching over(DeploymentSettings.Batching defaults) {
      return new DeploymentSettings.Batching(
          rowsMax == 0 ? defaults.rowsMax() : rowsMax,
          delayMax == null ? defaults.delayMax() : delayMax,
          preferredRows,
          allowedRows,
          oversizedCalls == null ? defaults.oversizedCalls() : oversizedCalls,
          latencyObjective == null ? defaults.latencyObjective() : latencyObjective);
    }
  }

  /**
   * What may wait or run at once.
   *
   * @param rowsMax the most rows
   * @param bytesMax the most bytes
   * @param callsMax the most calls; zero: as many as rows
   * @param callerShareMaxPercent how much of each one caller may hold
   */
  public record Queue(int rowsMax, long bytesMax, int callsMax, int callerShareMaxPercent) {

    private DeploymentSettings.Queue over(DeploymentSettings.Queue defaults, int batchRowsMax) {
      return new DeploymentSettings.Queue(
          rowsMax == 0 ? Math.max(batchRowsMax, defaults.rowsMax()) : rowsMax,
          bytesMax == 0 ? defaults.bytesMax() : bytesMax,
          callsMax,
          callerShareMaxPercent == 0 ? defaults.callerShareMaxPercent() : callerShareMaxPercent);
    }
  }

  /**
   * How batches run.
   *
   * @param instancesPerDevice instances on each device
   * @param limit after which an execution counts as stuck
   * @param nonFiniteOutputs what becomes of outputs that are no numbers
   */
  public record Execution(
      int instancesPerDevice,
      @Nullable Duration limit,
      @Nullable NonFiniteOutputs nonFiniteOutputs) {

    private DeploymentSettings.Execution over(DeploymentSettings.Execution defaults) {
      return new DeploymentSettings.Execution(
          instancesPerDevice == 0 ? defaults.instancesPerDevice() : instancesPerDevice,
          limit == null ? defaults.limit() : limit,
          nonFiniteOutputs == null ? defaults.nonFiniteOutputs() : nonFiniteOutputs);
    }
  }

  /**
   * The settings this comes to.
   *
   * @throws dev.gatehouse.core.RefusedException with {@code ArgumentInvalid} if one is out of
   *     bounds
   */
  DeploymentSettings over(DeploymentSettings defaults) {
    DeploymentSettings.Batching settled = batching.over(defaults.batching());
    return new DeploymentSettings(
        settled,
        queue.over(defaults.queue(), settled.rowsMax()),
        execution.over(defaults.execution()),
        canary);
  }
}
