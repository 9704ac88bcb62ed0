package dev.gatehouse.scheduling;

import dev.gatehouse.core.Deadline;
import dev.gatehouse.core.Refusal;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * One submitted call, or one part of a call that was split, from its submission to its answer.
 *
 * <p>Its {@link State} changes by compare-and-set alone, through the {@link CallLedger}: whoever
 * moves it to {@code ANSWERED} owns it from then on, sets the answer and delivers it. Links and
 * ranks belong to the {@link BatchQueue} and so to the lock around it; the links of the two stacks
 * to the {@link CallStack} it was pushed on.
 */
final class Call<P, R> extends IndexedHeap.Node {

  /** Where a call is. */
  enum State {
    /** Submitted and not taken by an instance yet. */
    QUEUED,
    /** Part of a batch that an instance runs. */
    RUNNING,
    /** Its batch failed, and it waits to run again. */
    AGAIN,
    /** Has its result or refusal and holds no permit. */
    ANSWERED
  }

  private static final VarHandle STATE;

  static {
    try {
      STATE = MethodHandles.lookup().findVarHandle(Call.class, "state", State.class);
    } catch (ReflectiveOperationException impossible) {
      throw new ExceptionInInitializerError(impossible);
    }
  }

  final Flow<P, R> flow;
  final CallTerms terms;
  final int rows;
  final long bytes;

  /** How many calls its permit counts: 1, or 0 for a part, whose whole holds that. */
  final int calls;

  final Object batchKey;
  final int rowCost;
  final Deadline deadline;
  final long enqueuedNanos;
  private final Completion<R> completion;

  private volatile State state = State.QUEUED;

  /** What the runner gets; null once answered. */
  private @Nullable P payload;

  /** The lane it is queued in, with its neighbours there and in the backlog. */
  @Nullable Lane<P, R> lane;

  @Nullable Call<P, R> previousInLane;
  @Nullable Call<P, R> nextInLane;
  @Nullable Call<P, R> previousInBacklog;
  @Nullable Call<P, R> nextInBacklog;

  /** The call pushed before it, while it lies on the stack of the submitted. */
  @Nullable Call<P, R> nextSubmitted;

  /** The call pushed before it, while it lies on the stack of the cancelled. */
  @Nullable Call<P, R> nextCancelled;

  private @Nullable R result;
  private @Nullable Timing timing;
  private @Nullable Refusal refusal;

  Call(
      Permit<P, R> permit,
      int rowCost,
      Object batchKey,
      Deadline deadline,
      long enqueuedNanos,
      P payload,
      Completion<R> completion) {
    this.flow = permit.flow();
    this.terms = permit.terms();
    this.rows = permit.rows();
    this.bytes = permit.bytes();
    this.calls = permit.calls();
    this.rowCost = rowCost;
    this.batchKey = batchKey;
    this.deadline = deadline;
    this.enqueuedNanos = enqueuedNanos;
    this.payload = payload;
    this.completion = completion;
    this.rank = deadline.nanos();
  }

  /**
   * What a call holds until it is answered.
   *
   * @param flow whose it is
   * @param terms on which terms
   * @param rows how many rows
   * @param bytes how many bytes
   * @param calls 1, or 0 for a part
   */
  record Permit<P, R>(Flow<P, R> flow, CallTerms terms, int rows, long bytes, int calls) {}

  State state() {
    return state;
  }

  boolean move(State from, State to) {
    return STATE.compareAndSet(this, from, to);
  }

  /** What the runner gets, or null if it was answered; read it before it is moved to running. */
  @Nullable P payload() {
    return payload;
  }

  /** For whoever moved it to answered. */
  void complete(R itsResult, Timing itsTiming) {
    result = itsResult;
    timing = itsTiming;
    payload = null;
  }

  /** For whoever moved it to answered. */
  void refuse(Refusal itsRefusal) {
    refusal = itsRefusal;
    payload = null;
  }

  /** Hands the answer over; without the lock, by the thread that owns it. */
  void deliver() {
    R answer = result;
    if (answer != null && timing != null) {
      result = null; // whoever keeps the submission need not keep the result
      completion.completed(answer, timing);
    } else if (refusal != null) {
      completion.refused(refusal);
    } else {
      throw new IllegalStateException("delivered without an answer");
    }
  }
}
