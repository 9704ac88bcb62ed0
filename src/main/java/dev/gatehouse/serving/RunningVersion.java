package dev.gatehouse.serving;

import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import dev.gatehouse.core.Shape;
import dev.gatehouse.core.Signature;
import dev.gatehouse.core.Tensor;
import dev.gatehouse.core.Ticker;
import dev.gatehouse.core.VersionId;
import dev.gatehouse.engine.BatchOutcome;
import dev.gatehouse.engine.ExecutionFailedException;
import dev.gatehouse.engine.InstanceStuckException;
import dev.gatehouse.engine.LoadedModel;
import dev.gatehouse.metrics.GatewayMetrics;
import dev.gatehouse.metrics.ModelMeters;
import dev.gatehouse.metrics.Phase;
import dev.gatehouse.registry.DeploymentSettings;
import dev.gatehouse.registry.ModelVersion;
import dev.gatehouse.scheduling.Batcher;
import dev.gatehouse.scheduling.BatcherSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/**
 * A deployed version: a loaded model behind a batcher of its own, and its meters.
 *
 * <p>An instance that the engine gives up is abandoned by the batcher; with none left the version
 * is not ready any more.
 */
final class RunningVersion {

  private static final Logger LOG = Logger.getLogger(RunningVersion.class);
  private static final Object FIXED_KEY = "fixed";
  private static final Duration RETRY_AFTER = Duration.ofSeconds(5);

  private final ModelVersion registered;
  private final Signature signature;
  private final int batchRowsMax;
  private final boolean fixed;
  private final LoadedModel loaded;
  private final Batcher<List<Tensor>, List<Tensor>> batcher;
  private final ModelMeters meters;

  private RunningVersion(
      ModelVersion registered,
      DeploymentSettings settings,
      LoadedModel loaded,
      GatewayMetrics metrics,
      Ticker ticker) {
    this.registered = registered;
    this.signature = registered.signature();
    this.batchRowsMax = settings.batchRowsMax();
    this.fixed = signature.inputs().stream().noneMatch(spec -> spec.shape().trailing().variable());
    this.loaded = loaded;
    this.batcher =
        Batcher.start(
            registered.model() + "/" + registered.id(),
            new BatcherSettings(
                loaded.instances(),
                settings.batchRowsMax(),
                settings.queueDelayMax(),
                settings.queueRowsMax(),
                settings.queueBytesMax()),
            this::run,
            this::batchRan,
            ticker);
    try {
      this.meters = metrics.model(registered.model(), registered.id(), batcher::pendingRows);
    } catch (RuntimeException | Error e) {
      batcher.close();
      throw e;
    }
  }

  /**
   * Puts a batcher in front of {@code loaded}.
   *
   * @param onDead is told once no instance is left; on a thread of the engine, so it returns at
   *     once
   */
  static RunningVersion start(
      ModelVersion registered,
      DeploymentSettings settings,
      LoadedModel loaded,
      GatewayMetrics metrics,
      Ticker ticker,
      Consumer<RunningVersion> onDead) {
    RunningVersion version = new RunningVersion(registered, settings, loaded, metrics, ticker);
    loaded.onStuck(
        instance -> {
          version.batcher.abandon(instance);
          if (!version.ready()) {
            onDead.accept(version);
          }
        });
    return version;
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

  private List<List<Tensor>> run(int instance, List<List<Tensor>> calls) throws Exception {
    BatchOutcome outcome;
    try {
      outcome = loaded.run(instance, calls);
    } catch (ExecutionFailedException e) {
      throw new ModelCodeFailedException();
    } catch (InstanceStuckException e) {
      // It returned late: nobody knows whose input held it, so nobody is blamed.
      batcher.abandon(instance);
      throw new RefusedException(new Refusal.ModelNotReady(RETRY_AFTER));
    } catch (RuntimeException e) {
      String reference = UUID.randomUUID().toString();
      LOG.errorf(e, "%s/%s: unexpected fault, reference %s", model(), version(), reference);
      throw new RefusedException(new Refusal.Internal(reference));
    }
    meters.phaseEnded(Phase.ASSEMBLE, outcome.assembleNanos());
    meters.phaseEnded(Phase.COMPUTE, outcome.computeNanos());
    meters.phaseEnded(Phase.SCATTER, outcome.scatterNanos());
    return outcome.outputs();
  }

  private void batchRan(int calls, int rows, long runNanos, boolean failed) {
    meters.batchExecuted(rows);
    if (failed) {
      LOG.debugf("%s: a batch of %d calls failed", registered.model(), calls);
    }
  }

  ModelName model() {
    return registered.model();
  }

  VersionId version() {
    return registered.id();
  }

  /** The version as it was registered when it was loaded. */
  ModelVersion registered() {
    return registered;
  }

  Signature signature() {
    return signature;
  }

  int batchRowsMax() {
    return batchRowsMax;
  }

  Batcher<List<Tensor>, List<Tensor>> batcher() {
    return batcher;
  }

  ModelMeters meters() {
    return meters;
  }

  /** Whether an instance is left that can run. */
  boolean ready() {
    return loaded.usableInstances() > 0;
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
