package dev.gatehouse.scheduling;

import dev.gatehouse.scheduling.SimulatedCall.Piece;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;

/** The pieces of a simulation that wait and never ran, by caller, priority and key. */
final class WaitingPieces {

  /** Those of one caller, priority and key, oldest first. */
  private static final class Queue {
    final LinkedHashSet<Piece> pieces = new LinkedHashSet<>();
    int rows;
    int emptied;
  }

  private final int callers;
  private final int keys;
  private final List<Queue> queues = new ArrayList<>();
  private final int[] calls = new int[Priority.values().length];

  WaitingPieces(int callers, int keys) {
    this.callers = callers;
    this.keys = keys;
    for (int i = 0; i < callers * keys * calls.length; i++) {
      queues.add(new Queue());
    }
  }

  private Queue queue(int caller, Priority priority, int key) {
    return queues.get((caller * calls.length + priority.ordinal()) * keys + key);
  }

  private Queue queue(Piece piece) {
    return queue(piece.call.holder.index, piece.call.priority, piece.call.key);
  }

  void add(Piece piece) {
    Queue queue = queue(piece);
    queue.pieces.add(piece);
    queue.rows += piece.rows;
    calls[piece.call.priority.ordinal()]++;
  }

  void remove(Piece piece) {
    Queue queue = queue(piece);
    if (queue.pieces.remove(piece)) {
      queue.rows -= piece.rows;
      calls[piece.call.priority.ordinal()]--;
      queue.emptied += queue.pieces.isEmpty() ? 1 : 0;
    }
  }

  /** The oldest of those that wait as this one does. */
  Piece first(Piece piece) {
    return queue(piece).pieces.getFirst();
  }

  int calls(Priority priority) {
    return calls[priority.ordinal()];
  }

  boolean isEmpty() {
    return calls[0] == 0 && calls[1] == 0;
  }

  /** How often the queue ran empty, or -1 if it is. */
  int backlogged(int caller, Priority priority, int key) {
    Queue queue = queue(caller, priority, key);
    return queue.pieces.isEmpty() ? -1 : queue.emptied;
  }

  /** The rows of a key that wait, of a set of callers. */
  int rows(int callerSet, int key) {
    int rows = 0;
    for (int caller = 0; caller < callers; caller++) {
      if ((callerSet & 1 << caller) != 0) {
        for (Priority priority : Priority.values()) {
          rows += queue(caller, priority, key).rows;
        }
      }
    }
    return rows;
  }

  /** The rows of the smallest piece of a key that is the oldest of its caller. */
  int smallestFirst(int callerSet, int key) {
    int smallest = Integer.MAX_VALUE;
    for (int caller = 0; caller < callers; caller++) {
      if ((callerSet & 1 << caller) != 0) {
        for (Priority priority : Priority.values()) {
          Iterator<Piece> pieces = queue(caller, priority, key).pieces.iterator();
          smallest = pieces.hasNext() ? Math.min(smallest, pieces.next().rows) : smallest;
        }
      }
    }
    return smallest;
  }

  @Override
  public String toString() {
    return calls[0] + " and " + calls[1] + " calls";
  }
}
