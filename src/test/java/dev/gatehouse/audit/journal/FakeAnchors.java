package dev.gatehouse.audit.journal;

import dev.gatehouse.audit.AnchorMismatchException;
import dev.gatehouse.audit.Anchors;
import dev.gatehouse.audit.AuditUnavailableException;
import dev.gatehouse.audit.merkle.Hash;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CountDownLatch;

/** A control log in memory that can be made to fail. */
final class FakeAnchors implements Anchors {

  /** How a journal ended. */
  record End(long segments, long entries, Hash chain, boolean orderly) {}

  private final Set<String> opened = new LinkedHashSet<>();
  private final Map<String, List<Segment>> segments = new LinkedHashMap<>();
  private final Map<String, End> ends = new LinkedHashMap<>();
  private volatile boolean failing;
  private volatile boolean wasRead;
  private volatile CountDownLatch reading = new CountDownLatch(0);

  void failing(boolean now) {
    failing = now;
  }

  private void require() {
    if (failing) {
      throw new AuditUnavailableException("the database is gone");
    }
  }

  /** Lets nobody read what is anchored until the latch is open. */
  void readingWaitsFor(CountDownLatch latch) {
    reading = latch;
  }

  /** Whether somebody waits to read what is anchored, or did. */
  boolean wasRead() {
    return wasRead;
  }

  @Override
  public List<Segment> anchoredSegments(String journal) {
    wasRead = true;
    try {
      reading.await();
    } catch (InterruptedException interrupted) {
      throw new AssertionError(interrupted);
    }
    require();
    return segments(journal);
  }

  @Override
  public synchronized void opened(String journal) {
    require();
    opened.add(journal);
  }

  @Override
  public synchronized void anchored(Segment segment) {
    require();
    if (!opened.contains(segment.journal())) {
      throw new AssertionError("a segment of a journal that nobody opened");
    }
    List<Segment> known = segments.computeIfAbsent(segment.journal(), id -> new ArrayList<>());
    for (Segment other : known) {
      if (other.number() == segment.number()) {
        if (!other.equals(segment)) {
          throw new AnchorMismatchException(other + " is there, not " + segment);
        }
        return;
      }
    }
    known.add(segment);
  }

  @Override
  public synchronized void closed(
      String journal, long count, long entries, Hash chain, boolean orderly) {
    require();
    if (segments(journal).size() != count) {
      throw new AssertionError("a journal was closed before its segments were anchored");
    }
    End end = ends.putIfAbsent(journal, new End(count, entries, chain, orderly));
    if (end != null && !end.equals(new End(count, entries, chain, end.orderly()))) {
      throw new AnchorMismatchException("it ended with " + end);
    }
  }

  synchronized boolean opened(JournalId journal) {
    return opened.contains(journal.value());
  }

  synchronized List<Segment> segments(String journal) {
    return List.copyOf(segments.getOrDefault(journal, List.of()));
  }

  List<Segment> segments(JournalId journal) {
    return segments(journal.value());
  }

  synchronized boolean ended(JournalId journal) {
    return ends.containsKey(journal.value());
  }

  synchronized End end(JournalId journal) {
    return Objects.requireNonNull(ends.get(journal.value()));
  }
}
