package dev.gatehouse.dashboards;

import com.fasterxml.jackson.databind.JsonNode;
import dev.gatehouse.rules.RuleReads;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import org.jspecify.annotations.Nullable;

/**
 * A rule that every dashboard keeps, with a replacement in its file that breaks the rule.
 *
 * <p>Taken from grafana/dashboard-linter, by its names: template-datasource, template-job,
 * template-instance, template-label-promql, template-on-time-change-reload, template-uneditable,
 * panel-datasource, panel-title-description, panel-units, panel-no-targets, target-promql (by
 * {@code promtool} and by the Prometheus of {@code DashboardsIT}, which parse for themselves),
 * target-rate-interval, target-job, target-instance, target-counter-agg. Sharper than there: every
 * panel and every target is checked, whatever its type, and ranges are {@code $__rate_interval}
 * without exception. target-histogram is taken as that linter had it: buckets stand in {@code
 * histogram_quantile} alone.
 *
 * <p>Not taken: target-logql and target-logql-auto, since no dashboard has logs;
 * template-required-variables and target-required-matchers, which ask for names that each
 * installation configures, where ours are job and instance. {@code ALERTS} is Prometheus' own and
 * has whatever labels an alert's expression leaves, so that target-job and target-instance cannot
 * hold for it.
 *
 * <p>The last seven are of this house.
 */
enum LintRule {
  TEMPLATE_DATASOURCE(
      LintRule::datasource, "\"label\" : \"Data source\"", "\"label\" : \"Source\""),
  TEMPLATE_JOB(
      (board, problems) -> template(board, "job", "Job", problems),
      "\"label\" : \"Job\"",
      "\"label\" : \"Work\""),
  TEMPLATE_INSTANCE(
      (board, problems) -> template(board, "instance", "Instance", problems),
      "\"name\" : \"instance\"",
      "\"name\" : \"host\""),
  TEMPLATE_LABEL_PROMQL(
      eachVariable(
          (variable, problems) ->
              require(
                  Selector.LABEL_VALUES.matcher(variable.path("query").asText()).matches(),
                  problems,
                  variable)),
      "label_values\\(",
      "label_names("),
  TEMPLATE_ON_TIME_CHANGE_RELOAD(
      eachVariable(
          (variable, problems) ->
              require(variable.path("refresh").asInt() == 2, problems, variable)),
      "\"refresh\" : 2",
      "\"refresh\" : 1"),
  TEMPLATE_UNEDITABLE(
      (board, problems) ->
          require(!board.path("editable").asBoolean(true), problems, board.path("editable")),
      "\"editable\" : false",
      "\"editable\" : true"),
  PANEL_DATASOURCE(
      (board, problems) -> {
        for (JsonNode panel : board.path("panels")) {
          require(chosen(panel), problems, panel);
          panel.path("targets").forEach(target -> require(chosen(target), problems, target));
        }
        board.at("/annotations/list").forEach(each -> require(chosen(each), problems, each));
      },
      "\"uid\" : \"\\$\\{datasource}\"",
      "\"uid\" : \"prometheus\""),
  PANEL_TITLE_DESCRIPTION(
      eachPanel(
          (panel, problems) ->
              require(
                  !panel.path("title").asText().isBlank()
                      && panel.path("description").asText().endsWith("."),
                  problems,
                  panel)),
      "\"description\" : \"(?=Credentials|Calls|Instances|Replicas|Whether)[^\"]*",
      "\"description\" : \""),
  PANEL_UNITS(
      eachPanel(
          (panel, problems) ->
              require(
                  Selector.UNITS.contains(panel.at("/fieldConfig/defaults/unit").asText()),
                  problems,
                  panel)),
      "\"unit\" : \"\\w+\"",
      "\"unit\" : \"things\""),
  PANEL_NO_TARGETS(
      eachPanel((panel, problems) -> require(!panel.path("targets").isEmpty(), problems, panel)),
      "\"targets\"",
      "\"tarjets\""),
  TARGET_RATE_INTERVAL(
      eachTarget(
          (expression, problems) ->
              Selector.RANGE
                  .matcher(expression)
                  .results()
                  .filter(range -> !range.group(1).equals("$__rate_interval"))
                  .forEach(range -> problems.accept(expression))),
      "\\$__rate_interval",
      "5m"),
  TARGET_JOB(matcher("job=~\"$job\""), "job=~\\\\\"\\$job\\\\\",", ""),
  TARGET_INSTANCE(matcher("instance=~\"$instance\""), "instance=~", "instance="),
  TARGET_COUNTER_AGG(
      eachSelector(
          (selector, problems) ->
              require(
                  !selector.metric().matches(".*_(total|sum|count|bucket)")
                      || selector.before().matches("(?s).*\\b(i?rate|increase)\\("),
                  problems,
                  selector.metric())),
      "\\brate\\(",
      "avg_over_time("),
  TARGET_HISTOGRAM(
      eachSelector(
          (selector, problems) ->
              require(
                  !selector.metric().endsWith("_bucket")
                      || selector.before().startsWith("histogram_quantile("),
                  problems,
                  selector.metric())),
      "_(sum|inbound_bytes|total)\\{",
      "_bucket{"),

