package dev.gatehouse.scheduling;

import dev.gatehouse.core.Refusal;

/**
 * What {@link Batcher#reserve} answers: a {@link Reservation}, or why there is none.
 *
 * @param <P> what a call brings
 * @param <R> what a call gets
 */
public sealed interface Admission<P, R> permits Reservation, Admission.Refused {

  /**
   * There is no place for the call, and nothing to release.
   *
   * @param refusal {@code QueueFull}, {@code Draining}, {@code ModelNotReady}, or {@code
   *     TensorInvalid} for a call that would not fit an empty queue
   * @param <P> what a call brings
   * @param <R> what a call gets
   */
  record Refused<P, R>(Refusal refusal) implements Admission<P, R> {}
}
