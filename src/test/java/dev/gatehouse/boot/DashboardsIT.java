package dev.gatehouse.boot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.gatehouse.core.SystemTime;
import dev.gatehouse.dashboards.Picture;
import dev.gatehouse.demo.Digits;
import dev.gatehouse.stubs.admin.v1.Deployment;
import dev.gatehouse.stubs.inference.GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub;
import dev.gatehouse.stubs.inference.ModelInferRequest;
import dev.gatehouse.testing.Await;
import dev.gatehouse.testing.Folders;
import dev.gatehouse.testing.HeldTokens;
import dev.gatehouse.testing.History;
import dev.gatehouse.testing.Infer;
import dev.gatehouse.testing.KeycloakServer;
import dev.gatehouse.testing.NaturalDigits;
import dev.gatehouse.testing.PrometheusServer;
import dev.gatehouse.testing.RawCalls;
import dev.gatehouse.testing.Realm;
import dev.gatehouse.testing.SampleModels;
import dev.gatehouse.testing.SharedGateway;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * Every query of every dashboard, run by a real Prometheus that scrapes the packaged gateway, as
 * {@code deploy/prometheus/prometheus.yml} tells it but for addresses and intervals, while good,
 * denied, invalid, late and unauthenticated calls go on, some of them such that the watch finds
 * something. A query fails that Prometheus cannot run, or that has no value although what it shows
 * has happened.
 */
final class DashboardsIT {

  /** Ten times what it takes until everything has a rate. */
  private static final Duration SHOWN_MAX = Duration.ofMinutes(5);

  private static final Duration STEP = Duration.ofSeconds(1);
  private static final String RATE_INTERVAL = "10s";

  /** Six hours of before. */
  private static final Duration HISTORY_STEP = Duration.ofMinutes(15);

  private static final int HISTORY_SAMPLES = 24;
  private static final String HISTORY_RATE_INTERVAL = "1h";
  private static final String HISTORY_LABELS = "job=\"gatehouse\",instance=\"gateway-before\"";
  private static final Pattern VARIABLE = Pattern.compile("\\$\\{?(?!__)(\\w+)}?");
  private static final Pattern LABEL_VALUES = Pattern.compile("label_values\\((.+), (\\w+)\\)");
  private static final Pattern LEGEND = Pattern.compile("\\{\\{(\\w+)}}");

  /** Work of the model {@code slow} that takes longer than {@link #SHORT_MILLIS}. */
  private static final float LONG = 30_000;

  private static final long SHORT_MILLIS = 50;

  /** Pixels of a digit. */
  private static final int PIXELS = 64;

  private static final List<Digits.Row> NATURAL = NaturalDigits.rows();

  /** As many that a few calls have the hundred distances from which their normality is known. */
  private static final int NOISE_ROWS = 32;

  private static final Random NOISE = new Random(7);

  /** Models that are not there were named; a new name each time is somebody looking for models. */
  private static final AtomicInteger NAMED = new AtomicInteger();

  /** What panels show beside the gateway's metrics, of which there is nothing of before. */
  private static final Pattern OF_PROMETHEUS =
      Pattern.compile("ALERTS|\\bgatehouse:|\\bup\\{|prometheus_");

  /** So that there is an alert to be shown. */
  private static final String ALWAYS =
      """
      groups:
      - name: always
        rules:
        - alert: GatehouseAlways
          expr: up{job="gatehouse"} == 1
          labels: {severity: info, caller: always}
      """;

  /** How long the pictures are. */
  private static final Duration PICTURED = Duration.ofSeconds(75);

  /** Dashboard and panel, and the file of its picture. */
  private static final Map<String, String> PICTURES =
      Map.of(
          "gatehouse-caller: Calls by outcome", "calls-by-outcome.svg",
          "gatehouse-extraction: Extraction score", "extraction-score.svg",
          "gatehouse-security: Findings by rule", "findings-by-rule.svg",
          "gatehouse-security: Credentials refused by cause", "credentials-refused.svg",
          "gatehouse-devices: Instances kept busy", "instances-busy.svg",
          "gatehouse-record: Time of a commit", "time-of-a-commit.svg");

