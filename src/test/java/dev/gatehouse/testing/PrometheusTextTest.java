package dev.gatehouse.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import org.junit.jupiter.api.Test;

final class PrometheusTextTest {

  private static final PrometheusText TEXT =
      new PrometheusText(
          """
          # HELP calls_total Calls
          # TYPE calls_total counter
          calls_total{caller="a",outcome="OK",} 3.0
          calls_total{caller="a",outcome="x}y"} 1.0E2
          calls_total{caller="ab",outcome="OK"} 7 1700000000000
          calls_total_more{caller="a"} 1000
          up 1
          """);

  @Test
  void sum_labels_addsWhatCarriesThemAll() {
    assertEquals(3, TEXT.sum("calls_total", Map.of("caller", "a", "outcome", "OK")));
    assertEquals(103, TEXT.sum("calls_total", Map.of("caller", "a")));
    assertEquals(110, TEXT.sum("calls_total", Map.of()));
    assertEquals(1, TEXT.sum("up", Map.of()));
    assertEquals(0, TEXT.sum("calls_total", Map.of("caller", "b")));
  }
}
