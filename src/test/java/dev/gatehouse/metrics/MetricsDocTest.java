package dev.gatehouse.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.gatehouse.core.AuthenticationFailure;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Outcome;
import dev.gatehouse.core.VersionId;
import dev.gatehouse.testing.Folders;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Holds docs/metrics.md to what is scraped. */
final class MetricsDocTest {

  private static final Pattern METRIC =
      Pattern.compile("(?m)^\\| `(gatehouse_\\w+)` \\| (\\w+) \\| ([^|]*) \\|");
  private static final Pattern BUCKETS =
      Pattern.compile("(?m)^\\* `(gatehouse_\\w+)`: ([\\d., ]+)");
  private static final Pattern CAUSE = Pattern.compile("(?m)^\\| `([A-Z_]+)` \\|");
  private static final Pattern LABEL = Pattern.compile("(\\w+)=\"");
  private static final Pattern NAME = Pattern.compile("`([^`]+)`");

  private static final ControlLogState NO_LOG =
      new ControlLogState() {
        @Override
        public long entries() {
          return 0;
        }

        @Override
        public long dropped() {
          return 0;
        }

        @Override
        public boolean consistent() {
          return true;
        }

        @Override
        public Duration checkpointAge() {
          return Duration.ZERO;
        }

        @Override
        public Map<String, Long> checkpointFailures() {
          return Map.of("file", 0L);
        }
      };

  private final Scraper scraper = new Scraper();

  /** What the table says of a metric, or the scrape shows. */
  private record Metric(String type, String labels) {}

  @BeforeEach
  void useEverything() {
    GatewayMetrics metrics =
        new GatewayMetrics(scraper.registry(), MetricsSettings.DEFAULTS, () -> 0);
    CallerId caller = new CallerId("fraud");
    ModelName model = new ModelName("digits");
    ModelMeters meters = metrics.model(model, new VersionId("v1"), FixedQueue.of(0));
    metrics.callEnded(caller, Outcome.OK, 1);
    metrics.rowsServed(caller, model, 1);
    metrics.computeSpent(caller, 1);
    metrics.authenticationFailed(AuthenticationFailure.EXPIRED);
    meters.requestEnded(Outcome.OK);
    meters.batchExecuted(1);
    metrics.showLiveTensors(() -> 0);
    metrics.showInboundBytes(() -> 0);
    metrics.showDirectMemory(() -> 0);
    metrics.showAudit(FixedAudit.of(0));
    metrics.showControlLog(NO_LOG);
    metrics.showAccessSnapshotAge(() -> Duration.ZERO);
    metrics.showIdentityKeys(() -> Duration.ZERO, () -> true);
    metrics.showNotBeforeAge(() -> Duration.ZERO);
    metrics.showIdentityDrift("CLIENT_MISSING", () -> 0);
    metrics.showChanges(() -> true, () -> 0, () -> 0);
    metrics.showReplicas(() -> 1, () -> 0);
    Watched.tell(metrics, caller, model);
    metrics.findingMade("extraction", "critical", "gateway");
    metrics.showHand(new FixedHand(1, 2, 3, Map.of("STALE", 4L), true, Duration.ofSeconds(5)));
    metrics.showRestricted(restraint -> 0);
    scraper.scrape();
  }

  @Test
  void table_ofMetrics_isWhatIsScraped() throws IOException {
    Map<String, Metric> documented = new TreeMap<>();
    METRIC
        .matcher(document())
        .results()
        .forEach(
            row -> documented.put(row.group(1), new Metric(row.group(2), names(row.group(3)))));
    Map<String, Metric> real = new TreeMap<>();
    scraper
        .families()
        .forEach(
            (name, type) -> {
              if (!name.endsWith("_max")) {
                real.put(name, new Metric(type, labels(name, type)));
              }
            });
    assertEquals(real, documented);
  }

  @Test
  void buckets_ofHistograms_areThoseScraped() throws IOException {
    Map<String, String> documented = new TreeMap<>();
    BUCKETS
        .matcher(document())
        .results()
        .forEach(line -> documented.put(line.group(1), line.group(2).replace(",", "").strip()));
    Map<String, String> real = new TreeMap<>();
    scraper
        .families()
        .forEach(
            (name, type) -> {
              if (type.equals("histogram")) {
                real.put(name, bounds(name));
              }
            });
    assertEquals(numbers(real), numbers(documented));
  }

  @Test
  void causes_ofFailedAuthentication_areAllExplained() throws IOException {
    List<String> causes = CAUSE.matcher(document()).results().map(row -> row.group(1)).toList();
    assertEquals(Arrays.stream(AuthenticationFailure.values()).map(Enum::name).toList(), causes);
  }

  private static String document() throws IOException {
    return Files.readString(Folders.project("docs/metrics.md"));
  }

  private static String names(String cell) {
    return NAME.matcher(cell)
        .results()
        .map(name -> name.group(1))
        .sorted()
        .collect(Collectors.joining(" "));
  }

  private String labels(String name, String type) {
    TreeSet<String> labels = new TreeSet<>();
    scraper
        .series(type.equals("histogram") ? name + "_count" : name)
        .keySet()
        .forEach(
            series ->
                LABEL
                    .matcher(series)
                    .results()
                    .map(MatchResult::group)
                    .forEach(label -> labels.add(label.replaceAll("\\W", ""))));
    return String.join(" ", labels);
  }

  private String bounds(String name) {
    Pattern bound = Pattern.compile("le=\"([\\d.E-]+)\"");
    return scraper.series(name + "_bucket").keySet().stream()
        .flatMap(series -> bound.matcher(series).results())
        .map(match -> match.group(1))
        .collect(Collectors.joining(" "));
  }

  private static Map<String, TreeSet<Double>> numbers(Map<String, String> texts) {
    Map<String, TreeSet<Double>> numbers = new TreeMap<>();
    texts.forEach(
        (name, text) -> {
          TreeSet<Double> values = new TreeSet<>();
          for (String word : text.split(" ", -1)) {
            values.add(Double.valueOf(word));
          }
          numbers.put(name, values);
        });
    return numbers;
  }
}
