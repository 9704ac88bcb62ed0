package dev.gatehouse.metrics;

import java.time.Duration;

/**
 * How many series there may be.
 *
 * @param callerSlotsMax the most callers shown under their own id, at least 1
 * @param callerModelPairsMax the most pairs of caller and model shown, at least 0
 * @param modelVersionsMax the most versions of models open at once that are shown, at least 1
 * @param roundDuration the least time between two rounds of slot exchanges; positive, and at least
 *     the interval at which the metrics are scraped
 */
public record MetricsSettings(
    int callerSlotsMax, int callerModelPairsMax, int modelVersionsMax, Duration roundDuration) {

  /** The defaults: 100 callers, 1,000 pairs, 500 versions, exchanged each minute. */
  public static final MetricsSettings DEFAULTS =
      new MetricsSettings(100, 1_000, 500, Duration.ofMinutes(1));

  /**
   * Checks the bounds.
   *
   * @throws IllegalArgumentException if a value is outside its bounds
   */
  public MetricsSettings {
    require(callerSlotsMax >= 1, "callerSlotsMax must be at least 1");
    require(callerModelPairsMax >= 0, "callerModelPairsMax must not be negative");
    require(modelVersionsMax >= 1, "modelVersionsMax must be at least 1");
    require(roundDuration.isPositive(), "roundDuration must be positive");
  }

  private static void require(boolean condition, String message) {
    if (!condition) {
      throw new IllegalArgumentException(message);
    }
  }
}
