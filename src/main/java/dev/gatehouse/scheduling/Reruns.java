package dev.gatehouse.scheduling;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The halves of failed batches, which run again before everything else. A half never mixes with
 * other calls, so each failure halves the calls among which the cause is to be found.
 */
final class Reruns<P, R> {

  private final QueuedCalls<P, R> queued;
  private final CallLedger<P, R> ledger;
  private final ArrayDeque<List<Call<P, R>>> halves = new ArrayDeque<>();

  Reruns(QueuedCalls<P, R> queued, CallLedger<P, R> ledger) {
    this.queued = queued;
    this.ledger = ledger;
  }

  boolean isEmpty() {
    return halves.isEmpty();
  }

  /**
   * Lets the calls of a failed batch that are still waited for run again, in two halves.
   *
   * @return how many those are
   */
  int add(Batch<P, R> batch) {
    List<Call<P, R>> again = new ArrayList<>(batch.calls().size());
    for (Call<P, R> call : batch.calls()) {
      if (ledger.again(call)) {
        queued.watch(call);
        again.add(call);
      }
    }
    int half = (again.size() + 1) / 2;
    if (half > 0) {
      halves.add(again.subList(0, half));
    }
    if (half < again.size()) {
      halves.add(again.subList(half, again.size()));
    }
    return again.size();
  }

  /** The half to run next, of its calls those that are still waited for; or null. */
  BatchAssembly.@Nullable Filled<P, R> next() {
    while (!halves.isEmpty()) {
      List<Call<P, R>> calls = new ArrayList<>();
      List<P> payloads = new ArrayList<>();
      int rows = 0;
      for (Call<P, R> call : halves.remove()) {
        queued.remove(call);
        P payload = call.payload();
        if (payload != null && ledger.start(call)) {
          calls.add(call);
          payloads.add(payload);
          rows += call.rows;
        }
      }
      if (!calls.isEmpty()) {
        return new BatchAssembly.Filled<>(calls, payloads, rows);
      }
    }
    return null;
  }

  /** Takes out all calls of all halves. */
  List<Call<P, R>> takeAll() {
    List<Call<P, R>> all = new ArrayList<>();
    halves.forEach(all::addAll);
    all.forEach(queued::remove);
    halves.clear();
    return all;
  }
}
