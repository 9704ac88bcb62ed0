package dev.gatehouse.testing;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a Prometheus could have scraped of a program over hours in which nobody waited for it: every
 * series that the program shows now, gauges as they are now and counters that grew all the time.
 *
 * @param text in the form of OpenMetrics, for {@code promtool tsdb create-blocks-from openmetrics}
 */
public record History(String text) {

  private static final Pattern TYPE = Pattern.compile("# TYPE (\\S+) (\\S+)");
  private static final Pattern SERIES =
      Pattern.compile("(?<name>[a-zA-Z_:][\\w:]*)(\\{(?<labels>.*)})? (?<value>\\S+)");

  /** How much a counter grows from one sample to the next; a bucket of a histogram, its share. */
  private static final int GROWTH = 100;

  /**
   * Makes a history.
   *
   * @param metrics what the program shows now
   * @param labels what a scrape adds to each series, such as {@code job="a",instance="b"}
   * @param samples how many there are, each {@code step} apart, the last at {@code to}
   */
  public static History of(String metrics, String labels, Instant to, Duration step, int samples) {
    Map<String, String> types = new HashMap<>();
    StringBuilder text = new StringBuilder();
    for (String line : metrics.lines().toList()) {
      Matcher type = TYPE.matcher(line);
      Matcher series = SERIES.matcher(line);
      if (type.matches()) {
        types.put(type.group(1), type.group(2));
      } else if (series.matches()) {
        boolean grows = grows(series.group("name"), types);
        String own = series.group("labels");
        String all =
            own == null || own.isEmpty() ? labels : (own.endsWith(",") ? own : own + ",") + labels;
        for (int i = 0; i < samples; i++) {
          text.append(series.group("name")).append('{').append(all).append("} ");
          text.append(grows ? String.valueOf((i + 1L) * GROWTH) : number(series.group("value")));
          Instant at = to.minus(step.multipliedBy(samples - 1L - i));
          text.append(' ').append(at.getEpochSecond()).append('\n');
        }
      }
    }
    return new History(text.append("# EOF\n").toString());
  }

  private static boolean grows(String name, Map<String, String> types) {
    String family = name.replaceFirst("_(bucket|count|sum|total)$", "");
    String type = types.getOrDefault(name, types.getOrDefault(family, "untyped"));
    return type.equals("counter") || type.equals("histogram") || type.equals("summary");
  }

  /** What was not a number for a moment was one before. */
  private static String number(String value) {
    return value.equals("NaN") ? "1" : value;
  }
}
