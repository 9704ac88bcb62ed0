package dev.gatehouse.audit.verify;

import dev.gatehouse.audit.entry.Entry;
import dev.gatehouse.audit.entry.EntryKind;
import dev.gatehouse.audit.entry.Field;
import dev.gatehouse.audit.verify.Finding.Kind;
import java.util.Set;
import java.util.TreeSet;

/**
 * The calls of a journal that were admitted and have not ended yet, by the numbers of their
 * intents. For one thread.
 */
final class OpenIntents {

  /** The most calls that are followed at once, many times what a gateway runs. */
  static final int FOLLOWED_MAX = 1 << 20;

  private final String journal;
  private final Findings findings;
  private final Set<Long> open = new TreeSet<>();

  /** Whether all entries so far were seen, so that an unknown intent is a fault. */
  private boolean complete = true;

  OpenIntents(String journal, Findings findings) {
    this.journal = journal;
    this.findings = findings;
  }

  /** Takes the next entry. */
  void accept(Entry entry, long segment) {
    if (entry.kind() == EntryKind.INTENT) {
      if (open.size() < FOLLOWED_MAX) {
        open.add(entry.sequence());
      } else {
        complete = false;
      }
    } else if (entry.kind() == EntryKind.OUTCOME
        && !open.remove(entry.number(Field.INTENT))
        && complete) {
      findings.add(
          Kind.ENTRY_INCONSISTENT,
          Place.journal(journal, segment, entry.sequence()),
          "it ends call " + entry.number(Field.INTENT) + ", which was not running");
    }
  }

  /** Entries follow that cannot be read: they may hold intents, and outcomes of those open. */
  void skip() {
    complete = false;
    open.clear();
  }

  /** Whether every entry was seen. */
  boolean complete() {
    return complete;
  }

  /** The numbers of the calls of which it is not known how they ended. */
  Set<Long> open() {
    return open;
  }
}
