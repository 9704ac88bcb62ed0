package dev.gatehouse.audit.query;

import dev.gatehouse.audit.AuditUnavailableException;
import dev.gatehouse.audit.journal.JournalFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.PriorityQueue;

/**
 * The calls that are on record in the journals of a folder, in the order in which they ended. A
 * journal that is damaged is read up to there, and payload that was deleted is not found.
 */
public final class RecordedCalls {

  /** How many entries are looked at, at most. */
  public static final int ENTRIES_MAX = 10_000_000;

  private final Path journals;

  private RecordedCalls(Path journals) {
    this.journals = journals;
  }

  /** The calls in the journals in a folder. */
  public static RecordedCalls in(Path journals) {
    return new RecordedCalls(journals);
  }

  /** Hears of calls. */
  @FunctionalInterface
  public interface Visitor {
    /** Returns whether it wants more. */
    boolean visit(RecordedCall call);
  }

  /**
   * Tells the calls that ended from {@code start} on and before {@code end}.
   *
   * @return whether these were all: false if the visitor had enough, or after {@link #ENTRIES_MAX}
   * @throws AuditUnavailableException if the journals cannot be read
   */
  public boolean visit(Instant start, Instant end, Visitor visitor) {
    PriorityQueue<JournalCalls> queue =
        new PriorityQueue<>(Comparator.comparing(JournalCalls::time));
    try {
      for (JournalFolder folder : JournalFolder.in(journals)) {
        queue.add(new JournalCalls(folder, start, end));
      }
      return visit(queue, visitor);
    } catch (IOException e) {
      throw new AuditUnavailableException("the journals cannot be read", e);
    } finally {
      queue.forEach(JournalCalls::close);
    }
  }

  private static boolean visit(PriorityQueue<JournalCalls> queue, Visitor visitor)
      throws IOException {
    long entriesLeft = ENTRIES_MAX;
    while (!queue.isEmpty()) {
      // The one looked at stays in the queue until it has another time, so that it is closed.
      JournalCalls journal = queue.peek();
      RecordedCall call = journal.call();
      if (call != null && !visitor.visit(call)) {
        return false;
      }
      entriesLeft -= journal.advance(entriesLeft);
      if (entriesLeft <= 0) {
        return false;
      }
      queue.poll();
      if (journal.call() != null) {
        queue.add(journal);
      } else {
        journal.close();
      }
    }
    return true;
  }
}
