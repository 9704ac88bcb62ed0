package dev.gatehouse.demo.attacks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

final class TablesTest {

  private static final Outcome NOTICED =
      new Outcome(
          "extraction-by-noise",
          31.26,
          312,
          Map.of("OK", 312),
          List.of(
              new Outcome.Noticed("extraction", "gateway", 10.04, 101, true),
              new Outcome.Noticed("extraction", "Prometheus", 26.2, 262, false)),
          OptionalDouble.of(0.4123),
          OptionalDouble.of(0.5),
          "",
          new Outcome.Company(List.of("door-sensor: `near-duplicate-flood` (gateway)"), 1200, 3));

  private static final Outcome ESCAPED =
      new Outcome(
          "membership-inference",
          60,
          500,
          Map.of("OK", 500),
          List.of(),
          OptionalDouble.empty(),
          OptionalDouble.empty(),
          "area under the curve 0.52, 0.5 is guessing",
          new Outcome.Company(List.of(), 1200, 0));

  private static final Tables TABLES =
      new Tables(
          List.of(NOTICED, ESCAPED),
          List.of(new PolicyCost("the label", List.of(0.8, 0.85, 0.9, 0.95))),
          List.of(
              new Reaction(
                  "model-enumeration",
                  "`CALLER_QUARANTINED`",
                  3.5,
                  17,
                  OptionalDouble.of(3.6),
                  OptionalDouble.empty())));

  @Test
  void markdown_ofAnAttackThatWasNoticed_saysByWhomAndWhen() {
    assertTrue(
        TABLES
            .markdown()
            .contains(
                "| extraction-by-noise | yes | `extraction`, gateway (acts) | 10.0 s, 101 | `extraction`,"
                    + " Prometheus, 26.2 s | 41.2 % | 50.0 % | accused: door-sensor:"
                    + " `near-duplicate-flood` (gateway); 3 of 1,200 calls failed |\n"),
        TABLES.markdown());
  }

  @Test
  void markdown_ofAnAttackThatEscaped_saysNoAndForHowLong() {
    assertTrue(
        TABLES
            .markdown()
            .contains(
                "| membership-inference (area under the curve 0.52, 0.5 is guessing) | no | – | not"
                    + " in 60.0 s, 500 | – | – | – | none accused; 0 of 1,200 calls failed |\n"),
        TABLES.markdown());
  }

  @Test
  void markdown_ofEveryTable_hasAsManyCellsInEachLineAsInItsHead() {
    for (String table : TABLES.markdown().split("\n\n", -1)) {
      List<String> lines = table.lines().toList();
      assertTrue(lines.size() >= 3, table);
      for (String line : lines) {
        assertEquals(cells(lines.getFirst()), cells(line), line);
      }
    }
    assertTrue(TABLES.markdown().contains("| the label | 80.0 % | 85.0 % | 90.0 % | 95.0 % |\n"));
    assertTrue(
        TABLES
            .markdown()
            .contains("| model-enumeration | `CALLER_QUARANTINED` | 3.5 s, 17 | 3.6 s | – |\n"));
  }

  private static long cells(String line) {
    return line.chars().filter(c -> c == '|').count();
  }

  @Test
  void json_hasTheSameFigures() throws Exception {
    JsonNode all = new ObjectMapper().readTree(TABLES.json());
    JsonNode first = all.at("/attacks/0");
    assertEquals("extraction", first.at("/noticed/0/rule").asText());
    assertEquals(101, first.at("/noticed/0/queries").asLong());
    assertEquals(0.4123, first.at("/copyThen").asDouble());
    assertTrue(all.at("/attacks/1/copyEnd").isNull());
    assertEquals(0.95, all.at("/policies/0/agreements/3").asDouble());
    assertEquals(3.6, all.at("/reactions/0/streamSeconds").asDouble());
  }

  @Test
  void transcript_ofCallsOverTime_countsUntilAMomentAndSeesRestraints() {
    Transcript transcript = new Transcript();
    Instant start = Instant.ofEpochSecond(1000);
    transcript.sent(start, 5);
    transcript.ended(start, "OK");
    transcript.sent(start.plusSeconds(1), 1);
    transcript.ended(start.plusSeconds(1), "CALLER_QUARANTINED");
    assertEquals(5, transcript.queries(start, start));
    assertEquals(6, transcript.queries(start, start.plusSeconds(1)));
    assertEquals(1, transcript.queries(start.plusMillis(1), start.plusSeconds(1)));
    assertEquals(Map.of("OK", 1, "CALLER_QUARANTINED", 1), transcript.endings());
    assertEquals(Map.of("CALLER_QUARANTINED", start.plusSeconds(1)), transcript.restraints());
  }
}
