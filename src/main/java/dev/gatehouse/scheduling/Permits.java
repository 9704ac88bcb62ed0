package dev.gatehouse.scheduling;

/** Counts the rows and bytes that are reserved, exactly and never above their bounds. */
final class Permits {

  private final int rowsMax;
  private final long bytesMax;
  private int rows;
  private long bytes;

  Permits(int rowsMax, long bytesMax) {
    this.rowsMax = rowsMax;
    this.bytesMax = bytesMax;
  }

  /** Takes rows and bytes, or neither if one of them does not fit. */
  boolean take(int moreRows, long moreBytes) {
    if (moreRows > rowsMax - rows || moreBytes > bytesMax - bytes) {
      return false;
    }
    rows += moreRows;
    bytes += moreBytes;
    return true;
  }

  /** Gives back what was taken. */
  void give(int lessRows, long lessBytes) {
    if (lessRows > rows || lessBytes > bytes) {
      throw new IllegalStateException("more permits given back than taken");
    }
    rows -= lessRows;
    bytes -= lessBytes;
  }

  int rows() {
    return rows;
  }

  long bytes() {
    return bytes;
  }
}
