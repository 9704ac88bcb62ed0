package dev.gatehouse.dashboards;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.gatehouse.rules.RuleReads;
import dev.gatehouse.testing.Folders;
import dev.gatehouse.testing.Promtool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Holds the files of the dashboards to the code that they are made from, and both to each {@link
 * LintRule}, which says which rules are checked and which are not.
 */
final class DashboardsTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path folder;

  @Test
  void files_ofDashboards_areThoseOfTheCode() throws IOException {
    Set<String> files = new TreeSet<>();
    for (Dashboard dashboard : Dashboard.all()) {
      Path file = Folders.project(dashboard.file());
      String wanted = DashboardJson.of(dashboard);
      if (Boolean.getBoolean("gatehouse.docs.write")) {
        Files.writeString(file, wanted);
      }
      assertEquals(
          wanted,
          Files.exists(file) ? Files.readString(file) : "",
          file + " differs from the code; run the test with -Dgatehouse.docs.write=true");
      assertTrue(files.add(file.getFileName().toString()));
    }
    try (Stream<Path> present = Files.list(Folders.project("deploy/grafana/dashboards"))) {
      assertEquals(
          files, present.map(file -> file.getFileName().toString()).collect(Collectors.toSet()));
    }
  }

  @ParameterizedTest
  @EnumSource(LintRule.class)
  void dashboards_ruleOfTheLinter_isKept(LintRule rule) throws IOException {
    for (Dashboard dashboard : Dashboard.all()) {
      assertEquals(List.of(), rule.problems(JSON.readTree(text(dashboard))), dashboard.title());
    }
  }

  @ParameterizedTest
  @EnumSource(LintRule.class)
  void violation_ofTheRule_isSeen(LintRule rule) throws IOException {
    for (Dashboard dashboard : Dashboard.all()) {
      String broken = rule.broken(text(dashboard));
      assertFalse(rule.problems(JSON.readTree(broken)).isEmpty(), dashboard.title());
    }
  }

  @Test
  void alerts_ofTheCatalogue_areEachLinkedFromAPanel() throws IOException {
    Set<String> linked = new HashSet<>();
    for (Dashboard dashboard : Dashboard.all()) {
      for (JsonNode panel : JSON.readTree(text(dashboard)).path("panels")) {
        for (JsonNode link : panel.path("links")) {
          linked.add(Document.at(link.path("url").asText()).file());
        }
      }
    }
    assertEquals(
        List.of(),
        RuleReads.all().stream()
            .filter(rule -> !linked.contains(rule.runbook()))
            .map(RuleReads::alert)
            .toList());
  }

  @Test
  void runbooks_ofAPanel_areThoseOfTheRulesThatReadIt() {
    Panel rows = Panel.lines("", "", "");
    assertEquals(
        List.of("GatehouseRowRateSurge", "GatehouseRowRateDrift", "GatehouseDailyBurn"),
        runbooks(rows.query("gatehouse_caller_rows_total{caller=~\"$caller\"}", "")));
    assertEquals(
        List.of("GatehouseDeniedRatio"),
        runbooks(rows.query("gatehouse_caller_requests_total{outcome=\"ACCESS_DENIED\"}", "")));
    assertEquals(
        List.of("GatehouseNetworkSpread"),
        runbooks(rows.query("gatehouse:caller_networks:limit", "")));
    String nobody = "gatehouse_caller_requests_total{caller=\"unregistered\"}";
    assertEquals(List.of("index"), runbooks(rows.query(nobody, "")));
  }

  private static List<String> runbooks(Panel panel) {
    return Runbooks.of(SecurityDashboards.caller(), panel).stream()
        .map(Runbooks.Link::title)
        .toList();
  }

  @Test
  void panels_ofEachDashboard_fillTheirRowsAndOverlapNowhere() throws IOException {
    for (Dashboard dashboard : Dashboard.all()) {
      Set<List<Integer>> taken = new HashSet<>();
      for (JsonNode panel : JSON.readTree(text(dashboard)).path("panels")) {
        JsonNode at = panel.path("gridPos");
        int right = at.path("x").asInt() + at.path("w").asInt();
        assertTrue(right <= 24, panel.path("title").asText());
        for (int x = at.path("x").asInt(); x < right; x++) {
          for (int y = 0; y < at.path("h").asInt(); y++) {
            assertTrue(taken.add(List.of(x, at.path("y").asInt() + y)), panel.toString());
          }
        }
      }
    }
  }

  /** Prometheus' own parser reads every expression. */
  @Test
  void expressions_ofEachPanel_areParsed() throws IOException {
    Promtool promtool = Promtool.assumed();
    StringBuilder rules = new StringBuilder("groups:\n- name: panels\n  rules:\n");
    int number = 0;
    for (Dashboard dashboard : Dashboard.all()) {
      for (JsonNode expression : JSON.readTree(text(dashboard)).findValues("expr")) {
        String filled = expression.asText().replace("$__rate_interval", "1m");
        rules.append("  - record: panel_").append(number++).append('\n');
        rules.append("    expr: ").append(JSON.writeValueAsString(filled)).append('\n');
      }
    }
    Path file = Files.writeString(folder.resolve("rules.yml"), rules);
    promtool.check("check", "rules", file.toString());
  }

  @Test
  void prometheusConfiguration_asDeployed_isAccepted() {
    Promtool.assumed().check("check", "config", "deploy/prometheus/prometheus.yml");
  }

  private static String text(Dashboard dashboard) {
    return DashboardJson.of(dashboard);
  }
}
