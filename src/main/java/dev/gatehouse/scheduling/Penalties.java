package dev.gatehouse.scheduling;

/** Keeps callers whose calls were rejected too often apart from others, for a while. */
final class Penalties<P, R> {

  private final QueuedCalls<P, R> queued;

  /** Those kept apart, by when that ends. */
  private final IndexedHeap<Flow<P, R>> apart = new IndexedHeap<>();

  /** Written under the lock of the queue. */
  private volatile int callers;

  Penalties(QueuedCalls<P, R> queued) {
    this.queued = queued;
  }

  /** A call of the flow was rejected alone; tells whether a penalty begins. */
  boolean rejected(Flow<P, R> flow, long now) {
    end(now);
    if (!flow.strikes.rejected(now)) {
      return false;
    }
    flow.rank = flow.strikes.penaltyEndsNanos();
    apart.add(flow);
    set(flow, true);
    return true;
  }

  /** Ends the penalties whose time is over. */
  void end(long now) {
    Flow<P, R> first = apart.first();
    while (first != null && !first.strikes.penalised(now)) {
      apart.remove(first);
      set(first, false);
      first = apart.first();
    }
  }

  private void set(Flow<P, R> flow, boolean isApart) {
    flow.apart = isApart;
    queued.regroup(flow);
    callers = apart.size();
  }

  /** How many are kept apart; safe without the lock. */
  int callers() {
    return callers;
  }
}
