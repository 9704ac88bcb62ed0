package dev.gatehouse.boot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.demo.Digits;
import dev.gatehouse.stubs.admin.v1.Caller;
import dev.gatehouse.stubs.admin.v1.Finding;
import dev.gatehouse.stubs.admin.v1.ListFindingsRequest;
import dev.gatehouse.testing.Await;
import dev.gatehouse.testing.GatewayClient;
import dev.gatehouse.testing.HeldTokens;
import dev.gatehouse.testing.Infer;
import dev.gatehouse.testing.ModelPublisher;
import dev.gatehouse.testing.NaturalDigits;
import dev.gatehouse.testing.PostgresServer;
import dev.gatehouse.testing.PrometheusText;
import dev.gatehouse.testing.Realm;
import dev.gatehouse.testing.SharedGateway;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * What callers of the packaged gateway do is found, and said without being acted on; nobody is
 * accused who only does what is usual, and nothing is found where nobody watches.
 */
final class WatchIT {

  /** More than the rules about contents want to see. */
  private static final int ROWS = 150;

  /** Twice as many names as are nothing to speak of. */
  private static final int NAMES = 20;

  /** As many for a threshold four times as high, and denied calls enough for their own rule. */
  private static final int MANY_NAMES = 100;

  private static final Duration FOUND_MAX = Duration.ofSeconds(60);

  /** For as many calls of two callers, one after the other with pauses. */
  private static final Duration SENT_MAX = Duration.ofMinutes(5);

  private static final long SEED = 7;

  @SuppressWarnings("NullAway.Init") // set before any test
  private static OwnGateway gateway;

  @SuppressWarnings("NullAway.Init") // set before any test
  private static GatewayClient client;

  @BeforeAll
  static void start() throws IOException {
    gateway =
        OwnGateway.start(
            PostgresServer.shared(),
            Map.of(
                "gatehouse.abuse.references",
                NaturalDigits.references().toString(),
                "gatehouse.abuse.response.mode",
                "shadow"));
    client = gateway.connect();
    gateway.register(client);
    for (Realm.Service service : List.of(Realm.STRANGER, SharedGateway.SUSPECT, Realm.RETURNS)) {
      caller(client, service);
    }
    gateway.publish(client, "digits", "digits_cnn.pt", GrantedGateway.DIGITS);
    ModelPublisher publisher =
        new ModelPublisher(client, gateway::pipeline, () -> HeldTokens.shared().of(Realm.PAUL));
    var unused = publisher.grantInfer("digits", Realm.RETURNS.clientId());
  }

  private static void caller(GatewayClient client, Realm.Service service) {
    var unused =
        SharedGateway.register(
            client, HeldTokens.shared().of(Realm.ADA), service, "shop", Caller.Role.ROLE_CALLER);
  }

  @AfterAll
  static void stop() {
    client.close();
    gateway.close();
  }

  /** All that was found about a caller, the latest first. */
  private static List<Finding> findings(GatewayClient client, Realm.Service caller) {
    return client
        .abuse(HeldTokens.shared().of(Realm.ADA))
        .listFindings(
            ListFindingsRequest.newBuilder().setCaller("callers/" + caller.clientId()).build())
        .getFindingsList();
  }

  private static Finding awaitFinding(Realm.Service caller, String rule) {
    assertTrue(
        Await.until(FOUND_MAX, () -> settled(findings(client, caller), rule).isPresent()),
        () -> "no " + rule + ": " + findings(client, caller));
    return settled(findings(client, caller), rule).orElseThrow();
  }

  /** What is found is written first, and then what comes of it. */
  private static Optional<Finding> settled(List<Finding> findings, String rule) {
    return findings.stream()
        .filter(finding -> finding.getRule().equals(rule))
        .filter(finding -> finding.getResponse() != Finding.Response.RESPONSE_UNCONFIRMED)
        .findFirst();
  }

  private static void assertSaidOnly(Finding finding) {
    assertEquals(Finding.Source.SOURCE_GATEWAY, finding.getSource(), finding.toString());
    assertEquals(Finding.Response.RESPONSE_SHADOW, finding.getResponse(), finding.toString());
    assertEquals("", finding.getRestriction());
    Map<String, String> labels = Map.of("rule", finding.getRule());
    assertTrue(
        Await.until(
            FOUND_MAX, () -> metric(gateway, "gatehouse_abuse_findings_total", labels) >= 1));
  }

  private static double metric(OwnGateway gateway, String name, Map<String, String> labels) {
    return new PrometheusText(gateway.process().metrics()).sum(name, labels);
  }

  private static double unknownModels(OwnGateway gateway, Realm.Service caller) {
    return metric(
        gateway, "gatehouse_caller_unknown_models_total", Map.of("caller", caller.clientId()));
  }

