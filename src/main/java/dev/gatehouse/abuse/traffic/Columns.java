package dev.gatehouse.abuse.traffic;

/** The columns of a caller's windows. */
final class Columns {

  static final int CALLS = 0;
  static final int ROWS = 1;

  /** Those above are kept for the last second too. */
  static final int OF_A_SECOND = 2;

  static final int COMPUTE_NANOS = 2;
  static final int DENIED = 3;
  static final int INVALID = 4;
  static final int CANCELLED = 5;
  static final int DEADLINE = 6;

  /** Those above are kept for a day, those below for ten minutes. */
  static final int OF_A_DAY = 7;

  /** Device time of calls that were cancelled or whose deadline passed. */
  static final int WASTED_NANOS = 7;

  /** Device time of answered calls to models whose usual cost is known. */
  static final int COMPARED_NANOS = 8;

  /** What these would have taken at the usual cost. */
  static final int USUAL_NANOS = 9;

  static final int UNKNOWN_MODELS = 10;
  static final int OFF_HOURS = 11;
  static final int NEW_NETWORK_ROWS = 12;

  static final int COUNT = 13;

  private Columns() {}

  /** The column that counts an ending besides the calls, or -1 if none does. */
  static int of(Ending ending) {
    return switch (ending) {
      case DENIED -> DENIED;
      case INVALID -> INVALID;
      case CANCELLED -> CANCELLED;
      case DEADLINE -> DEADLINE;
      case ANSWERED, OTHER -> -1;
    };
  }
}
