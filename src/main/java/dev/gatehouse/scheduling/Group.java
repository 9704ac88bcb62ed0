package dev.gatehouse.scheduling;

import org.jspecify.annotations.Nullable;

/**
 * The lanes of one priority whose calls may share a batch. Its rank, while it is full, is at most
 * the virtual time of its least-served lane.
 */
final class Group<P, R> extends IndexedHeap.Node {

  /**
   * The key of a caller's own group, while it is penalised.
   *
   * @param flow whose
   * @param batchKey of which calls
   */
  record Apart(Flow<?, ?> flow, Object batchKey) {

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Apart apart && apart.flow == flow && apart.batchKey.equals(batchKey);
    }

    @Override
    public int hashCode() {
      return 31 * System.identityHashCode(flow) + batchKey.hashCode();
    }
  }

  final Object key;

  /** Those with calls. */
  private final IndexedHeap<Lane<P, R>> lanes = new IndexedHeap<>();

  /** How many lanes, those passed over included. */
  private int attached;

  private int rows;

  Group(Object key) {
    this.key = key;
  }

  int rows() {
    return rows;
  }

  boolean isEmpty() {
    return attached == 0;
  }

  void add(Lane<P, R> lane) {
    lane.group = this;
    lane.rank = lane.backlog.rank;
    lane.tie = lane.backlog.tie;
    lanes.add(lane);
    attached++;
    rows += lane.calls.rows();
  }

  void remove(Lane<P, R> lane) {
    lane.group = null;
    lanes.remove(lane);
    attached--;
    rows -= lane.calls.rows();
  }

  void rowsChanged(int by) {
    rows += by;
  }

  /**
   * The lane whose caller was served least, or null if all are empty. Virtual times only grow, so
   * the first lane whose rank is still true precedes all others.
   */
  @Nullable Lane<P, R> least() {
    Lane<P, R> first = lanes.first();
    while (first != null && first.rank != first.backlog.rank) {
      first.rank = first.backlog.rank;
      lanes.update(first);
      first = lanes.first();
    }
    return first;
  }

  /** Leaves a lane out while one batch is put together; {@link #restore} must follow. */
  void passOver(Lane<P, R> lane) {
    lanes.remove(lane);
  }

  void restore(Lane<P, R> lane) {
    lanes.add(lane);
  }
}
