package dev.gatehouse.audit.checkpoint;

import dev.gatehouse.audit.control.ControlFilter;
import dev.gatehouse.audit.control.ControlLogReader;
import dev.gatehouse.audit.control.StoredEntry;
import dev.gatehouse.audit.entry.EntryCodec;
import dev.gatehouse.audit.entry.EntryFormatException;
import dev.gatehouse.audit.entry.EntryKind;
import dev.gatehouse.audit.entry.Field;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jboss.logging.Logger;

/**
 * What other replicas signed of the log, with which it must agree too: two roots of one size, both
 * signed, prove a fork.
 *
 * <p>Only keys count that sign for this log: the replica's own, and those of which an entry tells
 * that they were used. What anybody else wrote into a sink proves nothing and is passed over.
 *
 * <p>For one thread.
 */
final class OtherReplicas {

  /** How many checkpoints of others are compared at once; the largest ones. */
  static final int COMPARED_MAX = 100;

  private static final Logger LOG = Logger.getLogger(OtherReplicas.class);

  private final VerifierKey own;
  private final ControlLogReader reader;
  private final LogCheck check;
  private final FileCheckpointSink folder;
  private List<VerifierKey> keys;

  OtherReplicas(
      VerifierKey own, ControlLogReader reader, LogCheck check, FileCheckpointSink folder) {
    this.own = own;
    this.reader = reader;
    this.check = check;
    this.folder = folder;
    this.keys = List.of(own);
  }

  /**
   * Makes sure that the log contains what others signed since.
   *
   * @param size what this replica signed last; 0 if it signed nothing
   */
  void compare(long size) throws IOException, InconsistentLogException {
    for (SignedNote note : folder.largerThan(size, COMPARED_MAX)) {
      Optional<Checkpoint> other = vouched(note);
      if (other.isPresent()) {
        check.requireContains(other.get());
      }
    }
  }

  /**
   * Decides what it means that a sink has another checkpoint of a size that this replica signed.
   *
   * @throws InconsistentLogException if who signs for this log signed that too
   */
  void judge(OtherCheckpointException found, Checkpoint mine) throws InconsistentLogException {
    Optional<Checkpoint> other = vouched(found.there());
    if (other.isPresent()
        && other.get().size() == mine.size()
        && !other.get().root().equals(mine.root())) {
      throw new InconsistentLogException(
          "of its first " + mine.size() + " entries, two different roots were signed");
    }
  }

  /** The checkpoint that a note is, if it is signed with a key that signs for this log. */
  private Optional<Checkpoint> vouched(SignedNote note) {
    Optional<Checkpoint> opened = opened(note);
    if (opened.isEmpty()) {
      keys = used();
      opened = opened(note);
    }
    return opened;
  }

  private Optional<Checkpoint> opened(SignedNote note) {
    for (VerifierKey key : keys) {
      try {
        return Optional.of(Checkpoint.open(note.toString(), key));
      } catch (NoteException e) {
        LOG.debugf("a checkpoint is not that of %s: %s", key, e.getMessage());
      }
    }
    return Optional.empty();
  }

  private List<VerifierKey> used() {
    ControlFilter filter =
        new ControlFilter(EntryKind.KEY_USED, null, null, null, null, null, null, null);
    List<VerifierKey> found = new ArrayList<>(List.of(own));
    // The newest first: of more keys than a page has, the oldest sign no more.
    for (StoredEntry stored :
        reader.page(filter, true, OptionalLong.empty(), ControlLogReader.PAGE_MAX)) {
      try {
        String key = EntryCodec.read(stored.bytes()).text(Field.KEY);
        if (key != null) {
          found.add(VerifierKey.parse(key));
        }
      } catch (EntryFormatException | NoteException e) {
        LOG.debugf("entry %d tells of no key: %s", stored.columns().sequence(), e.getMessage());
      }
    }
    return found;
  }
}
