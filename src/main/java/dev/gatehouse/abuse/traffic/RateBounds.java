package dev.gatehouse.abuse.traffic;

/**
 * Configured bounds of a rate, whatever is usual for a caller.
 *
 * @param floor what is never too much, per second; above 0
 * @param ceiling what is too much for a caller without a history of its own, per second; not below
 *     the floor
 */
public record RateBounds(double floor, double ceiling) {

  /** Checks the order. */
  public RateBounds {
    if (!(floor > 0 && ceiling >= floor)) {
      throw new IllegalArgumentException("bounds of a rate: 0 < floor <= ceiling");
    }
  }
}
