package dev.gatehouse.engine;

import dev.gatehouse.core.Tensor;
import dev.gatehouse.core.Ticker;
import java.time.Duration;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.IntConsumer;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** A model in memory: several instances, each on one device, each for one thread at a time. */
public final class LoadedModel implements AutoCloseable {

  /** How many instances are replaced within {@link #REPLACEMENTS_PERIOD}. */
  public static final int REPLACEMENTS_MAX = 3;

  /** The time for which a replacement counts. */
  public static final Duration REPLACEMENTS_PERIOD = Duration.ofHours(1);

  private static final Logger LOG = Logger.getLogger(LoadedModel.class);

  /** How long a thread that closes sleeps at most before it judges the execution it waits for. */
  private static final long CLOSE_POLL_NANOS = 10_000_000;

  private final InstanceLoader loader;
  private final Ticker ticker;
  private final long executionLimitNanos;
  private final Watchdog watchdog;
  private final Watchdog.Watched watched =
      new Watchdog.Watched(this::judge, this::close, this::liveTensors);
  private final AtomicReference<@Nullable IntConsumer> stuckListener = new AtomicReference<>();

  /** An element is written under the lock, and only while not {@code closing}. */
  private final AtomicReferenceArray<Instance> instances;

  /** Written under the lock, so that no instance is put in place which nobody would close. */
  private volatile boolean closing;

  /** The instances that are being replaced now. Guarded by the lock. */
  private final BitSet replacing = new BitSet();

  /** When the latest replacements began, in turn. Guarded by the lock. */
  private final long[] replacedNanos = new long[REPLACEMENTS_MAX];

  /** How many replacements began. Guarded by the lock. */
  private long replacements;

  private final Object lock = new Object();

  LoadedModel(InstanceLoader loader, List<Instance> instances, Watchdog watchdog) {
    this.loader = loader;
    this.ticker = loader.settings().ticker();
    this.executionLimitNanos = loader.settings().executionLimit().toNanos();
    this.instances = new AtomicReferenceArray<>(instances.toArray(Instance[]::new));
    this.watchdog = watchdog;
    watchdog.add(watched);
  }

  /** The number of instances on all devices, stuck ones included; instances are numbered from 0. */
  public int instances() {
    return instances.length();
  }

  /** The device on which an instance runs: {@code cpu} or {@code gpu:0}. */
  public String device(int instance) {
    return instances.get(instance).device();
  }

  /** The number of instances that can still run; one that was replaced counts again. */
  public int usableInstances() {
    int usable = 0;
    for (int i = 0; i < instances.length(); i++) {
      if (instances.get(i).occupancy().usable()) {
        usable++;
      }
    }
    return usable;
  }

  /**
   * Runs several calls as one batch on the calling thread, each row copied once in and once out.
   *
   * <p>Where only some sizes are allowed ({@link LoadSettings#allowedBatchRows()}), the batch is
   * filled up to the next with copies of its last row; nothing of these comes back.
   *
   * @param instance 0 to {@link #instances()} - 1
   * @param calls for each call its inputs in signature order; all of one trailing shape
   * @return the outputs, call by call
   * @throws ExecutionFailedException if the model failed on this batch, or gave something else than
   *     its signature declares; the instance stays usable
   * @throws DeviceMemoryException if the memory of the device did not suffice; the instance stays
   *     usable, and fewer rows may well run
   * @throws InstanceStuckException if the instance exceeded its execution limit, in this execution
   *     (which then returned late) or an earlier one
   * @throws IllegalArgumentException if the calls fit neither signature nor each other, or have
   *     more rows than a batch may have
   * @throws IllegalStateException if the instance is running already, or the model is closed
   */
  public BatchOutcome run(int instance, List<List<Tensor>> calls)
      throws ExecutionFailedException, DeviceMemoryException, InstanceStuckException {
    if (closing) {
      throw new IllegalStateException("the model is closed");
    }
    return instances.get(instance).run(calls);
  }

  /**
   * Sets who is told the number of an instance that became stuck, once for each, and once more for
   * each that took its place. The listener is called by the watchdog, or by a thread in {@link
   * #close()}; it must not block.
   */
  public void onStuck(IntConsumer listener) {
    stuckListener.set(listener);
  }

