package dev.gatehouse.audit.merkle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.fail;

import dev.gatehouse.audit.merkle.ProofException.Reason;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Proofs that are not exactly right are refused, whatever their shape, and break nothing. */
final class MalformedProofsTest {

  private static final int ROUNDS = 300_000;
  private static final int LEAVES = 300;
  private static final long[] STRANGE_NUMBERS = {
    Long.MIN_VALUE,
    -1,
    0,
    1,
    1L << 31,
    1L << 61,
    (1L << 62) - 1,
    1L << 62,
    (1L << 62) + 1,
    Long.MAX_VALUE
  };

  private final TreeHasher hasher = new TreeHasher();
  private final List<Hash> leaves = new ArrayList<>();
  private final List<Hash> roots = new ArrayList<>();
  private final LeafTree tree = new LeafTree();

  MalformedProofsTest() {
    roots.add(tree.root());
    for (int i = 0; i < LEAVES; i++) {
      Hash leaf = hasher.leaf(new byte[] {(byte) i, (byte) (i >> 8)});
      leaves.add(leaf);
      tree.append(leaf);
      roots.add(tree.root());
    }
  }

  /** What is claimed, and the proof of it. */
  private record Inclusion(Hash leaf, long index, long size, List<Hash> path, Hash root) {}

  private record Consistency(long first, Hash firstRoot, long second, Hash root, List<Hash> path) {}

  @Test
  void inclusion_malformed_isRefused() {
    long seed = new SplittableRandom().nextLong();
    System.out.println("MalformedProofsTest inclusion seed " + seed);
    SplittableRandom random = new SplittableRandom(seed);
    for (int round = 0; round < ROUNDS; round++) {
      int size = random.nextInt(1, LEAVES + 1);
      int index = random.nextInt(size);
      Inclusion right =
          new Inclusion(
              leaves.get(index), index, size, Proofs.inclusion(tree, index, size), roots.get(size));
      Inclusion wrong = broken(right, random);
      if (wrong.equals(right)) {
        continue;
      }
      try {
        ProofVerifier.inclusion(wrong.leaf, wrong.index, wrong.size, wrong.path, wrong.root);
        fail("accepted " + wrong + " instead of " + right + ", seed " + seed);
      } catch (ProofException expected) {
        // One reason, in words.
      }
    }
  }

  @Test
  void consistency_malformed_isRefused() {
    long seed = new SplittableRandom().nextLong();
    System.out.println("MalformedProofsTest consistency seed " + seed);
    SplittableRandom random = new SplittableRandom(seed);
    for (int round = 0; round < ROUNDS; round++) {
      int second = random.nextInt(1, LEAVES + 1);
      // The empty tree begins every tree: nothing about the second can be wrong.
      int first = random.nextInt(1, second + 1);
      Consistency right =
          new Consistency(
              first,
              roots.get(first),
              second,
              roots.get(second),
              Proofs.consistency(tree, first, second));
      Consistency wrong = broken(right, random);
      if (wrong.equals(right) || wrong.first == 0 && wrong.firstRoot.equals(roots.getFirst())) {
        continue;
      }
      try {
        ProofVerifier.consistency(
            wrong.first, wrong.firstRoot, wrong.second, wrong.root, wrong.path);
        fail("accepted " + wrong + " instead of " + right + ", seed " + seed);
      } catch (ProofException expected) {
        // One reason, in words.
      }
    }
  }

  private Inclusion broken(Inclusion right, SplittableRandom random) {
    return switch (random.nextInt(6)) {
      case 0 ->
          new Inclusion(
              leaves.get(random.nextInt(LEAVES)), right.index, right.size, right.path, right.root);
      case 1 ->
          new Inclusion(right.leaf, number(right.size, random), right.size, right.path, right.root);
      case 2 -> {
        long size = number(right.index, random);
        yield new Inclusion(right.leaf, right.index, size, right.path, rootOf(size, right.root));
      }
      case 3 ->
          new Inclusion(
              right.leaf,
              right.index,
              right.size,
              right.path,
              roots.get(random.nextInt(LEAVES + 1)));
      default ->
          new Inclusion(
              right.leaf, right.index, right.size, broken(right.path, random), right.root);
    };
  }

  private Consistency broken(Consistency right, SplittableRandom random) {
    Hash root = roots.get(random.nextInt(LEAVES + 1));
    return switch (random.nextInt(7)) {
      case 0 -> new Consistency(right.first, root, right.second, right.root, right.path);
      case 1 -> new Consistency(right.first, right.firstRoot, right.second, root, right.path);
      case 2 -> new Consistency(right.second, right.root, right.first, right.firstRoot, right.path);
      case 3 -> {
        long first = number(right.second, random);
        yield new Consistency(
            first, rootOf(first, right.firstRoot), right.second, right.root, right.path);
      }
      case 4 -> {
        long second = number(right.first, random);
        yield new Consistency(
            right.first, right.firstRoot, second, rootOf(second, right.root), right.path);
      }
      default ->
          new Consistency(
              right.first, right.firstRoot, right.second, right.root, broken(right.path, random));
    };
  }

