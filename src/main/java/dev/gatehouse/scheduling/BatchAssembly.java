package dev.gatehouse.scheduling;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Puts the next batch together: who leads it, who fills it, and where it is cut. */
final class BatchAssembly<P, R> {

  /** While bulk calls wait, they lead at least one batch in so many. */
  static final int BULK_TURN_BATCHES = 16;

  /** How many callers whose next call does not fit one batch passes over before it is closed. */
  static final int PASSED_OVER_MAX = 16;

  /**
   * Calls that were moved to running.
   *
   * @param calls at least one
   * @param payloads theirs, in the same order
   * @param rows theirs together
   */
  record Filled<P, R>(List<Call<P, R>> calls, List<P> payloads, int rows) {}

  private final QueuedCalls<P, R> queued;
  private final CallLedger<P, R> ledger;
  private final List<Integer> preferredRows;
  private final long queueDelayNanosMax;

  /** Batches in a row that interactive calls led while bulk calls waited. */
  private int bulkWaitedBatches;

  BatchAssembly(QueuedCalls<P, R> queued, CallLedger<P, R> ledger, BatcherSettings settings) {
    this.queued = queued;
    this.ledger = ledger;
    this.preferredRows = settings.preferredBatchRows();
    this.queueDelayNanosMax = settings.queueDelayMax().toNanos();
  }

  /**
   * The next batch of at most {@code rowsMax} rows (or one call of more), or null if none waits.
   */
  @Nullable Filled<P, R> next(int rowsMax, long now) {
    Tier<P, R> interactive = queued.tier(Priority.INTERACTIVE);
    Tier<P, R> bulk = queued.tier(Priority.BULK);
    interactive.advance();
    bulk.advance();
    while (!queued.isEmpty()) {
      boolean bulkLeads =
          interactive.isEmpty() || (!bulk.isEmpty() && bulkWaitedBatches >= BULK_TURN_BATCHES - 1);
      boolean bulkWaits = !bulkLeads && !bulk.isEmpty();
      Tier<P, R> first = bulkLeads ? bulk : interactive;
      Tier<P, R> second = bulkLeads ? interactive : bulk;
      Filling filling = lead(first, second, rowsMax, now);
      if (filling != null) {
        bulkWaitedBatches = bulkWaits ? bulkWaitedBatches + 1 : 0;
        return filling.filled(first, second);
      }
    }
    return null;
  }

  /** Begins a batch with the tier's leader; null if that was answered, and is out now. */
  private @Nullable Filling lead(Tier<P, R> tier, Tier<P, R> other, int rowsMax, long now) {
    Call<P, R> leader = tier.leader(now, queueDelayNanosMax);
    Lane<P, R> lane = leader.lane;
    Group<P, R> group = lane == null ? null : lane.group;
    if (group == null) {
      throw new IllegalStateException("a queued call is in a group");
    }
    Group<P, R> others = other.group(group.key);
    long available = group.rows() + (others == null ? 0L : others.rows());
    int limit = Math.max(leader.rows, cut((int) Math.min(available, rowsMax), rowsMax));
    Filling filling = new Filling(group.key, limit);
    return filling.take(leader, tier) ? filling : null;
  }

  /** The largest preferred size that the available rows reach. */
  private int cut(int available, int rowsMax) {
    int cut = rowsMax;
    for (int size : preferredRows) {
      if (size <= available) {
        cut = size;
      }
    }
    return cut;
  }

  /** A batch that is being put together. */
  private final class Filling {
    private final Object key;
    private final int limit;
    private final List<Call<P, R>> calls = new ArrayList<>();
    private final List<P> payloads = new ArrayList<>();
    private int rows;
    private int passedOver;

    Filling(Object key, int limit) {
      this.key = key;
      this.limit = limit;
    }

    Filled<P, R> filled(Tier<P, R> first, Tier<P, R> second) {
      fill(first);
      fill(second);
      return new Filled<>(calls, payloads, rows);
    }

    /** Takes calls of the group, each from the caller served least, until nothing fits. */
    private void fill(Tier<P, R> tier) {
      Group<P, R> group = tier.group(key);
      if (group == null) {
        return;
      }
      List<Lane<P, R>> passed = new ArrayList<>(0);
      Lane<P, R> least = group.least();
      while (least != null && rows < limit && passedOver < PASSED_OVER_MAX) {
        Call<P, R> call = least.calls.head();
        if (call == null) {
          throw new IllegalStateException("a lane in a group has a call");
        }
        if (rows + call.rows <= limit || call.state() == Call.State.ANSWERED) {
          boolean _ = take(call, tier);
        } else {
          group.passOver(least);
          passed.add(least);
          passedOver++;
        }
        least = group.least();
      }
      passed.forEach(group::restore);
    }

    /** Takes the call out of the queue and, unless it was answered, into the batch. */
    boolean take(Call<P, R> call, Tier<P, R> tier) {
      queued.remove(call);
      P payload = call.payload(); // before it runs: from then on a cancel may take it away
      if (payload == null || !ledger.start(call)) {
        return false;
      }
      tier.charge(call);
      rows += call.rows;
      calls.add(call);
      payloads.add(payload);
      return true;
    }
  }
}
