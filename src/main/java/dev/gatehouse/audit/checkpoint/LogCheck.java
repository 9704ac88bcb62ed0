package dev.gatehouse.audit.checkpoint;

import dev.gatehouse.audit.control.ControlLogReader;
import dev.gatehouse.audit.control.StoredEntry;
import dev.gatehouse.audit.merkle.Frontier;
import dev.gatehouse.audit.merkle.Hash;
import dev.gatehouse.audit.merkle.TreeHasher;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Compares what is stored with what was signed, and entries with the tree. For one thread.
 *
 * <p>New entries are all hashed before they are signed. Older ones are hashed again bit by bit, so
 * that one which is changed where the tree is left as it is shows sooner or later.
 */
final class LogCheck {

  /** How many older entries are hashed again at a time. */
  static final int SCRUBBED_MAX = 1_000;

  private final ControlLogReader reader;
  private final TreeHasher hasher = new TreeHasher();
  private long scrubbed;

  LogCheck(ControlLogReader reader) {
    this.reader = reader;
  }

  /**
   * The root of the first {@code size} entries, after making sure that it contains what was signed
   * and is that of the entries.
   *
   * @param signed the last checkpoint; null if there is none
   */
  Hash rootOf(long size, @Nullable Checkpoint signed) throws InconsistentLogException {
    long before = signed == null ? 0 : signed.size();
    if (size < before) {
      throw new InconsistentLogException(
          "it has " + size + " entries, and " + before + " were signed");
    }
    Frontier tree = edge(before);
    if (signed != null) {
      requireSigned(tree, signed);
    }
    reader.range(before, size, entry -> append(tree, entry));
    if (tree.size() != size) {
      throw missing(tree.size());
    }
    if (!tree.root().equals(edge(size).root())) {
      throw new InconsistentLogException(
          "the tree over its first " + size + " entries is not that of the entries");
    }
    return tree.root();
  }

  private static void requireSigned(Frontier tree, Checkpoint signed)
      throws InconsistentLogException {
    if (!tree.root().equals(signed.root())) {
      throw new InconsistentLogException(
          "its first " + signed.size() + " entries are not those that were signed");
    }
  }

  /** Makes sure that the log contains what another replica signed, which read the same log. */
  void requireContains(Checkpoint other) throws InconsistentLogException {
    long size = reader.size();
    if (size < other.size()) {
      throw new InconsistentLogException(
          "it has " + size + " entries, and another replica signed " + other.size());
    }
    requireSigned(edge(other.size()), other);
  }

  private void append(Frontier tree, StoredEntry entry) throws InconsistentLogException {
    requireNext(tree, entry);
    tree.append(hasher.leaf(entry.bytes()));
  }

  private static void requireNext(Frontier tree, StoredEntry entry)
      throws InconsistentLogException {
    if (entry.columns().sequence() != tree.size()) {
      throw missing(tree.size());
    }
  }

  private static InconsistentLogException missing(long sequence) {
    return new InconsistentLogException("entry " + sequence + " is missing");
  }

  /** The right edge of the first {@code size} entries, out of the stored nodes. */
  private Frontier edge(long size) throws InconsistentLogException {
    Optional<Frontier> edge = reader.edge(size);
    if (edge.isEmpty()) {
      throw new InconsistentLogException("nodes of the tree over " + size + " entries are missing");
    }
    return edge.get();
  }

  /** Hashes the next older entries again, and compares the tree with what was signed. */
  void scrub(long size, @Nullable Checkpoint signed) throws InconsistentLogException {
    if (signed != null) {
      requireSigned(edge(signed.size()), signed);
    }
    long from = scrubbed >= size ? 0 : scrubbed;
    long to = Math.min(size, from + SCRUBBED_MAX);
    scrub(from, to);
    long left = SCRUBBED_MAX - (to - from);
    if (to == size && left > 0) {
      to = Math.min(from, left);
      scrub(0, to);
    }
    scrubbed = to;
  }

  private void scrub(long from, long to) throws InconsistentLogException {
    Map<ControlLogReader.Place, Hash> nodes = reader.nodesCompleted(from, to);
    Frontier tree = edge(from);
    List<Long> wrong = new ArrayList<>();
    reader.range(
        from,
        to,
        entry -> {
          requireNext(tree, entry);
          tree.append(
              hasher.leaf(entry.bytes()),
              (level, index, root) -> {
                Hash stored = nodes.get(new ControlLogReader.Place(level, index));
                if (stored == null || !stored.equals(root)) {
                  wrong.add(entry.columns().sequence());
                }
              });
        });
    if (tree.size() != to) {
      throw missing(tree.size());
    }
    if (!wrong.isEmpty()) {
      throw new InconsistentLogException("entry " + wrong.getFirst() + " is not that of its tree");
    }
  }
}
