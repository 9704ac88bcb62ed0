package dev.gatehouse.dashboards;

import java.util.ArrayList;
import java.util.List;

/**
 * One panel: queries over one unit, drawn in one way.
 *
 * @param drawn how
 * @param title what it is called
 * @param description what it shows, and what to make of it
 * @param unit of its values, as Grafana names units
 * @param document where more is written, a path in the project, or empty
 * @param queries what is drawn, at least one
 */
record Panel(
    Drawn drawn,
    String title,
    String description,
    String unit,
    String document,
    List<Query> queries) {

  /** Ways to draw a panel. */
  enum Drawn {
    /** A line a series over time. */
    LINES,
    /** Series over time, one on top of the other, which add up. */
    STACK,
    /** The last value, as a number; 0 where nothing was ever counted. */
    NUMBER,
    /** The last value, as a number that is good at 1 and bad at 0. */
    GOOD_AT_ONE,
    /** The last value, as a number that is good at 0 and bad above. */
    GOOD_AT_ZERO
  }

  /**
   * One query.
   *
   * @param expression PromQL without the matchers of {@code job} and {@code instance}
   * @param legend the name of each series, with labels in double braces
   */
  record Query(String expression, String legend) {}

  Panel {
    queries = List.copyOf(queries);
  }

  static Panel lines(String title, String unit, String description) {
    return new Panel(Drawn.LINES, title, description, unit, "", List.of());
  }

  static Panel stack(String title, String unit, String description) {
    return new Panel(Drawn.STACK, title, description, unit, "", List.of());
  }

  static Panel number(String title, String unit, String description) {
    return new Panel(Drawn.NUMBER, title, description, unit, "", List.of());
  }

  static Panel goodAtOne(String title, String description) {
    return new Panel(Drawn.GOOD_AT_ONE, title, description, "bool_yes_no", "", List.of());
  }

  static Panel goodAtZero(String title, String description) {
    return new Panel(Drawn.GOOD_AT_ZERO, title, description, "short", "", List.of());
  }

  /** The same with one more query. */
  Panel query(String expression, String legend) {
    List<Query> more = new ArrayList<>(queries);
    more.add(new Query(expression, legend));
    return new Panel(drawn, title, description, unit, document, more);
  }

  /** The same with the 50th, 95th and 99th percentile of a histogram, one query each. */
  Panel percentiles(String buckets, String by, String legend) {
    Panel panel = this;
    for (int percentile : List.of(50, 95, 99)) {
      panel =
          panel.query(
              Promql.quantile(percentile / 100.0, buckets, by),
              "p" + percentile + (legend.isEmpty() ? "" : " " + legend));
    }
    return panel;
  }

  /** The same with the limits that the alerts hold callers to, as Prometheus records them. */
  Panel limit(String recorded) {
    return query(Promql.max(recorded + "{caller=~\"$caller\"}", "caller"), "{{caller}} limit");
  }

  /** The same with a link to a document of the project. */
  Panel see(String document) {
    return new Panel(drawn, title, description, unit, document, queries);
  }

  /** Whether it is a number rather than a picture over time. */
  boolean small() {
    return drawn == Drawn.NUMBER || drawn == Drawn.GOOD_AT_ONE || drawn == Drawn.GOOD_AT_ZERO;
  }
}
