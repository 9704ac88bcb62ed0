package dev.gatehouse.edge;

import java.util.concurrent.atomic.AtomicReference;

/** Joins a cancel that may come first with the work it is meant for. */
final class Cancellation {

  private static final Runnable NOTHING_YET = new Mark();
  private static final Runnable CANCELLED = new Mark();

  /** Told apart by identity, which lambdas need not have. */
  private static final class Mark implements Runnable {
    @Override
    public void run() {}
  }

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
