package dev.gatehouse.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.testing.Folders;
import dev.gatehouse.testing.GeneratedPart;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What is committed is what the catalogue makes, and the catalogue is whole. */
final class CatalogueTest {

  /** What Prometheus and Alertmanager say of themselves. */
  private static final Set<String> OF_THE_WATCH =
      Set.of(
          "up",
          "alertmanager_notifications_failed_total",
          "alertmanager_notifications_total",
          "prometheus_notifications_dropped_total",
          "prometheus_notifications_errors_total",
          "prometheus_rule_evaluation_failures_total",
          "prometheus_rule_group_iterations_missed_total");

  private static final Pattern DOCUMENTED = Pattern.compile("(?m)^\\| `(gatehouse_\\w+)` \\|");
  private static final Pattern METRIC =
      Pattern.compile("\\b(?:gatehouse|prometheus|alertmanager)_\\w+|\\bup\\b");
  private static final Pattern QUERIES = Pattern.compile("(?s)```promql\n(.*?)```");
  private static final Pattern RECORDED = Pattern.compile("\\bgatehouse:\\w+:\\w+");
  private static final Pattern REASON = Pattern.compile("outcome=~?\"([A-Z_|]+)\"");
  private static final Pattern OF_CALLERS =
      Pattern.compile("(?m)^\\| `(gatehouse_\\w+)` \\| \\w+ \\| [^|]*`caller`");
  private static final Pattern ACCUSED = Pattern.compile("(gatehouse_\\w+)\\{[^}]*}");

  /** Wasted calls of everybody together, against which a caller's own are compared. */
  private static final String WASTED_BY_ALL =
      "gatehouse_caller_requests_total{outcome=~\"CANCELLED|DEADLINE_EXCEEDED\"}";

  private static final List<String> HEADINGS =
      List.of("## What it means", "## Check in two minutes", "## What to do", "## Undo");

  private final Catalogue catalogue = catalogue();
  private final RuleFiles files = new RuleFiles(catalogue);

  @Test
  void files_ofPrometheusAndKubernetes_areThoseOfTheCatalogue() throws IOException {
    List<String> stale = new ArrayList<>();
    for (Map.Entry<String, String> file : files.texts().entrySet()) {
      Path path = Folders.project(file.getKey());
      if (Files.exists(path) && Files.readString(path).equals(file.getValue())) {
        continue;
      }
      if (Boolean.getBoolean("gatehouse.docs.write")) {
        Files.writeString(path, file.getValue());
      } else {
        stale.add(file.getKey());
      }
    }
    assertEquals(List.of(), stale, "run CatalogueTest with -Dgatehouse.docs.write=true");
  }

  @Test
  void index_ofRunbooks_isThatOfTheCatalogue() {
    GeneratedPart.check(RuleFiles.RUNBOOKS, files.runbookTable());
  }

  @Test
  void read_fieldMissingOrUnknownOrWrong_isRefused() throws IOException {
    String text = Files.readString(Folders.project(RuleFiles.SOURCE));
    for (String field :
        List.of(
            "id",
            "intent",
            "severity",
            "signals",
            "every",
            "condition",
            "for",
            "keep_firing_for",
            "atlas",
            "summary",
            "false_positives",
            "response")) {
      String without = text.replaceFirst("(?m)^(  - |    )" + field + ": ", "$1x_" + field + ": ");
      assertThrows(IllegalArgumentException.class, () -> Catalogue.read(without), field);
    }
    String noConstant = text.replaceFirst("rows_floor: \\{", "rows_flor: {");
    assertThrows(IllegalArgumentException.class, () -> Catalogue.read(noConstant));
    String wrongSeverity = text.replaceFirst("severity: warning", "severity: dire");
    assertThrows(IllegalArgumentException.class, () -> Catalogue.read(wrongSeverity));
  }

  @Test
  void documents_atAnAddress_areWhereAlertsLead() throws IOException {
    String text = Files.readString(Folders.project(RuleFiles.SOURCE));
    String published = text.replace("documents: docs\n", "documents: https://a.example/docs\n");
    Map<String, String> texts = new RuleFiles(Catalogue.read(published)).texts();
    String link = "runbook_url: https://a.example/docs/runbooks/slot-churn.md\n";
    assertTrue(texts.getOrDefault(RuleFiles.ALERTS, "").contains(link));
    assertTrue(texts.getOrDefault(RuleFiles.KUBERNETES, "").contains(link));
  }

  /** Rules that look at 30 seconds see nothing of pods that are scraped every 30. */
  @Test
  void monitor_ofKubernetes_scrapesAsOftenAsRulesNeed() throws IOException {
    String monitor = Files.readString(Folders.project("k8s/base/pod-monitor.yaml"));
    assertTrue(monitor.contains("\n      interval: 5s\n"), monitor);
    assertTrue(monitor.contains("\n      path: /q/metrics\n"), monitor);
  }

