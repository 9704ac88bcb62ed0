package dev.gatehouse.audit.merkle;

import java.util.ArrayList;
import java.util.List;

/**
 * The right edge of a growing tree: the roots of its complete subtrees, largest first, which is all
 * that is needed to append to it and to know its root. For one thread.
 */
public final class Frontier {

  private final TreeHasher hasher;

  /** The roots of the subtrees; as many as {@link #size} has ones in binary. */
  private final List<Hash> subtrees = new ArrayList<>();

  private long size;

  /** The edge of the tree without leaves. */
  public Frontier(TreeHasher hasher) {
    this.hasher = hasher;
  }

  /**
   * The edge of a tree of {@code size} leaves whose complete subtrees are known.
   *
   * @param subtrees largest first
   * @throws IllegalArgumentException if that many leaves make another number of subtrees
   */
  public Frontier(TreeHasher hasher, long size, List<Hash> subtrees) {
    if (size < 0 || subtrees.size() != Long.bitCount(size)) {
      throw new IllegalArgumentException(
          subtrees.size() + " subtrees do not make " + size + " leaves");
    }
    this.hasher = hasher;
    this.size = size;
    this.subtrees.addAll(subtrees);
  }

  /** Hears of every subtree that an append completes, the leaf itself (level 0) included. */
  @FunctionalInterface
  public interface Completed {
    /**
     * A subtree of 2<sup>level</sup> leaves is complete.
     *
     * @param index its place among the subtrees of its level, from 0
     */
    void subtree(int level, long index, Hash root);
  }

  /** Appends a leaf by its hash. */
  public void append(Hash leaf) {
    append(leaf, (level, index, root) -> {});
  }

  /** Appends a leaf by its hash, and tells which subtrees that completes, smallest first. */
  public void append(Hash leaf, Completed completed) {
    Hash root = leaf;
    completed.subtree(0, size, root);
    int level = 0;
    for (long rest = size; (rest & 1) == 1; rest >>= 1) {
      root = hasher.node(subtrees.removeLast(), root);
      level++;
      completed.subtree(level, size >> level, root);
    }
    subtrees.add(root);
    size++;
  }

  /** How many leaves the tree has. */
  public long size() {
    return size;
  }

  /** The root of the tree. */
  public Hash root() {
    if (subtrees.isEmpty()) {
      return hasher.empty();
    }
    Hash root = subtrees.getLast();
    for (int i = subtrees.size() - 2; i >= 0; i--) {
      root = hasher.node(subtrees.get(i), root);
    }
    return root;
  }

  /** The roots of the complete subtrees, largest first. */
  public List<Hash> subtrees() {
    return List.copyOf(subtrees);
  }
}
