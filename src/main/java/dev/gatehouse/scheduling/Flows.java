package dev.gatehouse.scheduling;

import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The callers known to one batcher.
 *
 * <p>Idle ones are forgotten when there are more than {@link #FLOWS}. Which are busy is bounded by
 * the queue, so the map is at most twice what must be known or that bound. A flow is retired before
 * it leaves the map, so that one who found it just before does not take permits of a flow that
 * nobody knows.
 */
final class Flows<P, R> {

  /** How many callers are remembered before idle ones are forgotten. */
  static final int FLOWS = 1_024;

  private final ConcurrentHashMap<Object, Flow<P, R>> flows = new ConcurrentHashMap<>();

  /** At how many they are swept next; written under the lock of the queue. */
  private volatile int sweepAt = FLOWS;

  Flow<P, R> get(Object caller) {
    Flow<P, R> flow = flows.get(caller);
    return flow == null ? flows.computeIfAbsent(caller, Flow::new) : flow;
  }

  @Nullable Flow<P, R> known(Object caller) {
    return flows.get(caller);
  }

  /** For one who found this flow retired. */
  void drop(Flow<P, R> retired) {
    flows.remove(retired.caller, retired);
  }

  boolean many() {
    return flows.mappingCount() > sweepAt;
  }

  /** Forgets those that are idle; under the lock of the queue. */
  void sweep(long now) {
    for (Flow<P, R> flow : flows.values()) {
      if (flow.forgettable(now) && flow.permits.retire()) {
        drop(flow);
      }
    }
    sweepAt = Math.max(FLOWS, 2 * flows.size());
  }

  int size() {
    return flows.size();
  }
}
