package dev.gatehouse.audit.journal;

import dev.gatehouse.audit.Anchors;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The entries on disk that no anchor covers: the segments that were closed, and the open one. The
 * writer adds and the anchoring thread removes.
 */
final class Unanchored {

  /**
   * A segment that was closed.
   *
   * @param segment what is to be anchored
   * @param firstEntryNanos when its first entry was committed; meaningless if it has none
   */
  record Waiting(Anchors.Segment segment, long firstEntryNanos) {}

  private final ConcurrentLinkedQueue<Waiting> closed = new ConcurrentLinkedQueue<>();
  private final AtomicInteger count = new AtomicInteger();

  /** When the first entry of the open segment was committed, or null if it has none. */
  private volatile @Nullable Long openSince;

  private final Runnable wake;

  /** Calls {@code wake} when there is something to anchor. */
  Unanchored(Runnable wake) {
    this.wake = wake;
  }

  /** The open segment has its first entry. */
  void begun(long nanos) {
    openSince = nanos;
  }

  /** The open segment was closed. */
  void closed(Anchors.Segment segment, long firstEntryNanos) {
    closed.add(new Waiting(segment, firstEntryNanos));
    count.incrementAndGet();
    openSince = null;
    wake.run();
  }

  /** The segment to anchor next, or null if there is none. */
  @Nullable Waiting oldest() {
    return closed.peek();
  }

  /** The oldest segment was anchored. */
  void removeOldest() {
    closed.remove();
    count.decrementAndGet();
  }

  /** How many closed segments wait. */
  int segments() {
    return count.get();
  }

  /** The age of the oldest entry, or 0 if there is none. */
  long lagNanos(long nowNanos) {
    // The open one is read first: one that is closed in between is then found in the queue.
    Long since = openSince;
    for (Waiting waiting : closed) {
      if (waiting.segment.count() > 0) {
        return Math.max(0, nowNanos - waiting.firstEntryNanos);
      }
    }
    return since == null ? 0 : Math.max(0, nowNanos - since);
  }
}
