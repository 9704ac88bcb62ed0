package dev.gatehouse.engine;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.ndarray.types.SparseFormat;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.JniUtils;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The libtorch of this process: loaded once, from files that came with the classpath.
 *
 * <p>A native library cannot be unloaded and its threads are counted once, so this is the one thing
 * in the room that belongs to the process and not to an object.
 */
final class LibTorch {

  private static final Logger LOG = Logger.getLogger(LibTorch.class);

  private static final String ENGINE = "PyTorch";

  /** DJL prefers these to what we set, and would load or download other code because of them. */
  private static final List<String> FORBIDDEN_VARIABLES =
      List.of(
          "PYTORCH_LIBRARY_PATH",
          "PYTORCH_VERSION",
          "PYTORCH_FLAVOR",
          "PYTORCH_EXTRA_LIBRARY_PATH",
          "PYTORCH_LIBRARY_EXCLUSION",
          "DJL_OFFLINE");

  /** Guarded by the class. */
  private static @Nullable LibTorch loaded;

  private final NativeLibraries libraries;
  private final int intraOpThreads;
  private final int interOpThreads;

  private LibTorch(NativeLibraries libraries, EngineSettings settings) {
    this.libraries = libraries;
    this.intraOpThreads = settings.intraOpThreads();
    this.interOpThreads = settings.interOpThreads();
  }

  /**
   * Loads libtorch, or returns the one that is loaded.
   *
   * @throws IllegalStateException if it cannot be loaded, or was loaded with other settings
   */
  static synchronized LibTorch load(EngineSettings settings) {
    LibTorch present = loaded;
    if (present == null) {
      present = first(settings);
      loaded = present;
    } else if (present.intraOpThreads != settings.intraOpThreads()
        || present.interOpThreads != settings.interOpThreads()) {
      throw new IllegalStateException("libtorch runs in this process with other thread settings");
    }
    return present;
  }

  private static LibTorch first(EngineSettings settings) {
    for (String variable : FORBIDDEN_VARIABLES) {
      if (System.getenv(variable) != null) {
        throw new IllegalStateException(
            "the environment variable " + variable + " would change which libraries are loaded");
      }
    }
    if (ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN) {
      throw new IllegalStateException("tensors are little-endian; this machine is not");
    }
    NativeLibraries libraries = NativeLibraries.onClasspath(LibTorch.class.getClassLoader());
    Path folder = libraries.extractInto(settings.nativeCache());
    configure(libraries, folder, settings);
    start();
    LOG.infof("libtorch %s (%s) is loaded", libraries.version(), libraries.flavor());
    return new LibTorch(libraries, settings);
  }

  private static void configure(NativeLibraries libraries, Path folder, EngineSettings settings) {
    System.setProperty("PYTORCH_LIBRARY_PATH", folder.toString());
    System.setProperty("PYTORCH_VERSION", libraries.version());
    System.setProperty("PYTORCH_FLAVOR", libraries.flavor());
    System.setProperty("ai.djl.offline", "true");
    System.setProperty("OPT_OUT_TRACKING", "true");
    System.setProperty("ai.djl.pytorch.num_threads", "" + settings.intraOpThreads());
    System.setProperty("ai.djl.pytorch.num_interop_threads", "" + settings.interOpThreads());
    System.setProperty("ai.djl.pytorch.graph_optimizer", "" + settings.graphOptimizer());
    System.setProperty("ai.djl.pytorch.use_mkldnn", "false");
    // DJL would run the model on a stream of its own without waiting for it before it copies the
    // result.
    System.setProperty("ai.djl.pytorch.enable_cuda_stream", "false");
  }

  private static void start() {
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    thread.setContextClassLoader(LibTorch.class.getClassLoader());
    try {
      Engine.getEngine(ENGINE);
    } catch (EngineException | LinkageError e) {
      throw new IllegalStateException("the native libraries of PyTorch do not load", e);
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  /** An owner of native memory on {@code device}; whoever asked closes it. */
  static PtNDManager manager(Device device) {
    return (PtNDManager) Engine.getEngine(ENGINE).newBaseManager(device);
  }

  /**
   * The devices that a choice means on this machine, at least one.
   *
   * @throws IllegalStateException if a GPU that is named cannot be used
   */
  List<Device> devices(DeviceChoice choice) {
    return switch (choice) {
      case DeviceChoice.Cpu cpu -> List.of(Device.cpu());
      case DeviceChoice.Auto auto -> {
        List<Device> gpus = gpus();
        yield gpus.isEmpty() ? List.of(Device.cpu()) : gpus;
      }
      case DeviceChoice.Gpus named -> named.ordinals().stream().map(this::gpu).toList();
    };
  }

  private Device gpu(int ordinal) {
    Device device = Device.gpu(ordinal);
    if (!cuda() || !answers(device)) {
      throw new IllegalStateException(
          String.format(
              Locale.ROOT,
              "gpu:%d cannot be used (native libraries: %s, CUDA: %s)",
              ordinal,
              libraries.flavor(),
              cuda() ? "seen" : "not seen"));
    }
    return device;
  }

  private List<Device> gpus() {
    List<Device> gpus = new ArrayList<>();
    while (cuda() && gpus.size() < DeviceChoice.GPUS_MAX && answers(Device.gpu(gpus.size()))) {
      gpus.add(Device.gpu(gpus.size()));
    }
    return gpus;
  }

  private boolean cuda() {
    return libraries.flavor().startsWith("cu") && JniUtils.getFeatures().contains("CUDA");
  }

  /** Asks the device itself: DJL's own count needs a CUDA runtime where the system looks for it. */
  private static boolean answers(Device device) {
    try (PtNDManager probe = manager(Device.cpu())) {
      JniUtils.createZerosNdArray(
          probe, new Shape(1), DataType.FLOAT32, device, SparseFormat.DENSE);
      return true;
    } catch (EngineException e) {
      LOG.debugf(e, "%s does not answer", device);
      return false;
    }
  }
}
