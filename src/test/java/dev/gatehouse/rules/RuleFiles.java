package dev.gatehouse.rules;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The files that are made from a catalogue. */
final class RuleFiles {

  static final String SOURCE = "deploy/rules/catalogue.yaml";
  static final String RECORDING = "deploy/prometheus/rules/gatehouse-recording.yml";
  static final String ALERTS = "deploy/prometheus/rules/gatehouse-alerts.yml";
  static final String KUBERNETES = "k8s/base/prometheus-rule.yaml";
  static final String RUNBOOKS = "docs/runbooks/README.md";

  private static final String HEADER =
      "# Made from "
          + SOURCE
          + "; change that, and run CatalogueTest with"
          + " -Dgatehouse.docs.write=true.";

  private final Catalogue catalogue;

  RuleFiles(Catalogue catalogue) {
    this.catalogue = catalogue;
  }

  /** The text of each file, by its path in the project. */
  Map<String, String> texts() {
    List<String> recording = recordingGroups();
    List<String> alerts = alertGroups();
    List<String> kubernetes =
        new ArrayList<>(
            List.of(
                HEADER,
                "apiVersion: monitoring.coreos.com/v1",
                "kind: PrometheusRule",
                "metadata:",
                "  name: gatehouse",
                "  labels:",
                "    app.kubernetes.io/name: gatehouse",
                "spec:",
                "  groups:"));
    recording.forEach(line -> kubernetes.add("  " + line));
    alerts.forEach(line -> kubernetes.add("  " + line));
    Map<String, String> texts = new LinkedHashMap<>();
    texts.put(RECORDING, HEADER + "\ngroups:\n" + lines(recording));
    texts.put(ALERTS, HEADER + "\ngroups:\n" + lines(alerts));
    texts.put(KUBERNETES, lines(kubernetes));
    return texts;
  }

  /** The table of the runbooks' index. */
  List<String> runbookTable() {
    List<String> table = new ArrayList<>();
    table.add("Techniques are those of MITRE ATLAS " + catalogue.atlas() + ".");
    table.add("");
    table.add("| alert | severity | tells that | by | technique |");
    table.add("|---|---|---|---|---|");
    for (Rule rule : catalogue.rules()) {
      table.add(
          "| [`%s`](%s.md) | %s | %s | %s | %s |"
              .formatted(
                  rule.alert(),
                  rule.id(),
                  rule.severity(),
                  rule.intent(),
                  String.join(", ", rule.signals()),
                  technique(rule)));
    }
    return table;
  }

  /** The groups in the order in which a test is to evaluate them. */
  List<String> groups() {
    List<String> groups = new ArrayList<>();
    for (Recording recording : catalogue.recordings()) {
      if (!groups.contains(recording.group())) {
        groups.add(recording.group());
      }
    }
    catalogue.rules().stream().map(RuleFiles::group).distinct().forEach(groups::add);
    return groups;
  }

  private List<String> recordingGroups() {
    Map<String, List<Recording>> groups = new LinkedHashMap<>();
    for (Recording recording : catalogue.recordings()) {
      groups.computeIfAbsent(recording.group(), group -> new ArrayList<>()).add(recording);
    }
    List<String> lines = new ArrayList<>();
    groups.forEach(
        (group, recordings) -> {
          begin(lines, group, recordings.getFirst().every());
          for (Recording recording : recordings) {
            lines.add("      - record: " + recording.name());
            expression(lines, recording.expression());
          }
        });
    return lines;
  }

  private List<String> alertGroups() {
    Map<String, List<Rule>> groups = new LinkedHashMap<>();
    for (Rule rule : catalogue.rules()) {
      groups.computeIfAbsent(group(rule), group -> new ArrayList<>()).add(rule);
    }
    List<String> lines = new ArrayList<>();
    groups.forEach(
        (group, rules) -> {
          begin(lines, group, rules.getFirst().every());
          rules.forEach(rule -> alert(lines, rule));
        });
    return lines;
  }

  private void alert(List<String> lines, Rule rule) {
    lines.add("      - alert: " + rule.alert());
    expression(lines, rule.condition());
    lines.add("        for: " + rule.holdFor());
    lines.add("        keep_firing_for: " + rule.keepFiringFor());
    lines.add("        labels:");
    lines.add("          rule: " + rule.id());
    lines.add("          severity: " + rule.severity());
    lines.add("        annotations:");
    lines.add("          summary: " + quoted(rule.summary()));
    lines.add("          description: " + quoted("It tells that " + rule.intent() + "."));
    lines.add("          atlas: " + quoted(technique(rule)));
    lines.add("          false_positives: " + quoted(rule.falsePositives()));
    lines.add("          response: " + quoted(rule.response()));
    lines.add("          runbook_url: " + rule.runbook(catalogue.documents()));
  }

  private String technique(Rule rule) {
    return rule.atlas().equals("none") ? "–" : rule.atlas();
  }

  private static String group(Rule rule) {
    return "gatehouse-alerts-" + rule.every();
  }

  private static void begin(List<String> lines, String group, String every) {
    lines.add("  - name: " + group);
    lines.add("    interval: " + every);
    lines.add("    rules:");
  }

  private static void expression(List<String> lines, String expression) {
    lines.add("        expr: |-");
    expression.lines().forEach(line -> lines.add("          " + line));
  }

  private static String quoted(String text) {
    return "'" + text.replace("'", "''") + "'";
  }

  private static String lines(List<String> lines) {
    return String.join("\n", lines) + "\n";
  }
}
