package dev.gatehouse.audit.merkle;

import java.util.ArrayList;
import java.util.List;

/**
 * A growing tree in memory with all its complete subtrees: about 64 bytes and two objects a leaf.
 * For one thread.
 */
public final class LeafTree implements NodeSource {

  private final Frontier frontier;

  /** The complete subtrees of each level. */
  private final List<List<Hash>> levels = new ArrayList<>();

  /** A tree without leaves. */
  public LeafTree() {
    frontier = new Frontier(new TreeHasher());
  }

  /** A tree of leaves with these hashes. */
  public static LeafTree of(Iterable<Hash> leaves) {
    LeafTree tree = new LeafTree();
    leaves.forEach(tree::append);
    return tree;
  }

  /** Appends a leaf by its hash. */
  public void append(Hash leaf) {
    frontier.append(leaf, this::keep);
  }

  private void keep(int level, long index, Hash root) {
    if (levels.size() == level) {
      levels.add(new ArrayList<>());
    }
    levels.get(level).add(root);
  }

  /** How many leaves it has. */
  public long size() {
    return frontier.size();
  }

  /** Its root. */
  public Hash root() {
    return frontier.root();
  }

  @Override
  public Hash node(int level, long index) {
    if (level < 0 || level >= levels.size() || index < 0 || index >= levels.get(level).size()) {
      throw new IllegalStateException("no subtree " + index + " of level " + level);
    }
    return levels.get(level).get((int) index);
  }
}
