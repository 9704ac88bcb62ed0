package dev.gatehouse.demo.attacks;

import dev.gatehouse.core.SystemTime;
import dev.gatehouse.core.Ticker;
import java.util.concurrent.TimeUnit;

/** Turns at an even rate; turns that were missed are not made up for. For one thread. */
final class Pace {

  private final Ticker ticker = SystemTime.ticker();
  private final long intervalNanos;
  private long nextNanos = ticker.nanos();

  Pace(double perSecond) {
    intervalNanos = (long) (1e9 / perSecond);
  }

  /** Waits for the next turn. */
  void turn() throws InterruptedException {
    turn(1);
  }

  /** Waits for the next turn, which comes after so many usual intervals. */
  void turn(double intervals) throws InterruptedException {
    long now = ticker.nanos();
    TimeUnit.NANOSECONDS.sleep(nextNanos - now);
    nextNanos = Math.max(nextNanos, now) + (long) (intervalNanos * intervals);
  }
}