  /**
   * Puts a fresh instance in the place of a stuck one: loaded and warmed up like the first, under
   * the same number and on the same device. Blocks for at most {@link LoadSettings#loadLimit()}.
   *
   * <p>The memory of the stuck one is left until its execution returns, if it ever does; so at most
   * {@link #REPLACEMENTS_MAX} are begun in {@link #REPLACEMENTS_PERIOD}.
   *
   * @param artifact the bytes the model was loaded from; not kept
   * @return false if nothing changed: the model is closed, the instance is not stuck or is being
   *     replaced already, the bound is used up, or loading failed (which the log tells)
   */
  public boolean replace(int instance, byte[] artifact) {
    if (!beginReplacement(instance)) {
      return false;
    }
    try {
      Instance fresh = loader.load(artifact, instance, instance + 1).getFirst();
      if (install(instance, fresh)) {
        LOG.warnf("model %s: instance %d was replaced", loader.label(), instance);
        return true;
      }
      fresh.retire();
    } catch (ModelLoadException e) {
      LOG.errorf("model %s: instance %d: %s", loader.label(), instance, e.getMessage());
    } finally {
      endReplacement(instance);
    }
    return false;
  }

  private boolean beginReplacement(int instance) {
    synchronized (lock) {
      long now = ticker.nanos();
      int oldest = (int) (replacements % REPLACEMENTS_MAX);
      boolean usedUp =
          replacements >= REPLACEMENTS_MAX
              && now - replacedNanos[oldest] < REPLACEMENTS_PERIOD.toNanos();
      if (closing
          || usedUp
          || replacing.get(instance)
          || instances.get(instance).occupancy().usable()) {
        return false;
      }
      replacing.set(instance);
      replacedNanos[oldest] = now;
      replacements++;
      return true;
    }
  }

  private boolean install(int instance, Instance fresh) {
    synchronized (lock) {
      if (closing) {
        return false;
      }
      instances.set(instance, fresh);
      return true;
    }
  }

  private void endReplacement(int instance) {
    synchronized (lock) {
      replacing.clear(instance);
    }
  }

  /**
   * Gives the memory of all instances back, once those that run have ended or exceeded their limit.
   * The memory of a stuck instance is left until its execution returns, if it ever does. No new
   * executions begin. May be called again, and from several threads.
   */
  @Override
  public void close() {
    synchronized (lock) {
      closing = true;
    }
    for (int i = 0; i < instances.length(); i++) {
      Instance instance = instances.get(i);
      while (instance.occupancy().usable()) {
        if (!instance.retire()) {
          judge(instance);
          instance.occupancy().parkWhileRunning(CLOSE_POLL_NANOS);
        }
      }
    }
    watchdog.remove(watched);
  }

  /** Marks the instances whose execution is over its limit. */
  private void judge() {
    for (int i = 0; i < instances.length(); i++) {
      judge(instances.get(i));
    }
  }

  private void judge(Instance instance) {
    if (!instance.occupancy().overrun(executionLimitNanos)) {
      return;
    }
    LOG.errorf(
        "model %s: instance %d on %s exceeded its execution limit and is abandoned; %d left",
        loader.label(), instance.number(), instance.device(), usableInstances());
    IntConsumer listener = stuckListener.get();
    if (listener == null) {
      return;
    }
    try {
      listener.accept(instance.number());
    } catch (RuntimeException e) {
      LOG.errorf(e, "model %s: a listener failed", loader.label());
    }
  }

  boolean running(int instance) {
    return instances.get(instance).occupancy().running();
  }

  boolean released(int instance) {
    return instances.get(instance).released();
  }

  int liveTensors() {
    int tensors = 0;
    for (int i = 0; i < instances.length(); i++) {
      tensors += instances.get(i).liveTensors();
    }
    return tensors;
  }

  /** The tensors an instance keeps for batches to come. */
  InputTensors inputs(int instance) {
    return instances.get(instance).inputs();
  }

  /** The instance in that place now. */
  Instance instance(int instance) {
    return instances.get(instance);
  }
}
