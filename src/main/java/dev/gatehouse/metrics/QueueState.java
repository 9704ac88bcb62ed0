package dev.gatehouse.metrics;

/**
 * What the queue and the instances of one open version hold; asked when the metrics are read, by
 * any thread.
 */
public interface QueueState {

  /** Rows waiting for a device. */
  int pendingRows();

  /** Rows admitted and not yet answered. */
  int reservedRows();

  /** Calls admitted and not yet answered. */
  int reservedCalls();

  /** Bytes of tensors admitted and not yet answered. */
  long reservedBytes();

  /** Callers whose rows run alone at present. */
  int penalisedCallers();

  /** Instances that can run. */
  int usableInstances();

  /** The most rows of a batch, as chosen last. */
  int batchRowsLimit();

  /** The most rows admitted at once, as chosen last. */
  int inFlightRowsLimit();
}
