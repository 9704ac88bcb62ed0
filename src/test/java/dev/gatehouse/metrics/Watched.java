package dev.gatehouse.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.ModelName;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/** What the watch tells of a call, always the same, and what must come of it. */
final class Watched {

  /** By how much each counter grows each time. */
  private static final Map<String, Integer> GROWTH =
      Map.of(
          "gatehouse_caller_new_networks_total", 1,
          "gatehouse_caller_off_hours_requests_total", 2,
          "gatehouse_caller_unknown_models_total", 3,
          "gatehouse_abuse_observed_rows_total", 9,
          "gatehouse_abuse_near_duplicate_rows_total", 4,
          "gatehouse_abuse_low_margin_rows_total", 5,
          "gatehouse_abuse_novel_rows_total", 6);

  static final List<String> OF_CALLERS =
      List.of(
          "gatehouse_caller_models",
          "gatehouse_caller_networks",
          "gatehouse_caller_credentials",
          "gatehouse_caller_shared_credentials",
          "gatehouse_caller_latency_factor",
          "gatehouse_caller_row_cost_factor");
  static final List<String> OF_PAIRS =
      List.of("gatehouse_abuse_distance_normality", "gatehouse_abuse_extraction_score");

  private Watched() {}

  /** Tells of a caller's call to a model. */
  static void tell(GatewayMetrics metrics, CallerId caller, ModelName model) {
    metrics.trafficSeen(
        caller,
        new TrafficSeen(7, 8, 9, 1, OptionalDouble.of(1.5), OptionalDouble.of(0.5), 1, 2, 3));
    metrics.contentSeen(caller, model, new ContentSeen(9, 4, 5, 6, OptionalDouble.of(0.9), 0.25));
  }

  /** All of {@code calls} that were told of show in what was scraped. */
  static void assertCounted(Scraper scraper, long calls, String message) {
    GROWTH.forEach(
        (name, growth) -> assertEquals(calls * growth, scraper.increase(name), name + message));
  }

  /** There are no more series than {@code slots} callers and {@code pairs} pairs may have. */
  static void assertBounds(Scraper scraper, int slots, int pairs) {
    GROWTH.forEach(
        (name, growth) -> {
          int most = name.startsWith("gatehouse_caller") ? slots + 2 : pairs + slots + 1;
          assertTrue(scraper.series(name).size() <= most, name);
        });
    OF_CALLERS.forEach(name -> assertTrue(scraper.series(name).size() <= slots, name));
    OF_PAIRS.forEach(name -> assertTrue(scraper.series(name).size() <= pairs, name));
    for (String label : List.of("caller=\"other\"", "model=\"other\"")) {
      OF_CALLERS.forEach(name -> assertNone(scraper, name, label));
      OF_PAIRS.forEach(name -> assertNone(scraper, name, label));
    }
  }

  private static void assertNone(Scraper scraper, String name, String label) {
    assertTrue(
        scraper.series(name).keySet().stream().noneMatch(series -> series.contains(label)),
        () -> name + " of " + label);
  }
}
