package dev.gatehouse.testing;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Samples in Prometheus' text format, as a scrape gave them.
 *
 * @param text the whole answer
 */
public record PrometheusText(String text) {

  private static final Pattern LABEL =
      Pattern.compile("([a-zA-Z_]\\w*)=\"((?:[^\"\\\\]|\\\\.)*)\"");

  /** The sum of the samples of that name which carry all of these labels, 0 if there is none. */
  public double sum(String name, Map<String, String> labels) {
    double sum = 0;
    for (String line : text.lines().toList()) {
      if (line.startsWith(name + "{")) {
        int end = line.lastIndexOf('}');
        if (labels(line.substring(name.length() + 1, end))
            .entrySet()
            .containsAll(labels.entrySet())) {
          sum += value(line.substring(end + 1));
        }
      } else if (line.startsWith(name + " ") && labels.isEmpty()) {
        sum += value(line.substring(name.length()));
      }
    }
    return sum;
  }

  /** The values of one label in the samples of that name which carry all of these labels. */
  public Set<String> labels(String name, Map<String, String> labels, String wanted) {
    Set<String> values = new TreeSet<>();
    for (String line : text.lines().toList()) {
      if (line.startsWith(name + "{")) {
        Map<String, String> present = labels(line.substring(name.length(), line.lastIndexOf('}')));
        if (present.entrySet().containsAll(labels.entrySet()) && present.containsKey(wanted)) {
          values.add(present.get(wanted));
        }
      }
    }
    return values;
  }

  /** What follows the labels: a value, and perhaps a time stamp. */
  private static double value(String rest) {
    return Double.parseDouble(rest.strip().split(" ", 2)[0]);
  }

  private static Map<String, String> labels(String text) {
    Map<String, String> labels = new HashMap<>();
    Matcher label = LABEL.matcher(text);
    while (label.find()) {
      labels.put(label.group(1), label.group(2));
    }
    return labels;
  }
}
