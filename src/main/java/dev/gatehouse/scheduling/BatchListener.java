package dev.gatehouse.scheduling;

/**
 * Hears of what the batcher does; without any lock, on the thread that did it. What it throws is
 * logged and goes no further.
 */
public interface BatchListener {

  /** The listener that does nothing. */
  BatchListener NONE = new BatchListener() {};

  /**
   * A batch ended; told before its calls are answered. Not told of batches that end after their
   * instance was abandoned.
   *
   * @param calls how many calls it had, cancelled ones included
   * @param rows how many rows
   * @param runNanos how long the runner took, in nanoseconds
   * @param failed whether it failed as a whole
   */
  default void batchRan(int calls, int rows, long runNanos, boolean failed) {}

  /**
   * A call (of a call that was split: a part of it) left the queue and never reached the runner.
   */
  default void callDropped(DropReason reason) {}

  /** So many calls of a failed batch are to run again. */
  default void callsRetried(int calls) {}

  /** A caller whose calls were rejected too often runs apart for a while from now on. */
  default void callerPenalised() {}

  /**
   * Another limit holds from now on.
   *
   * @param batchRows the most rows of a batch
   * @param inFlightRows the most rows admitted and not yet answered
   */
  default void limitsChosen(int batchRows, int inFlightRows) {}

  /** The device had no memory for a batch of so many rows. */
  default void memoryExhausted(int rows) {}
}
