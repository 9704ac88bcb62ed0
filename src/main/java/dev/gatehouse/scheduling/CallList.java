package dev.gatehouse.scheduling;

import org.jspecify.annotations.Nullable;

/**
 * Queued calls in enqueue order, doubly linked through the calls themselves, so that one can be
 * taken out anywhere in constant time. Either the group of one batch key, or the calls to run again
 * alone.
 */
final class CallList<P, R> {

  private @Nullable Call<P, R> head;
  private @Nullable Call<P, R> tail;
  private int rows;

  @Nullable Call<P, R> head() {
    return head;
  }

  boolean isEmpty() {
    return head == null;
  }

  int rows() {
    return rows;
  }

  /** The enqueue order of its oldest call; it must have one. */
  long headSequence() {
    if (head == null) {
      throw new IllegalStateException("an empty list has no head");
    }
    return head.sequence;
  }

  void addLast(Call<P, R> call) {
    call.list = this;
    call.previous = tail;
    if (tail == null) {
      head = call;
    } else {
      tail.next = call;
    }
    tail = call;
    rows += call.rows;
  }

  void remove(Call<P, R> call) {
    Call<P, R> before = call.previous;
    Call<P, R> after = call.next;
    if (before == null) {
      head = after;
    } else {
      before.next = after;
    }
    if (after == null) {
      tail = before;
    } else {
      after.previous = before;
    }
    call.list = null;
    call.previous = null;
    call.next = null;
    rows -= call.rows;
  }
}
