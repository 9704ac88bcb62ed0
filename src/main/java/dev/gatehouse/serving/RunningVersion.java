package dev.gatehouse.serving;

import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Shape;
import dev.gatehouse.core.Signature;
import dev.gatehouse.core.Tensor;
import dev.gatehouse.core.Ticker;
import dev.gatehouse.core.VersionId;
import dev.gatehouse.engine.BatchOutcome;
import dev.gatehouse.engine.DeviceMemoryException;
import dev.gatehouse.engine.ExecutionFailedException;
import dev.gatehouse.engine.InstanceStuckException;
import dev.gatehouse.engine.LoadedModel;
import dev.gatehouse.metrics.Drop;
import dev.gatehouse.metrics.GatewayMetrics;
import dev.gatehouse.metrics.ModelMeters;
import dev.gatehouse.metrics.Phase;
import dev.gatehouse.registry.DeploymentSettings;
import dev.gatehouse.registry.HeldVersion;
import dev.gatehouse.registry.ModelVersion;
import dev.gatehouse.registry.OversizedCalls;
import dev.gatehouse.scheduling.BatchListener;
import dev.gatehouse.scheduling.Batcher;
import dev.gatehouse.scheduling.BatcherSettings;
import dev.gatehouse.scheduling.DeviceMemoryExhaustedException;
import dev.gatehouse.scheduling.DropReason;
import dev.gatehouse.scheduling.InstanceLostException;
import dev.gatehouse.scheduling.Reservation;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jboss.logging.Logger;

/**
 * A deployed version: a loaded model behind a batcher of its own, and its meters.
 *
 * <p>An instance that the engine gives up is abandoned by the batcher, until it is {@link #replace
 * replaced}; while none is left the version is not ready.
 */
final class RunningVersion implements RoutedVersion {

  private static final Logger LOG = Logger.getLogger(RunningVersion.class);
  private static final Object FIXED_KEY = "fixed";

  private final ModelVersion registered;
  private final byte[] artifact;
  private final Signature signature;
  private final int callRowsMax;
  private final boolean fixed;
  private final LoadedModel loaded;
  private final Batcher<List<Tensor>, Outputs> batcher;
  private final ModelMeters meters;
  private final VersionStatistics statistics;
  private final AtomicInteger replacements = new AtomicInteger();

  /** Hears of instances that are stuck; on a thread of the engine, so it returns at once. */
  @FunctionalInterface
  interface StuckListener {
    void stuck(RunningVersion version, int instance);
  }

  private RunningVersion(
      ModelVersion registered,
      DeploymentSettings settings,
      LoadedModel loaded,
      GatewayMetrics metrics,
      InstantSource clock,
      Ticker ticker) {
    this.statistics = new VersionStatistics(clock);
    this.registered = registered;
    this.artifact = registered.digest().bytes();
    this.signature = registered.signature();
    this.callRowsMax = settings.callRowsMax();
    this.fixed = signature.inputs().stream().noneMatch(spec -> spec.shape().trailing().variable());
    this.loaded = loaded;
    boolean split = settings.batching().oversizedCalls() == OversizedCalls.SPLIT;
    this.batcher =
        Batcher.start(
            registered.model() + "/" + registered.id(),
            batcherSettings(settings, loaded.instances()),
            this::run,
            split ? new RowParts() : null,
            new Events(),
            ticker);
    try {
      this.meters = metrics.model(registered.model(), registered.id(), new QueueView(batcher));
    } catch (RuntimeException | Error e) {
      batcher.close();
      throw e;
    }
  }

  private static BatcherSettings batcherSettings(DeploymentSettings settings, int instances) {
    DeploymentSettings.Batching batching = settings.batching();
    DeploymentSettings.Queue queue = settings.queue();
    return new BatcherSettings(
        instances,
        batching.rowsMax(),
        batching.preferredRows(),
        batching.delayMax(),
        queue.rowsMax(),
        queue.bytesMax(),
        queue.callsMax(),
        queue.callerShareMaxPercent(),
        batching.latencyObjective());
  }

