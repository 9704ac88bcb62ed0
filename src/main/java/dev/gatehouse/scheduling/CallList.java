package dev.gatehouse.scheduling;

import org.jspecify.annotations.Nullable;

/**
 * Queued calls in enqueue order, doubly linked through the calls themselves, so that one can be
 * taken out anywhere in constant time. A call is in two of them: all calls of its caller at its
 * priority, and those of them that have its batch key.
 */
final class CallList<P, R> {

  /** Through which of its two pairs of links the calls hang together. */
  enum Links {
    OF_BACKLOG,
    OF_LANE
  }

  private final boolean ofLane;
  private @Nullable Call<P, R> head;
  private @Nullable Call<P, R> tail;
  private int rows;

  CallList(Links links) {
    ofLane = links == Links.OF_LANE;
  }

  @Nullable Call<P, R> head() {
    return head;
  }

  boolean isEmpty() {
    return head == null;
  }

  int rows() {
    return rows;
  }

  void addLast(Call<P, R> call) {
    previous(call, tail);
    if (tail == null) {
      head = call;
    } else {
      next(tail, call);
    }
    tail = call;
    rows += call.rows;
  }

  void remove(Call<P, R> call) {
    Call<P, R> before = ofLane ? call.previousInLane : call.previousInBacklog;
    Call<P, R> after = ofLane ? call.nextInLane : call.nextInBacklog;
    if (before == null) {
      head = after;
    } else {
      next(before, after);
    }
    if (after == null) {
      tail = before;
    } else {
      previous(after, before);
    }
    previous(call, null);
    next(call, null);
    rows -= call.rows;
  }

  private void next(Call<P, R> call, @Nullable Call<P, R> after) {
    if (ofLane) {
      call.nextInLane = after;
    } else {
      call.nextInBacklog = after;
    }
  }

  private void previous(Call<P, R> call, @Nullable Call<P, R> before) {
    if (ofLane) {
      call.previousInLane = before;
    } else {
      call.previousInBacklog = before;
    }
  }
}
