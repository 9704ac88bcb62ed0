package dev.gatehouse.audit.export;

import dev.gatehouse.audit.merkle.Hash;
import java.util.List;
import java.util.Locale;

/** A line of an export behind the first. */
public sealed interface ExportLine {

  /**
   * An entry of the control log.
   *
   * @param entry its bytes
   * @param index its place in the log
   * @param path the proof that it is there in the tree of the checkpoint
   */
  @SuppressWarnings("ArrayRecordComponent") // not compared
  record OfControl(byte[] entry, long index, List<Hash> path) implements ExportLine {

    /** Copies the path. */
    public OfControl {
      path = List.copyOf(path);
    }
  }

  /**
   * An entry of a journal.
   *
   * @param entry its bytes
   * @param journal the id of the journal
   * @param segment the number of its segment
   * @param index its place in the segment
   * @param path the proof that it is there in the segment's tree
   * @param anchor the entry of the control log that tells the root of that; a line before this
   */
  @SuppressWarnings("ArrayRecordComponent") // not compared
  record OfJournal(
      byte[] entry, String journal, long segment, long index, List<Hash> path, long anchor)
      implements ExportLine {

    /** Copies the path. */
    public OfJournal {
      path = List.copyOf(path);
    }
  }

  /**
   * A segment whose entries are not here.
   *
   * @param anchor the entry of the control log that tells of it
   * @param state why they are not
   */
  record Absent(String journal, long segment, long anchor, State state) implements ExportLine {}

  /** Why the entries of a segment are not in an export. */
  enum State {
    /** Its payload was deleted and its hashes are kept. */
    DELETED,
    /** It was not found where the export was made. */
    UNREACHABLE,
    /** It was found, and it is not what was anchored. */
    CHANGED;

    /** As it is written. */
    String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * The last line.
   *
   * @param control how many lines of the control log came before
   * @param journal how many of journals
   */
  record End(long control, long journal) implements ExportLine {}
}