  /** Puts a batcher in front of {@code loaded}. */
  static RunningVersion start(
      ModelVersion registered,
      DeploymentSettings settings,
      LoadedModel loaded,
      GatewayMetrics metrics,
      InstantSource clock,
      Ticker ticker,
      StuckListener onStuck) {
    RunningVersion version =
        new RunningVersion(registered, settings, loaded, metrics, clock, ticker);
    loaded.onStuck(
        instance -> {
          version.batcher.abandon(instance);
          onStuck.stuck(version, instance);
        });
    return version;
  }

  /** A replacement of an instance is under way. */
  void replacementBegins() {
    replacements.incrementAndGet();
  }

  /** A replacement has ended, one way or the other; whether it was the last under way. */
  boolean replacementEnded() {
    return replacements.decrementAndGet() == 0;
  }

  /**
   * Puts a fresh instance in the place of a stuck one; may take as long as loading the model.
   *
   * @param artifact the model's file
   * @return whether it runs
   */
  boolean replace(int instance, byte[] artifact) {
    return loaded.replace(instance, artifact) && batcher.replace(instance);
  }

  /**
   * The model's code failed on a batch. Says no more: what model code raises may quote its input,
   * and this goes to the log.
   */
  private static final class ModelCodeFailedException extends Exception {
    private static final long serialVersionUID = 1L;

    ModelCodeFailedException() {
      super(
          "the model's code failed; its words are withheld, they may quote the input",
          null,
          false,
          false);
    }
  }

  private List<Outputs> run(int instance, List<List<Tensor>> calls) throws Exception {
    BatchOutcome outcome;
    try {
      outcome = loaded.run(instance, calls);
    } catch (ExecutionFailedException e) {
      throw new ModelCodeFailedException();
    } catch (DeviceMemoryException e) {
      throw new DeviceMemoryExhaustedException();
    } catch (InstanceStuckException e) {
      // It returned late: nobody knows whose input held it, so nobody is blamed.
      throw new InstanceLostException();
    } catch (RuntimeException e) {
      // Nobody's input is to blame, as far as can be told; halves of the batch may still run.
      throw new AssertionError("the engine failed unexpectedly", e);
    }
    meters.phaseEnded(Phase.ASSEMBLE, outcome.assembleNanos());
    meters.phaseEnded(Phase.COMPUTE, outcome.computeNanos());
    meters.phaseEnded(Phase.SCATTER, outcome.scatterNanos());
    if (outcome.paddedRows() > 0) {
      meters.rowsPadded(outcome.paddedRows());
    }
    statistics.ran(
        calls.size(),
        rows(calls),
        outcome.assembleNanos(),
        outcome.computeNanos(),
        outcome.scatterNanos());
    return outputs(outcome);
  }

  private static int rows(List<List<Tensor>> calls) {
    long rows = 0;
    for (int i = 0; i < calls.size(); i++) {
      rows += calls.get(i).getFirst().rows();
    }
    return (int) rows;
  }

  private static List<Outputs> outputs(BatchOutcome outcome) {
    List<List<Tensor>> tensors = outcome.outputs();
    List<Outputs> outputs = new ArrayList<>(tensors.size());
    for (int i = 0; i < tensors.size(); i++) {
      outputs.add(new Outputs(tensors.get(i), outcome.nonFinite().get(i)));
    }
    return outputs;
  }

  /** Counts what the batcher does. */
  private final class Events implements BatchListener {

    @Override
    public void batchRan(int calls, int rows, long runNanos, boolean failed) {
      meters.batchExecuted(rows);
      if (failed) {
        LOG.debugf("%s: a batch of %d calls failed", registered.model(), calls);
      }
    }

