package dev.gatehouse.dashboards;

import dev.gatehouse.rules.RuleReads;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Which runbooks a panel leads to: those of the rules that read what the panel shows.
 *
 * <p>A rule fits a panel as far as they read the same series: the part of the rule's that the panel
 * shows, times the part of the panel's that the rule reads. Rules that fit little, or half as well
 * as the best or less, are left out, since they read the series beside others. Of a quotient in a
 * panel the dividend alone counts.
 */
final class Runbooks {

  /** Where a panel leads that no rule is about. */
  static final String INDEX = "docs/runbooks/README.md";

  /** How many a panel leads to at most. */
  static final int MAX = 4;

  /** How well a rule must fit at least. */
  private static final double FIT_MIN = 0.25;

  private static final Pattern DIVISION = Pattern.compile(" / ");
  private static final Pattern MATCHER = Pattern.compile("(\\w+)(=~|!~|!=|=)\"([^\"]*)\"");
  private static final Pattern VALUES = Pattern.compile("[\\w|-]+");
  private static final Pattern OTHER =
      Pattern.compile("\\b(up|prometheus_\\w+)\\b(?:\\{([^}]*)})?");

  /** The part of the index for panels without a rule, by dashboard. */
  private static final Map<String, String> PARTS =
      Map.of(
          "security", "#callers",
          "caller", "#callers",
          "extraction", "#callers",
          "authentication", "#credentials-and-access",
          "serving", "#serving-and-devices",
          "devices", "#serving-and-devices",
          "record", "#replicas-and-the-record");

  private static final List<Rule> RULES =
      RuleReads.all().stream()
          .map(rule -> new Rule(new Link(rule.alert(), rule.runbook()), series(rule.expressions())))
          .toList();

  /**
   * A link of a panel.
   *
   * @param title how it is called
   * @param path where it leads, in the project
   */
  record Link(String title, String path) {}

  private record Rule(Link runbook, Set<Series> reads) {}

  private record Fitting(Link runbook, double fit) {}

  /**
   * Series of one metric.
   *
   * @param some values that labels must have
   * @param none values that labels must not have
   */
  private record Series(
      String metric, Map<String, Set<String>> some, Map<String, Set<String>> none) {

    static Series of(String metric, String matchers) {
      return new Series(metric, values(matchers, "="), values(matchers, "!"));
    }

    /** The values that matchers of such a sign name; patterns and variables name none. */
    private static Map<String, Set<String>> values(String matchers, String sign) {
      return MATCHER
          .matcher(matchers)
          .results()
          .filter(found -> found.group(2).startsWith(sign))
          .filter(found -> VALUES.matcher(found.group(3)).matches())
          .collect(
              Collectors.toMap(
                  found -> found.group(1),
                  found -> Set.of(found.group(3).split("\\|")),
                  (one, other) -> one));
    }

    /** Whether this, of a panel, shows what a rule reads; not if the rule reads the sum alone. */
    boolean shows(Series read) {
      return metric.equals(read.metric)
          && some.entrySet().stream().allMatch(each -> read.names(each.getKey(), each.getValue()))
          && read.some.entrySet().stream()
              .noneMatch(
                  each -> none.getOrDefault(each.getKey(), Set.of()).containsAll(each.getValue()));
    }

    private boolean names(String label, Set<String> values) {
      return some.getOrDefault(label, Set.of()).stream().anyMatch(values::contains);
    }
  }

  private Runbooks() {}

  /**
   * Where the panel of the dashboard leads, the runbook that fits best first, and of those that fit
   * alike that of the catalogue's first; none where the index is the panel's document already.
   */
  static List<Link> of(Dashboard dashboard, Panel panel) {
    Set<Series> shown =
        series(
            panel.queries().stream()
                .map(query -> DIVISION.split(query.expression(), 2)[0])
                .flatMap(expression -> RuleReads.expressions(expression).stream())
                .toList());
    List<Fitting> fitting =
        RULES.stream()
            .map(rule -> new Fitting(rule.runbook(), fit(shown, rule.reads())))
            .filter(each -> each.fit() >= FIT_MIN)
            .sorted(Comparator.comparingDouble(Fitting::fit).reversed())
            .toList();
    if (fitting.isEmpty()) {
      return panel.document().startsWith(INDEX)
          ? List.of()
          : List.of(new Link("index", INDEX + PARTS.getOrDefault(dashboard.uid(), "")));
    }
    return fitting.stream()
        .filter(each -> each.fit() > fitting.getFirst().fit() / 2)
        .limit(MAX)
        .map(Fitting::runbook)
        .toList();
  }

  private static double fit(Set<Series> shown, Set<Series> reads) {
    if (shown.isEmpty() || reads.isEmpty()) {
      return 0;
    }
    double ofRule =
        reads.stream().filter(read -> shown.stream().anyMatch(each -> each.shows(read))).count();
    double ofPanel = shown.stream().filter(each -> reads.stream().anyMatch(each::shows)).count();
    return ofRule / reads.size() * ofPanel / shown.size();
  }

  private static Set<Series> series(List<String> expressions) {
    Set<Series> series = new HashSet<>();
    for (String expression : expressions) {
      Selector.in(expression)
          .forEach(selector -> series.add(Series.of(selector.metric(), selector.matchers())));
      OTHER
          .matcher(expression)
          .results()
          .forEach(
              found ->
                  series.add(
                      Series.of(found.group(1), found.group(2) == null ? "" : found.group(2))));
    }
    return series;
  }
}
