package dev.gatehouse.scheduling;

/**
 * Finds the size of batches, and how many rows to admit, that meet a latency objective; pure, on
 * the run times it is told.
 *
 * <p>It keeps, for each class of batch sizes (up to 1, 2, 4, … rows), exponentially weighted means
 * of rows and run time. Every {@link #ROUND_BATCHES} batches it chooses the class with the most
 * rows a second among those whose run takes at most half the objective, so that the other half is
 * left for waiting; of classes within 3 % the smaller one. If rows were left over in most batches
 * of the round, the next larger class of which nothing recent is known gets the following round, to
 * be tried: batches of that size do not come about otherwise.
 *
 * <p>How many rows may be in flight follows from Little's law (J. D. C. Little, "A Proof for the
 * Queuing Formula L = λW", 1961): as many as the instances complete within the objective.
 */
final class AdaptiveLimit {

  /** After how many batches it chooses again. */
  static final int ROUND_BATCHES = 32;

  /** After how many rounds without such a batch a class may be tried again. */
  static final int STALE_ROUNDS = 64;

  /** How much one batch counts in the mean of its class. */
  private static final double GAIN = 0.125;

  /** How much better a larger class must be. */
  private static final double CLEARLY = 1.03;

  /** What is known of batches of more than half of {@code rowsMax} rows, up to those. */
  private static final class SizeClass {
    final int rowsMax;
    double rows;
    double nanos;
    int lastRound = -STALE_ROUNDS - 1;

    SizeClass(int rowsMax) {
      this.rowsMax = rowsMax;
    }

    boolean known() {
      return nanos > 0;
    }

    void ran(int batchRows, long runNanos) {
      double gain = known() ? GAIN : 1;
      rows += gain * (batchRows - rows);
      nanos += gain * (Math.max(1, runNanos) - nanos);
    }

    double rowsPerNano() {
      return rows / nanos;
    }
  }

  private final int queueRowsMax;
  private final long objectiveNanos;
  private final SizeClass[] classes;
  private int round;
  private int batches;
  private int backloggedBatches;
  private int batchRows = 1;
  private int inFlightRows;

  /** Begins with batches of one row and everything admitted. */
  AdaptiveLimit(int batchRowsMax, int queueRowsMax, long objectiveNanos) {
    this.queueRowsMax = queueRowsMax;
    this.objectiveNanos = objectiveNanos;
    this.inFlightRows = queueRowsMax;
    classes = new SizeClass[sizeClass(batchRowsMax) + 1];
    for (int i = 0; i < classes.length; i++) {
      classes[i] = new SizeClass(Math.min(1 << i, batchRowsMax));
    }
  }

  private static int sizeClass(int rows) {
    return 32 - Integer.numberOfLeadingZeros(rows - 1);
  }

  /** The most rows of a batch. */
  int batchRows() {
    return batchRows;
  }

  /** The most rows admitted and not yet answered. */
  int inFlightRows() {
    return inFlightRows;
  }

  /**
   * A batch was computed.
   *
   * @param rows its rows
   * @param runNanos how long it took
   * @param backlogged whether rows were left over when it was put together
   * @param usableInstances how many instances share the work
   */
  void ran(int rows, long runNanos, boolean backlogged, int usableInstances) {
    SizeClass its = classes[Math.min(sizeClass(rows), classes.length - 1)];
    its.ran(rows, runNanos);
    its.lastRound = round;
    backloggedBatches += backlogged ? 1 : 0;
    if (++batches == ROUND_BATCHES) {
      choose(usableInstances);
      round++;
      batches = 0;
      backloggedBatches = 0;
    }
  }

  private void choose(int usableInstances) {
    int best = best();
    SizeClass chosen = classes[best];
    int next = next(best);
    batchRows = next > 0 ? classes[next].rowsMax : chosen.rowsMax;
    double rows = usableInstances * chosen.rowsPerNano() * objectiveNanos;
    long atLeast = (long) usableInstances * batchRows;
    inFlightRows = (int) Math.min(queueRowsMax, Math.max(atLeast, (long) rows));
  }

  /** The class that serves the objective best; the smallest known if none serves it. */
  private int best() {
    int best = -1;
    int smallest = -1;
    for (int i = 0; i < classes.length; i++) {
      SizeClass candidate = classes[i];
      if (!candidate.known()) {
        continue;
      }
      smallest = smallest < 0 ? i : smallest;
      boolean inTime = candidate.nanos <= objectiveNanos / 2.0;
      if (inTime && (best < 0 || candidate.rowsPerNano() > CLEARLY * classes[best].rowsPerNano())) {
        best = i;
      }
    }
    return best < 0 ? smallest : best;
  }

  /**
   * The class to try in the next round, or -1. A class that was tried and never came about, since
   * the sizes of calls or the preferred sizes leave it out, does not bar the way to larger ones.
   */
  private int next(int best) {
    if (2 * backloggedBatches <= ROUND_BATCHES || classes[best].nanos > objectiveNanos / 2.0) {
      return -1;
    }
    for (int i = best + 1; i < classes.length; i++) {
      SizeClass candidate = classes[i];
      if (round - candidate.lastRound > STALE_ROUNDS) {
        candidate.lastRound = round;
        return i;
      }
      if (candidate.known()) {
        return -1;
      }
    }
    return -1;
  }
}
