package dev.gatehouse.metrics;

import io.micrometer.prometheus.PrometheusConfig;
import io.micrometer.prometheus.PrometheusMeterRegistry;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Reads a registry as Prometheus does: it sees nothing but scrapes, and adds up by how much each
 * counter grew from one to the next.
 */
final class Scraper {

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

  private Map<String, Double> values = new HashMap<>();
  private final Map<String, Double> increases = new HashMap<>();

  PrometheusMeterRegistry registry() {
    return registry;
  }

  /** Scrapes; a counter that is smaller than before, or new, started from zero. */
  void scrape() {
    Map<String, Double> now = new HashMap<>();
    registry
        .scrape()
        .lines()
        .filter(line -> !line.startsWith("#"))
        .forEach(
            line -> {
              int space = line.lastIndexOf(' ');
              now.put(line.substring(0, space), Double.valueOf(line.substring(space + 1)));
            });
    now.forEach(
        (series, value) -> {
          double before = values.getOrDefault(series, 0.0);
          increases.merge(family(series), value < before ? value : value - before, Double::sum);
        });
    values = now;
  }

  /** How much all counters of that name have grown together over all scrapes. */
  double increase(String family) {
    return increases.getOrDefault(family, 0.0);
  }

  /** The value of a series at the last scrape, or -1 if it was not there. */
  double value(String series) {
    return values.getOrDefault(series, -1.0);
  }

  /** The series of that name at the last scrape, with their values. */
  Map<String, Double> series(String family) {
    Map<String, Double> found = new TreeMap<>(values);
    found.keySet().removeIf(series -> !family(series).equals(family));
    return found;
  }

  /** The series whose name and labels hold {@code text}. */
  Set<String> seriesWith(String text) {
    Set<String> found = new TreeSet<>(values.keySet());
    found.removeIf(series -> !series.contains(text));
    return found;
  }

  /** Each name that is scraped, with its type. */
  Map<String, String> families() {
    Map<String, String> types = new TreeMap<>();
    registry
        .scrape()
        .lines()
        .filter(line -> line.startsWith("# TYPE "))
        .map(line -> line.split(" "))
        .forEach(words -> types.put(words[2], words[3]));
    return types;
  }

  private static String family(String series) {
    int brace = series.indexOf('{');
    return brace < 0 ? series : series.substring(0, brace);
  }
}
