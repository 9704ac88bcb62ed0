package dev.gatehouse.scheduling;

import dev.gatehouse.core.Deadline;
import dev.gatehouse.core.Refusal;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * A call with more rows than a batch holds: its parts are queued as calls of their own, each with
 * its share of the rows and bytes of the permit; the whole keeps the one call of it. It is answered
 * when all parts are completed, or with the first of them that is refused, which cancels the rest.
 */
final class SplitCall<P, R> implements Submission {

  private static final Logger LOG = Logger.getLogger(SplitCall.class);

  private final Scheduler<P, R> scheduler;
  private final Call.Permit<P, R> permit;
  private final PayloadParts<P, R> cut;
  private final Completion<R> completion;
  private final List<Part> parts = new ArrayList<>();
  private final AtomicInteger missing;
  private final AtomicBoolean ended = new AtomicBoolean();

  /** Cuts the payload into parts of at most {@code partRowsMax} rows; nothing is queued yet. */
  SplitCall(
      Scheduler<P, R> scheduler,
      Call.Permit<P, R> permit,
      PayloadParts<P, R> cut,
      int partRowsMax,
      P payload,
      Completion<R> completion) {
    this.scheduler = scheduler;
    this.permit = permit;
    this.cut = cut;
    this.completion = completion;
    long bytesLeft = permit.bytes();
    for (int first = 0; first < permit.rows(); first += partRowsMax) {
      int rows = Math.min(partRowsMax, permit.rows() - first);
      boolean last = first + rows == permit.rows();
      long bytes = last ? bytesLeft : permit.bytes() / permit.rows() * rows;
      bytesLeft -= bytes;
      parts.add(new Part(rows, bytes, cut.part(payload, first, rows)));
    }
    missing = new AtomicInteger(parts.size());
  }

  /** Queues the parts. */
  void submit(Object batchKey, int rowCost, Deadline deadline, long now) {
    List<Call<P, R>> calls = new ArrayList<>();
    for (Part part : parts) {
      Call<P, R> call = part.call(batchKey, rowCost, deadline, now);
      scheduler.queue().ledger().queued(call);
      calls.add(call);
    }
    calls.forEach(scheduler::submit);
  }

  @Override
  public void cancel() {
    refuse(new Refusal.Cancelled(), true);
  }

  /** The rest of the parts is told as dropped only if the whole was cancelled. */
  private void refuse(Refusal refusal, boolean cancelled) {
    if (ended.compareAndSet(false, true)) {
      parts.forEach(part -> part.cancel(cancelled));
      end(() -> completion.refused(refusal));
    }
  }

  private void complete() {
    if (ended.compareAndSet(false, true)) {
      end(this::answer);
    }
  }

  private void answer() {
    R whole;
    try {
      whole = cut.join(parts.stream().map(Part::result).toList());
    } catch (RuntimeException fault) {
      String reference = UUID.randomUUID().toString();
      LOG.errorf(fault, "reference %s: the results of a split call could not be joined", reference);
      completion.refused(new Refusal.Internal(reference));
      return;
    }
    completion.completed(whole, timing());
  }

  /** Gives the rest of the permit back, answers, and lets it count as settled. */
  private void end(Runnable answer) {
    scheduler.giveBack(permit.flow(), 0, 0, 1);
    try {
      answer.run();
    } catch (Throwable fault) {
      LOG.errorf(fault, "a completion threw");
    } finally {
      scheduler.settled();
    }
  }

  private Timing timing() {
    long queueNanos = 0;
    long runNanos = 0;
    for (Part part : parts) {
      Timing timing = part.timing();
      queueNanos = Math.max(queueNanos, timing.queueNanos());
      runNanos += timing.runNanos() * part.rows / timing.batchRows();
    }
    return new Timing(queueNanos, runNanos, permit.rows());
  }

  /** Some rows of the call, in their order among the parts. */
  private final class Part implements Completion<R> {
    private final int rows;
    private final long bytes;
    private final P payload;
    private volatile @Nullable Call<P, R> call;

    /** Written before {@link #missing} is counted down, read after it reached zero. */
    private @Nullable R result;

    private @Nullable Timing timing;

    Part(int rows, long bytes, P payload) {
      this.rows = rows;
      this.bytes = bytes;
      this.payload = payload;
    }

    Call<P, R> call(Object batchKey, int rowCost, Deadline deadline, long now) {
      Call.Permit<P, R> share = new Call.Permit<>(permit.flow(), permit.terms(), rows, bytes, 0);
      Call<P, R> fresh = new Call<>(share, rowCost, batchKey, deadline, now, payload, this);
      call = fresh;
      return fresh;
    }

    void cancel(boolean told) {
      Call<P, R> present = call;
      if (present != null) {
        scheduler.cancel(present, told);
      }
    }

    R result() {
      if (result == null) {
        throw new IllegalStateException("a completed part has its result");
      }
      return result;
    }

    Timing timing() {
      if (timing == null) {
        throw new IllegalStateException("a completed part has its timing");
      }
      return timing;
    }

    @Override
    public void completed(R itsResult, Timing itsTiming) {
      result = itsResult;
      timing = itsTiming;
      if (missing.decrementAndGet() == 0) {
        complete();
      }
    }

    @Override
    public void refused(Refusal refusal) {
      refuse(refusal, false);
    }
  }
}
