package dev.gatehouse.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.gatehouse.testing.Folders;
import dev.gatehouse.testing.Promtool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** The rules are good PromQL, fire on what they are for, and stay silent on what looks like it. */
final class RulesTest {

  private static final String TESTS = "deploy/prometheus/tests";
  private static final Pattern FIRING =
      Pattern.compile("ALERTS\\{alertname=\"(\\w+)\",alertstate=\"firing\"}");

  @TempDir private Path folder;

  private final Catalogue catalogue = CatalogueTest.catalogue();

  @Test
  void rules_ofPrometheus_areUnderstoodByIt() {
    Promtool promtool = Promtool.assumed();
    promtool.check("check", "rules", "--lint=all", "--lint-fatal", RuleFiles.RECORDING);
    promtool.check("check", "rules", "--lint=all", "--lint-fatal", RuleFiles.ALERTS);
  }

  /** A rule that records the query is what promtool takes without a server. */
  @Test
  void queries_ofRunbooks_areUnderstoodByPrometheus() throws IOException {
    Promtool promtool = Promtool.assumed();
    List<String> lines = new ArrayList<>(List.of("groups:", "  - name: runbooks", "    rules:"));
    for (Rule rule : catalogue.rules()) {
      for (String query : CatalogueTest.queries(rule)) {
        lines.add("      - record: query" + lines.size());
        lines.add("        expr: |-");
        lines.add("          " + query);
      }
    }
    Path queries = folder.resolve("queries.yml");
    Files.write(queries, lines);
    promtool.check("check", "rules", queries.toString());
  }

  @Test
  void alerts_inTheirTests_fireAndStaySilent() throws IOException {
    Promtool promtool = Promtool.assumed();
    List<String> arguments = new ArrayList<>(List.of("test", "rules"));
    tests().forEach(test -> arguments.add(test.toString()));
    promtool.check(arguments.toArray(String[]::new));
  }

  @Test
  void alerts_all_haveATestThatFiresAndOneThatIsSilent() throws IOException {
    Set<String> firing = new TreeSet<>();
    Set<String> silent = new TreeSet<>();
    for (Path file : tests()) {
      for (Fields test : read(file).list("tests")) {
        boolean silence = test.text("name").startsWith("silent: ");
        for (Fields expectation : test.list("promql_expr_test")) {
          boolean fires = expectation.has("exp_samples");
          assertFalse(silence && fires, file + ": " + test.text("name"));
          if (silence || fires) {
            FIRING
                .matcher(expectation.text("expr"))
                .results()
                .forEach(alert -> (silence ? silent : firing).add(alert.group(1)));
          }
        }
      }
    }
    Set<String> alerts = new TreeSet<>(catalogue.rules().stream().map(Rule::alert).toList());
    assertEquals(alerts, firing);
    assertEquals(alerts, silent);
  }

  @Test
  void tests_ofRules_evaluateGroupsInOrder() throws IOException {
    List<String> groups = new RuleFiles(catalogue).groups();
    for (Path file : tests()) {
      assertEquals(groups, read(file).texts("group_eval_order"), file.toString());
    }
  }

  static List<Path> tests() throws IOException {
    try (Stream<Path> files = Files.list(Folders.project(TESTS))) {
      return files.filter(file -> file.toString().endsWith(".yml")).sorted().toList();
    }
  }

  private static Fields read(Path file) throws IOException {
    Object loaded = new Yaml(new SafeConstructor(new LoaderOptions())).load(Files.readString(file));
    return Fields.of(String.valueOf(file.getFileName()), loaded);
  }
}