  /** What a caller is told of after minutes or an hour of activity; shown over hours only. */
  private static final List<String> LATER =
      List.of("gatehouse_caller_latency_factor", "gatehouse_caller_row_cost_factor");

  private static final ObjectMapper JSON = new ObjectMapper();

  private static GrantedGateway gateway;
  private static PrometheusServer prometheus;
  private static Instant began;

  /** A query of a panel, with the labels that its legend names. */
  private record Shown(String where, String expression, Set<String> labels) {}

  @BeforeAll
  static void start() throws IOException {
    assumeTrue(
        PrometheusServer.installed(), "no prometheus on the PATH: install it to run this test");
    KeycloakServer keycloak = KeycloakServer.shared();
    gateway =
        new GrantedGateway(
            Map.of(
                "gatehouse.abuse.references", NaturalDigits.references().toString(),
                "gatehouse.keycloak.url", keycloak.uri().toString(),
                "gatehouse.keycloak.realm", Realm.NAME,
                "gatehouse.keycloak.client-id", "gatehouse-admin",
                "gatehouse.keycloak.client-secret", "demo-only-gatehouse-admin-secret",
                "gatehouse.keycloak.reconcile-interval", "1S",
                "gatehouse.keycloak.not-before-interval", "1S"));
    Deployment defaults = Deployment.getDefaultInstance();
    gateway.publish("dictionary", "dict_output.pt", SampleModels.DICTIONARY, defaults);
    gateway.publish("add-sub", "add_sub.pt", SampleModels.ADD_SUB, defaults);
    gateway.publish("slow", "slow.pt", SampleModels.SLOW, defaults);
    gateway.publish("digits", "digits_cnn.pt", GrantedGateway.DIGITS, defaults);
    gateway.grant("dictionary", "some", Map.of("calls_per_second", "1", "calls_burst", "5"));
    gateway.grant("add-sub", "all", Map.of());
    gateway.grant("slow", "all", Map.of());
    gateway.grant("digits", "all", Map.of());
    began = SystemTime.wall().instant();
    prometheus =
        PrometheusServer.start(
            Map.of(
                "prometheus.yml",
                configuration(),
                "rules/a.yml",
                ALWAYS,
                "rules/gatehouse-recording.yml",
                recording()));
  }

  @AfterAll
  static void stop() {
    if (prometheus != null) {
      prometheus.close();
    }
    if (gateway != null) {
      gateway.close();
    }
  }

  /** What is recorded, at once instead of every minute. */
  private static String recording() throws IOException {
    return Files.readString(Folders.project("deploy/prometheus/rules/gatehouse-recording.yml"))
        .replaceAll("interval: \\w+", "interval: 5s");
  }

  private static String configuration() throws IOException {
    String deployed = Files.readString(Folders.project("deploy/prometheus/prometheus.yml"));
    String here =
        deployed
            .replace("gateway:9000", "127.0.0.1:" + gateway.managementPort())
            .replace("alertmanager:9093", "127.0.0.1:1")
            .replaceAll("_interval: \\w+", "_interval: 1s")
            .replaceAll("_timeout: \\w+", "_timeout: 1s");
    // A free port may hold these digits too.
    assertFalse(here.contains(":9000"), here);
    return here;
  }

  @Test
  void queries_ofEveryPanel_haveValues() throws IOException {
    Set<Shown> waiting = shown(RATE_INTERVAL);
    waiting.removeIf(shown -> LATER.stream().anyMatch(shown.expression()::contains));
    assertTrue(waiting.size() > 100, "" + waiting.size());
    Await.until(
        SHOWN_MAX,
        () -> {
          traffic();
          waiting.removeIf(DashboardsIT::hasValues);
          return waiting.isEmpty();
        });
    assertEquals(
        List.of(), waiting.stream().map(each -> each.where() + ": " + each.expression()).toList());
    assertShowsHistory();
  }

