package dev.gatehouse.serving;

import java.util.concurrent.atomic.AtomicReference;

/**
 * A call that waits for quota, or for its digest, and is queued then; it can be cancelled at every
 * moment of that.
 */
final class PendingCall {

  private static final Runnable CANCELLED = () -> {};

  private final Runnable waiting;
  private final AtomicReference<Runnable> cancel;

  /**
   * One that waits.
   *
   * @param waiting gives it up while it does; equal to no other
   */
  PendingCall(Runnable waiting) {
    this.waiting = waiting;
    this.cancel = new AtomicReference<>(waiting);
  }

  /** It was queued: from now on it is cancelled there, and at once if it was cancelled before. */
  void queued(Runnable cancelQueued) {
    if (!cancel.compareAndSet(waiting, cancelQueued)) {
      cancelQueued.run();
    }
  }

  /** Gives the call up, wherever it is. */
  void cancel() {
    cancel.getAndSet(CANCELLED).run();
  }
}
