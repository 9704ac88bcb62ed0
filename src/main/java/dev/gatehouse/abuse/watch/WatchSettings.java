package dev.gatehouse.abuse.watch;

import dev.gatehouse.abuse.traffic.DeclaredHours;
import dev.gatehouse.abuse.traffic.RateBounds;
import dev.gatehouse.abuse.traffic.TrafficSettings;
import dev.gatehouse.core.CallerId;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How much is watched.
 *
 * @param callersMax callers whose traffic is watched
 * @param pairsMax pairs of caller and model whose rows are watched
 * @param rowsPerSecondMax rows a second that are looked at, of all callers
 * @param rowsCeiling rows a second that are too much for a caller of which nothing is known, where
 *     there are no peers either
 * @param hours the hours in which callers say they work, of those who do
 * @param references folder with natural rows of models, {@code <model>.csv}; null for none
 */
public record WatchSettings(
    int callersMax,
    int pairsMax,
    int rowsPerSecondMax,
    int rowsCeiling,
    Map<CallerId, DeclaredHours> hours,
    @Nullable Path references) {

  /** Fewer callers have no peers to be compared with. */
  public static final int CALLERS_MIN = 16;

  /** With more, those of one second would take longer than it. */
  public static final int ROWS_PER_SECOND_LIMIT = 100_000;

  /** Fewer rows than these a second are not told apart from none. */
  public static final int ROWS_PER_SECOND_MIN = 100;

  /** Less than this is never too much. */
  public static final int ROWS_CEILING_MIN = 20;

  /** Checks the bounds, and copies the hours. */
  public WatchSettings {
    hours = Map.copyOf(hours);
    if (callersMax < CALLERS_MIN
        || pairsMax < 1
        || rowsPerSecondMax < ROWS_PER_SECOND_MIN
        || rowsPerSecondMax > ROWS_PER_SECOND_LIMIT
        || rowsCeiling < ROWS_CEILING_MIN) {
      throw new IllegalArgumentException("bounds of the watch");
    }
  }

  /** What the watch over traffic gets of them. */
  public TrafficSettings traffic() {
    TrafficSettings defaults = TrafficSettings.defaults();
    return new TrafficSettings(
        callersMax,
        callersMax / 2,
        defaults.calls(),
        new RateBounds(defaults.rows().floor(), rowsCeiling),
        defaults.compute());
  }
}
