package dev.gatehouse.audit.merkle;

/** The complete subtrees of a tree, wherever they are kept. */
@FunctionalInterface
public interface NodeSource {

  /**
   * The root of the complete subtree of the leaves from {@code index << level} (inclusive), of
   * which there are 2<sup>level</sup>; the leaf's hash at level 0.
   *
   * @throws IllegalStateException if it is not there
   */
  Hash node(int level, long index);
}
