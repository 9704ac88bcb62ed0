package dev.gatehouse.edge;

import java.util.concurrent.atomic.AtomicReference;

/** Joins a cancel that may come first with the work it is meant for. */
final class Cancellation {

  private static final Runnable NOTHING_YET = () -> {};
  private static final Runnable CANCELLED = () -> {};

  private final AtomicReference<Runnable> work = new AtomicReference<>(NOTHING_YET);

  /** The work is known; it is cancelled at once if a cancel came before. */
  void become(Runnable cancel) {
    if (!work.compareAndSet(NOTHING_YET, cancel)) {
      cancel.run();
    }
  }

  /** Cancels the work, now or once it is known. */
  void cancel() {
    work.getAndSet(CANCELLED).run();
  }
}
