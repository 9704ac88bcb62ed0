package dev.gatehouse.audit.query;

import dev.gatehouse.audit.entry.Entry;
import dev.gatehouse.audit.entry.EntryKind;
import dev.gatehouse.audit.entry.Field;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A page of entries of one journal in the making: it hears of entries in their order, puts each
 * intent together with its outcome, and keeps those that are meant. For one thread.
 *
 * <p>An intent waits for its outcome, and what came after it waits with it, so that the page keeps
 * the order; a page that has looked at enough ends before the first intent that still waits.
 */
final class JournalPage implements JournalSearch.Visitor {

  /** How many entries wait for the end of a call before them, at most. */
  static final int WAITING_MAX = 5_000;

  private static final class Candidate {
    private final Entry entry;
    private final byte[] bytes;
    private @Nullable Entry ended;

    Candidate(Entry entry, byte[] bytes) {
      this.entry = entry;
      this.bytes = bytes;
      this.ended = JournalSearch.ended(entry);
    }
  }

  private final String journal;
  private final EntryFilter filter;
  private final int max;
  private int scansLeft;
  private final List<FoundEntry> found = new ArrayList<>();
  private final Deque<Candidate> waiting = new ArrayDeque<>();
  private final Map<Long, Candidate> intents = new HashMap<>();
  private long next;
  private boolean enough;

  /**
   * A page of at most {@code max} entries.
   *
   * @param scans how many entries it looks at, at most
   */
  JournalPage(String journal, EntryFilter filter, int max, int scans) {
    this.journal = journal;
    this.filter = filter;
    this.max = max;
    this.scansLeft = scans;
  }

  @Override
  public boolean visit(Entry entry, byte[] bytes) {
    next = entry.sequence() + 1;
    if (entry.kind() == EntryKind.OUTCOME) {
      Candidate intent = intents.remove(entry.number(Field.INTENT));
      if (intent != null) {
        intent.ended = entry;
      }
    } else if (filter.mayAccept(entry)) {
      Candidate candidate = new Candidate(entry, bytes);
      waiting.add(candidate);
      if (candidate.ended == null) {
        intents.put(entry.sequence(), candidate);
      }
    }
    settle(false);
    scansLeft--;
    enough = enough || scansLeft <= 0 || waiting.size() >= WAITING_MAX;
    return !enough;
  }

  /** Decides about what waits, up to the first that is undecided, or about all of it. */
  private void settle(boolean all) {
    while (!enough && !waiting.isEmpty() && (all || waiting.getFirst().ended != null)) {
      Candidate candidate = waiting.removeFirst();
      if (filter.accepts(candidate.entry, candidate.ended)) {
        found.add(new FoundEntry(journal, candidate.entry, candidate.bytes, candidate.ended));
        enough = found.size() >= max;
      }
    }
  }

  /**
   * There are no more entries, or it has enough.
   *
   * @return the number of the entry at which the next page begins, or -1 if none follows
   */
  long end() {
    boolean cut = enough;
    if (!cut) {
      settle(true);
      cut = enough && !waiting.isEmpty();
      return cut ? waiting.getFirst().entry.sequence() : -1;
    }
    if (waiting.isEmpty()) {
      return next;
    }
    if (found.isEmpty() && waiting.getFirst().ended == null) {
      // Nothing but calls that take longer than what was looked at: go on without their ends.
      enough = false;
      settle(true);
    }
    return waiting.isEmpty() ? next : waiting.getFirst().entry.sequence();
  }

  List<FoundEntry> found() {
    return found;
  }

  int scansLeft() {
    return scansLeft;
  }
}