  private static double observedRows(Realm.Service caller) {
    return metric(
        gateway,
        "gatehouse_abuse_observed_rows_total",
        Map.of("caller", caller.clientId(), "model", "digits"));
  }

  /** Names models that are not there, no two the same. */
  private static void nameModels(GatewayClient client, Realm.Service caller) {
    nameModels(client, caller, NAMES);
  }

  private static void nameModels(GatewayClient client, Realm.Service caller, int names) {
    for (int i = 0; i < names; i++) {
      var request = Infer.floats("secret-" + i, "x", 1).build();
      assertEquals(
          "ACCESS_DENIED",
          OwnReplicas.refusal(
              () -> {
                var unused = client.inference(HeldTokens.shared().of(caller)).modelInfer(request);
              }));
    }
  }

  private static void send(Realm.Service caller, float[] pixels) {
    var unused =
        client
            .inference(HeldTokens.shared().of(caller))
            .modelInfer(Infer.floats("digits", "pixels", pixels).build());
  }

  @Test
  void inventedModels_namedByACaller_areFoundAndSaid() {
    nameModels(client, Realm.STRANGER);
    Finding finding = awaitFinding(Realm.STRANGER, "model-enumeration");
    assertSaidOnly(finding);
    assertEquals("", finding.getModel(), "of no single one");
    assertTrue(Await.until(FOUND_MAX, () -> unknownModels(gateway, Realm.STRANGER) == NAMES));
    assertEquals(
        "ACCESS_DENIED",
        OwnReplicas.refusal(() -> send(Realm.STRANGER, new float[Digits.PIXELS])),
        "shadow: the caller is not held to anything");
  }

  @Test
  void noise_besideNaturalRows_aloneIsFound() {
    List<Digits.Row> natural = NaturalDigits.rows();
    Random random = new Random(SEED);
    AtomicInteger sent = new AtomicInteger();
    assertTrue(
        Await.until(
            SENT_MAX,
            () -> {
              int row = sent.getAndIncrement();
              send(Realm.ORDERS, natural.get(row).pixels());
              send(Realm.RETURNS, noise(random));
              return sent.get() == ROWS;
            }));
    Finding finding = awaitFinding(Realm.RETURNS, "extraction");
    assertSaidOnly(finding);
    assertEquals("models/digits", finding.getModel());
    assertTrue(
        Await.until(FOUND_MAX, () -> observedRows(Realm.ORDERS) >= ROWS * 0.8),
        "the natural rows were looked at too");
    assertEquals(List.of(), findings(client, Realm.ORDERS));
    send(Realm.RETURNS, noise(random));
  }

  /** Every pixel drawn on its own. */
  private static float[] noise(Random random) {
    float[] pixels = new float[Digits.PIXELS];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = random.nextFloat(16);
    }
    return pixels;
  }

  /** When the same calls were found by a gateway that watches, another would have found them. */
  @Test
  void inventedModels_whereNobodyWatches_areNotFound() {
    Realm.Service suspect = SharedGateway.SUSPECT;
    try (OwnGateway blind =
            OwnGateway.start(PostgresServer.shared(), Map.of("gatehouse.abuse.enabled", "false"));
        GatewayClient there = blind.connect()) {
      caller(there, suspect);
      nameModels(there, suspect);
      nameModels(client, suspect);
      assertSaidOnly(awaitFinding(suspect, "model-enumeration"));
      Map<String, String> labels = Map.of("caller", suspect.clientId());
      assertTrue(metric(blind, "gatehouse_caller_requests_total", labels) >= NAMES);
      assertEquals(0, unknownModels(blind, suspect));
      assertEquals(List.of(), findings(there, suspect));
    }
  }

  /** What is asked of the second caller is beyond the threshold that the first stayed below. */
  @Test
  void inventedModels_belowAConfiguredThreshold_areNotFoundNorByARuleThatIsOff() {
    try (OwnGateway patient =
            OwnGateway.start(
                PostgresServer.shared(),
                Map.of(
                    "gatehouse.abuse.rule-factors.model-enumeration",
                    "4",
                    "gatehouse.abuse.rules-off",
                    "denied-ratio"));
        GatewayClient there = patient.connect()) {
      caller(there, Realm.STRANGER);
      caller(there, Realm.RETURNS);
      nameModels(there, Realm.STRANGER);
      assertTrue(Await.until(FOUND_MAX, () -> unknownModels(patient, Realm.STRANGER) == NAMES));
      nameModels(there, Realm.RETURNS, MANY_NAMES);
      assertTrue(
          Await.until(
              FOUND_MAX,
              () -> settled(findings(there, Realm.RETURNS), "model-enumeration").isPresent()),
          () -> findings(there, Realm.RETURNS).toString());
      assertEquals(1, findings(there, Realm.RETURNS).size(), "no finding of the rule that is off");
      assertEquals(List.of(), findings(there, Realm.STRANGER));
    }
  }
}
