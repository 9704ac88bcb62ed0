package dev.gatehouse.scheduling;

import java.time.Duration;

/**
 * The most rows of a batch that the device's memory is believed to take.
 *
 * <p>An exhaustion halves it to half of the batch that did not fit; without a further one it
 * doubles every {@link #RECOVERY_STEP} until it is no limit any more.
 */
final class MemoryLimit {

  static final Duration RECOVERY_STEP = Duration.ofSeconds(30);

  private final int rowsMax;
  private int rows;
  private long changedNanos;

  MemoryLimit(int rowsMax) {
    this.rowsMax = rowsMax;
    this.rows = rowsMax;
  }

  /** A batch of so many rows did not fit. */
  void exhausted(int batchRows, long now) {
    recover(now);
    rows = Math.max(1, Math.min(rows, batchRows / 2));
    changedNanos = now;
  }

  /** The limit that holds at {@code now}. */
  int rows(long now) {
    recover(now);
    return rows;
  }

  private void recover(long now) {
    long step = RECOVERY_STEP.toNanos();
    while (rows < rowsMax && now - changedNanos >= step) {
      rows = Math.min(rowsMax, 2 * rows);
      changedNanos += step;
    }
  }
}
