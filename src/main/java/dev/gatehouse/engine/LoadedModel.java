package dev.gatehouse.engine;

import dev.gatehouse.core.Tensor;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** A model in memory: several instances, each on one device, each for one thread at a time. */
public final class LoadedModel implements AutoCloseable {

  private static final Logger LOG = Logger.getLogger(LoadedModel.class);

  /** How long a thread that closes sleeps at most before it judges the execution it waits for. */
  private static final long CLOSE_POLL_NANOS = 10_000_000;

  private final String label;
  private final List<Instance> instances;
  private final Consumer<LoadedModel> onClosed;
  private final AtomicReference<@Nullable IntConsumer> stuckListener = new AtomicReference<>();
  private final AtomicBoolean closing = new AtomicBoolean();

  LoadedModel(String label, List<Instance> instances, Consumer<LoadedModel> onClosed) {
    this.label = label;
    this.instances = List.copyOf(instances);
    this.onClosed = onClosed;
  }

  /** The number of instances on all devices, stuck ones included; instances are numbered from 0. */
  public int instances() {
    return instances.size();
  }

  /** The device on which an instance runs: {@code cpu} or {@code gpu:0}. */
  public String device(int instance) {
    return instances.get(instance).device();
  }

  /** The number of instances that can still run. */
  public int usableInstances() {
    int usable = 0;
    for (Instance instance : instances) {
      if (instance.occupancy().usable()) {
        usable++;
      }
    }
    return usable;
  }

  /**
   * Runs several calls as one batch on the calling thread, each row copied once in and once out.
   *
   * @param instance 0 to {@link #instances()} - 1
   * @param calls for each call its inputs in signature order; all of one trailing shape
   * @return the outputs, call by call
   * @throws ExecutionFailedException if the model failed on this batch, or gave something else than
   *     its signature declares; the instance stays usable
   * @throws InstanceStuckException if the instance exceeded its execution limit, in this execution
   *     (which then returned late) or an earlier one
   * @throws IllegalArgumentException if the calls fit neither signature nor each other, or have
   *     more rows than a batch may have
   * @throws IllegalStateException if the instance is running already, or the model is closed
   */
  public BatchOutcome run(int instance, List<List<Tensor>> calls)
      throws ExecutionFailedException, InstanceStuckException {
    if (closing.get()) {
      throw new IllegalStateException("the model is closed");
    }
    return instances.get(instance).run(calls);
  }

  /**
   * Sets who is told the number of an instance that became stuck, once for each. The listener is
   * called by the watchdog, or by a thread in {@link #close()}; it must not block.
   */
  public void onStuck(IntConsumer listener) {
    stuckListener.set(listener);
  }

  /**
   * Gives the memory of all instances back, once those that run have ended or exceeded their limit.
   * The memory of a stuck instance is left until its execution returns, if it ever does. No new
   * executions begin. May be called again, and from several threads.
   */
  @Override
  public void close() {
    closing.set(true);
    for (Instance instance : instances) {
      Occupancy occupancy = instance.occupancy();
      while (occupancy.usable()) {
        if (occupancy.retire()) {
          instance.release();
        } else {
          judge(instance);
          occupancy.parkWhileRunning(CLOSE_POLL_NANOS);
        }
      }
    }
    onClosed.accept(this);
  }

  /** Marks the instances whose execution is over its limit. */
  void judge() {
    for (Instance instance : instances) {
      judge(instance);
    }
  }

  private void judge(Instance instance) {
    if (!instance.occupancy().overrun()) {
      return;
    }
    LOG.errorf(
        "model %s: instance %d on %s exceeded its execution limit and is abandoned; %d left",
        label, instance.number(), instance.device(), usableInstances());
    IntConsumer listener = stuckListener.get();
    if (listener == null) {
      return;
    }
    try {
      listener.accept(instance.number());
    } catch (RuntimeException e) {
      LOG.errorf(e, "model %s: a listener failed", label);
    }
  }

  int liveTensors() {
    return instances.stream().mapToInt(Instance::liveTensors).sum();
  }
}
