package dev.gatehouse.audit.export;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.audit.control.ControlLogReader.Place;
import dev.gatehouse.audit.merkle.Hash;
import dev.gatehouse.audit.merkle.LeafTree;
import dev.gatehouse.audit.merkle.Proofs;
import dev.gatehouse.audit.merkle.TreeHasher;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The nodes that an export keeps. */
final class StoredNodesTest {

  /** A tree that counts how often it is asked. */
  private static final class Tree implements ControlEntries {
    final LeafTree leaves = new LeafTree();
    int questions;

    Tree(int size) {
      TreeHasher hasher = new TreeHasher();
      for (int i = 0; i < size; i++) {
        leaves.append(hasher.leaf(ByteBuffer.allocate(4).putInt(i).array()));
      }
    }

    @Override
    public void range(long from, long to, Taker taker) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Map<Place, Hash> nodesCompleted(long from, long to) {
      questions++;
      Map<Place, Hash> nodes = new HashMap<>();
      long end = Math.min(to, leaves.size());
      for (int level = 0; 1L << level <= end; level++) {
        for (long index = from >> level; index < end >> level; index++) {
          nodes.put(new Place(level, index), leaves.node(level, index));
        }
      }
      return nodes;
    }
  }

  @Test
  void node_pathsOfAllEntriesInOrder_asksAFewTimesForAThousand() {
    int size = 20_000 + 77;
    Tree tree = new Tree(size);
    StoredNodes nodes = new StoredNodes(tree);
    for (int i = 0; i < size; i++) {
      assertEquals(Proofs.inclusion(tree.leaves, i, size), Proofs.inclusion(nodes, i, size));
    }
    assertTrue(tree.questions <= 3 * (size / 1_024 + 1), () -> tree.questions + " questions");
  }

  @Test
  void node_thatIsNotThere_isRefused() {
    StoredNodes nodes = new StoredNodes(new Tree(5));
    assertThrows(IllegalStateException.class, () -> nodes.node(0, 5));
    assertThrows(IllegalStateException.class, () -> nodes.node(40, 0));
  }
}
