package dev.gatehouse.abuse.content;

import java.util.BitSet;

/**
 * The classes that were predicted for the last {@link #ROWS_MAX} rows: many where somebody goes
 * through what a model knows, one or two where something at rest is looked at. 300 bytes.
 */
final class RecentClasses {

  static final int ROWS_MAX = 128;

  private final short[] classes = new short[ROWS_MAX];
  private long rows;

  /** Adds the class of a row, below {@link RowWatch#CLASSES_MAX}. */
  void add(int predicted) {
    classes[(int) (rows++ % ROWS_MAX)] = (short) predicted;
  }

  /** How many different ones, of as many as there can be; 0 without rows. */
  double coverage(int classCount) {
    BitSet seen = new BitSet(RowWatch.CLASSES_MAX);
    for (int i = 0; i < Math.min(rows, ROWS_MAX); i++) {
      seen.set(classes[i]);
    }
    return (double) seen.cardinality() / Math.min(classCount, ROWS_MAX);
  }
}