  /** A dashboard shows only metrics that docs/metrics.md or Micrometer knows. */
  METRIC_IS_DOCUMENTED(
      eachSelector(
          (selector, problems) ->
              require(
                  !selector.metric().startsWith("gatehouse_") || selector.labels() != null,
                  problems,
                  selector.metric())),
      "gatehouse_(?=\\w+\\{)",
      "gatehouse_my_"),

  /** Labels that are matched, summed by or written in legends are some of the metrics'. */
  LABELS_ARE_THE_METRICS(
      LintRule::labels, "legendFormat\" : \"", "legendFormat\" : \"{{calller}} "),

  /** Whoever looks at a panel finds out what to do. */
  PANEL_LINKS_A_RUNBOOK(
      eachPanel(
          (panel, problems) ->
              require(
                  panel.path("links").findValuesAsText("url").stream()
                      .anyMatch(url -> url.startsWith("${documents}/docs/runbooks/")),
                  problems,
                  panel)),
      "/docs/runbooks/",
      "/docs/"),

  /** Documents that panels lead to are there. */
  LINKS_LEAD_TO_FILES(
      eachLink((document, problems) -> require(document.isThere(), problems, document)),
      "/docs/",
      "/papers/"),

  /** So are their parts. */
  LINKS_LEAD_TO_HEADINGS(
      eachLink((document, problems) -> require(document.hasPart(), problems, document)),
      "\\.md(#[\\w-]+)?\"",
      ".md#nowhere\""),

  /** Alerts mark the time line. */
  ALERTS_ARE_ANNOTATED(
      (board, problems) ->
          require(
              board.at("/annotations/list/0/expr").asText().startsWith("ALERTS{"),
              problems,
              board.path("annotations")),
      "\"ALERTS\\{",
      "\"up{"),

  /**
   * Only those of what is chosen. An alert that names no instance or model is of all; one that
   * names no caller is not of the caller.
   */
  ALERTS_ARE_OF_WHAT_IS_CHOSEN(
      LintRule::alertsChosen, "instance=~\\\\\"\\$instance\\|\\\\\"", "severity=~\\\".+\\\"");

  private final BiConsumer<JsonNode, Consumer<String>> check;
  private final String place;
  private final String broken;

  LintRule(BiConsumer<JsonNode, Consumer<String>> check, String place, String broken) {
    this.check = check;
    this.place = place;
    this.broken = broken;
  }

  /** What of the dashboard breaks the rule. */
  List<String> problems(JsonNode dashboard) {
    List<String> problems = new ArrayList<>();
    check.accept(dashboard, problems::add);
    return problems;
  }

  /** The text of a dashboard's file, changed so that it breaks the rule. */
  String broken(String file) {
    return file.replaceAll(place, Matcher.quoteReplacement(broken));
  }

