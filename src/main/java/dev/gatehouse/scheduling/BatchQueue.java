package dev.gatehouse.scheduling;

import dev.gatehouse.core.Refusal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decides what is admitted, what runs next and how each call ends: the rules of this room as a
 * state machine without threads or a clock.
 *
 * <p>Single-threaded: whoever uses it holds one lock around every method. Time comes in as {@code
 * now}, which never goes back. Nothing is called back; calls that got their answer wait for {@link
 * #takeAnswers}. Every method costs at most the logarithm of what is queued, for each call it
 * moves.
 */
final class BatchQueue<P, R> {

  /** When to try again with a full queue: some batches later. */
  static final Duration RETRY_AFTER_FULL = Duration.ofMillis(100);

  /** When to try again at another replica. */
  static final Duration RETRY_AFTER_DRAINING = Duration.ofSeconds(1);

  /** When to try again with a model that lost its instances. */
  static final Duration RETRY_AFTER_NOT_READY = Duration.ofSeconds(5);

  private enum Phase {
    OPEN,
    DRAINING,
    CLOSED
  }

  /** One instance, and what it runs. */
  private static final class Slot<P, R> {
    boolean abandoned;
    @Nullable Batch<P, R> running;
  }

  private final int batchRowsMax;
  private final long queueBytesMax;
  private final Permits permits;

  private final CallGroups<P, R> groups;

  /** Calls whose batch failed; each runs alone and before all groups. */
  private final CallList<P, R> again = new CallList<>();

  private final DeadlineHeap<P, R> deadlines = new DeadlineHeap<>();
  private final List<Slot<P, R>> slots = new ArrayList<>();
  private List<Call<P, R>> answers = new ArrayList<>();
  private Phase phase = Phase.OPEN;
  private int usableInstances;
  private int pendingRows;
  private long sequence;

  BatchQueue(BatcherSettings settings) {
    batchRowsMax = settings.batchRowsMax();
    queueBytesMax = settings.queueBytesMax();
    permits = new Permits(settings.queueRowsMax(), queueBytesMax);
    groups = new CallGroups<>(batchRowsMax, settings.queueDelayMax().toNanos());
    usableInstances = settings.instances();
    for (int i = 0; i < settings.instances(); i++) {
      slots.add(new Slot<>());
    }
  }

  /** Takes a permit, or tells why not. What is full of expired calls only is not full. */
  @Nullable Refusal reserve(int rows, long bytes, long now) {
    if (rows < 1 || bytes < 0) {
      throw new IllegalArgumentException("a call has at least 1 row and 0 bytes");
    }
    if (phase != Phase.OPEN) {
      return new Refusal.Draining(RETRY_AFTER_DRAINING);
    }
    if (usableInstances == 0) {
      return new Refusal.ModelNotReady(RETRY_AFTER_NOT_READY);
    }
    if (rows > batchRowsMax) {
      return new Refusal.TensorInvalid("inputs", "a call has at most " + batchRowsMax + " rows");
    }
    if (bytes > queueBytesMax) {
      return new Refusal.TensorInvalid("inputs", "a call has at most " + queueBytesMax + " bytes");
    }
    if (permits.take(rows, bytes)) {
      return null;
    }
    expire(now);
    return permits.take(rows, bytes) ? null : new Refusal.QueueFull(RETRY_AFTER_FULL);
  }

  /** Gives back the permit of a call that was never enqueued. */
  void release(int rows, long bytes) {
    permits.give(rows, bytes);
  }

  /** Enqueues a call that has a permit, or answers it at once. */
  void enqueue(Call<P, R> call, long now) {
    call.enqueuedNanos = now;
    call.sequence = sequence++;
    if (call.deadline.passed(now)) {
      refuse(call, new Refusal.DeadlineExceeded());
    } else {
      queueOrRefuse(call, false);
    }
  }

  private void queueOrRefuse(Call<P, R> call, boolean alone) {
    Refusal ended = ended();
    if (ended != null) {
      refuse(call, ended);
      return;
    }
    call.state = Call.State.QUEUED;
    pendingRows += call.rows;
    deadlines.add(call);
    if (alone) {
      again.addLast(call);
    } else {
      groups.add(call);
    }
  }

  /** Why nothing can run any more, or null while something can. */
  private @Nullable Refusal ended() {
    if (phase == Phase.CLOSED) {
      return new Refusal.Draining(RETRY_AFTER_DRAINING);
    }
    return usableInstances == 0 ? new Refusal.ModelNotReady(RETRY_AFTER_NOT_READY) : null;
  }

  /** Ends a call that has no answer yet. */
  void cancel(Call<P, R> call) {
    if (call.state == Call.State.QUEUED) {
      unqueue(call);
    }
    if (call.state != Call.State.ANSWERED) {
      refuse(call, new Refusal.Cancelled());
    }
  }

  /** Answers every queued call whose deadline passed. */
  void expire(long now) {
    Call<P, R> first = deadlines.first();
    while (first != null && first.deadline.passed(now)) {
      unqueue(first);
      refuse(first, new Refusal.DeadlineExceeded());
      first = deadlines.first();
    }
  }

  /** The batch which a free instance runs now, or null if there is none for it. */
  @Nullable Batch<P, R> poll(int instance, long now) {
    Slot<P, R> slot = slots.get(instance);
    if (slot.running != null) {
      throw new IllegalStateException("an instance runs one batch at a time");
    }
    expire(now);
    if (slot.abandoned) {
      return null;
    }
    CallList<P, R> list = again.isEmpty() ? groups.next(now) : again;
    if (list == null) {
      return null;
    }
    slot.running = assemble(list, instance, now);
    return slot.running;
  }

  private Batch<P, R> assemble(CallList<P, R> list, int instance, long now) {
    boolean alone = list == again;
    if (!alone) {
      groups.open(list);
    }
    List<Call<P, R>> calls = new ArrayList<>();
    List<P> payloads = new ArrayList<>();
    int rows = 0;
    Call<P, R> head = list.head();
    while (head != null && rows + head.rows <= batchRowsMax && !(alone && rows > 0)) {
      list.remove(head);
      deadlines.remove(head);
      head.state = Call.State.RUNNING;
      rows += head.rows;
      calls.add(head);
      P payload = head.payload;
      if (payload == null) {
        throw new IllegalStateException("a queued call has its payload");
      }
      payloads.add(payload);
      head = list.head();
    }
    pendingRows -= rows;
    if (!alone) {
      groups.close(list, calls.getFirst().batchKey);
    }
    return new Batch<>(instance, calls, Collections.unmodifiableList(payloads), rows, now);
  }

  /** The batch ran: every call of it that is still waited for gets its result. */
  void finished(Batch<P, R> batch, List<R> results, long now) {
    free(batch);
    long runNanos = now - batch.startedNanos();
    for (int i = 0; i < results.size(); i++) {
      Call<P, R> call = batch.calls().get(i);
      if (call.state == Call.State.RUNNING) {
        long queueNanos = batch.startedNanos() - call.enqueuedNanos;
        call.complete(results.get(i), new Timing(queueNanos, runNanos, batch.rows()));
        answered(call);
      }
    }
  }

  /**
   * The batch failed. A call that ran alone is refused; several are queued to run again alone.
   *
   * @param refusal the answer of a call that failed alone
   * @param forAll whether it is the answer of each, so that nothing runs again
   */
  void failed(Batch<P, R> batch, Refusal refusal, boolean forAll, long now) {
    free(batch);
    expire(now);
    boolean last = forAll || batch.calls().size() == 1;
    for (Call<P, R> call : batch.calls()) {
      if (call.state != Call.State.RUNNING) {
        continue;
      }
      if (last) {
        refuse(call, refusal);
      } else if (call.deadline.passed(now)) {
        refuse(call, new Refusal.DeadlineExceeded());
      } else {
        queueOrRefuse(call, true);
      }
    }
  }

  private void free(Batch<P, R> batch) {
    Slot<P, R> slot = slots.get(batch.instance());
    if (slot.running == batch) {
      slot.running = null;
    }
  }

  /**
   * Gives an instance up for good. Its calls are answered at once; with no instance left everything
   * queued is, too.
   *
   * @return whether it was running a batch
   */
  boolean abandon(int instance) {
    Slot<P, R> slot = slots.get(instance);
    if (slot.abandoned) {
      return false;
    }
    slot.abandoned = true;
    usableInstances--;
    Refusal refusal = new Refusal.ModelNotReady(RETRY_AFTER_NOT_READY);
    boolean running = slot.running != null;
    refuseRunning(slot, refusal);
    if (usableInstances == 0) {
      refuseQueued(refusal);
    }
    return running;
  }

  /** Refuses new calls from now on; what is reserved may still be enqueued and run. */
  void drain() {
    if (phase == Phase.OPEN) {
      phase = Phase.DRAINING;
    }
  }

  /** Answers everything, queued or running; nothing runs any more. */
  void close() {
    phase = Phase.CLOSED;
    Refusal refusal = new Refusal.Draining(RETRY_AFTER_DRAINING);
    for (Slot<P, R> slot : slots) {
      refuseRunning(slot, refusal);
    }
    refuseQueued(refusal);
  }

  private void refuseRunning(Slot<P, R> slot, Refusal refusal) {
    if (slot.running == null) {
      return;
    }
    for (Call<P, R> call : slot.running.calls()) {
      if (call.state == Call.State.RUNNING) {
        refuse(call, refusal);
      }
    }
    slot.running = null;
  }

  private void refuseQueued(Refusal refusal) {
    Call<P, R> next = firstQueued();
    while (next != null) {
      unqueue(next);
      refuse(next, refusal);
      next = firstQueued();
    }
  }

  private @Nullable Call<P, R> firstQueued() {
    return again.isEmpty() ? groups.oldest() : again.head();
  }

  private void unqueue(Call<P, R> call) {
    CallList<P, R> list = call.list;
    if (list == null) {
      throw new IllegalStateException("a queued call is in a list");
    }
    deadlines.remove(call);
    pendingRows -= call.rows;
    if (list == again) {
      list.remove(call);
    } else {
      groups.remove(call, list);
    }
  }

  private void refuse(Call<P, R> call, Refusal refusal) {
    call.refuse(refusal);
    answered(call);
  }

  private void answered(Call<P, R> call) {
    permits.give(call.rows, call.bytes);
    answers.add(call);
  }

  /** The calls answered since the last time; to be delivered outside the lock. */
  List<Call<P, R>> takeAnswers() {
    if (answers.isEmpty()) {
      return List.of();
    }
    List<Call<P, R>> taken = answers;
    answers = new ArrayList<>();
    return taken;
  }

  /** The queued call that expires first. */
  @Nullable Call<P, R> firstToExpire() {
    return deadlines.first();
  }

  boolean hasQueued() {
    return pendingRows > 0;
  }

  boolean abandoned(int instance) {
    return slots.get(instance).abandoned;
  }

  boolean closed() {
    return phase == Phase.CLOSED;
  }

  int usableInstances() {
    return usableInstances;
  }

  /** The rows of queued calls. */
  int pendingRows() {
    return pendingRows;
  }

  /** The rows of open reservations and unanswered calls. */
  int reservedRows() {
    return permits.rows();
  }

  /** The bytes of open reservations and unanswered calls. */
  long reservedBytes() {
    return permits.bytes();
  }
}
