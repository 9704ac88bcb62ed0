package dev.gatehouse.testing;

import dev.gatehouse.core.Deadline;
import dev.gatehouse.core.SystemTime;
import dev.gatehouse.core.Ticker;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waiting for something outside this virtual machine, which can only be asked. */
public final class Await {

  private static final Duration PAUSE = Duration.ofMillis(40);

  private Await() {}

  /**
   * Asks until the answer is yes.
   *
   * @param atMost how long to ask
   * @return the last answer
   */
  public static boolean until(Duration atMost, BooleanSupplier condition) {
    Ticker ticker = SystemTime.ticker();
    Deadline deadline = Deadline.after(atMost, ticker);
    while (!condition.getAsBoolean()) {
      if (deadline.passed(ticker.nanos()) || Thread.currentThread().isInterrupted()) {
        return false;
      }
      LockSupport.parkNanos(PAUSE.toNanos());
    }
    return true;
  }
}
