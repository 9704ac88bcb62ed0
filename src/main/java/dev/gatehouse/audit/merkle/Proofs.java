package dev.gatehouse.audit.merkle;

import java.util.ArrayList;
import java.util.List;

/**
 * Makes the proofs of RFC 6962, sections 2.1.1 and 2.1.2, and the roots of earlier sizes, out of
 * the complete subtrees of a tree. Each takes a number of nodes that grows with the logarithm of
 * the size.
 */
public final class Proofs {

  /** The most leaves of a tree. */
  public static final long SIZE_MAX = 1L << 62;

  /** The most hashes of a proof: one for each level of the largest tree, and the first subtree. */
  public static final int PATH_MAX = 63;

  private final NodeSource nodes;
  private final TreeHasher hasher = new TreeHasher();

  private Proofs(NodeSource nodes) {
    this.nodes = nodes;
  }

  /**
   * The path that proves the leaf at {@code index} to be in the tree of the first {@code size}
   * leaves, from the leaf upwards.
   *
   * @throws IllegalArgumentException unless {@code 0 <= index < size <= SIZE_MAX}
   */
  public static List<Hash> inclusion(NodeSource nodes, long index, long size) {
    if (index < 0 || index >= size || size > SIZE_MAX) {
      throw new IllegalArgumentException("no leaf " + index + " in a tree of " + size);
    }
    List<Hash> path = new ArrayList<>();
    new Proofs(nodes).inclusion(index, 0, size, path);
    return List.copyOf(path);
  }

  /**
   * The path that proves the tree of the first {@code first} leaves to be the beginning of that of
   * {@code second}. It is empty when they are of one size, and when the first has no leaves.
   *
   * @throws IllegalArgumentException unless {@code 0 <= first <= second <= SIZE_MAX}
   */
  public static List<Hash> consistency(NodeSource nodes, long first, long second) {
    if (first < 0 || first > second || second > SIZE_MAX) {
      throw new IllegalArgumentException("no tree of " + first + " leaves in one of " + second);
    }
    if (first == 0 || first == second) {
      return List.of();
    }
    List<Hash> path = new ArrayList<>();
    new Proofs(nodes).consistency(first, 0, second, true, path);
    return List.copyOf(path);
  }

  /**
   * The root of the tree of the first {@code size} leaves.
   *
   * @throws IllegalArgumentException unless {@code 0 <= size <= SIZE_MAX}
   */
  public static Hash root(NodeSource nodes, long size) {
    if (size < 0 || size > SIZE_MAX) {
      throw new IllegalArgumentException("no tree has " + size + " leaves");
    }
    Proofs proofs = new Proofs(nodes);
    return size == 0 ? proofs.hasher.empty() : proofs.subtree(0, size);
  }

  /**
   * Adds the path of the leaf at {@code index} in the subtree of {@code size} from {@code start}.
   */
  private void inclusion(long index, long start, long size, List<Hash> path) {
    if (size == 1) {
      return;
    }
    long left = leftSize(size);
    if (index - start < left) {
      inclusion(index, start, left, path);
      path.add(subtree(start + left, size - left));
    } else {
      inclusion(index, start + left, size - left, path);
      path.add(subtree(start, left));
    }
  }

  /**
   * Adds what proves the first {@code first} leaves of a subtree.
   *
   * @param known whether the verifier has the root of these leaves already
   */
  private void consistency(long first, long start, long size, boolean known, List<Hash> path) {
    if (first == size) {
      if (!known) {
        path.add(subtree(start, size));
      }
      return;
    }
    long left = leftSize(size);
    if (first <= left) {
      consistency(first, start, left, known, path);
      path.add(subtree(start + left, size - left));
    } else {
      consistency(first - left, start + left, size - left, false, path);
      path.add(subtree(start, left));
    }
  }

  /**
   * The root of the {@code size} leaves from {@code start}, which is a multiple of its left half.
   */
  private Hash subtree(long start, long size) {
    if (Long.bitCount(size) == 1) {
      int level = Long.numberOfTrailingZeros(size);
      return nodes.node(level, start >> level);
    }
    long left = leftSize(size);
    return hasher.node(subtree(start, left), subtree(start + left, size - left));
  }

  /** The largest power of two below {@code size}, which is at least 2. */
  private static long leftSize(long size) {
    return Long.highestOneBit(size - 1);
  }
}
