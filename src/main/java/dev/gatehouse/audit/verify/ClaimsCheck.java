package dev.gatehouse.audit.verify;

import dev.gatehouse.audit.entry.Entry;
import dev.gatehouse.audit.entry.EntryKind;
import dev.gatehouse.audit.entry.Field;
import dev.gatehouse.audit.merkle.Hash;
import dev.gatehouse.audit.verify.Finding.Kind;
import dev.gatehouse.audit.verify.JournalClaims.Anchor;
import dev.gatehouse.audit.verify.JournalClaims.Closed;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Gathers what the control log says about journals, and checks that it can be so: each is opened
 * once, anchored in order, closed once. Holds one small object for each segment there ever was. For
 * one thread.
 */
final class ClaimsCheck {

  private static final Hash ZERO = Hash.of(new byte[Hash.BYTES]);

  private final Findings findings;

  /** By the id of the journal, in the order in which they were opened. */
  private final Map<String, JournalClaims> journals = new LinkedHashMap<>();

  private boolean telling = true;

  ClaimsCheck(Findings findings) {
    this.findings = findings;
  }

  Map<String, JournalClaims> journals() {
    return journals;
  }

  /**
   * Takes the next entry of the control log.
   *
   * @param ordered whether all before it are as written; else it may contradict what is missing
   */
  void accept(Entry entry, boolean ordered) {
    telling = ordered;
    switch (entry.kind()) {
      case LOG_BEGUN -> {
        if (entry.sequence() != 0) {
          fault(entry, "says that the log begins, which it did long before");
        }
      }
      case JOURNAL_OPENED -> open(entry);
      case SEGMENT_ANCHORED -> anchor(entry);
      case JOURNAL_CLOSED -> close(entry);
      case CHANGE, KEY_USED, INTENT, OUTCOME, CALL, DROPPED -> {}
    }
    if (entry.sequence() == 0 && entry.kind() != EntryKind.LOG_BEGUN) {
      fault(entry, "is the first, and does not say that the log begins");
    }
  }

  private void open(Entry entry) {
    String id = journal(entry);
    if (journals.containsKey(id)) {
      fault(entry, "opens journal " + id + " a second time");
      return;
    }
    journals.put(id, new JournalClaims(id, String.valueOf(entry.text(Field.REPLICA))));
  }

  private void anchor(Entry entry) {
    JournalClaims claims = journals.get(journal(entry));
    Anchor anchor = Anchor.of(entry);
    if (claims == null) {
      fault(entry, "anchors a segment of journal " + journal(entry) + ", which was never opened");
      return;
    }
    if (claims.closed() != null) {
      fault(entry, "anchors a segment of journal " + claims.id() + ", which had ended");
    } else if (anchor.segment() != claims.anchors().size()) {
      fault(
          entry,
          "anchors segment %d of journal %s where segment %d was to come"
              .formatted(anchor.segment(), claims.id(), claims.anchors().size()));
    } else if (anchor.first() != claims.entriesAnchored()) {
      fault(
          entry,
          "anchors segment %d of journal %s from entry %d on, where entry %d was to come"
              .formatted(anchor.segment(), claims.id(), anchor.first(), claims.entriesAnchored()));
    }
    claims.add(anchor);
  }

  private void close(Entry entry) {
    JournalClaims claims = journals.get(journal(entry));
    if (claims == null) {
      fault(entry, "ends journal " + journal(entry) + ", which was never opened");
      return;
    }
    if (claims.closed() != null) {
      fault(entry, "ends journal " + claims.id() + " a second time");
      return;
    }
    Closed closed = Closed.of(entry);
    claims.close(closed);
    Hash chain =
        claims.anchors().isEmpty() ? ZERO : claims.anchors().lastEntry().getValue().chain();
    if (closed.segments() != claims.anchors().size()
        || closed.entries() != claims.entriesAnchored()
        || !closed.chain().equals(chain)) {
      fault(
          entry,
          "ends journal %s with %d segments and %d entries, where %d and %d were anchored"
              .formatted(
                  claims.id(),
                  closed.segments(),
                  closed.entries(),
                  claims.anchors().size(),
                  claims.entriesAnchored()));
    }
  }

  private static String journal(Entry entry) {
    return String.valueOf(entry.text(Field.JOURNAL));
  }

  private void fault(Entry entry, String text) {
    if (telling) {
      findings.add(Kind.ENTRY_INCONSISTENT, Place.control(entry.sequence()), "the entry " + text);
    }
  }
}
