package dev.gatehouse.access;

import dev.gatehouse.core.Deadline;
import dev.gatehouse.core.Refusal;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** A call that waits for tokens from the shared buckets; it is answered exactly once. */
public final class QuotaWait implements QuotaAnswer.Unsettled {

  private final int rows;
  private final Deadline deadline;
  private final long latestNanos;
  private final CompletableFuture<QuotaAnswer.Settled> answer = new CompletableFuture<>();

  /**
   * A call of {@code rows} rows that waits until {@code deadline}, and not longer than until {@code
   * latestNanos}.
   */
  QuotaWait(int rows, Deadline deadline, long latestNanos) {
    this.rows = rows;
    this.deadline = deadline;
    this.latestNanos = latestNanos;
  }

  /**
   * Tells {@code listener} the answer, once, as soon as there is one: now, or later on a thread of
   * the room, or on the one that cancels. The listener must not block.
   */
  public void whenSettled(Consumer<QuotaAnswer.Settled> listener) {
    var unused = answer.thenAccept(listener);
  }

  /** Gives the call up, which is refused as {@code CANCELLED}, unless it is answered already. */
  public void cancel() {
    boolean ignored = settle(new QuotaAnswer.Refused(new Refusal.Cancelled(), null, null));
  }

  int rows() {
    return rows;
  }

  boolean settled() {
    return answer.isDone();
  }

  /** Answers, unless it was answered before; whether it did. */
  boolean settle(QuotaAnswer.Settled settled) {
    return answer.complete(settled);
  }

  /** Refuses it if nobody waits any longer. */
  void expire(long nowNanos, QuotaAnswer.Refused late) {
    if (deadline.passed(nowNanos)) {
      boolean ignored =
          settle(new QuotaAnswer.Refused(new Refusal.DeadlineExceeded(), null, late.standing()));
    } else if (nowNanos - latestNanos >= 0) {
      boolean ignored = settle(late);
    }
  }
}
