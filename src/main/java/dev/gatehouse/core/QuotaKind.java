package dev.gatehouse.core;

/** What a quota counts. */
public enum QuotaKind {
  /** Calls a second. */
  CALLS("calls"),
  /** Rows a second. */
  ROWS("rows"),
  /** Rows a day. */
  ROWS_DAY("rows-day"),
  /** Calls in flight. */
  CONCURRENT("concurrent");

  private final String label;

  QuotaKind(String label) {
    this.label = label;
  }

  /** Its stable name in trailers, metrics and the database. */
  public String label() {
    return label;
  }
}
