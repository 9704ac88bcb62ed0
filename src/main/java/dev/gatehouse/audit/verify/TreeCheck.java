package dev.gatehouse.audit.verify;

import dev.gatehouse.audit.merkle.Frontier;
import dev.gatehouse.audit.merkle.Hash;
import dev.gatehouse.audit.merkle.TreeHasher;
import dev.gatehouse.audit.verify.Finding.Kind;
import dev.gatehouse.audit.verify.NodeRows.Node;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Compares the tree that the entries make with the checkpoints and with the stored nodes.
 *
 * <p>Where an entry and its stored hash differ, one of the two was changed; the next checkpoint
 * tells which, because the root of either the entries or the stored hashes is the one it vouches
 * for. For one thread.
 */
final class TreeCheck {

  private final Findings findings;
  private final TreeHasher hasher = new TreeHasher();
  private final Frontier computed = new Frontier(hasher);

  /** Those ahead, the smallest first. */
  private final Deque<Vouched> ahead;

  /** Those that vouch for something else than the entries are. */
  private final List<Vouched> contradicting = new ArrayList<>();

  private final @Nullable NodeRows nodes;
  private boolean nodesFollowed;
  private boolean nodeChanged;

  /** What the stored hashes make, from the first on that is not that of its entry. */
  private @Nullable Frontier stored;

  private long differing = Place.NONE;
  private boolean entryChanged;
  private long vouchedSize;

  TreeCheck(List<Vouched> checkpoints, @Nullable NodeRows nodes, Findings findings) {
    this.ahead =
        new ArrayDeque<>(
            checkpoints.stream().sorted(Comparator.comparingLong(Vouched::size)).toList());
    this.nodes = nodes;
    this.nodesFollowed = nodes != null;
    this.findings = findings;
  }

  /**
   * Begins, and leaves out, as findings, the checkpoints of other logs.
   *
   * @param origin the name of the log, or null if that is not known
   */
  void begin(@Nullable String origin) {
    ahead.removeIf(
        vouched -> {
          boolean foreign = origin != null && !vouched.origin().equals(origin);
          if (foreign) {
            findings.add(
                Kind.LOG_FOREIGN,
                vouched.place(),
                "it is about the log "
                    + Printable.of(vouched.origin())
                    + ", and this is "
                    + Printable.of(String.valueOf(origin)));
          }
          return foreign;
        });
    compareWithCheckpoints();
  }

  /**
   * Goes on over an entry.
   *
   * @throws IOException if a stored node cannot be read
   */
  void append(Hash leaf) throws IOException {
    List<Node> completed = new ArrayList<>();
    Hash kept = leaf;
    if (nodesFollowed) {
      kept = storedLeaf(leaf);
    }
    Frontier follows = stored;
    if (follows == null) {
      computed.append(leaf, (level, index, root) -> completed.add(new Node(level, index, root)));
    } else {
      computed.append(leaf);
      follows.append(kept, (level, index, root) -> completed.add(new Node(level, index, root)));
    }
    for (Node node : completed.subList(1, completed.size())) {
      compareWithStored(node);
    }
    compareWithCheckpoints();
  }

  /** The stored hash of the next entry, or that of the entry if none is stored. */
  private Hash storedLeaf(Hash leaf) throws IOException {
    long index = computed.size();
    Node node = nextNode(0, index);
    if (node == null) {
      return leaf;
    }
    if (!node.hash().equals(leaf) && stored == null) {
      differing = index;
      stored = new Frontier(hasher, index, computed.subtrees());
    }
    return node.hash();
  }

  private void compareWithStored(Node right) throws IOException {
    if (!nodesFollowed) {
      return;
    }
    Node node = nextNode(right.level(), right.index());
    if (node != null && !node.hash().equals(right.hash()) && !nodeChanged) {
      nodeChanged = true;
      changed(right.level(), right.index(), "is not the hash of the two below it");
    }
  }

  /** The next stored node, or null and a finding if it is not this one. */
  private @Nullable Node nextNode(int level, long index) throws IOException {
    Node node = nodes == null ? null : nodes.next();
    if (node != null && node.level() == level && node.index() == index) {
      return node;
    }
    nodesFollowed = false;
    changed(level, index, node == null ? "is missing" : "is missing, or another was added");
    return null;
  }

  private void changed(int level, long index, String what) {
    findings.add(
        Kind.NODE_CHANGED,
        Place.control(index << level),
        "the stored node %d of level %d %s".formatted(index, level, what));
  }

  private void compareWithCheckpoints() {
    while (!ahead.isEmpty() && ahead.getFirst().size() == computed.size()) {
      compare(ahead.removeFirst());
    }
  }

  private void compare(Vouched vouched) {
    if (computed.root().equals(vouched.root())) {
      agree(vouched);
      if (stored != null && !entryChanged) {
        findings.add(
            Kind.NODE_CHANGED,
            Place.control(differing),
            "the entry is right, and its stored hash is not: %s vouches for the entry"
                .formatted(vouched.name()));
        stored = null;
        nodesFollowed = false;
      }
    } else if (stored != null && nodesFollowed && stored.root().equals(vouched.root())) {
      agree(vouched);
      if (!entryChanged) {
        entryChanged = true;
        findings.add(
            Kind.ENTRY_CHANGED,
            Place.control(differing),
            "it is not the entry that was written: its stored hash is another, and %s vouches for that"
                .formatted(vouched.name()));
      }
    } else {
      contradicting.add(vouched);
    }
  }

  /** A later checkpoint agrees: so those before it that do not vouch for another log. */
  private void agree(Vouched vouched) {
    vouchedSize = vouched.size();
    for (Vouched other : contradicting) {
      findings.add(
          Kind.LOG_FORKED,
          other.place(),
          "it vouches for another log of %d entries than %s, and both are signed"
              .formatted(other.size(), vouched.name()));
    }
    contradicting.clear();
  }

  /**
   * Ends behind the last entry.
   *
   * @param ordered whether every entry so far was in its place, so that those ahead are missing
   * @throws IOException if a stored node cannot be read
   */
  void end(boolean ordered) throws IOException {
    if (!ordered) {
      return;
    }
    if (!contradicting.isEmpty() && !entryChanged) {
      rewritten(contradicting.getFirst());
    } else if (differing != Place.NONE && stored != null && !entryChanged) {
      findings.add(
          Kind.ENTRY_CHANGED,
          Place.control(differing),
          "it and its stored hash differ, and no checkpoint tells which of them was changed");
    }
    if (!ahead.isEmpty()) {
      Vouched last = ahead.getLast();
      findings.add(
          Kind.LOG_TRUNCATED,
          Place.control(computed.size()),
          "it and the %d entries behind it are missing: %s vouches for %d entries"
              .formatted(last.size() - computed.size() - 1, last.name(), last.size()));
    } else if (nodes != null && nodesFollowed && nodes.next() != null) {
      findings.add(
          Kind.LOG_TRUNCATED,
          Place.control(computed.size()),
          "it is missing: nodes of the tree are stored for it");
    }
    if (computed.size() > vouchedSize) {
      findings.note(
          "%s: no checkpoint given vouches for the last %d of %d entries yet"
              .formatted(Place.CONTROL, computed.size() - vouchedSize, computed.size()));
    }
  }

  private void rewritten(Vouched vouched) {
    findings.add(
        Kind.LOG_REWRITTEN,
        Place.control(vouchedSize),
        "it or one of the %d entries behind it is not the one that was written: %s vouches for others"
            .formatted(vouched.size() - vouchedSize - 1, vouched.name()));
  }
}
