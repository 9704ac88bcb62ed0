package dev.gatehouse.abuse.traffic;

/**
 * Bounds of the watch over callers' traffic.
 *
 * @param callersMax how many callers are watched; beyond it the one that called least lately is
 *     forgotten
 * @param pinnedMax how many of them may be pinned; less than {@code callersMax}
 * @param calls bounds of calls a second
 * @param rows bounds of rows a second
 * @param compute bounds of device seconds a second
 */
public record TrafficSettings(
    int callersMax, int pinnedMax, RateBounds calls, RateBounds rows, RateBounds compute) {

  /** How many callers are watched unless configured otherwise. */
  public static final int CALLERS_MAX = 4_096;

  /** Rows a second that are too much for a caller of which nothing is known, likewise. */
  public static final int ROWS_CEILING = 1_000;

  /** Checks the bounds. */
  public TrafficSettings {
    if (pinnedMax < 0 || callersMax <= pinnedMax) {
      throw new IllegalArgumentException("callers watched: 0 <= pinned < all");
    }
  }

  /** The settings where nothing is configured. */
  public static TrafficSettings defaults() {
    return new TrafficSettings(
        CALLERS_MAX,
        CALLERS_MAX / 2,
        new RateBounds(5, 1_000),
        new RateBounds(20, ROWS_CEILING),
        new RateBounds(0.05, 1));
  }
}
