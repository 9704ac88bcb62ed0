package dev.gatehouse.scheduling;

/** Hears of every batch that ran; on the instance's thread, before the calls are answered. */
@FunctionalInterface
public interface BatchListener {

  /** The listener that does nothing. */
  BatchListener NONE = (calls, rows, runNanos, failed) -> {};

  /**
   * A batch ended. Not told of batches that end after their instance was abandoned. What it throws
   * is logged and goes no further.
   *
   * @param calls how many calls it had, cancelled ones included
   * @param rows how many rows
   * @param runNanos how long the runner took, in nanoseconds
   * @param failed whether it failed as a whole
   */
  void batchRan(int calls, int rows, long runNanos, boolean failed);
}
