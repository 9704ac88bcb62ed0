package dev.gatehouse.audit.merkle;

import dev.gatehouse.audit.merkle.ProofException.Reason;
import java.util.List;

/**
 * Verifies proofs, by the algorithms of RFC 9162, sections 2.1.3.2 and 2.1.4.2. What a proof says
 * is not trusted: whatever it is, it either proves what was asked or is refused with one reason.
 */
public final class ProofVerifier {

  private final TreeHasher hasher = new TreeHasher();

  /** The leaf's place and the last leaf's place, counted in subtrees of the level reached. */
  private long node;

  private long last;

  private ProofVerifier(long node, long last) {
    this.node = node;
    this.last = last;
  }

  /**
   * Returns if {@code path} proves that the leaf is at {@code index} in the tree of {@code size}
   * leaves with this root.
   *
   * @throws ProofException if it does not
   */
  public static void inclusion(Hash leaf, long index, long size, List<Hash> path, Hash root)
      throws ProofException {
    checkSize(size);
    if (index < 0 || index >= size) {
      throw new ProofException(
          Reason.INDEX_BEYOND_TREE, "entry " + index + " is not in a tree of " + size);
    }
    ProofVerifier verifier = new ProofVerifier(index, size - 1);
    Hash hash = leaf;
    for (Hash sibling : path) {
      hash =
          verifier.leftSibling()
              ? verifier.hasher.node(sibling, hash)
              : verifier.hasher.node(hash, sibling);
      verifier.step();
    }
    verifier.checkAtRoot();
    checkRoot(hash, root);
  }

  /**
   * Returns if {@code path} proves that the tree of {@code firstSize} leaves with the first root is
   * the beginning of that of {@code secondSize} with the second.
   *
   * @throws ProofException if it does not
   */
  public static void consistency(
      long firstSize, Hash firstRoot, long secondSize, Hash secondRoot, List<Hash> path)
      throws ProofException {
    checkSize(firstSize);
    checkSize(secondSize);
    if (firstSize > secondSize) {
      throw new ProofException(
          Reason.SIZES_REVERSED, "a tree of " + firstSize + " does not begin one of " + secondSize);
    }
    if (firstSize == 0 || firstSize == secondSize) {
      checkWithoutPath(firstSize, firstRoot, secondSize, secondRoot, path);
      return;
    }
    boolean complete = Long.bitCount(firstSize) == 1;
    if (!complete && path.isEmpty()) {
      throw tooShort();
    }
    new ProofVerifier(firstSize - 1, secondSize - 1)
        .climb(
            complete ? firstRoot : path.getFirst(),
            complete ? path : path.subList(1, path.size()),
            firstRoot,
            secondRoot);
  }

  /** Trees of one size are equal, and the empty tree begins every other: neither needs a hash. */
  private static void checkWithoutPath(
      long firstSize, Hash firstRoot, long secondSize, Hash secondRoot, List<Hash> path)
      throws ProofException {
    if (!path.isEmpty()) {
      throw tooLong();
    }
    TreeHasher hasher = new TreeHasher();
    if (firstSize == 0) {
      checkFirst(hasher.empty(), firstRoot);
    }
    if (firstSize == secondSize) {
      checkRoot(firstRoot, secondRoot);
    }
  }

  private void climb(Hash start, List<Hash> path, Hash firstRoot, Hash secondRoot)
      throws ProofException {
    while ((node & 1) == 1) {
      step();
    }
    Hash first = start;
    Hash second = start;
    for (Hash sibling : path) {
      if (leftSibling()) {
        first = hasher.node(sibling, first);
        second = hasher.node(sibling, second);
      } else {
        second = hasher.node(second, sibling);
      }
      step();
    }
    checkAtRoot();
    checkFirst(first, firstRoot);
    checkRoot(second, secondRoot);
  }

  /**
   * Whether the sibling is on the left. Goes up past the levels at which a node at the right edge
   * has no sibling.
   */
  private boolean leftSibling() throws ProofException {
    if (last == 0) {
      throw tooLong();
    }
    if ((node & 1) == 0 && node != last) {
      return false;
    }
    while ((node & 1) == 0 && node != 0) {
      step();
    }
    return true;
  }

  private void step() {
    node >>= 1;
    last >>= 1;
  }

  private void checkAtRoot() throws ProofException {
    if (last != 0) {
      throw tooShort();
    }
  }

  private static void checkSize(long size) throws ProofException {
    if (size < 0 || size > Proofs.SIZE_MAX) {
      throw new ProofException(Reason.SIZE_INVALID, "no tree has " + size + " entries");
    }
  }

  private static void checkFirst(Hash computed, Hash root) throws ProofException {
    if (!computed.equals(root)) {
      throw new ProofException(
          Reason.FIRST_ROOT_DIFFERS, "the proof leads to another root than the first tree's");
    }
  }

  private static void checkRoot(Hash computed, Hash root) throws ProofException {
    if (!computed.equals(root)) {
      throw new ProofException(
          Reason.ROOT_DIFFERS, "the proof leads to another root than the tree's");
    }
  }

  private static ProofException tooLong() {
    return new ProofException(Reason.PATH_TOO_LONG, "the proof has too many hashes");
  }

  private static ProofException tooShort() {
    return new ProofException(Reason.PATH_TOO_SHORT, "the proof has too few hashes");
  }
}
