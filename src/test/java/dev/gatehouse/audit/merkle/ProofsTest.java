package dev.gatehouse.audit.merkle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Proofs are those of RFC 6962, and are accepted. */
final class ProofsTest {

  private static final int SIZE_MAX = 70;

  /** The leaves and the roots after each of them that Certificate Transparency logs test with. */
  private static final List<String> REFERENCE_LEAVES =
      List.of(
          "",
          "00",
          "10",
          "2021",
          "3031",
          "40414243",
          "5051525354555657",
          "606162636465666768696a6b6c6d6e6f");

  private static final List<String> REFERENCE_ROOTS =
      List.of(
          "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
          "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
          "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
          "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
          "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
          "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
          "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
          "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
          "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328");

  private final TreeHasher hasher = new TreeHasher();

  private List<Hash> leaves(int count) {
    List<Hash> leaves = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      leaves.add(hasher.leaf(new byte[] {(byte) i, (byte) (i >> 8)}));
    }
    return leaves;
  }

  private List<Hash> referenceLeaves() {
    return REFERENCE_LEAVES.stream()
        .map(leaf -> hasher.leaf(HexFormat.of().parseHex(leaf)))
        .toList();
  }

  private static List<Hash> hashes(String... hex) {
    return List.of(hex).stream().map(HexFormat.of()::parseHex).map(Hash::of).toList();
  }

  @Test
  void root_ofReferenceLeaves_isTheReferenceRoot() {
    LeafTree tree = new LeafTree();
    assertEquals(REFERENCE_ROOTS.getFirst(), tree.root().toString());
    for (Hash leaf : referenceLeaves()) {
      tree.append(leaf);
      assertEquals(REFERENCE_ROOTS.get((int) tree.size()), tree.root().toString());
    }
    for (int size = 0; size <= tree.size(); size++) {
      assertEquals(REFERENCE_ROOTS.get(size), Proofs.root(tree, size).toString());
    }
  }

  @Test
  void proofs_ofReferenceLeaves_areTheReferenceProofs() {
    LeafTree tree = LeafTree.of(referenceLeaves());
    assertEquals(List.of(), Proofs.inclusion(tree, 0, 1));
    assertEquals(
        hashes(
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"),
        Proofs.inclusion(tree, 0, 8));
    assertEquals(
        hashes("fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
        Proofs.inclusion(tree, 2, 3));
    assertEquals(List.of(), Proofs.consistency(tree, 1, 1));
    assertEquals(
        hashes(
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"),
        Proofs.consistency(tree, 1, 8));
  }

  @Test
  void proofs_ofAllSmallTrees_areThoseOfTheDefinitionAndVerify() throws ProofException {
    List<Hash> leaves = leaves(SIZE_MAX);
    LeafTree tree = LeafTree.of(leaves);
    for (int size = 0; size <= SIZE_MAX; size++) {
      List<Hash> some = leaves.subList(0, size);
      Hash root = NaiveTree.root(some);
      assertEquals(root, Proofs.root(tree, size));
      for (int index = 0; index < size; index++) {
        List<Hash> path = Proofs.inclusion(tree, index, size);
        assertEquals(NaiveTree.path(index, some), path);
        ProofVerifier.inclusion(leaves.get(index), index, size, path, root);
      }
      for (int first = 0; first <= size; first++) {
        List<Hash> path = Proofs.consistency(tree, first, size);
        if (first > 0) {
          assertEquals(NaiveTree.proof(first, some), path);
        }
        ProofVerifier.consistency(first, Proofs.root(tree, first), size, root, path);
      }
    }
  }

  @Test
  void proofs_ofTheLargestTree_stayWithinTheBound() throws ProofException {
    // Every subtree of a level is the same when every leaf is.
    List<Hash> levels = new ArrayList<>(List.of(hasher.leaf(new byte[0])));
    while (levels.size() <= 62) {
      levels.add(hasher.node(levels.getLast(), levels.getLast()));
    }
    NodeSource nodes = (level, index) -> levels.get(level);
    for (long size : new long[] {Proofs.SIZE_MAX, Proofs.SIZE_MAX - 1, Proofs.SIZE_MAX / 2 + 1}) {
      Hash root = Proofs.root(nodes, size);
      for (long index : new long[] {0, 1, size / 3, size - 2, size - 1}) {
        List<Hash> path = Proofs.inclusion(nodes, index, size);
        assertTrue(path.size() <= Proofs.PATH_MAX);
        ProofVerifier.inclusion(levels.getFirst(), index, size, path, root);
        List<Hash> from = Proofs.consistency(nodes, index, size);
        assertTrue(from.size() <= Proofs.PATH_MAX);
        ProofVerifier.consistency(index, Proofs.root(nodes, index), size, root, from);
      }
    }
  }

  @Test
  void proofs_outsideTheTree_areNotMade() {
    LeafTree tree = LeafTree.of(leaves(5));
    assertThrows(IllegalArgumentException.class, () -> Proofs.inclusion(tree, 5, 5));
    assertThrows(IllegalArgumentException.class, () -> Proofs.inclusion(tree, -1, 5));
    assertThrows(IllegalArgumentException.class, () -> Proofs.inclusion(tree, 0, Long.MAX_VALUE));
    assertThrows(IllegalStateException.class, () -> Proofs.root(tree, 6));
    assertThrows(IllegalArgumentException.class, () -> Proofs.consistency(tree, 6, 5));
    assertThrows(IllegalArgumentException.class, () -> Proofs.consistency(tree, -1, 5));
    assertThrows(IllegalArgumentException.class, () -> Proofs.root(tree, -1));
  }
}