  /**
   * The root of the tree of that size; if there is none, another than {@code right}: two sizes may
   * share a path and so cannot be told apart by it when they are said to have the same root.
   */
  private Hash rootOf(long size, Hash right) {
    if (size >= 0 && size <= LEAVES) {
      return roots.get((int) size);
    }
    return right.equals(roots.getLast()) ? roots.getFirst() : roots.getLast();
  }

  private static long number(long near, SplittableRandom random) {
    return switch (random.nextInt(3)) {
      case 0 -> STRANGE_NUMBERS[random.nextInt(STRANGE_NUMBERS.length)];
      case 1 -> near + random.nextInt(-3, 4);
      default -> random.nextLong(LEAVES + 1);
    };
  }

  private List<Hash> broken(List<Hash> path, SplittableRandom random) {
    List<Hash> wrong = new ArrayList<>(path);
    int at = random.nextInt(path.size() + 1);
    switch (random.nextInt(8)) {
      case 0 -> wrong.add(at, leaves.get(random.nextInt(LEAVES)));
      case 1 -> wrong.clear();
      case 2 -> wrong.subList(at, wrong.size()).clear();
      case 3 -> wrong.subList(0, at).clear();
      case 4 -> Collections.reverse(wrong);
      case 5 -> Collections.rotate(wrong, 1);
      case 6 -> wrong.addAll(Collections.nCopies(random.nextInt(1, 5_00), roots.getLast()));
      default -> {
        if (at < wrong.size()) {
          byte[] bytes = wrong.get(at).bytes();
          bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
          wrong.set(at, Hash.of(bytes));
        }
      }
    }
    return List.copyOf(wrong);
  }

  @Test
  void inclusion_ofEachShape_isRefusedForItsReason() {
    List<Hash> path = Proofs.inclusion(tree, 5, 12);
    Hash root = roots.get(12);
    assertRefused(Reason.INDEX_BEYOND_TREE, 12, 12, path, root);
    assertRefused(Reason.INDEX_BEYOND_TREE, -1, 12, path, root);
    assertRefused(Reason.INDEX_BEYOND_TREE, 0, 0, List.of(), roots.getFirst());
    assertRefused(Reason.SIZE_INVALID, 5, -1, path, root);
    assertRefused(Reason.SIZE_INVALID, 5, (1L << 62) + 1, path, root);
    assertRefused(Reason.PATH_TOO_SHORT, 5, 1L << 62, path, root);
    assertRefused(Reason.PATH_TOO_SHORT, 5, 12, path.subList(1, path.size()), root);
    assertRefused(Reason.PATH_TOO_SHORT, 5, 12, List.of(), root);
    List<Hash> longer = new ArrayList<>(path);
    longer.add(root);
    assertRefused(Reason.PATH_TOO_LONG, 5, 12, longer, root);
    assertRefused(Reason.ROOT_DIFFERS, 4, 12, path, root);
    assertRefused(Reason.ROOT_DIFFERS, 5, 12, path, roots.get(11));
  }

  private void assertRefused(Reason reason, long index, long size, List<Hash> path, Hash root) {
    ProofException refused =
        assertThrows(
            ProofException.class,
            () -> ProofVerifier.inclusion(leaves.get(5), index, size, path, root));
    assertEquals(reason, refused.reason(), refused.getMessage());
  }

  @Test
  void consistency_ofEachShape_isRefusedForItsReason() {
    List<Hash> path = Proofs.consistency(tree, 6, 11);
    Hash first = roots.get(6);
    Hash second = roots.get(11);
    assertRefused(Reason.SIZES_REVERSED, 11, second, 6, first, path);
    assertRefused(Reason.SIZE_INVALID, -1, first, 11, second, path);
    assertRefused(Reason.SIZE_INVALID, 6, first, Long.MAX_VALUE, second, path);
    assertRefused(Reason.PATH_TOO_SHORT, 6, first, 11, second, List.of());
    assertRefused(Reason.PATH_TOO_SHORT, 8, roots.get(8), 11, second, List.of());
    assertRefused(Reason.PATH_TOO_SHORT, 6, first, 11, second, path.subList(0, path.size() - 1));
    List<Hash> longer = new ArrayList<>(path);
    longer.add(first);
    assertRefused(Reason.PATH_TOO_LONG, 6, first, 11, second, longer);
    assertRefused(Reason.PATH_TOO_LONG, 6, first, 6, first, path);
    assertRefused(Reason.PATH_TOO_LONG, 0, roots.getFirst(), 11, second, path);
    assertRefused(Reason.FIRST_ROOT_DIFFERS, 6, roots.get(5), 11, second, path);
    assertRefused(Reason.FIRST_ROOT_DIFFERS, 0, first, 11, second, List.of());
    assertRefused(Reason.ROOT_DIFFERS, 6, first, 11, roots.get(12), path);
    assertRefused(Reason.ROOT_DIFFERS, 6, first, 6, second, List.of());
  }

  private static void assertRefused(
      Reason reason, long first, Hash firstRoot, long second, Hash root, List<Hash> path) {
    ProofException refused =
        assertThrows(
            ProofException.class,
            () -> ProofVerifier.consistency(first, firstRoot, second, root, path));
    assertEquals(reason, refused.reason(), refused.getMessage());
  }
}