  /** Over hours, panels show what was before, of the same series. */
  private static void assertShowsHistory() throws IOException {
    Instant end = SystemTime.wall().instant().minus(HISTORY_STEP);
    Instant start = end.minus(HISTORY_STEP.multipliedBy(HISTORY_SAMPLES / 2));
    StringBuilder metrics = new StringBuilder(gateway.metrics());
    LATER.forEach(gauge -> metrics.append(gauge).append("{caller=\"orders\"} 1\n"));
    History history =
        History.of(metrics.toString(), HISTORY_LABELS, end, HISTORY_STEP, HISTORY_SAMPLES);
    Map<String, String> files = Map.of("prometheus.yml", configuration(), "rules/a.yml", ALWAYS);
    List<String> empty = new ArrayList<>();
    try (PrometheusServer filled = PrometheusServer.start(files, history)) {
      for (Shown shown : shown(HISTORY_RATE_INTERVAL)) {
        boolean later = OF_PROMETHEUS.matcher(shown.expression()).find();
        JsonNode series = filled.range(shown.expression(), start, end, HISTORY_STEP);
        if (!later && !numbered(shown, series)) {
          empty.add(shown.where() + ": " + shown.expression());
        }
      }
    }
    assertEquals(List.of(), empty);
  }

  @Test
  void variables_ofEveryDashboard_haveValues() throws IOException {
    for (JsonNode dashboard : dashboards()) {
      for (JsonNode variable : dashboard.at("/templating/list")) {
        LABEL_VALUES
            .matcher(variable.path("query").asText())
            .results()
            .forEach(DashboardsIT::assertOffered);
      }
    }
  }

  /** Some panels of the same gateway under a load that changes, for those who read the README. */
  @Test
  @EnabledIfSystemProperty(named = "gatehouse.docs.write", matches = "true")
  void pictures_ofSomePanels_areDrawn() throws IOException {
    Instant from = SystemTime.wall().instant();
    Random random = new Random(7);
    var unused =
        Await.until(
            PICTURED,
            () -> {
              GRPCInferenceServiceBlockingStub orders = inference(Realm.ORDERS);
              traffic();
              random
                  .ints(random.nextInt(60), 1, 100)
                  .forEach(row -> call(orders, Infer.addSub(row, 1).build()));
              return false;
            });
    for (JsonNode dashboard : dashboards()) {
      for (JsonNode panel : dashboard.path("panels")) {
        String picture =
            PICTURES.get(dashboard.path("uid").asText() + ": " + panel.path("title").asText());
        if (picture != null) {
          draw(panel, from, Folders.project("docs/images/" + picture));
        }
      }
    }
  }

  private static void draw(JsonNode panel, Instant from, Path file) throws IOException {
    Instant to = SystemTime.wall().instant();
    List<Picture.Line> lines = new ArrayList<>();
    for (JsonNode target : panel.path("targets")) {
      String expression = target.path("expr").asText().replace("$__rate_interval", RATE_INTERVAL);
      String filled = VARIABLE.matcher(expression).replaceAll(".+");
      JsonNode result = prometheus.range(filled, from, to, STEP);
      lines.addAll(Picture.Line.of(result, target.path("legendFormat").asText()));
    }
    String unit = panel.at("/fieldConfig/defaults/unit").asText();
    Picture picture = new Picture(panel.path("title").asText(), unit, lines);
    Files.createDirectories(file.resolveSibling("."));
    Files.writeString(file, picture.svg(from.getEpochSecond(), to.getEpochSecond()));
  }

  private static void assertOffered(MatchResult query) {
    String selector = VARIABLE.matcher(query.group(1)).replaceAll(".+");
    assertTrue(
        Await.until(
            SHOWN_MAX,
            () -> {
              traffic();
              return !prometheus.labelValues(query.group(2), selector).isEmpty();
            }),
        query.group());
  }

  private static List<JsonNode> dashboards() throws IOException {
    List<JsonNode> dashboards = new ArrayList<>();
    try (Stream<Path> files = Files.list(Folders.project("deploy/grafana/dashboards"))) {
      for (Path file : files.sorted().toList()) {
        dashboards.add(JSON.readTree(Files.readString(file)));
      }
    }
    return dashboards;
  }

  /** The queries of all dashboards, with rates over such an interval. */
  private static Set<Shown> shown(String rateInterval) throws IOException {
    Set<Shown> shown = new LinkedHashSet<>();
    for (JsonNode dashboard : dashboards()) {
      shown.addAll(shown(dashboard, rateInterval));
    }
    return shown;
  }

