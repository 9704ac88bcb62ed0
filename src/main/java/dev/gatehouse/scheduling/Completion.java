package dev.gatehouse.scheduling;

import dev.gatehouse.core.Refusal;

/**
 * Takes the answer of one call: exactly one of its methods is called, exactly once.
 *
 * <p>It is called without any lock held, on a thread of the batcher or the one that submits,
 * cancels, abandons or closes. It should return soon, since it keeps an instance from its next
 * batch. It may call the batcher, except to wait for it. What it throws is logged and goes no
 * further.
 *
 * @param <R> what a call gets
 */
public interface Completion<R> {

  /** The model answered. */
  void completed(R result, Timing timing);

  /** The call gets no result. */
  void refused(Refusal refusal);
}
