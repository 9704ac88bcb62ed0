package dev.gatehouse.audit.verify;

/**
 * Something in the record that is not as it was written.
 *
 * @param kind what kind of fault it is
 * @param place the first place at which it shows
 * @param text what is wrong there, in one line of plain words
 */
public record Finding(Kind kind, Place place, String text) {

  /** The kinds of faults. */
  public enum Kind {
    /** The bytes of an entry are others than were written. */
    ENTRY_CHANGED,
    /** Entries that were there are not. */
    ENTRY_MISSING,
    /** An entry comes a second time. */
    ENTRY_DUPLICATED,
    /** An entry stands at another place than its own. */
    ENTRY_MOVED,
    /** An entry stands where none was written. */
    ENTRY_INSERTED,
    /** What stands beside an entry to find it by does not say what the entry says. */
    PROJECTION_CHANGED,
    /** A stored node of the tree is not what the entries make, or is missing. */
    NODE_CHANGED,
    /** An entry cannot follow those before it: such as an outcome without its intent. */
    ENTRY_INCONSISTENT,
    /** A call was admitted and how it ended is not there, though the journal ended in order. */
    OUTCOME_MISSING,

    /** Segments of a journal are not there. */
    SEGMENT_MISSING,
    /** A segment is of another journal. */
    SEGMENT_FOREIGN,
    /** A segment stands where another one of its journal belongs. */
    SEGMENT_REPLAYED,
    /** A segment is whole in itself, but it is not what was anchored or follows. */
    SEGMENT_CHANGED,
    /** A segment ends before its end. */
    SEGMENT_TRUNCATED,
    /** A segment is not anchored though a later one is, or its journal has ended. */
    SEGMENT_UNANCHORED,
    /** A journal of which the control log tells is not there. */
    JOURNAL_MISSING,
    /** There is a journal of which the control log does not tell. */
    JOURNAL_UNKNOWN,
    /** There is a file where none belongs. */
    FILE_UNKNOWN,

    /** The control log is shorter than a checkpoint vouches for. */
    LOG_TRUNCATED,
    /** The control log is not the one that a checkpoint vouches for. */
    LOG_REWRITTEN,
    /** Two signed checkpoints vouch for two different logs. */
    LOG_FORKED,
    /** A checkpoint is of another log. */
    LOG_FOREIGN,

    /** A checkpoint bears the name of a trusted key, which did not sign it. */
    SIGNATURE_INVALID,
    /** A checkpoint is signed by no trusted key. */
    KEY_UNKNOWN,
    /** A checkpoint is no checkpoint. */
    CHECKPOINT_MALFORMED,
    /** No checkpoint by a trusted key is there, so that nobody vouches for anything. */
    CHECKPOINT_MISSING,

    /** A line of an export does not have its form, or says other than its entry. */
    LINE_CHANGED,
    /** The proof of a line of an export proves nothing. */
    PROOF_INVALID,
    /** An export ends before its end, or lacks what it says that it has. */
    EXPORT_INCOMPLETE
  }

  @Override
  public String toString() {
    return kind + " at " + place + ": " + text;
  }
}
