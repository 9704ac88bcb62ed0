package dev.gatehouse.scheduling;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A binary heap whose elements know their place in it, so that taking out or moving any one costs
 * the logarithm and no search.
 *
 * <p>Ranks are compared by their difference, since readings of a ticker and virtual times wrap.
 */
final class IndexedHeap<E extends IndexedHeap.Node> {

  /** What a heap holds; in at most one heap at a time. */
  abstract static class Node {

    /** Its order; changes while it is in a heap need {@link IndexedHeap#update}. */
    long rank;

    /** Its order among equal ranks. */
    long tie;

    /** Its place in the heap, or -1. */
    private int heapIndex = -1;

    final boolean inHeap() {
      return heapIndex >= 0;
    }

    final boolean before(Node other) {
      long difference = rank - other.rank;
      return difference < 0 || (difference == 0 && tie - other.tie < 0);
    }
  }

  private final List<E> heap = new ArrayList<>();

  /** The element of the lowest rank. */
  @Nullable E first() {
    return heap.isEmpty() ? null : heap.getFirst();
  }

  boolean isEmpty() {
    return heap.isEmpty();
  }

  int size() {
    return heap.size();
  }

  void add(E element) {
    heap.add(element);
    up(heap.size() - 1, element);
  }

  /** Puts an element that is in this heap where its changed rank belongs. */
  void update(E element) {
    int index = index(element);
    down(index, element);
    if (index(element) == index) {
      up(index, element);
    }
  }

  /** Takes the element out if it is in. */
  void remove(E element) {
    int index = index(element);
    if (index < 0) {
      return;
    }
    place(element, -1);
    E last = heap.removeLast();
    if (last != element) {
      down(index, last);
      if (index(last) == index) {
        up(index, last);
      }
    }
  }

  private void up(int start, E element) {
    int index = start;
    while (index > 0) {
      int parentIndex = (index - 1) >>> 1;
      E parent = heap.get(parentIndex);
      if (!element.before(parent)) {
        break;
      }
      put(index, parent);
      index = parentIndex;
    }
    put(index, element);
  }

  private void down(int start, E element) {
    int index = start;
    int half = heap.size() >>> 1;
    while (index < half) {
      int childIndex = 2 * index + 1;
      if (childIndex + 1 < heap.size() && heap.get(childIndex + 1).before(heap.get(childIndex))) {
        childIndex++;
      }
      E child = heap.get(childIndex);
      if (!child.before(element)) {
        break;
      }
      put(index, child);
      index = childIndex;
    }
    put(index, element);
  }

  private void put(int index, E element) {
    heap.set(index, element);
    place(element, index);
  }

  private static int index(Node node) {
    return node.heapIndex;
  }

  private static void place(Node node, int index) {
    node.heapIndex = index;
  }
}
