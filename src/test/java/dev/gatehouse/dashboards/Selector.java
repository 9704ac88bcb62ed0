package dev.gatehouse.dashboards;

import dev.gatehouse.testing.Folders;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A metric of a gateway in a PromQL expression.
 *
 * @param metric its name
 * @param matchers what stands in its braces
 * @param before the expression up to it
 */
record Selector(String metric, String matchers, String before) {

  /** The query of a variable. */
  static final Pattern LABEL_VALUES =
      Pattern.compile("label_values\\((gatehouse_\\w+(?:\\{[^}]*})?), (\\w+)\\)");

  /** What stands in brackets: the range of a range vector. */
  static final Pattern RANGE = Pattern.compile("\\[([^]]*)]");

  /** Units, as Grafana names them, that a value of ours can have. */
  static final Set<String> UNITS =
      Set.of(
          "short",
          "percent",
          "percentunit",
          "s",
          "bytes",
          "Bps",
          "cps",
          "ops",
          "reqps",
          "wps",
          "bool_yes_no");

  private static final Pattern SELECTOR =
      Pattern.compile("\\b((?:gatehouse|jvm|process)_\\w+|up)\\b(?:\\{([^}]*)})?");

  private static final Pattern MATCHED = Pattern.compile("(\\w+)(?:=~|!~|!=|=)\"");
  private static final Pattern SUMMED = Pattern.compile("\\bby \\(([^)]*)\\)");
  private static final Pattern LEGEND = Pattern.compile("\\{\\{(\\w+)}}");
  private static final Pattern ROW =
      Pattern.compile("(?m)^\\| `(gatehouse_\\w+)` \\| (\\w+) \\| ([^|]*) \\|");

  /** Labels that Prometheus gives, those of buckets, and those of the JVM's metrics. */
  static final Set<String> OTHER_LABELS = Set.of("job", "instance", "rule_group", "le", "area");

  private static final Map<String, Set<String>> DOCUMENTED = documented();

  /** Every one of an expression. */
  static List<Selector> in(String expression) {
    return SELECTOR
        .matcher(expression)
        .results()
        .map(
            found ->
                new Selector(
                    found.group(1),
                    found.group(2) == null ? "" : found.group(2),
                    expression.substring(0, found.start())))
        .toList();
  }

  /** Every label that an expression or its legend names. */
  static Stream<String> named(String expression, String legend) {
    Stream<String> matched = MATCHED.matcher(expression).results().map(found -> found.group(1));
    Stream<String> summed =
        SUMMED
            .matcher(expression)
            .results()
            .flatMap(found -> Pattern.compile(", ").splitAsStream(found.group(1)));
    Stream<String> written = LEGEND.matcher(legend).results().map(found -> found.group(1));
    return expression.contains("ALERTS{")
        ? written
        : Stream.concat(Stream.concat(matched, summed), written);
  }

  /** The labels that docs/metrics.md gives the metric, or null if it does not know it. */
  @Nullable Set<String> labels() {
    Set<String> labels = DOCUMENTED.get(metric);
    return labels == null
        ? DOCUMENTED.get(metric.replaceFirst("_(bucket|sum|count|max)$", ""))
        : labels;
  }

  /** As {@link #labels}, with those that do not come from the gateway. */
  Set<String> allLabels() {
    Set<String> all = new HashSet<>(OTHER_LABELS);
    Set<String> own = labels();
    if (own != null) {
      all.addAll(own);
    }
    return all;
  }

  private static Map<String, Set<String>> documented() {
    try {
      Map<String, Set<String>> documented = new HashMap<>();
      ROW.matcher(Files.readString(Folders.project("docs/metrics.md")))
          .results()
          .forEach(row -> documented.put(row.group(1), words(row)));
      return documented;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Set<String> words(MatchResult row) {
    Set<String> words = new HashSet<>();
    Pattern.compile("\\w+")
        .matcher(row.group(3))
        .results()
        .forEach(word -> words.add(word.group()));
    return words;
  }
}
