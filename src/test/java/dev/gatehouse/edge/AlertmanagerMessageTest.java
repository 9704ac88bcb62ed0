package dev.gatehouse.edge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.abuse.response.ReportedAlert;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class AlertmanagerMessageTest {

  private static final long SEED = 20_261_122;

  /** As Alertmanager 0.28 sends it. */
  static final String MESSAGE =
      """
      {"receiver":"gatehouse","status":"firing","alerts":[{"status":"firing","labels":{\
      "alertname":"GatehouseRowRateSurge","caller":"orders","model":"digits","rule":"row-rate-surge",\
      "severity":"critical"},"annotations":{"summary":"orders sends \\"much\\""},\
      "startsAt":"2026-11-22T12:00:00.123Z","endsAt":"0001-01-01T00:00:00Z",\
      "generatorURL":"http://prometheus:9090/graph?g0.expr=up","fingerprint":"87c2f1a09b6d3e45"}],\
      "groupLabels":{},"commonLabels":{},"commonAnnotations":{},\
      "externalURL":"http://alertmanager:9093","version":"4","groupKey":"{}:{}",\
      "truncatedAlerts":0}
      """;

  private static List<ReportedAlert> parse(String text)
      throws AlertmanagerMessage.MalformedException {
    return AlertmanagerMessage.parse(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void parse_messageOfAlertmanager_givesItsAlerts() throws Exception {
    assertEquals(
        List.of(
            new ReportedAlert(
                "87c2f1a09b6d3e45",
                true,
                Instant.parse("2026-11-22T12:00:00.123Z"),
                null,
                "row-rate-surge",
                "orders",
                "digits")),
        parse(MESSAGE));
  }

  @Test
  void parse_resolvedOrStrangeFields_areWhatTheyAre() throws Exception {
    ReportedAlert alert =
        parse(
                "{\"version\":\"4\",\"alerts\":[{\"status\":\"resolved\",\"labels\":{\"rule\":[1],"
                    + "\"caller\":7},\"startsAt\":\"yesterday\","
                    + "\"endsAt\":\"2026-11-22T13:00:00+01:00\"}]}")
            .getFirst();
    assertEquals(
        new ReportedAlert("", false, null, Instant.parse("2026-11-22T12:00:00Z"), "", "", ""),
        alert);
    assertEquals(List.of(), parse("{\"version\":\"4\",\"alerts\":[]}"));
  }

  static Stream<String> hostile() {
    return Stream.of(
        "",
        " ",
        "null",
        "[]",
        "\"4\"",
        "{",
        MESSAGE.replace("\"4\"", "\"3\""),
        MESSAGE.replace("\"4\"", "5"),
        MESSAGE + "{}",
        "{\"version\":\"4\",\"alerts\":{}}",
        "{\"version\":\"4\",\"alerts\":[1]}",
        "{\"version\":\"4\",\"alerts\":[{}]}",
        "{\"version\":\"4\",\"version\":\"4\",\"alerts\":[]}",
        "{\"version\":\"4\",\"alerts\":" + "[".repeat(100_000) + "]".repeat(100_000) + "}",
        "{\"version\":\"4\",\"alerts\":[],\"x\":" + "{\"x\":".repeat(17) + "1" + "}".repeat(18),
        "{\"version\":\"4\",\"alerts\":[],\"x\":" + "9".repeat(1_000) + "}",
        "{\"version\":\"4\",\"alerts\":[],\"x\":1e999999999e}",
        "{\"version\":\"4\",\"alerts\":[],\"x\":\"" + "x".repeat(70_000) + "\"}",
        "{\"version\":\"4\",\"alerts\":[],\"" + "x".repeat(2_000) + "\":1}",
        "{\"version\":\"4\",\"alerts\":[],\"x\":\"\\ud800\\u0000\u0001\"}");
  }

  @ParameterizedTest
  @MethodSource("hostile")
  void parse_whatIsNoMessage_isMalformedAndQuotesNothing(String text) {
    AlertmanagerMessage.MalformedException malformed =
        assertThrows(AlertmanagerMessage.MalformedException.class, () -> parse(text));
    assertEquals("not a message of Alertmanager, version 4", malformed.getMessage());
    assertEquals(null, malformed.getCause());
  }

  @Test
  void parse_mutatedMessages_areTakenOrMalformedAndNothingElse() {
    Random random = new Random(SEED);
    byte[] good = MESSAGE.getBytes(StandardCharsets.UTF_8);
    int taken = 0;
    for (int round = 0; round < 20_000; round++) {
      byte[] bytes = good.clone();
      for (int i = random.nextInt(1, 6); i > 0; i--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      try {
        assertNotNull(AlertmanagerMessage.parse(bytes));
        taken++;
      } catch (AlertmanagerMessage.MalformedException e) {
        assertNotNull(e.getMessage());
      } catch (RuntimeException | Error e) {
        throw new AssertionError("seed " + SEED + ", round " + round, e);
      }
    }
    assertTrue(taken > 0, "seed " + SEED);
  }
}
