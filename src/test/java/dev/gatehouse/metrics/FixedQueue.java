package dev.gatehouse.metrics;

import java.util.function.IntSupplier;

/** A queue that holds what the test says: so many rows wait, twice as many are admitted. */
record FixedQueue(IntSupplier pending) implements QueueState {

  static QueueState of(int pending) {
    return new FixedQueue(() -> pending);
  }

  @Override
  public int pendingRows() {
    return pending.getAsInt();
  }

  @Override
  public int reservedRows() {
    return 2 * pendingRows();
  }

  @Override
  public int reservedCalls() {
    return pendingRows();
  }

  @Override
  public long reservedBytes() {
    return 64L * pendingRows();
  }

  @Override
  public int penalisedCallers() {
    return 0;
  }

  @Override
  public int usableInstances() {
    return 1;
  }

  @Override
  public int batchRowsLimit() {
    return 32;
  }

  @Override
  public int inFlightRowsLimit() {
    return 1024;
  }
}
