package dev.gatehouse.core;

import java.time.Duration;

/**
 * A point on a {@link Ticker} after which nobody waits for an answer any more.
 *
 * @param nanos the reading of the ticker at which it passes; meaningless if {@code finite} is false
 * @param finite whether it ever passes
 */
public record Deadline(long nanos, boolean finite) {

  /** The deadline that never passes. */
  public static final Deadline NONE = new Deadline(0, false);

  /** The deadline which passes when {@code ticker} reads {@code nanos}. */
  public static Deadline at(long nanos) {
    return new Deadline(nanos, true);
  }

  /** The deadline which passes {@code delay} after the ticker's present reading. */
  public static Deadline after(Duration delay, Ticker ticker) {
    return at(ticker.nanos() + delay.toNanos());
  }

  /** Whether it has passed when the ticker reads {@code nowNanos}. */
  public boolean passed(long nowNanos) {
    return finite && nowNanos - nanos >= 0;
  }

  /** The nanoseconds left at {@code nowNanos}, negative once passed; the largest long if none. */
  public long remainingNanos(long nowNanos) {
    return finite ? nanos - nowNanos : Long.MAX_VALUE;
  }

  /** The deadline which passes first. */
  public Deadline earlier(Deadline other) {
    if (!finite) {
      return other;
    }
    return other.finite && other.nanos - nanos < 0 ? other : this;
  }
}
