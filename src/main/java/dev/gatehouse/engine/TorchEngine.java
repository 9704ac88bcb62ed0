package dev.gatehouse.engine;

import ai.djl.Device;
import dev.gatehouse.core.Signature;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jboss.logging.Logger;

/** Loads TorchScript models from memory and runs them on the devices of this machine. */
public final class TorchEngine implements AutoCloseable {

  private static final Logger LOG = Logger.getLogger(TorchEngine.class);

  private final List<Device> devices;
  private final boolean graphOptimizer;
  private final Watchdog watchdog = new Watchdog();
  private final AtomicBoolean closed = new AtomicBoolean();

  private TorchEngine(List<Device> devices, boolean graphOptimizer) {
    this.devices = devices;
    this.graphOptimizer = graphOptimizer;
  }

  /**
   * Loads libtorch from the classpath, without any download, and finds the devices.
   *
   * <p>libtorch stays in the process for its life, so a second engine must ask for the same numbers
   * of threads as the first.
   *
   * @throws IllegalStateException if there are no native libraries for this machine, they do not
   *     load, a device that is named cannot be used, or libtorch runs with other thread settings
   * @throws java.io.UncheckedIOException if the cache folder cannot be written
   */
  public static TorchEngine start(EngineSettings settings) {
    LibTorch torch = LibTorch.load(settings);
    TorchEngine engine =
        new TorchEngine(torch.devices(settings.devices()), settings.graphOptimizer());
    LOG.infof("devices: %s", engine.devices());
    return engine;
  }

  /** The devices in use: {@code cpu}, or {@code gpu:0} and so on. */
  public List<String> devices() {
    return devices.stream()
        .map(device -> device.isGpu() ? "gpu:" + device.getDeviceId() : "cpu")
        .toList();
  }

  /**
   * Loads a model onto every device and runs it on zeros, so that one which does not fit its
   * signature fails here and not at its first caller. Blocks for at most {@link
   * LoadSettings#loadLimit()}.
   *
   * <p>Instances are numbered round the devices: with two GPUs, instance 0 is on the first, 1 on
   * the second, 2 on the first again.
   *
   * @param label names the model in logs and threads
   * @param artifact the bytes of the TorchScript archive; not kept
   * @param signature what the model takes and gives
   * @throws ModelLoadException if it is no TorchScript, fails, does not fit the signature, or takes
   *     longer than it may; the message is for the publisher
   * @throws IllegalStateException if the engine is closed
   */
  public LoadedModel load(String label, byte[] artifact, Signature signature, LoadSettings settings)
      throws ModelLoadException {
    if (closed.get()) {
      throw new IllegalStateException("the engine is closed");
    }
    CompletableFuture<LoadedModel> loading = new CompletableFuture<>();
    // A thread of its own, since a model may never return from its first execution.
    Thread.ofPlatform()
        .daemon()
        .name("gatehouse-load-" + label)
        .start(() -> load(loading, label, artifact, signature, settings));
    LoadedModel model = await(loading, settings);
    watchdog.add(model);
    if (closed.get()) { // meanwhile: close() may not have seen this one
      model.close();
      throw new IllegalStateException("the engine is closed");
    }
    return model;
  }

  private static LoadedModel await(CompletableFuture<LoadedModel> loading, LoadSettings settings)
      throws ModelLoadException {
    try {
      return loading.get(settings.loadLimit().toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      return lateOrAbandoned(
          loading,
          "loading and warm-up took longer than " + settings.loadLimit().toMillis() + " ms");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return lateOrAbandoned(loading, "loading was interrupted");
    } catch (ExecutionException e) {
      throw reason(e);
    }
  }

  /** Gives up, unless the result came at the last moment: then nobody else would close it. */
  private static LoadedModel lateOrAbandoned(CompletableFuture<LoadedModel> loading, String reason)
      throws ModelLoadException {
    loading.completeExceptionally(new ModelLoadException(reason));
    try {
      return loading.get();
    } catch (ExecutionException e) {
      throw reason(e);
    } catch (InterruptedException e) {
      throw new AssertionError("a future that is complete does not wait", e);
    }
  }

  private static ModelLoadException reason(ExecutionException failure) {
    if (failure.getCause() instanceof ModelLoadException expected) {
      return expected;
    }
    LOG.error("loading a model failed unexpectedly", failure.getCause());
    return new ModelLoadException("loading failed unexpectedly", failure);
  }

  private void load(
      CompletableFuture<LoadedModel> loading,
      String label,
      byte[] artifact,
      Signature signature,
      LoadSettings settings) {
    List<Instance> instances = new ArrayList<>();
    boolean kept = false;
    try {
      int count = devices.size() * settings.instancesPerDevice();
      for (int i = 0; i < count && !loading.isDone(); i++) {
        Device device = devices.get(i % devices.size());
        Instance instance = new Instance(i, device, artifact, signature, graphOptimizer, settings);
        instances.add(instance);
        WarmUp.run(instance, signature, settings.batchRowsMax());
      }
      kept = loading.complete(new LoadedModel(label, instances, watchdog::remove));
    } catch (Throwable e) { // an Error too must reach the caller, who waits
      loading.completeExceptionally(e);
    } finally {
      if (!kept) {
        new LoadedModel(label, instances, model -> {}).close();
      }
    }
  }

  /** Closes all models, and then the engine; libtorch itself stays in the process. */
  @Override
  public void close() {
    if (closed.getAndSet(true)) {
      return;
    }
    watchdog.models().forEach(LoadedModel::close);
    watchdog.close();
  }
}
