package dev.gatehouse.dashboards;

import java.util.regex.Pattern;

/** The few forms of PromQL that the panels are made of. */
final class Promql {

  /** How many callers a panel of the busiest shows. */
  private static final int TOP = 10;

  private static final Pattern SELECTOR =
      Pattern.compile("\\b((?:gatehouse|jvm|process)_\\w+|up)\\b(?:\\{([^}]*)})?");

  private static final String SCRAPED_FROM = "job=~\"$job\",instance=~\"$instance\"";

  private Promql() {}

  /** Increments a second of a counter, summed. */
  static String rate(String counter) {
    return "sum(rate(" + counter + "[$__rate_interval]))";
  }

  /** Increments a second of a counter, summed for each value of the labels {@code by}. */
  static String rate(String counter, String by) {
    return "sum by (" + by + ") (rate(" + counter + "[$__rate_interval]))";
  }

  /** Increments of a counter within a step, summed for each value of the labels {@code by}. */
  static String increase(String counter, String by) {
    return "sum by (" + by + ") (increase(" + counter + "[$__rate_interval]))";
  }

  /** A gauge, summed for each value of the labels {@code by}. */
  static String sum(String gauge, String by) {
    return "sum by (" + by + ") (" + gauge + ")";
  }

  /** The greatest value of a gauge for each value of the labels {@code by}. */
  static String max(String gauge, String by) {
    return "max by (" + by + ") (" + gauge + ")";
  }

  /** One expression by another. */
  static String ratio(String part, String whole) {
    return part + " / " + whole;
  }

  /** The greatest series alone. */
  static String top(String expression) {
    return "topk(" + TOP + ", " + expression + ")";
  }

  /** A quantile of a histogram, for each value of the labels {@code by}, which may be empty. */
  static String quantile(double quantile, String buckets, String by) {
    String labels = by.isEmpty() ? "le" : "le, " + by;
    return "histogram_quantile(" + quantile + ", " + rate(buckets, labels) + ")";
  }

  /** The average of a histogram or summary, for each value of the labels {@code by}. */
  static String average(String name, String matchers, String by) {
    return ratio(rate(name + "_sum" + matchers, by), rate(name + "_count" + matchers, by));
  }

  /** The expression with each metric of a gateway taken from the chosen gateways alone. */
  static String scoped(String expression) {
    return SELECTOR
        .matcher(expression)
        .replaceAll(
            found -> {
              String own = found.group(2);
              String matchers = own == null ? SCRAPED_FROM : SCRAPED_FROM + "," + own;
              return (found.group(1) + "{" + matchers + "}").replace("$", "\\$");
            });
  }
}
