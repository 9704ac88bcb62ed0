package dev.gatehouse.scheduling;

/**
 * On whose account, and on which terms, a call is queued.
 *
 * @param caller who shares with others; an opaque key with {@code equals} and {@code hashCode}
 * @param weight the caller's share relative to others, 1 to {@link #WEIGHT_MAX}
 * @param priority which tier the call waits in
 */
public record CallTerms(Object caller, int weight, Priority priority) {

  /** The largest weight. */
  public static final int WEIGHT_MAX = 1_000;

  /**
   * Checks the weight.
   *
   * @throws IllegalArgumentException if it is outside its range
   */
  public CallTerms {
    if (weight < 1 || weight > WEIGHT_MAX) {
      throw new IllegalArgumentException("a weight is 1 to " + WEIGHT_MAX);
    }
  }
}
