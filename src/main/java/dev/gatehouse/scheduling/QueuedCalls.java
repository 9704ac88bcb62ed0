package dev.gatehouse.scheduling;

import dev.gatehouse.core.Deadline;
import org.jspecify.annotations.Nullable;

/** Every call that waits in the queue: by priority and caller, and by deadline. */
final class QueuedCalls<P, R> {

  private final Tier<P, R> interactive;
  private final Tier<P, R> bulk;

  /** Those with a finite deadline, also of calls that wait to run again. */
  private final IndexedHeap<Call<P, R>> deadlines = new IndexedHeap<>();

  QueuedCalls(int batchRowsMax) {
    interactive = new Tier<>(Priority.INTERACTIVE, batchRowsMax);
    bulk = new Tier<>(Priority.BULK, batchRowsMax);
  }

  Tier<P, R> tier(Priority priority) {
    return priority == Priority.INTERACTIVE ? interactive : bulk;
  }

  boolean isEmpty() {
    return interactive.isEmpty() && bulk.isEmpty();
  }

  void add(Call<P, R> call) {
    watch(call);
    tier(call.terms.priority()).add(call);
  }

  /** Watches the deadline of a call that waits elsewhere. */
  void watch(Call<P, R> call) {
    if (call.deadline.finite()) {
      deadlines.add(call);
    }
  }

  /** Takes the call out wherever it is, if it is. */
  void remove(Call<P, R> call) {
    deadlines.remove(call);
    Lane<P, R> lane = call.lane;
    if (lane != null) {
      tier(call.terms.priority()).remove(call, lane);
    }
  }

  /** The call which expires first. */
  @Nullable Call<P, R> firstToExpire() {
    return deadlines.first();
  }

  /** The deadline that passes first. */
  Deadline firstDeadline() {
    Call<P, R> first = deadlines.first();
    return first == null ? Deadline.NONE : first.deadline;
  }

  /** Any call of the tiers, or null. */
  @Nullable Call<P, R> any() {
    Call<P, R> any = interactive.any();
    return any == null ? bulk.any() : any;
  }

  /** Sets from how many rows on a group has a full batch. */
  void fullRows(int rows) {
    interactive.fullRows(rows);
    bulk.fullRows(rows);
  }

  void regroup(Flow<P, R> flow) {
    interactive.regroup(flow);
    bulk.regroup(flow);
  }
}
