package dev.gatehouse.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Outcome;
import dev.gatehouse.core.Restraint;
import dev.gatehouse.core.VersionId;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** What the watch tells: who it is shown of, from when and until when. */
final class WatchMetricsTest {

  private static final CallerId A = new CallerId("a");
  private static final CallerId B = new CallerId("b");
  private static final ModelName M = new ModelName("m");
  private static final String OF_A = "{caller=\"a\",}";
  private static final String OF_A_AND_M = "{caller=\"a\",model=\"m\",}";
  private static final String NORMALITY = "gatehouse_abuse_distance_normality" + OF_A_AND_M;
  private static final String SCORE = "gatehouse_abuse_extraction_score" + OF_A_AND_M;
  private static final String NETWORKS = "gatehouse_caller_networks" + OF_A;
  private static final String LATENCY = "gatehouse_caller_latency_factor" + OF_A;
  private static final String ROW_COST = "gatehouse_caller_row_cost_factor" + OF_A;
  private static final String OBSERVED = "gatehouse_abuse_observed_rows_total";
  private static final String FINDINGS = "gatehouse_abuse_findings_total";
  private static final String WITHHELD = "gatehouse_abuse_withheld_responses_total";

  private final AtomicLong now = new AtomicLong();
  private final Scraper scraper = new Scraper();

  @Test
  void counters_ofACallerThatHasASlot_areThereAtZero() {
    GatewayMetrics metrics = metrics(2, 2);
    metrics.callEnded(A, Outcome.OK, 1);
    scraper.scrape();
    for (String name : List.of("new_networks", "off_hours_requests", "unknown_models")) {
      assertEquals(0, scraper.value("gatehouse_caller_" + name + "_total" + OF_A), name);
    }
    assertEquals(-1, scraper.value(NETWORKS), "nothing was told yet");
  }

  @Test
  void counters_ofAPairThatWasAnsweredRows_areThereAtZero() {
    GatewayMetrics metrics = metrics(2, 2);
    metrics.rowsServed(A, M, 5);
    scraper.scrape();
    for (String name : List.of("observed", "near_duplicate", "low_margin", "novel")) {
      assertEquals(0, scraper.value("gatehouse_abuse_" + name + "_rows_total" + OF_A_AND_M), name);
    }
    assertEquals(-1, scraper.value(SCORE), "nothing was told yet");
  }

  @Test
  void gauges_told_showTheLastValueAlsoAfterACollection() {
    GatewayMetrics metrics = metrics(2, 2);
    Watched.tell(metrics, A, M);
    metrics.trafficSeen(
        A, new TrafficSeen(1, 2, 3, 4, OptionalDouble.of(5), OptionalDouble.of(6), 0, 0, 0));
    metrics.contentSeen(A, M, new ContentSeen(0, 0, 0, 0, OptionalDouble.of(0.8), 0.5));
    ManagementFactory.getMemoryMXBean().gc();
    scraper.scrape();
    assertEquals(1, scraper.value("gatehouse_caller_models" + OF_A));
    assertEquals(2, scraper.value(NETWORKS));
    assertEquals(3, scraper.value("gatehouse_caller_credentials" + OF_A));
    assertEquals(4, scraper.value("gatehouse_caller_shared_credentials" + OF_A));
    assertEquals(5, scraper.value(LATENCY));
    assertEquals(6, scraper.value(ROW_COST));
    assertEquals(0.8, scraper.value(NORMALITY));
    assertEquals(0.5, scraper.value(SCORE));
    metrics.callEnded(A, Outcome.OK, 1);
  }

  @Test
  void distanceNormality_notKnownAnyMore_isAbsent() {
    GatewayMetrics metrics = metrics(2, 2);
    Watched.tell(metrics, A, M);
    metrics.contentSeen(A, M, new ContentSeen(1, 0, 0, 0, OptionalDouble.empty(), 0.5));
    scraper.scrape();
    assertEquals(-1, scraper.value(NORMALITY));
    assertEquals(0.5, scraper.value(SCORE));
    Watched.tell(metrics, A, M);
    scraper.scrape();
    assertEquals(0.9, scraper.value(NORMALITY));
  }

  @Test
  void factorsOfACaller_notKnownAnyMore_areAbsent() {
    GatewayMetrics metrics = metrics(2, 2);
    Watched.tell(metrics, A, M);
    metrics.trafficSeen(
        A, new TrafficSeen(1, 2, 3, 4, OptionalDouble.empty(), OptionalDouble.empty(), 0, 0, 0));
    scraper.scrape();
    assertEquals(-1, scraper.value(LATENCY));
    assertEquals(-1, scraper.value(ROW_COST));
    assertEquals(2, scraper.value(NETWORKS));
    Watched.tell(metrics, A, M);
    scraper.scrape();
    assertEquals(1.5, scraper.value(LATENCY));
    assertEquals(0.5, scraper.value(ROW_COST));
  }

