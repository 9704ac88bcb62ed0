package dev.gatehouse.abuse.watch;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * What was observed and not looked at yet: many threads offer, one polls, none waits. The bound is
 * exact: a place is claimed only while the one who polls has left it.
 *
 * <p>A ring, after D. Vyukov's bounded queues. One who has claimed a place and not filled it yet
 * holds up those behind for a moment; the next poll finds them.
 */
final class ObservationQueue {

  private final AtomicReferenceArray<@Nullable Observation> places;
  private final int mask;

  /** The place claimed last, and one. */
  private final AtomicLong tail = new AtomicLong();

  /** The place that is polled next; written by the one who polls. */
  private final AtomicLong head = new AtomicLong();

  /**
   * An empty one.
   *
   * @param size how many observations it holds, a power of two
   */
  ObservationQueue(int size) {
    if (Integer.bitCount(size) != 1) {
      throw new IllegalArgumentException("no power of two: " + size);
    }
    places = new AtomicReferenceArray<>(size);
    mask = size - 1;
  }

  /** Takes an observation; false if it is full. */
  boolean offer(Observation observation) {
    long at;
    do {
      at = tail.get();
      if (at - head.get() > mask) {
        return false;
      }
    } while (!tail.compareAndSet(at, at + 1));
    places.setRelease((int) at & mask, observation);
    return true;
  }

  /** The oldest observation, which it gives up; null if there is none. */
  @Nullable Observation poll() {
    long at = head.get();
    int place = (int) at & mask;
    Observation observation = places.getAcquire(place);
    if (observation != null) {
      places.setPlain(place, null);
      head.setRelease(at + 1);
    }
    return observation;
  }
}
