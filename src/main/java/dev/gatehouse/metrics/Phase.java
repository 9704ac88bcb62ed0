package dev.gatehouse.metrics;

/** A part of the time that a batch takes. */
public enum Phase {
  /** From the oldest enqueue until an instance took the batch. */
  QUEUE,
  /** Copying the rows of several callers into one batch. */
  ASSEMBLE,
  /** Running the model. */
  COMPUTE,
  /** Copying the results out. */
  SCATTER
}
