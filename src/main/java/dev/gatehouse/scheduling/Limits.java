package dev.gatehouse.scheduling;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The limits that hold now: the settings' own, what was chosen, and what the device can take. */
final class Limits {

  private final @Nullable AdaptiveLimit adaptive;
  private final MemoryLimit memory;
  private final int batchRowsMax;
  private volatile int batchRows;
  private volatile int inFlightRows;

  Limits(BatcherSettings settings) {
    Duration objective = settings.latencyObjective();
    batchRowsMax = settings.batchRowsMax();
    adaptive =
        objective.isZero()
            ? null
            : new AdaptiveLimit(batchRowsMax, settings.queueRowsMax(), objective.toNanos());
    memory = new MemoryLimit(batchRowsMax);
    batchRows = adaptive == null ? batchRowsMax : adaptive.batchRows();
    inFlightRows = settings.queueRowsMax();
  }

  /** A batch was computed. */
  void ran(Batch<?, ?> batch, long runNanos, int usableInstances) {
    if (adaptive != null) {
      adaptive.ran(batch.rows(), runNanos, batch.backlogged(), usableInstances);
    }
  }

  /** The device had no memory for so many rows. */
  void exhausted(int rows, long now) {
    memory.exhausted(rows, now);
  }

  /** Finds what holds at {@code now}, and tells whether it is new. */
  boolean refresh(long now) {
    int rows = Math.min(memory.rows(now), adaptive == null ? batchRowsMax : adaptive.batchRows());
    int inFlight = adaptive == null ? inFlightRows : adaptive.inFlightRows();
    if (rows == batchRows && inFlight == inFlightRows) {
      return false;
    }
    batchRows = rows;
    inFlightRows = inFlight;
    return true;
  }

  int batchRows() {
    return batchRows;
  }

  int inFlightRows() {
    return inFlightRows;
  }
}
