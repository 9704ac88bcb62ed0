package dev.gatehouse.abuse.traffic;

import java.util.Arrays;

/**
 * Sums of several columns over a sliding window, as a ring of buckets.
 *
 * <p>The window is the bucket under way and those before it: {@code places} in all. Adding and
 * reading cost the columns, whatever the window's length; a gap of any length costs one pass over
 * the ring at most. State: {@code (places + 1) × columns × 8} bytes.
 */
final class Ring {

  private static final double NANOS_PER_SECOND = 1e9;

  private final int places;
  private final long bucketNanos;
  private final int columns;
  private final long[] cells;
  private final long[] totals;
  private long head;

  /**
   * An empty window.
   *
   * @param places how many buckets
   * @param bucketNanos how long each of them is
   * @param columns how many sums are kept
   */
  Ring(int places, long bucketNanos, int columns) {
    this.places = places;
    this.bucketNanos = bucketNanos;
    this.columns = columns;
    this.cells = new long[places * columns];
    this.totals = new long[columns];
  }

  /** Moves the window to {@code now}, of a {@link Course}; what it leaves behind is forgotten. */
  void advance(long now) {
    if (now - head * bucketNanos < bucketNanos) {
      return;
    }
    long bucket = now / bucketNanos;
    if (bucket - head >= places) {
      Arrays.fill(cells, 0);
      Arrays.fill(totals, 0);
      head = bucket;
    }
    while (head < bucket) {
      head++;
      clearHead();
    }
  }

  private void clearHead() {
    int first = headCell();
    for (int i = 0; i < columns; i++) {
      totals[i] -= cells[first + i];
      cells[first + i] = 0;
    }
  }

  /** Adds the first values of {@code values} to the bucket under way, one for each column. */
  void add(long[] values) {
    int first = headCell();
    for (int i = 0; i < columns; i++) {
      cells[first + i] += values[i];
      totals[i] += values[i];
    }
  }

  /** The sum of a column over the window. */
  long total(int column) {
    return totals[column];
  }

  /**
   * The least that one of all buckets but one holds of a column: what came all the time has
   * something in each.
   *
   * @param ended whether the bucket under way has just ended; then the oldest is left out, else
   *     that one
   */
  long least(int column, boolean ended) {
    int first = ended ? 0 : 1;
    long least = Long.MAX_VALUE;
    for (int i = first; i < first + places - 1; i++) {
      least =
          Math.min(least, cells[(int) Math.floorMod(head - i, (long) places) * columns + column]);
    }
    return least;
  }

  /**
   * The time the window covers at {@code now}, in seconds: its length, less what is still to come
   * of the bucket under way. Never nearly nothing, so that a rate never spikes at a start.
   */
  double coveredSeconds(long now) {
    long covered = (places - 1) * bucketNanos + (now - head * bucketNanos);
    return covered / NANOS_PER_SECOND;
  }

  private int headCell() {
    return (int) (head % places) * columns;
  }
}
