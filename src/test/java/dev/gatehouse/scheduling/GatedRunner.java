package dev.gatehouse.scheduling;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * A runner that stays in each batch until the test lets it out, ignoring interrupts as native code
 * does. It answers a payload with itself in upper case.
 */
final class GatedRunner implements BatchRunner<String, String> {

  private final Semaphore entered = new Semaphore(0);
  private final Semaphore exits = new Semaphore(0);
  private final List<List<String>> batches = new ArrayList<>();
  private volatile boolean interrupted;

  @Override
  public List<String> run(int instance, List<String> payloads) throws Exception {
    synchronized (batches) {
      batches.add(payloads);
    }
    entered.release();
    exits.acquireUninterruptibly();
    interrupted |= Thread.currentThread().isInterrupted();
    if (payloads.contains("bad")) {
      throw new IllegalArgumentException("bad input");
    }
    return payloads.stream().map(payload -> payload.toUpperCase(Locale.ROOT)).toList();
  }

  /** Waits until one more batch is inside. */
  void awaitEntry() throws InterruptedException {
    if (!entered.tryAcquire(60, TimeUnit.SECONDS)) {
      throw new AssertionError("no batch ran");
    }
  }

  /** Lets {@code batches} batches out, now or when they come. */
  void letOut(int count) {
    exits.release(count);
  }

  /** The payloads of all batches so far. */
  List<List<String>> batches() {
    synchronized (batches) {
      return List.copyOf(batches);
    }
  }

  /** Whether an instance's thread was interrupted inside. */
  boolean interrupted() {
    return interrupted;
  }
}