  @Test
  void callerWithoutASlot_countsAsOtherAndHasNoGauges() {
    GatewayMetrics metrics = metrics(1, 5);
    metrics.callEnded(A, Outcome.OK, 1);
    Watched.tell(metrics, B, M);
    scraper.scrape();
    assertEquals(3, scraper.value("gatehouse_caller_unknown_models_total{caller=\"other\",}"));
    assertEquals(9, scraper.value(OBSERVED + "{caller=\"other\",model=\"m\",}"));
    Watched.assertBounds(scraper, 1, 1);
    Watched.assertCounted(scraper, 1, "");
  }

  @Test
  void pairBeyondTheBound_countsAsModelOtherAndHasNoGauges() {
    GatewayMetrics metrics = metrics(5, 1);
    Watched.tell(metrics, A, M);
    Watched.tell(metrics, B, M);
    scraper.scrape();
    assertEquals(9, scraper.value(OBSERVED + "{caller=\"b\",model=\"other\",}"));
    assertEquals(0.25, scraper.value(SCORE));
    Watched.assertBounds(scraper, 5, 1);
    Watched.assertCounted(scraper, 2, "");
  }

  @Test
  void slotThatLeaves_gaugesGoAtOnceAndComeBackWhenTold() {
    GatewayMetrics metrics = metrics(1, 5);
    calls(metrics, A, 5);
    Watched.tell(metrics, A, M);
    calls(metrics, B, 50);
    round(metrics);
    Watched.tell(metrics, A, M);
    scraper.scrape();
    assertEquals(-1, scraper.value(NETWORKS), "it is leaving");
    assertEquals(-1, scraper.value(SCORE), "it is leaving");
    assertEquals(9, scraper.value(OBSERVED + OF_A_AND_M), "it stands still");
    calls(metrics, A, 500);
    round(metrics);
    Watched.tell(metrics, A, M);
    scraper.scrape();
    assertEquals(8, scraper.value(NETWORKS), "it stayed");
    assertEquals(0.25, scraper.value(SCORE), "it stayed");
    Watched.assertCounted(scraper, 3, "");
  }

  @Test
  void slotThatChangedHands_leavesNothingBehind() {
    GatewayMetrics metrics = metrics(1, 5);
    Watched.tell(metrics, A, M);
    calls(metrics, B, 50);
    round(metrics);
    round(metrics);
    Watched.tell(metrics, A, M);
    scraper.scrape();
    assertTrue(scraper.seriesWith("caller=\"a\"").isEmpty());
    Watched.assertCounted(scraper, 2, "");
  }

  @Test
  void modelThatGoes_takesItsGaugesAlong() {
    GatewayMetrics metrics = new GatewayMetrics(scraper.registry(), settings(2, 2), now::get);
    ModelMeters meters = metrics.model(M, new VersionId("v"), FixedQueue.of(0));
    Watched.tell(metrics, A, M);
    meters.close();
    Watched.tell(metrics, A, M);
    scraper.scrape();
    assertEquals(-1, scraper.value(SCORE));
    assertEquals(9, scraper.value(OBSERVED + OF_A_AND_M));
    round(metrics);
    round(metrics);
    assertTrue(scraper.seriesWith("model=\"m\"").isEmpty());
    Watched.assertCounted(scraper, 2, "");
  }

  /** An idle caller is not accused for ever of what it did last. */
  @Test
  void gauges_notToldForAnHour_go() {
    GatewayMetrics metrics = metrics(2, 2);
    Watched.tell(metrics, A, M);
    for (int i = 1; i < Gauges.ROUNDS_UNTOLD_MAX; i++) {
      round(metrics);
    }
    assertEquals(8, scraper.value(NETWORKS));
    assertEquals(0.25, scraper.value(SCORE));
    Watched.tell(metrics, A, M);
    for (int i = 1; i < Gauges.ROUNDS_UNTOLD_MAX; i++) {
      round(metrics);
    }
    assertEquals(8, scraper.value(NETWORKS), "it was told meanwhile");
    round(metrics);
    assertEquals(-1, scraper.value(NETWORKS));
    assertEquals(-1, scraper.value(SCORE));
    assertEquals(18, scraper.value(OBSERVED + OF_A_AND_M), "counters stay");
    Watched.tell(metrics, A, M);
    scraper.scrape();
    assertEquals(8, scraper.value(NETWORKS));
  }

  @Test
  void pairThatIsWatchedAlone_isNotIdle() {
    GatewayMetrics metrics = metrics(2, 1);
    metrics.rowsServed(A, M, 1);
    for (int i = 0; i < 4; i++) {
      round(metrics);
      Watched.tell(metrics, A, M);
    }
    scraper.scrape();
    assertEquals(36, scraper.value(OBSERVED + OF_A_AND_M));
  }

