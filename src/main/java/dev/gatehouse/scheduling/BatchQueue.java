package dev.gatehouse.scheduling;

import dev.gatehouse.core.Deadline;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.scheduling.Call.State;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decides what runs next and how each call ends: the rules of this room as a state machine without
 * threads or a clock.
 *
 * <p>Single-threaded: whoever uses it holds one lock around every method, but for the cancelling of
 * calls ({@link #claimCancelled}) and the admission ({@link AdmissionGate}), which need none. Time
 * comes in as {@code now}, which never goes back. Nothing is called back; answers and notices wait
 * for {@link #takeOutbox}. Every method costs at most the logarithm of what is queued, for each
 * call it moves.
 */
final class BatchQueue<P, R> {

  /** When to try again with a device that has no memory left. */
  static final Duration RETRY_AFTER_EXHAUSTED = Duration.ofSeconds(1);

  private final AdmissionGate<P, R> gate;
  private final CallLedger<P, R> ledger;
  private final QueuedCalls<P, R> queued;
  private final BatchAssembly<P, R> assembly;
  private final Reruns<P, R> reruns;
  private final Penalties<P, R> penalties;
  private final RunTimes runTimes = new RunTimes();
  private final Limits limits;
  private final List<Slot<P, R>> slots = new ArrayList<>();
  private Outbox<P, R> outbox = new Outbox<>();

  /** Whether a poll could find something; written under the lock. */
  private volatile boolean waiting;

  BatchQueue(BatcherSettings settings, AdmissionGate<P, R> gate) {
    this.gate = gate;
    ledger = new CallLedger<>(gate);
    queued = new QueuedCalls<>(settings.batchRowsMax());
    assembly = new BatchAssembly<>(queued, ledger, settings);
    reruns = new Reruns<>(queued, ledger);
    penalties = new Penalties<>(queued);
    limits = new Limits(settings);
    queued.fullRows(limits.batchRows());
    for (int i = 0; i < settings.instances(); i++) {
      slots.add(new Slot<>(i));
    }
  }

  /** Enqueues a call that has a permit, or answers it at once. */
  void enqueue(Call<P, R> call) {
    Refusal ended = gate.ended();
    if (ended != null) {
      refuse(call, ended, null);
    } else if (call.state() == State.QUEUED) {
      queued.add(call);
      waiting = true;
    }
  }

  /**
   * Claims a call for whoever gives it up; safe without the lock. Until {@link #unlink} it may stay
   * where it was, and is passed by.
   *
   * @return where it was, or null if it was answered before
   */
  @Nullable State claimCancelled(Call<P, R> call) {
    State was = ledger.answer(call);
    if (was != null) {
      call.refuse(new Refusal.Cancelled());
    }
    return was;
  }

  /** Takes an answered call out of the queue, if it is in. */
  void unlink(Call<P, R> call) {
    queued.remove(call);
    publish();
  }

  /** Answers every waiting call whose deadline passed, or will before it could be answered. */
  void expire(long now) {
    long certainNanos = runTimes.certainNanos(now);
    Call<P, R> first = queued.firstToExpire();
    while (first != null) {
      long left = first.deadline.remainingNanos(now);
      if (left > 0 && left >= certainNanos) {
        break;
      }
      queued.remove(first);
      DropReason reason = left <= 0 ? DropReason.EXPIRED : DropReason.CERTAIN_TO_EXPIRE;
      refuse(first, new Refusal.DeadlineExceeded(), reason);
      first = queued.firstToExpire();
    }
    publish();
  }

  /** The batch which a free instance runs now, or null if there is none for it. */
  @Nullable Batch<P, R> poll(Slot<P, R> slot, long now) {
    if (slot.running != null) {
      throw new IllegalStateException("an instance runs one batch at a time");
    }
    refresh(now);
    expire(now);
    if (slot.abandoned || gate.closed()) {
      return null;
    }
    BatchAssembly.Filled<P, R> filled = reruns.next();
    if (filled == null) {
      filled = assembly.next(limits.batchRows(), now);
    }
    publish();
    if (filled == null) {
      return null;
    }
    slot.running =
        new Batch<>(
            slot,
            filled.calls(),
            Collections.unmodifiableList(filled.payloads()),
            filled.rows(),
            now,
            waiting);
    return slot.running;
  }

  /** Lets penalties end and limits change as time goes by. */
  private void refresh(long now) {
    penalties.end(now);
    if (limits.refresh(now)) {
      int batchRows = limits.batchRows();
      int inFlightRows = limits.inFlightRows();
      gate.inFlightRows(inFlightRows);
      queued.fullRows(batchRows);
      outbox.notices().add(listener -> listener.limitsChosen(batchRows, inFlightRows));
    }
  }

  /** The batch ran: every call of it that is still waited for gets its result. */
  void finished(Batch<P, R> batch, List<R> results, long now) {
    if (!free(batch, now)) {
      return;
    }
    long runNanos = now - batch.startedNanos();
    limits.ran(batch, runNanos, gate.usableInstances());
    refresh(now);
    for (int i = 0; i < results.size(); i++) {
      Call<P, R> call = batch.calls().get(i);
      if (ledger.answer(call) != null) {
        long queueNanos = Math.max(0, batch.startedNanos() - call.enqueuedNanos);
        call.complete(results.get(i), new Timing(queueNanos, runNanos, batch.rows()));
        outbox.answers().add(call);
      }
    }
  }

  /**
   * The batch failed. A call that ran alone is refused; of several, each half runs again.
   *
   * @param refusal the answer of a call that failed alone
   * @param forAll whether it is the answer of each, so that nothing runs again
   */
  void failed(Batch<P, R> batch, Refusal refusal, boolean forAll, long now) {
    if (!free(batch, now)) {
      return;
    }
    if (!forAll && batch.calls().size() > 1) {
      runAgain(batch, now);
      return;
    }
    for (Call<P, R> call : batch.calls()) {
      if (refuse(call, refusal, null) && !forAll && refusal instanceof Refusal.ModelRejectedInput) {
        strike(call.flow, now);
      }
    }
  }

  private void strike(Flow<P, R> flow, long now) {
    if (penalties.rejected(flow, now)) {
      outbox.notices().add(BatchListener::callerPenalised);
    }
  }

  /** The device had no memory for the batch: fewer rows from now on, and each half runs again. */
  void exhausted(Batch<P, R> batch, long now) {
    if (!free(batch, now)) {
      return;
    }
    int rows = batch.rows();
    outbox.notices().add(listener -> listener.memoryExhausted(rows));
    if (batch.calls().size() > 1) {
      limits.exhausted(rows, now);
      refresh(now);
      runAgain(batch, now);
    } else { // it says nothing about batches: one caller must not make those of all others smaller
      refuse(batch.calls().getFirst(), new Refusal.QueueFull(RETRY_AFTER_EXHAUSTED), null);
    }
  }

  private void runAgain(Batch<P, R> batch, long now) {
    int calls = reruns.add(batch);
    if (calls > 0) {
      outbox.notices().add(listener -> listener.callsRetried(calls));
    }
    expire(now);
  }

  /** Ends the run; false if its instance was given up meanwhile and its calls were answered. */
  private boolean free(Batch<P, R> batch, long now) {
    Slot<P, R> slot = batch.slot();
    if (slot.running != batch) {
      return false;
    }
    slot.running = null;
    runTimes.ended(now - batch.startedNanos(), now);
    return true;
  }

  /**
   * Gives an instance up. Its calls are answered at once; with no instance left everything queued
   * is, too.
   *
   * @return whether it was running a batch
   */
  boolean abandon(Slot<P, R> slot) {
    if (slot.abandoned) {
      return false;
    }
    slot.abandoned = true;
    gate.usableInstances(gate.usableInstances() - 1);
    Refusal refusal = new Refusal.ModelNotReady(AdmissionGate.RETRY_AFTER_NOT_READY);
    boolean running = slot.running != null;
    refuseRunning(slot, refusal);
    if (gate.usableInstances() == 0) {
      refuseQueued(refusal);
    }
    return running;
  }

  /** A fresh slot for an instance that was given up, or null if it was not, or all is closed. */
  @Nullable Slot<P, R> replace(int instance) {
    if (!slots.get(instance).abandoned || gate.closed()) {
      return null;
    }
    Slot<P, R> fresh = new Slot<>(instance);
    slots.set(instance, fresh);
    gate.usableInstances(gate.usableInstances() + 1);
    return fresh;
  }

  /** Answers everything, queued or running; nothing runs any more. */
  void close() {
    gate.close();
    Refusal refusal = new Refusal.Draining(AdmissionGate.RETRY_AFTER_DRAINING);
    for (Slot<P, R> slot : slots) {
      refuseRunning(slot, refusal);
    }
    refuseQueued(refusal);
  }

  private void refuseRunning(Slot<P, R> slot, Refusal refusal) {
    if (slot.running != null) {
      slot.running.calls().forEach(call -> refuse(call, refusal, null));
      slot.running = null;
    }
  }

  private void refuseQueued(Refusal refusal) {
    reruns.takeAll().forEach(call -> refuse(call, refusal, null));
    Call<P, R> next = queued.any();
    while (next != null) {
      queued.remove(next);
      refuse(next, refusal, null);
      next = queued.any();
    }
    publish();
  }

  /** Refuses the call unless it was answered before; {@code reason} if it never ran and is told. */
  private boolean refuse(Call<P, R> call, Refusal refusal, @Nullable DropReason reason) {
    State was = ledger.answer(call);
    if (was == null) {
      return false;
    }
    call.refuse(refusal);
    outbox.answers().add(call);
    if (was == State.QUEUED && reason != null) {
      outbox.notices().add(listener -> listener.callDropped(reason));
    }
    return true;
  }

  private void publish() {
    waiting = !queued.isEmpty() || !reruns.isEmpty();
  }

  /**
   * What was answered, and is to be told, since the last time; to be delivered without the lock.
   */
  Outbox<P, R> takeOutbox() {
    if (outbox.isEmpty()) {
      return Outbox.none(); // not this one, to which others add once the lock is free
    }
    Outbox<P, R> taken = outbox;
    outbox = new Outbox<>();
    return taken;
  }

  /** The deadline that passes first among those of waiting calls. */
  Deadline firstDeadline() {
    return queued.firstDeadline();
  }

  /** How long before its deadline a call is given up, in nanoseconds. */
  long certainNanos(long now) {
    return runTimes.certainNanos(now);
  }

  /** Whether a poll could find something; safe without the lock. */
  boolean hasQueued() {
    return waiting;
  }

  /** The slot of an instance, the latest. */
  Slot<P, R> slot(int instance) {
    return slots.get(instance);
  }

  CallLedger<P, R> ledger() {
    return ledger;
  }

  /** The most rows of a batch now; safe without the lock. */
  int batchRowsLimit() {
    return limits.batchRows();
  }

  /** The callers that run apart now; safe without the lock. */
  int penalisedCallers() {
    return penalties.callers();
  }
}
