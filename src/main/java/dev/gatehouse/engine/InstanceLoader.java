package dev.gatehouse.engine;

import ai.djl.Device;
import dev.gatehouse.core.Signature;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Loads and warms up instances of one model, at first and to replace one that is stuck.
 *
 * <p>Each loading has a thread of its own, because a model may never return from an execution; then
 * the thread is left behind, and with it the memory of the one instance it runs. Loadings share
 * nothing, so several may run at once.
 */
final class InstanceLoader {

  private static final Logger LOG = Logger.getLogger(InstanceLoader.class);

  private final String label;
  private final List<Device> devices;
  private final Signature signature;
  private final boolean graphOptimizer;
  private final LoadSettings settings;
  private final Watchdog watchdog;

  InstanceLoader(
      String label,
      List<Device> devices,
      Signature signature,
      boolean graphOptimizer,
      LoadSettings settings,
      Watchdog watchdog) {
    this.label = label;
    this.devices = devices;
    this.signature = signature;
    this.graphOptimizer = graphOptimizer;
    this.settings = settings;
    this.watchdog = watchdog;
  }

  String label() {
    return label;
  }

  LoadSettings settings() {
    return settings;
  }

  /** How many instances the model has on all devices. */
  int count() {
    return devices.size() * settings.instancesPerDevice();
  }

  /**
   * Loads the instances of these numbers, and blocks for at most the load limit.
   *
   * @param from the first number
   * @param to one more than the last
   * @throws ModelLoadException if it fails or takes too long; nothing is left of it then, or what
   *     never returned
   */
  List<Instance> load(byte[] artifact, int from, int to) throws ModelLoadException {
    Loading loading = new Loading();
    Watchdog.Watched watched = new Watchdog.Watched(loading::judge, loading::abandon, () -> 0);
    watchdog.add(watched);
    try {
      Thread.ofPlatform()
          .daemon()
          .name("gatehouse-load-" + label)
          .start(() -> loading.run(artifact, from, to));
      return loading.await();
    } finally {
      watchdog.remove(watched);
    }
  }

  /** One loading: whoever completes the result first decides how it ends. */
  private final class Loading {

    private final CompletableFuture<List<Instance>> result = new CompletableFuture<>();
    private final long limitNanos = WarmUp.limitNanos(settings);
    private volatile @Nullable Instance warming;

    /** On the thread of the loading. */
    void run(byte[] artifact, int from, int to) {
      List<Instance> instances = new ArrayList<>();
      boolean kept = false;
      try {
        for (int i = from; i < to && !result.isDone(); i++) {
          Device device = devices.get(i % devices.size());
          Instance instance =
              new Instance(i, device, artifact, signature, graphOptimizer, settings);
          instances.add(instance);
          warming = instance;
          new WarmUp(signature, settings, device.isGpu(), graphOptimizer).run(instance);
        }
        kept = result.complete(List.copyOf(instances));
      } catch (Throwable e) { // an Error too must reach the caller, who waits
        result.completeExceptionally(e);
      } finally {
        if (!kept) {
          // One that was judged stuck has released its memory when it returned.
          instances.forEach(Instance::retire);
        }
      }
    }

    /** On the watchdog's thread. */
    void judge() {
      Instance instance = warming;
      if (instance != null && instance.occupancy().overrun(limitNanos)) {
        giveUp("an execution of the warm-up took longer than " + limitNanos / 1_000_000 + " ms");
      }
    }

    void abandon() {
      giveUp("the engine was closed meanwhile");
    }

    private void giveUp(String reason) {
      result.completeExceptionally(new ModelLoadException(reason));
    }

    List<Instance> await() throws ModelLoadException {
      try {
        return result.get(settings.loadLimit().toNanos(), TimeUnit.NANOSECONDS);
      } catch (TimeoutException e) {
        giveUp("loading and warm-up took longer than " + settings.loadLimit().toMillis() + " ms");
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        giveUp("loading was interrupted");
      } catch (ExecutionException e) {
        throw reason(e);
      }
      return lateOrAbandoned();
    }

    /** The result may have come at the last moment: then nobody else would close it. */
    private List<Instance> lateOrAbandoned() throws ModelLoadException {
      try {
        return result.resultNow();
      } catch (IllegalStateException e) {
        throw reason(new ExecutionException(result.exceptionNow()));
      }
    }
  }

  private static ModelLoadException reason(ExecutionException failure) {
    if (failure.getCause() instanceof ModelLoadException expected) {
      return expected;
    }
    LOG.error("loading a model failed unexpectedly", failure.getCause());
    return new ModelLoadException("loading failed unexpectedly", failure);
  }
}