  private static void require(boolean kept, Consumer<String> problems, Object where) {
    if (!kept) {
      problems.accept(where.toString());
    }
  }

  private static void alertsChosen(JsonNode board, Consumer<String> problems) {
    String alerts = board.at("/annotations/list/0/expr").asText();
    for (JsonNode variable : board.at("/templating/list")) {
      String name = variable.path("name").asText();
      String wanted = name + "=~\"$" + name + (name.equals("caller") ? "\"" : "|\"");
      require(
          !variable.path("type").asText().equals("query") || alerts.contains(wanted),
          problems,
          wanted);
    }
  }

  private static boolean chosen(JsonNode of) {
    return of.at("/datasource/uid").asText().equals("${datasource}");
  }

  private static void datasource(JsonNode board, Consumer<String> problems) {
    JsonNode variable = variable(board, "datasource");
    require(
        variable != null
            && variable.path("type").asText().equals("datasource")
            && variable.path("query").asText().equals("prometheus")
            && variable.path("label").asText().equals("Data source"),
        problems,
        "no data source to choose");
  }

  private static void template(
      JsonNode board, String name, String label, Consumer<String> problems) {
    JsonNode variable = variable(board, name);
    require(
        variable != null
            && chosen(variable)
            && variable.path("type").asText().equals("query")
            && variable.path("label").asText().equals(label)
            && variable.path("multi").asBoolean()
            && variable.path("allValue").asText().equals(".+"),
        problems,
        "no " + name + " to choose");
  }

  private static @Nullable JsonNode variable(JsonNode board, String name) {
    for (JsonNode variable : board.at("/templating/list")) {
      if (variable.path("name").asText().equals(name)) {
        return variable;
      }
    }
    return null;
  }

  private static BiConsumer<JsonNode, Consumer<String>> eachVariable(
      BiConsumer<JsonNode, Consumer<String>> check) {
    return (board, problems) -> {
      for (JsonNode variable : board.at("/templating/list")) {
        if (variable.path("type").asText().equals("query")) {
          check.accept(variable, problems);
        }
      }
    };
  }

  private static BiConsumer<JsonNode, Consumer<String>> eachPanel(
      BiConsumer<JsonNode, Consumer<String>> check) {
    return (board, problems) ->
        board.path("panels").forEach(panel -> check.accept(panel, problems));
  }

  private static BiConsumer<JsonNode, Consumer<String>> eachLink(
      BiConsumer<Document, Consumer<String>> check) {
    return eachPanel(
        (panel, problems) ->
            panel
                .path("links")
                .forEach(link -> check.accept(Document.at(link.path("url").asText()), problems)));
  }

  private static BiConsumer<JsonNode, Consumer<String>> eachTarget(
      BiConsumer<String, Consumer<String>> check) {
    return eachPanel(
        (panel, problems) ->
            panel
                .path("targets")
                .forEach(target -> check.accept(target.path("expr").asText(), problems)));
  }

  private static BiConsumer<JsonNode, Consumer<String>> eachSelector(
      BiConsumer<Selector, Consumer<String>> check) {
    return eachTarget(
        (expression, problems) ->
            Selector.in(expression).forEach(selector -> check.accept(selector, problems)));
  }

  private static BiConsumer<JsonNode, Consumer<String>> matcher(String matcher) {
    return eachSelector(
        (selector, problems) ->
            require(selector.matchers().contains(matcher), problems, selector.metric() + matcher));
  }

  private static void labels(JsonNode board, Consumer<String> problems) {
    for (JsonNode panel : board.path("panels")) {
      for (JsonNode target : panel.path("targets")) {
        String expression = target.path("expr").asText();
        Set<String> known = new HashSet<>(Selector.OTHER_LABELS);
        RuleReads.expressions(expression).stream()
            .flatMap(read -> Selector.in(read).stream())
            .forEach(selector -> known.addAll(selector.allLabels()));
        Selector.named(expression, target.path("legendFormat").asText())
            .filter(label -> !known.contains(label))
            .forEach(label -> problems.accept(label + " in " + target));
      }
    }
  }
}
