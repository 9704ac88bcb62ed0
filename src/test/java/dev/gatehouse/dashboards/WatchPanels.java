package dev.gatehouse.dashboards;

import static dev.gatehouse.dashboards.Panel.lines;
import static dev.gatehouse.dashboards.Panel.number;
import static dev.gatehouse.dashboards.Panel.stack;
import static dev.gatehouse.dashboards.Promql.increase;
import static dev.gatehouse.dashboards.Promql.max;
import static dev.gatehouse.dashboards.Promql.rate;
import static dev.gatehouse.dashboards.Promql.ratio;
import static dev.gatehouse.dashboards.Promql.top;

import java.util.List;

/** What the watch sees, finds and leaves undone: a dashboard of its own, and parts of others. */
final class WatchPanels {

  private static final String ONE = "{caller=~\"$caller\"}";
  private static final String CHOSEN = "{caller=~\"$caller\",model=~\"$model\"}";
  private static final String PAIR = "caller, model";
  private static final String NAMED = "{{caller}} {{model}}";
  private static final String ROWS = "gatehouse_caller_rows_total" + CHOSEN;
  private static final String OBSERVED = "gatehouse_abuse_observed_rows_total" + CHOSEN;
  private static final String SCORE = "gatehouse_abuse_extraction_score" + CHOSEN;
  private static final String NORMALITY = "gatehouse_abuse_distance_normality" + CHOSEN;
  private static final String FINDINGS = "gatehouse_abuse_findings_total";
  private static final String ABUSE = "docs/security/abuse.md";
  private static final String POLICY = "docs/security/abuse.md#the-policy";
  private static final String RULES = "docs/security/abuse.md#rules-in-the-gateway";
  private static final String CONTENT = "docs/security/abuse.md#content-signals";

  private WatchPanels() {}

  static Dashboard extraction() {
    return new Dashboard(
        "extraction",
        "Gatehouse: extraction",
        "Whether somebody copies a model: what callers' queries look like, by caller and model.",
        List.of(
            Dashboard.CALLER,
            new Dashboard.Variable("model", "gatehouse_abuse_observed_rows_total")),
        List.of(
            number(
                    "Highest extraction score",
                    "short",
                    "The highest of the chosen callers and models now. From 0.4 on there is a"
                        + " finding.")
                .see(CONTENT)
                .query("max(" + SCORE + ")", "score"),
            number(
                    "Lowest distance normality",
                    "short",
                    "The lowest of the chosen callers and models now. Natural inputs stay above"
                        + " 0.9.")
                .see(CONTENT)
                .query("min(" + NORMALITY + ")", "normality"),
            number(
                    "Rows looked at, of rows answered",
                    "percentunit",
                    "What the watch sees of the chosen callers. Exact repeats are left out, and"
                        + " what comes too fast.")
                .see(ABUSE)
                .query(ratio(rate(OBSERVED), rate(ROWS)), "looked at"),
            number(
                    "Observations lost",
                    "cps",
                    "Calls and rows a second that were not looked at because too many came, of all"
                        + " callers.")
                .see(ABUSE)
                .query(rate("gatehouse_abuse_dropped_observations_total"), "lost"),
            pairs(
                "Extraction score",
                "short",
                "How much the queries look like those that copy a model, from 0 to 1; the ten"
                    + " highest.",
                top(max(SCORE, PAIR))),
            pairs(
                "Distance normality",
                "short",
                "Shapiro-Wilk's W of the distances between queries; the ten lowest. Made inputs"
                    + " lie at distances that natural ones do not. Absent below 100 distances.",
                "bottomk(10, min by (" + PAIR + ") (" + NORMALITY + "))"),
            share(
                "Near duplicates",
                "gatehouse_abuse_near_duplicate_rows_total",
                "Rows close to one that came lately, of those looked at; the ten highest. Searches"
                    + " by small steps look so."),
            share(
                "Low margins",
                "gatehouse_abuse_low_margin_rows_total",
                "Rows that the model is undecided about, of those looked at; the ten highest. Who"
                    + " walks along the border between classes gets them."),
            share(
                "Novel rows",
                "gatehouse_abuse_novel_rows_total",
                "Rows unlike the model's reference inputs, of those looked at; the ten highest."
                    + " Always 0 for models without a reference."),
            stack(
                    "Findings by rule",
                    "short",
                    "Whether a rule found something, of all callers: findings within each step.")
                .see(RULES)
                .query(increase(FINDINGS, "rule"), "{{rule}}"),
            pairs(
                "Rows looked at",
                "wps",
                "Rows a second that the watch looked at; the ten pairs with most.",
                top(rate(OBSERVED, PAIR))),
            pairs(
                "Rows answered",
                "wps",
                "Rows a second that were answered; the ten pairs with most. That is what a thief"
                    + " has.",
                top(rate(ROWS, PAIR)))));
  }

