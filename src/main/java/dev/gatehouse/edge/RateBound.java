package dev.gatehouse.edge;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** Lets so many pass a second; at the turn of a second a few more may. */
final class RateBound {

  private final int perSecondMax;
  private final AtomicLong second = new AtomicLong(Long.MIN_VALUE);
  private final AtomicInteger passed = new AtomicInteger();

  RateBound(int perSecondMax) {
    this.perSecondMax = perSecondMax;
  }

  /** Whether one more may pass when the ticker reads {@code nowNanos}. */
  boolean admit(long nowNanos) {
    long now = TimeUnit.NANOSECONDS.toSeconds(nowNanos);
    long current = second.get();
    if (current != now && second.compareAndSet(current, now)) {
      passed.set(0);
    }
    return passed.incrementAndGet() <= perSecondMax;
  }
}
