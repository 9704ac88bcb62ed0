package dev.gatehouse.abuse.traffic;

/**
 * Configured bounds of a rate, whatever is usual for a caller.
 *
 * @param floor what is never too much, per second; above 0
 * @param ceiling what is too much for a caller without a history of its own, per second; not below
 *     the floor
 */
public record RateBounds(double floor, double ceiling) {

  /** How much more than in 10 s may be kept up for a part of a second. */
  static final double SUSTAINED_FACTOR = 1.5;

  /** Checks the order. */
  public RateBounds {
    if (!(floor > 0 && ceiling >= floor)) {
      throw new IllegalArgumentException("bounds of a rate: 0 < floor <= ceiling");
    }
  }

  /** The bounds of what is kept up for a part of a second, where these are of 10 s. */
  RateBounds ofSustained() {
    return new RateBounds(SUSTAINED_FACTOR * floor, SUSTAINED_FACTOR * ceiling);
  }
}
