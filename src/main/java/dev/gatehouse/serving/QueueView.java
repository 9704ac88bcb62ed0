package dev.gatehouse.serving;

import dev.gatehouse.metrics.QueueState;
import dev.gatehouse.scheduling.Batcher;

/** A batcher as the metrics see it. */
record QueueView(Batcher<?, ?> batcher) implements QueueState {

  @Override
  public int pendingRows() {
    return batcher.pendingRows();
  }

  @Override
  public int reservedRows() {
    return batcher.reservedRows();
  }

  @Override
  public int reservedCalls() {
    return batcher.reservedCalls();
  }

  @Override
  public long reservedBytes() {
    return batcher.reservedBytes();
  }

  @Override
  public int penalisedCallers() {
    return batcher.penalisedCallers();
  }

  @Override
  public int usableInstances() {
    return batcher.usableInstances();
  }

  @Override
  public int batchRowsLimit() {
    return batcher.batchRowsLimit();
  }

  @Override
  public int inFlightRowsLimit() {
    return batcher.inFlightRowsLimit();
  }
}