    @Override
    public void callDropped(DropReason reason) {
      meters.callDropped(
          switch (reason) {
            case CANCELLED -> Drop.CANCELLED;
            case EXPIRED -> Drop.EXPIRED;
            case CERTAIN_TO_EXPIRE -> Drop.CERTAIN_TO_EXPIRE;
          });
    }

    @Override
    public void callsRetried(int calls) {
      meters.callsRetried(calls);
    }

    @Override
    public void callerPenalised() {
      meters.callerPenalised();
    }

    @Override
    public void memoryExhausted(int rows) {
      meters.memoryExhausted();
      LOG.warnf("%s/%s: no memory for a batch of %d rows", model(), version(), rows);
    }

    @Override
    public void limitsChosen(int batchRows, int inFlightRows) {
      LOG.debugf(
          "%s/%s: batches of %d rows, %d rows in flight",
          model(), version(), batchRows, inFlightRows);
    }
  }

  ModelName model() {
    return registered.model();
  }

  @Override
  public VersionId version() {
    return registered.id();
  }

  /** The version as it was registered when it was loaded. */
  ModelVersion registered() {
    return registered;
  }

  /** The SHA-256 of its file, 32 bytes; not to be changed. */
  byte[] artifact() {
    return artifact;
  }

  /** What a replica that runs this says it holds. */
  HeldVersion held() {
    return new HeldVersion(registered.model(), registered.id(), registered.attempt());
  }

  Signature signature() {
    return signature;
  }

  /** The most rows of one call. */
  int callRowsMax() {
    return callRowsMax;
  }

  Batcher<List<Tensor>, Outputs> batcher() {
    return batcher;
  }

  ModelMeters meters() {
    return meters;
  }

  VersionStatistics statistics() {
    return statistics;
  }

  /** How it runs, for those who may read about the model. */
  ModelConfiguration configuration() {
    DeploymentSettings settings = registered.deployment();
    DeploymentSettings.Batching batching = settings == null ? null : settings.batching();
    List<String> devices = new ArrayList<>();
    for (int instance = 0; instance < loaded.instances(); instance++) {
      devices.add(loaded.device(instance));
    }
    return new ModelConfiguration(
        model(),
        signature,
        batching == null ? callRowsMax : batching.rowsMax(),
        batching == null ? List.of() : batching.preferredRows(),
        batching == null ? Duration.ZERO : batching.delayMax(),
        devices);
  }

  /** Whether an instance is left that can run; none is once it is closed. */
  @Override
  public boolean ready() {
    return batcher.usableInstances() > 0 && loaded.usableInstances() > 0;
  }

  /** What calls must have in common to share a batch: the trailing shapes, where they are open. */
  Object batchKey(List<Tensor> inputs) {
    if (fixed) {
      return FIXED_KEY;
    }
    List<Shape> shapes = new ArrayList<>(inputs.size());
    for (Tensor input : inputs) {
      shapes.add(input.shape().trailing());
    }
    return shapes;
  }

  /**
   * What a row of these inputs costs in comparison with others of this version: 1 where all are of
   * one shape, else the elements of a row.
   */
  int rowCost(List<Tensor> inputs) {
    if (fixed) {
      return 1;
    }
    long elements = 0;
    for (Tensor input : inputs) {
      elements += input.shape().elements() / input.rows();
    }
    return (int) Math.clamp(elements, 1, Reservation.ROW_COST_MAX);
  }

  /** Lets what waits and runs finish, for at most {@code limit}, then closes everything. */
  void stop(Duration limit) {
    try {
      boolean drained = batcher.drain(limit);
      if (!drained) {
        LOG.warnf("%s/%s: calls were still running after %s", model(), version(), limit);
      }
      batcher.close();
    } catch (InterruptedException e) {
      batcher.close();
      Thread.currentThread().interrupt();
    }
    try {
      loaded.close();
    } finally {
      meters.close();
    }
  }
}
