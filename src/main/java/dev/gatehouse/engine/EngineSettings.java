package dev.gatehouse.engine;

import java.nio.file.Path;

/**
 * How libtorch is started in this process.
 *
 * <p>Threads matter more than anything else on a CPU. Each thread that executes a model brings its
 * own team of intra-op threads, which spin while they wait: prefer one intra-op thread and several
 * instances. The engine sets libtorch's own counts; {@code OMP_NUM_THREADS} and {@code
 * MKL_NUM_THREADS} are read by OpenMP and MKL before any Java code runs, so that they can only be
 * set from outside, and should be set to the same number.
 *
 * @param devices which devices to use
 * @param intraOpThreads threads one operation may use on the CPU, 1 to 1024
 * @param interOpThreads threads on which a model may fork work of its own, 1 to 1024
 * @param graphOptimizer whether TorchScript is specialised to the shapes that it meets. Faster once
 *     it is warm, but the first executions of each new batch size may take seconds on a GPU
 * @param nativeCache the folder into which the native libraries are extracted; created when it is
 *     missing, and refused when everybody may write to it, since code is loaded from it
 */
public record EngineSettings(
    DeviceChoice devices,
    int intraOpThreads,
    int interOpThreads,
    boolean graphOptimizer,
    Path nativeCache) {

  /** The most threads of either kind. */
  public static final int THREADS_MAX = 1024;

  /**
   * Checks the numbers of threads.
   *
   * @throws IllegalArgumentException if one is out of range
   */
  public EngineSettings {
    if (intraOpThreads < 1 || intraOpThreads > THREADS_MAX) {
      throw new IllegalArgumentException("intra-op threads are 1 to " + THREADS_MAX);
    }
    if (interOpThreads < 1 || interOpThreads > THREADS_MAX) {
      throw new IllegalArgumentException("inter-op threads are 1 to " + THREADS_MAX);
    }
  }
}
