package dev.gatehouse.scheduling;

import dev.gatehouse.core.Deadline;
import dev.gatehouse.core.Refusal;
import org.jspecify.annotations.Nullable;

/**
 * One submitted call, from its enqueue to its answer.
 *
 * <p>All mutable fields belong to the {@link BatchQueue} and so to the lock around it, until the
 * call is answered; then to the one thread that {@link BatchQueue#takeAnswers took} it to deliver
 * it.
 */
final class Call<P, R> {

  /** Where a call is. */
  enum State {
    /** Not seen by the queue yet. */
    NEW,
    /** In a group, or among those to run again alone. */
    QUEUED,
    /** Part of a batch that an instance runs. */
    RUNNING,
    /** Has its result or refusal and holds no permit. */
    ANSWERED
  }

  final int rows;
  final long bytes;
  final Object batchKey;
  final Deadline deadline;
  private final Completion<R> completion;

  State state = State.NEW;

  /** What the runner gets; null once answered. */
  @Nullable P payload;

  /** Enqueue order; unique in a queue. */
  long sequence;

  long enqueuedNanos;

  /** The list it is queued in, with its neighbours there. */
  @Nullable CallList<P, R> list;

  @Nullable Call<P, R> previous;
  @Nullable Call<P, R> next;

  /** Its place in the {@link DeadlineHeap}, or -1. */
  int heapIndex = -1;

  private @Nullable R result;
  private @Nullable Timing timing;
  private @Nullable Refusal refusal;

  Call(
      int rows,
      long bytes,
      Object batchKey,
      Deadline deadline,
      P payload,
      Completion<R> completion) {
    this.rows = rows;
    this.bytes = bytes;
    this.batchKey = batchKey;
    this.deadline = deadline;
    this.payload = payload;
    this.completion = completion;
  }

  void complete(R result, Timing timing) {
    answered();
    this.result = result;
    this.timing = timing;
  }

  void refuse(Refusal refusal) {
    answered();
    this.refusal = refusal;
  }

  private void answered() {
    if (state == State.ANSWERED) {
      throw new IllegalStateException("a call is answered once");
    }
    state = State.ANSWERED;
    payload = null;
  }

  /** Hands the answer over; without the lock, by the thread that took it. */
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
