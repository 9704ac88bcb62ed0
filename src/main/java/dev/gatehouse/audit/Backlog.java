package dev.gatehouse.audit;

import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The places and the queue between the request threads and the writer.
 *
 * <p>A place is taken before its entry exists and given back when the entry is on file, so the
 * bound is on reservations, waiting entries and entries being written, together. It is exact: a
 * place is taken by compare-and-set, never by a check and a later increment. The queue itself needs
 * no bound, because each of its entries holds a place.
 */
final class Backlog {

  /**
   * An event and the time at which it was recorded.
   *
   * @param at the time
   * @param event the event
   */
  record Entry(Instant at, AuditEvent event) {}

  private final AtomicInteger taken = new AtomicInteger();

  /** Entries in the queue, counted after they are added: never more than there are. */
  private final AtomicInteger queued = new AtomicInteger();

  private final ConcurrentLinkedQueue<Entry> queue = new ConcurrentLinkedQueue<>();

  /** Takes a place unless {@code max} are taken. */
  boolean take(int max) {
    int now = taken.get();
    while (now < max) {
      int seen = taken.compareAndExchange(now, now + 1);
      if (seen == now) {
        return true;
      }
      now = seen;
    }
    return false;
  }

  /** Gives {@code places} back. */
  void giveBack(int places) {
    taken.addAndGet(-places);
  }

  /** The places taken. */
  int taken() {
    return taken.get();
  }

  /** Queues an entry that holds a place; returns how many are queued with it. */
  int add(Entry entry) {
    queue.add(entry);
    return queued.incrementAndGet();
  }

  /** How many entries are queued at least; the writer may take as many. */
  int queued() {
    return queued.get();
  }

  /** The oldest entry; for the writer, and only while {@link #queued} is positive. */
  Entry oldest() {
    return Objects.requireNonNull(queue.peek());
  }

  /** Removes the oldest entry, under the same condition. */
  void removeOldest() {
    queue.remove();
    queued.decrementAndGet();
  }

  /** Throws away what is queued, after the writer has ended; returns how many entries. */
  int discard() {
    int discarded = 0;
    while (queue.poll() != null) {
      queued.decrementAndGet();
      taken.decrementAndGet();
      discarded++;
    }
    return discarded;
  }
}
