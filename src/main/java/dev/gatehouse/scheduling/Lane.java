package dev.gatehouse.scheduling;

import org.jspecify.annotations.Nullable;

/**
 * The queued calls of one caller, one priority and one batch key, oldest first. Its rank is the
 * virtual time that its backlog had at some time, and so never more than it has now.
 */
final class Lane<P, R> extends IndexedHeap.Node {

  final Backlog<P, R> backlog;
  final Object batchKey;
  final CallList<P, R> calls = new CallList<>(CallList.Links.OF_LANE);

  /** Where it takes part while it has calls. */
  @Nullable Group<P, R> group;

  Lane(Backlog<P, R> backlog, Object batchKey) {
    this.backlog = backlog;
    this.batchKey = batchKey;
  }
}
