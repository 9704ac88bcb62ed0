package dev.gatehouse.audit.merkle;

import java.util.Arrays;

/**
 * A {@link Frontier} that allocates nothing: for a writer that appends many leaves and wants the
 * root at last. For one thread.
 */
public final class RunningTree {

  /** One subtree for each bit of the size. */
  private static final int SUBTREES_MAX = 62;

  private final TreeHasher hasher;

  /** The roots of the complete subtrees, largest first, side by side, and room for one leaf. */
  private final byte[] subtrees = new byte[(SUBTREES_MAX + 1) * Hash.BYTES];

  private long size;

  /** A tree without leaves. */
  public RunningTree(TreeHasher hasher) {
    this.hasher = hasher;
  }

  /** Appends the leaf whose hash is at {@code offset}. */
  public void append(byte[] hashes, int offset) {
    int last = Long.bitCount(size) * Hash.BYTES;
    System.arraycopy(hashes, offset, subtrees, last, Hash.BYTES);
    for (long rest = size; (rest & 1) == 1; rest >>= 1) {
      last -= Hash.BYTES;
      hasher.node(subtrees, last, subtrees, last);
    }
    size++;
  }

  /** Becomes the same tree as {@code other}. */
  public void set(RunningTree other) {
    System.arraycopy(other.subtrees, 0, subtrees, 0, Long.bitCount(other.size) * Hash.BYTES);
    size = other.size;
  }

  /** Becomes the tree without leaves. */
  public void clear() {
    size = 0;
  }

  /** How many leaves the tree has. */
  public long size() {
    return size;
  }

  /** The root of the tree. */
  public Hash root() {
    if (size == 0) {
      return hasher.empty();
    }
    byte[] pair = new byte[2 * Hash.BYTES];
    int last = (Long.bitCount(size) - 1) * Hash.BYTES;
    System.arraycopy(subtrees, last, pair, Hash.BYTES, Hash.BYTES);
    while (last > 0) {
      last -= Hash.BYTES;
      System.arraycopy(subtrees, last, pair, 0, Hash.BYTES);
      hasher.node(pair, 0, pair, Hash.BYTES);
    }
    return Hash.owning(Arrays.copyOfRange(pair, Hash.BYTES, 2 * Hash.BYTES));
  }
}
