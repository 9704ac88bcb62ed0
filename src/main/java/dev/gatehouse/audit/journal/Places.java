package dev.gatehouse.audit.journal;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * How much of the backlog is taken, by open uses and by entries that are not on disk.
 *
 * <p>The bound is exact: places are taken by compare-and-set, never by a check and a later
 * increment.
 */
final class Places {

  private final AtomicInteger taken = new AtomicInteger();

  /** Takes {@code places}, unless more than {@code max} were taken then. */
  boolean take(int places, int max) {
    int now = taken.get();
    while (now <= max - places) {
      int seen = taken.compareAndExchange(now, now + places);
      if (seen == now) {
        return true;
      }
      now = seen;
    }
    return false;
  }

  void giveBack(int places) {
    taken.addAndGet(-places);
  }

  int taken() {
    return taken.get();
  }
}
