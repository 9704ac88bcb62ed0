package dev.gatehouse.abuse.watch;

/**
 * How many rows are looked at: in any stretch of time as many a second, and those of one second
 * more. Half of these are kept for pairs that are seldom looked at, so that busy ones never use up
 * all. One thread.
 */
final class RowBudget {

  private static final double NANOS_PER_SECOND = 1e9;

  private final int rowsPerSecondMax;
  private double left;
  private long filledNanos;

  RowBudget(int rowsPerSecondMax, long nowNanos) {
    this.rowsPerSecondMax = rowsPerSecondMax;
    this.left = rowsPerSecondMax;
    this.filledNanos = nowNanos;
  }

  /**
   * Takes what one row costs; false if there is not as much.
   *
   * @param rows what it costs; no more than a quarter of a second's rows count
   * @param seldom whether it is of a pair that is seldom looked at
   */
  boolean take(int rows, boolean seldom, long nowNanos) {
    double gained = (double) (nowNanos - filledNanos) / NANOS_PER_SECOND * rowsPerSecondMax;
    left = Math.min(rowsPerSecondMax, left + Math.max(0, gained));
    filledNanos = nowNanos;
    double cost = Math.min(rows, rowsPerSecondMax / 4.0);
    double kept = seldom ? 0 : rowsPerSecondMax / 2.0;
    if (left - cost < kept) {
      return false;
    }
    left -= cost;
    return true;
  }
}
