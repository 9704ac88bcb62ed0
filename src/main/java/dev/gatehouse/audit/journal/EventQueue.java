package dev.gatehouse.audit.journal;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What waits to be written, in order: from any thread to the writer.
 *
 * <p>A ring in which adding is one increment and one write. It never overruns, because each event
 * holds a place of {@link Places} until after it was removed, and there are no more places than
 * slots.
 */
final class EventQueue {

  private final AtomicReferenceArray<@Nullable Object> slots;
  private final int mask;
  private final int crowdMask;
  private final AtomicLong tail = new AtomicLong();

  /** Written by the writer alone. */
  private volatile long head;

  /** A queue for so many events at most. */
  EventQueue(int eventsMax) {
    int size = Integer.highestOneBit(eventsMax - 1) << 1;
    this.slots = new AtomicReferenceArray<>(size);
    this.mask = size - 1;
    this.crowdMask = mask >> 3;
  }

  /**
   * Adds an event. Returns true once in each eighth of the ring: whoever adds that one is to see to
   * it that the writer comes.
   */
  boolean add(Object event) {
    long ticket = tail.getAndIncrement();
    slots.set((int) ticket & mask, event);
    return ((int) ticket & crowdMask) == crowdMask;
  }

  /** Removes the oldest event, or returns null if none is there yet; for the writer. */
  @Nullable Object poll() {
    long ticket = head;
    int slot = (int) ticket & mask;
    Object event = slots.get(slot);
    if (event != null) {
      slots.lazySet(slot, null);
      head = ticket + 1;
    }
    return event;
  }

  /**
   * Shows what is there; for any thread. Of events that are removed or added meanwhile, some may be
   * shown and some not; all others are.
   */
  void forEach(Consumer<Object> seen) {
    long end = tail.get();
    for (long ticket = head; ticket < end; ticket++) {
      Object event = slots.get((int) ticket & mask);
      if (event != null) {
        seen.accept(event);
      }
    }
  }
}