  /** What the security overview has of the watch. */
  static List<Panel> overview() {
    return List.of(
        stack(
                "Findings by rule",
                "short",
                "What the gateways found callers doing: findings within each step. They are listed"
                    + " with their evidence by AbuseService.ListFindings.")
            .see(RULES)
            .query(increase(FINDINGS, "rule, severity"), "{{rule}} {{severity}}"),
        stack(
                "Restrictions withheld by cause",
                "short",
                "Restrictions that the policy did not make, within each step. At limit and spared a"
                    + " person must look; shadow is what it would do if it were allowed to.")
            .see(POLICY)
            .query(increase("gatehouse_abuse_withheld_responses_total", "cause"), "{{cause}}"),
        lines(
                "Callers restricted",
                "short",
                "Callers that are throttled, degraded or quarantined now, by the policy or by a"
                    + " person.")
            .see(POLICY)
            .query(max("gatehouse_callers_restricted", "standing"), "{{standing}}"),
        lines(
                "Observations lost",
                "cps",
                "Calls and rows a second that were not looked at because too many came.")
            .see(ABUSE)
            .query(rate("gatehouse_abuse_dropped_observations_total", "instance"), "{{instance}}"),
        lines(
                "Labels of callers that changed hands",
                "cps",
                "Times a second that a busier caller took the label of another. Many are somebody"
                    + " who hides behind callers that come and go.")
            .see("docs/metrics.md")
            .query(rate("gatehouse_caller_slot_exchanges_total", "instance"), "{{instance}}"),
        lines(
                "Findings not written for",
                "s",
                "Time since all findings that were due were written and decided; a second or two in"
                    + " good order. What is not written restricts nobody.")
            .see(ABUSE)
            .query(max("gatehouse_abuse_findings_round_age_seconds", "instance"), "{{instance}}"),
        lines(
                "Alerts not handed on",
                "cps",
                "Alerts a second that Prometheus could hand to no Alertmanager. Nobody hears of"
                    + " them but who looks here.")
            .see("docs/dashboards.md#setting-up")
            .query(rate("prometheus_notifications_dropped_total", "instance"), "{{instance}}"));
  }

  /** What the dashboard of one caller has of the watch. */
  static List<Panel> caller() {
    return List.of(
        seen(
                "Networks",
                "gatehouse_caller_networks",
                "Networks that the caller came from in the last hour, at the gateway that saw most,"
                    + " and how many it may come from before there is an alert.")
            .limit("gatehouse:caller_networks:limit"),
        seen(
            "Credentials",
            "gatehouse_caller_credentials",
            "Credentials that the caller used in the last hour, at the gateway that saw most."),
        seen(
            "Shared credentials",
            "gatehouse_caller_shared_credentials",
            "Credentials that two parties used at once, from networks of which one is new, in the"
                + " last 10 minutes."),
        seen(
            "Models named",
            "gatehouse_caller_models",
            "Different names of models, known or not, in the last 10 minutes, at the gateway that"
                + " saw most."),
        seen(
            "Latency over usual",
            "gatehouse_caller_latency_factor",
            "Time of answered calls in the last minute over what is usual for the caller, at the"
                + " gateway where it is most; 1 is usual. Absent in its first hour of activity."),
        seen(
            "Row cost over usual",
            "gatehouse_caller_row_cost_factor",
            "Device time of its answered rows over what rows of these models usually take, in the"
                + " last 10 minutes, at the gateway where it is most; 1 is usual. Absent while that"
                + " is not known."),
        counted(
            "Models denied for the first time",
            "cps",
            "gatehouse_caller_unknown_models_total",
            "Denied calls that named a model which the caller had not named before: somebody looks"
                + " for what is there."),
        counted(
            "New networks",
            "cps",
            "gatehouse_caller_new_networks_total",
            "Networks that the caller had not come from before."),
        counted(
            "Calls off hours",
            "reqps",
            "gatehouse_caller_off_hours_requests_total",
            "Calls outside the hours declared for the caller; 0 where none are declared."));
  }

  private static Panel pairs(String title, String unit, String description, String expression) {
    return lines(title, unit, description).see(CONTENT).query(expression, NAMED);
  }

  private static Panel share(String title, String counter, String description) {
    String seen = "(" + rate(OBSERVED, PAIR) + " > 0)";
    return pairs(title, "percentunit", description, top(ratio(rate(counter + CHOSEN, PAIR), seen)));
  }

  private static Panel seen(String title, String gauge, String description) {
    return lines(title, "short", description)
        .see(ABUSE)
        .query(max(gauge + ONE, "caller"), "{{caller}}");
  }

  private static Panel counted(String title, String unit, String counter, String description) {
    return lines(title, unit, description)
        .see(ABUSE)
        .query(rate(counter + ONE, "caller"), "{{caller}}");
  }
}
