package dev.gatehouse.rules;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A rule of the catalogue: when to tell somebody, and what that means.
 *
 * @param id its name for ever, in lower case with hyphens; also that of its runbook
 * @param severity {@code critical} wakes somebody, {@code warning} does not
 * @param every how often it is evaluated, as Prometheus writes durations
 * @param condition PromQL over what is recorded and over metrics
 * @param holdFor how long the condition must hold
 * @param keepFiringFor how long it fires after the condition held last
 * @param atlas the technique of MITRE ATLAS, or {@code none} where the watch itself is at stake
 * @param summary one line with Prometheus' placeholders
 */
record Rule(
    String id,
    String intent,
    String severity,
    List<String> signals,
    String every,
    String condition,
    String holdFor,
    String keepFiringFor,
    String atlas,
    String summary,
    String falsePositives,
    String response) {

  private static final Set<String> SEVERITIES = Set.of("critical", "warning");
  private static final Pattern ID = Pattern.compile("[a-z]+(-[a-z]+)*");
  private static final Pattern TECHNIQUE = Pattern.compile("AML\\.T\\d{4}(\\.\\d{3})?|none");
  private static final Pattern DURATION = Pattern.compile("\\d+[smh]");

  Rule {
    require(ID.matcher(id).matches(), id, "id");
    require(SEVERITIES.contains(severity), id, "severity");
    require(TECHNIQUE.matcher(atlas).matches(), id, "atlas");
    for (String duration : List.of(every, holdFor, keepFiringFor)) {
      require(DURATION.matcher(duration).matches(), id, duration);
    }
  }

  static Rule of(Fields fields, UnaryOperator<String> filled) {
    Rule rule =
        new Rule(
            fields.text("id"),
            fields.text("intent"),
            fields.text("severity"),
            fields.texts("signals"),
            fields.text("every"),
            filled.apply(fields.text("condition")),
            fields.text("for"),
            fields.text("keep_firing_for"),
            fields.text("atlas"),
            fields.text("summary"),
            fields.text("false_positives"),
            fields.text("response"));
    fields.end();
    return rule;
  }

  /** The name of its alert: {@code row-rate-surge} is {@code GatehouseRowRateSurge}. */
  String alert() {
    return Arrays.stream(id.split("-", -1))
        .map(word -> word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1))
        .collect(Collectors.joining("", "Gatehouse", ""));
  }

  /** The path of its runbook in the project. */
  String runbook() {
    return runbook("docs");
  }

  /** Where its runbook is, if {@code docs} is published at {@code documents}. */
  String runbook(String documents) {
    return documents + "/runbooks/" + id + ".md";
  }

  private static void require(boolean right, String id, String field) {
    if (!right) {
      throw new IllegalArgumentException("the rule " + id + " has a wrong " + field);
    }
  }
}
