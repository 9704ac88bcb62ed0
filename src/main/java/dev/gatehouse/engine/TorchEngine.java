package dev.gatehouse.engine;

import ai.djl.Device;
import dev.gatehouse.core.Signature;
import java.util.List;
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
   * LoadSettings#loadLimit()}. Several threads may load at once.
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
    InstanceLoader loader =
        new InstanceLoader(label, devices, signature, graphOptimizer, settings, watchdog);
    LoadedModel model = new LoadedModel(loader, loader.load(artifact, 0, loader.count()), watchdog);
    if (closed.get()) { // meanwhile: close() may not have seen this one
      model.close();
      throw new IllegalStateException("the engine is closed");
    }
    return model;
  }

  /** The tensors that executions have not released; none while nothing runs. */
  public int liveTensors() {
    int tensors = 0;
    for (Watchdog.Watched watched : watchdog.watched()) {
      tensors += watched.liveTensors().getAsInt();
    }
    return tensors;
  }

  /**
   * Closes all models, gives up loading any, and then closes the engine; libtorch itself stays in
   * the process.
   */
  @Override
  public void close() {
    if (closed.getAndSet(true)) {
      return;
    }
    watchdog.watched().forEach(watched -> watched.close().run());
    watchdog.close();
  }
}
