package dev.gatehouse.abuse.content;

/**
 * The share of rows that have a property: lately, and usually.
 *
 * <p>Lately is a mean over about {@link #RECENT_ROWS} rows with older ones weighing less. Usually
 * is one over {@link #USUAL_ROWS}, fed with what is lately so, but with no more than twice itself
 * and {@link #USUAL_STEP}: an attack that fills it with rows of its own is learned slowly. It
 * begins at 0, so that a caller is first compared to nothing. 40 bytes. One thread.
 */
final class Share {

  static final int RECENT_ROWS = 128;
  static final int USUAL_ROWS = 8192;
  static final double USUAL_STEP = 0.02;

  private long rows;
  private long hits;
  private double recent;
  private double usual;

  void add(boolean hit) {
    rows++;
    hits += hit ? 1 : 0;
    recent += ((hit ? 1 : 0) - recent) / Math.min(rows, RECENT_ROWS);
    usual += (Math.min(recent, 2 * usual + USUAL_STEP) - usual) / USUAL_ROWS;
  }

  /** Rows that had the property, since the beginning. */
  long hits() {
    return hits;
  }

  /** All rows, since the beginning. */
  long rows() {
    return rows;
  }

  /** From 0 to 1. */
  double recent() {
    return recent;
  }

  /** From 0 to 1. */
  double usual() {
    return usual;
  }
}
