package dev.gatehouse.scheduling;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;

/**
 * The instances that wait for work, and who wakes one of them.
 *
 * <p>No wake-up is lost: one who brings work makes it visible first and looks for a parked instance
 * afterwards; an instance marks itself parked first and looks for work afterwards. Both are
 * volatile accesses, so at least one of the two sees the other.
 */
final class IdleInstances<P, R> {

  /** The present slots, by instance. */
  private volatile List<Slot<P, R>> slots = List.of();

  /** How many are parked, or about to be; so that nobody searches while all are busy. */
  private final AtomicInteger parked = new AtomicInteger();

  /** Changes the slots; under the lock, or before anything starts. */
  void slots(UnaryOperator<List<Slot<P, R>>> change) {
    slots = List.copyOf(change.apply(slots));
  }

  /** Waits, unless {@code anything} tells that there is something to do; on the slot's thread. */
  void await(Slot<P, R> slot, BooleanSupplier anything) {
    slot.parked.set(true);
    parked.incrementAndGet();
    if (anything.getAsBoolean()) {
      boolean _ = claim(slot);
      return;
    }
    while (slot.parked.get()) {
      LockSupport.park(this);
      boolean _ = Thread.interrupted(); // a completion's, left over; it must not make this spin
    }
  }

  /** Wakes one, if any waits. */
  void wakeOne() {
    if (parked.get() == 0) {
      return;
    }
    for (Slot<P, R> slot : slots) {
      if (wake(slot)) {
        return;
      }
    }
  }

  void wakeAll() {
    slots.forEach(this::wake);
  }

  /** Wakes this one if it waits. */
  boolean wake(Slot<P, R> slot) {
    if (slot.parked.get() && claim(slot)) {
      LockSupport.unpark(slot.thread);
      return true;
    }
    return false;
  }

  private boolean claim(Slot<P, R> slot) {
    boolean claimed = slot.parked.compareAndSet(true, false);
    if (claimed) {
      parked.decrementAndGet();
    }
    return claimed;
  }
}
