package dev.gatehouse.scheduling;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Calls on their way to the queue, a lock-free stack linked through the calls themselves (R. K.
 * Treiber, "Systems Programming: Coping with Parallelism", 1986). Anybody pushes; all are taken at
 * once, so no call is ever pushed again and the ABA problem does not arise.
 */
final class CallStack<P, R> {

  /** Through which link of theirs the calls hang together. */
  enum Link {
    SUBMITTED,
    CANCELLED
  }

  private final Link link;
  private final AtomicReference<@Nullable Call<P, R>> top = new AtomicReference<>();

  CallStack(Link link) {
    this.link = link;
  }

  void push(Call<P, R> call) {
    Call<P, R> below = top.get();
    while (true) {
      next(call, below);
      Call<P, R> witness = top.compareAndExchange(below, call);
      if (witness == below) {
        return;
      }
      below = witness;
    }
  }

  boolean isEmpty() {
    return top.get() == null;
  }

  /** Takes all out and returns the one pushed first, or null; {@link #unlink} leads on. */
  @Nullable Call<P, R> takeAll() {
    if (top.get() == null) {
      return null;
    }
    Call<P, R> call = top.getAndSet(null);
    Call<P, R> first = null;
    while (call != null) {
      Call<P, R> below = next(call);
      next(call, first);
      first = call;
      call = below;
    }
    return first;
  }

  /** Takes the link to the call that was pushed after this one. */
  @Nullable Call<P, R> unlink(Call<P, R> call) {
    Call<P, R> after = next(call);
    next(call, null);
    return after;
  }

  private @Nullable Call<P, R> next(Call<P, R> call) {
    return link == Link.SUBMITTED ? call.nextSubmitted : call.nextCancelled;
  }

  private void next(Call<P, R> call, @Nullable Call<P, R> after) {
    if (link == Link.SUBMITTED) {
      call.nextSubmitted = after;
    } else {
      call.nextCancelled = after;
    }
  }
}