  private static List<Shown> shown(JsonNode dashboard, String rateInterval) {
    String title = dashboard.path("title").asText();
    Map<String, String> variables = new HashMap<>();
    for (JsonNode variable : dashboard.at("/templating/list")) {
      variables.put(variable.path("name").asText(), variable.path("allValue").asText());
    }
    List<Shown> shown = new ArrayList<>();
    for (JsonNode annotation : dashboard.at("/annotations/list")) {
      String alerts = filled(variables, annotation.path("expr").asText());
      shown.add(new Shown(title, alerts, Set.of("alertname")));
    }
    for (JsonNode panel : dashboard.path("panels")) {
      for (JsonNode target : panel.path("targets")) {
        String expression = target.path("expr").asText().replace("$__rate_interval", rateInterval);
        shown.add(
            new Shown(
                title + ", " + panel.path("title").asText(),
                filled(variables, expression),
                labels(target.path("legendFormat").asText())));
      }
    }
    return shown;
  }

  private static String filled(Map<String, String> variables, String expression) {
    return VARIABLE.matcher(expression).replaceAll(found -> value(variables, found));
  }

  private static String value(Map<String, String> variables, MatchResult variable) {
    String value = variables.get(variable.group(1));
    if (value == null || value.isEmpty()) {
      throw new AssertionError("no variable " + variable.group());
    }
    return value;
  }

  private static Set<String> labels(String legend) {
    Set<String> labels = new TreeSet<>();
    LEGEND.matcher(legend).results().forEach(found -> labels.add(found.group(1)));
    return labels;
  }

  /** Whether some series has a number, and all carry what the legend names. */
  private static boolean hasValues(Shown shown) {
    Instant now = SystemTime.wall().instant();
    return numbered(shown, prometheus.range(shown.expression(), began, now, STEP));
  }

  private static boolean numbered(Shown shown, JsonNode result) {
    boolean some = false;
    for (JsonNode series : result) {
      for (String label : shown.labels()) {
        assertTrue(series.path("metric").has(label), () -> shown + " has no " + label);
      }
      for (JsonNode sample : series.path("values")) {
        some |= !sample.path(1).asText().equals("NaN");
      }
    }
    return some;
  }

  /** One of everything that is counted by how it ends. */
  private static void traffic() {
    GRPCInferenceServiceBlockingStub orders = inference(Realm.ORDERS);
    call(orders, Infer.addSub(1, 2).build());
    call(orders, GrantedGateway.dictionary(3));
    call(orders, Infer.addSub(1, 2).clearRawInputContents().build());
    call(orders, Infer.floats("nobodys-" + NAMED.incrementAndGet(), "x", 1).build());
    call(orders, noise());
    call(
        orders.withDeadlineAfter(SHORT_MILLIS, TimeUnit.MILLISECONDS),
        Infer.floats("slow", "work", LONG).build());
    call(gateway.client().inference(), Infer.addSub(1, 2).build());
    call(
        gateway
            .client()
            .inference()
            .withInterceptors(
                MetadataUtils.newAttachHeadersInterceptor(
                    RawCalls.headers("Bearer no.such.token"))),
        Infer.addSub(1, 2).build());
    call(inference(SharedGateway.UNREGISTERED), Infer.addSub(1, 2).build());
  }

  /**
   * Digits of all classes, each with noise, so that the watch looks at them and finds something.
   */
  private static ModelInferRequest noise() {
    float[] pixels = new float[NOISE_ROWS * PIXELS];
    for (int row = 0; row < NOISE_ROWS; row++) {
      float[] digit = NATURAL.get(NOISE.nextInt(NATURAL.size())).pixels();
      for (int i = 0; i < PIXELS; i++) {
        pixels[row * PIXELS + i] = digit[i] + NOISE.nextFloat(4);
      }
    }
    return Infer.raw(
            "digits", Infer.input("pixels", "FP32", NOISE_ROWS, PIXELS), Infer.bytes(pixels))
        .build();
  }

  private static GRPCInferenceServiceBlockingStub inference(Realm.Service service) {
    return gateway.client().inference(HeldTokens.shared().of(service));
  }

  private static void call(GRPCInferenceServiceBlockingStub stub, ModelInferRequest request) {
    try {
      var unused = stub.modelInfer(request);
    } catch (StatusRuntimeException refused) {
      // How it ends is counted; the counts are what is looked at.
    }
  }
}
