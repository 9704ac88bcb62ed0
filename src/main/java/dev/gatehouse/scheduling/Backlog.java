package dev.gatehouse.scheduling;

import java.util.HashMap;
import java.util.Map;

/**
 * The queued calls of one caller at one priority. Its rank is its virtual time: the service it has
 * had, by rows, cost and weight; it only grows.
 */
final class Backlog<P, R> extends IndexedHeap.Node {

  final Flow<P, R> flow;

  /** All of them, oldest first. */
  final CallList<P, R> calls = new CallList<>(CallList.Links.OF_BACKLOG);

  /** The same calls by batch key; possibly empty lanes too. */
  final Map<Object, Lane<P, R>> lanes = new HashMap<>();

  /** Whether it was ever queued; before, its virtual time means nothing. */
  boolean begun;

  Backlog(Flow<P, R> flow) {
    this.flow = flow;
  }
}
