package dev.gatehouse.audit.merkle;

import java.util.ArrayList;
import java.util.List;

/**
 * The tree, its paths and its consistency proofs, written word for word from the recursive
 * definitions in RFC 6962, section 2.1, without a thought for speed.
 */
final class NaiveTree {

  private static final TreeHasher HASHER = new TreeHasher();

  private NaiveTree() {}

  /** MTH. */
  static Hash root(List<Hash> leaves) {
    int n = leaves.size();
    if (n == 0) {
      return HASHER.empty();
    }
    if (n == 1) {
      return leaves.getFirst();
    }
    int k = split(n);
    return HASHER.node(root(leaves.subList(0, k)), root(leaves.subList(k, n)));
  }

  /** PATH(m, D[n]). */
  static List<Hash> path(int m, List<Hash> leaves) {
    int n = leaves.size();
    if (n == 1) {
      return List.of();
    }
    int k = split(n);
    return m < k
        ? followed(path(m, leaves.subList(0, k)), root(leaves.subList(k, n)))
        : followed(path(m - k, leaves.subList(k, n)), root(leaves.subList(0, k)));
  }

  /** PROOF(m, D[n]). */
  static List<Hash> proof(int m, List<Hash> leaves) {
    return subProof(m, leaves, true);
  }

  private static List<Hash> subProof(int m, List<Hash> leaves, boolean whole) {
    int n = leaves.size();
    if (m == n) {
      return whole ? List.of() : List.of(root(leaves));
    }
    int k = split(n);
    return m <= k
        ? followed(subProof(m, leaves.subList(0, k), whole), root(leaves.subList(k, n)))
        : followed(subProof(m - k, leaves.subList(k, n), false), root(leaves.subList(0, k)));
  }

  private static int split(int n) {
    int k = 1;
    while (k * 2 < n) {
      k *= 2;
    }
    return k;
  }

  private static List<Hash> followed(List<Hash> path, Hash hash) {
    List<Hash> longer = new ArrayList<>(path);
    longer.add(hash);
    return longer;
  }
}
