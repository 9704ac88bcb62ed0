package dev.gatehouse.access;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/** Runs what it is given when the test says so, on the test's thread. */
final class LaterThreads extends AbstractExecutorService {

  private final Queue<Runnable> work = new ArrayDeque<>();
  private boolean over;

  /** Runs everything there is, and what comes of it. */
  void run() {
    for (Runnable next = work.poll(); next != null; next = work.poll()) {
      next.run();
    }
  }

  /** Runs as much as there is now. */
  void runOnce() {
    for (int left = work.size(); left > 0; left--) {
      work.remove().run();
    }
  }

  @Override
  public void execute(Runnable command) {
    if (over) {
      throw new RejectedExecutionException();
    }
    work.add(command);
  }

  @Override
  public void shutdown() {
    over = true;
  }

  @Override
  public List<Runnable> shutdownNow() {
    over = true;
    return List.of();
  }

  @Override
  public boolean isShutdown() {
    return over;
  }

  @Override
  public boolean isTerminated() {
    return over;
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) {
    run();
    return true;
  }
}