  @Test
  void runbook_ofEveryRule_saysWhatMustBeSaid() throws IOException {
    List<String> wrong = new ArrayList<>();
    for (Rule rule : catalogue.rules()) {
      Path runbook = Folders.project(rule.runbook());
      if (!Files.exists(runbook)) {
        wrong.add(rule.runbook() + " is not there");
        continue;
      }
      List<String> lines = Files.readAllLines(runbook);
      List<String> headings = lines.stream().filter(line -> line.startsWith("## ")).toList();
      if (!headings.equals(HEADINGS) || !lines.getFirst().equals("# " + rule.alert())) {
        wrong.add(rule.runbook() + " has other headings");
      }
    }
    assertEquals(List.of(), wrong);
  }

  @Test
  void runbooks_ofNoRule_areNotThere() throws IOException {
    Set<String> wanted =
        catalogue.rules().stream()
            .map(Rule::runbook)
            .collect(Collectors.toCollection(TreeSet::new));
    wanted.add(RuleFiles.RUNBOOKS);
    try (Stream<Path> present = Files.list(Folders.project("docs/runbooks"))) {
      assertEquals(
          wanted,
          present
              .map(path -> "docs/runbooks/" + path.getFileName())
              .collect(Collectors.toCollection(TreeSet::new)));
    }
  }

  @Test
  void metrics_inExpressionsRunbooksAndTests_exist() throws IOException {
    Set<String> documented =
        found(DOCUMENTED, Files.readString(Folders.project("docs/metrics.md")));
    assertTrue(documented.size() > 10);
    Set<String> recorded =
        catalogue.recordings().stream().map(Recording::name).collect(Collectors.toSet());
    Set<String> unknown = new TreeSet<>();
    for (String text : expressionsRunbooksAndTests()) {
      unknown.addAll(found(METRIC, text));
      found(RECORDED, text).stream().filter(name -> !recorded.contains(name)).forEach(unknown::add);
    }
    unknown.removeAll(documented);
    unknown.removeAll(OF_THE_WATCH);
    assertEquals(Set.of(), unknown);
  }

  @Test
  void recordings_thatNobodyReads_areNotMade() {
    String read = String.join("\n", expressions());
    List<String> unread =
        catalogue.recordings().stream()
            .map(Recording::name)
            .filter(name -> !found(RECORDED, read).contains(name))
            .toList();
    assertEquals(List.of(), unread);
  }

  @Test
  void outcomes_inExpressions_areReasonsOfRefusals() throws IOException {
    String refusals = Files.readString(Folders.project("docs/refusals.md"));
    for (String expression : expressions()) {
      for (String reasons : found(REASON, expression)) {
        for (String reason : reasons.split("\\|", -1)) {
          assertTrue(refusals.contains("| `" + reason + "` |"), reason);
        }
      }
    }
  }

  @Test
  void callers_thatAreNoCallers_areNeverAccused() throws IOException {
    Set<String> ofCallers = found(OF_CALLERS, Files.readString(Folders.project("docs/metrics.md")));
    assertTrue(ofCallers.size() > 15);
    for (String expression : expressions()) {
      ACCUSED
          .matcher(expression)
          .results()
          .filter(selector -> ofCallers.contains(selector.group(1)))
          .map(MatchResult::group)
          .filter(selector -> !selector.equals(WASTED_BY_ALL))
          .forEach(
              selector ->
                  assertTrue(selector.contains("caller!~\"other|unregistered\""), selector));
    }
  }

  /** The queries of a rule's runbook, one a line. */
  static List<String> queries(Rule rule) throws IOException {
    return QUERIES
        .matcher(Files.readString(Folders.project(rule.runbook())))
        .results()
        .flatMap(block -> block.group(1).lines())
        .toList();
  }

  static Catalogue catalogue() {
    try {
      return Catalogue.read(Files.readString(Folders.project(RuleFiles.SOURCE)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private List<String> expressions() {
    return Stream.concat(
            catalogue.recordings().stream().map(Recording::expression),
            catalogue.rules().stream().map(Rule::condition))
        .toList();
  }

  private List<String> expressionsRunbooksAndTests() throws IOException {
    List<String> texts = new ArrayList<>(expressions());
    for (Rule rule : catalogue.rules()) {
      texts.addAll(queries(rule));
    }
    for (Path test : RulesTest.tests()) {
      texts.add(Files.readString(test));
    }
    return texts;
  }

  private static Set<String> found(Pattern pattern, String text) {
    return pattern
        .matcher(text)
        .results()
        .map(match -> match.group(pattern.matcher("").groupCount()))
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
