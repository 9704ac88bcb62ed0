package dev.gatehouse.scheduling;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * What is to be told once the lock is free.
 *
 * @param notices to the listener, in order
 * @param answers calls that have theirs
 */
record Outbox<P, R>(List<Consumer<BatchListener>> notices, List<Call<P, R>> answers) {

  /** With nothing in it yet. */
  Outbox() {
    this(new ArrayList<>(), new ArrayList<>());
  }

  /** One in which nothing ever is. */
  static <P, R> Outbox<P, R> none() {
    return new Outbox<>(List.of(), List.of());
  }

  boolean isEmpty() {
    return notices.isEmpty() && answers.isEmpty();
  }
}