  private static String findings(String rule, String severity, String source) {
    return FINDINGS
        + "{rule=\"%s\",severity=\"%s\",source=\"%s\",}".formatted(rule, severity, source);
  }

  @Test
  void findings_moreRulesThanAllowed_restIsOther() {
    GatewayMetrics metrics = metrics(2, 2);
    metrics.showFindings("rule-0", "critical");
    scraper.scrape();
    for (String source : List.of("gateway", "alertmanager")) {
      assertEquals(0, scraper.value(findings("rule-0", "critical", source)));
    }
    for (int i = 0; i < 1_000; i++) {
      metrics.findingMade("rule-" + i, "critical", "gateway");
      metrics.findingMade("rule-" + i, "warning", "alertmanager");
      metrics.findingMade("rule-" + i, "severity-" + i, "source-" + i);
    }
    scraper.scrape();
    assertEquals(1, scraper.value(findings("rule-63", "warning", "alertmanager")));
    assertEquals(936, scraper.value(findings("other", "warning", "alertmanager")));
    assertEquals(1, scraper.value(findings("rule-63", "other", "other")));
    // That of rule 0 which was shown, and had none.
    assertEquals(3 * (WatchSeries.RULES_MAX + 1) + 1, scraper.series(FINDINGS).size());
    assertEquals(3_000, scraper.increase(FINDINGS));
  }

  @Test
  void withheldResponses_ofEachCause_areThereAtZero() {
    GatewayMetrics metrics = metrics(2, 2);
    scraper.scrape();
    assertEquals(0, scraper.value(WITHHELD + "{cause=\"spared\",}"));
    metrics.responseWithheld("spared");
    metrics.responseWithheld("limit");
    metrics.responseWithheld("limit");
    metrics.responseWithheld("whim");
    metrics.observationsDropped(5);
    scraper.scrape();
    assertEquals(1, scraper.value(WITHHELD + "{cause=\"spared\",}"));
    assertEquals(2, scraper.value(WITHHELD + "{cause=\"limit\",}"));
    assertEquals(1, scraper.value(WITHHELD + "{cause=\"other\",}"));
    assertEquals(6, scraper.series(WITHHELD).size());
    assertEquals(5, scraper.value("gatehouse_abuse_dropped_observations_total"));
  }

  @Test
  void restrictedCallers_byStanding_areAskedForAtEachScrape() {
    GatewayMetrics metrics = metrics(2, 2);
    AtomicInteger throttled = new AtomicInteger(3);
    metrics.showRestricted(
        restraint -> restraint == Restraint.THROTTLED ? throttled.get() : restraint.ordinal());
    ManagementFactory.getMemoryMXBean().gc();
    throttled.set(4);
    scraper.scrape();
    assertEquals(4, scraper.value("gatehouse_callers_restricted{standing=\"throttled\",}"));
    assertEquals(1, scraper.value("gatehouse_callers_restricted{standing=\"degraded\",}"));
    assertEquals(2, scraper.value("gatehouse_callers_restricted{standing=\"quarantined\",}"));
  }

  @Test
  void hand_asItFares_isAskedForAtEachScrape() {
    GatewayMetrics metrics = metrics(2, 2);
    metrics.showHand(
        new FixedHand(1, 2, 3, Map.of("STALE", 4L, "REPEATED", 0L), true, Duration.ofMillis(5500)));
    ManagementFactory.getMemoryMXBean().gc();
    scraper.scrape();
    assertEquals(1, scraper.value("gatehouse_abuse_waiting_alarms"));
    assertEquals(2, scraper.value("gatehouse_abuse_waiting_messages"));
    assertEquals(3, scraper.value("gatehouse_abuse_dropped_alarms_total"));
    assertEquals(4, scraper.value("gatehouse_abuse_ignored_alerts_total{reason=\"STALE\",}"));
    assertEquals(0, scraper.value("gatehouse_abuse_ignored_alerts_total{reason=\"REPEATED\",}"));
    assertEquals(1, scraper.value("gatehouse_abuse_findings_available"));
    assertEquals(5.5, scraper.value("gatehouse_abuse_findings_round_age_seconds"));
  }

  private GatewayMetrics metrics(int slots, int pairs) {
    GatewayMetrics metrics =
        new GatewayMetrics(scraper.registry(), settings(slots, pairs), now::get);
    metrics.model(M, new VersionId("v"), FixedQueue.of(0));
    return metrics;
  }

  private static MetricsSettings settings(int slots, int pairs) {
    return new MetricsSettings(slots, pairs, 10, Duration.ofMinutes(1));
  }

  private static void calls(GatewayMetrics metrics, CallerId caller, int count) {
    for (int i = 0; i < count; i++) {
      metrics.callEnded(caller, Outcome.OK, 0);
    }
  }

  private void round(GatewayMetrics metrics) {
    scraper.scrape();
    now.addAndGet(Duration.ofMinutes(1).toNanos());
    metrics.maintain();
    scraper.scrape();
  }
}
