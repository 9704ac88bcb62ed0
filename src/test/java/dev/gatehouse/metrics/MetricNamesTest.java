package dev.gatehouse.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.core.AuthenticationFailure;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Outcome;
import dev.gatehouse.core.QuotaKind;
import dev.gatehouse.core.VersionId;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The names and labels that dashboards and alerts are written against. */
final class MetricNamesTest {

  private static final CallerId CALLER = new CallerId("fraud");
  private static final ModelName MODEL = new ModelName("digits");

  private final Scraper scraper = new Scraper();

  @Test
  void names_scraped_areExactlyThose() {
    use(scraper.registry());
    Map<String, String> expected = new TreeMap<>();
    for (String counter :
        Set.of(
            "caller_requests",
            "caller_rows",
            "caller_compute_seconds",
            "caller_request_bytes",
            "model_requests",
            "model_executions",
            "queue_dropped_calls",
            "batch_retried_calls",
            "batch_padded_rows",
            "caller_penalties",
            "caller_new_networks",
            "caller_off_hours_requests",
            "caller_unknown_models",
            "abuse_observed_rows",
            "abuse_near_duplicate_rows",
            "abuse_low_margin_rows",
            "abuse_novel_rows",
            "abuse_dropped_observations",
            "abuse_findings",
            "abuse_withheld_responses",
            "caller_slot_exchanges",
            "device_memory_exhausted",
            "auth_failures",
            "quota_refusals",
            "quota_lease_failures",
            "audit_dropped",
            "audit_unrecorded",
            "audit_commits",
            "audit_commit_failures",
            "audit_journal_bytes",
            "changes_notifications",
            "changes_missed_notifications")) {
      expected.put("gatehouse_" + counter + "_total", "counter");
    }
    expected.put("gatehouse_model_phase_duration_seconds", "histogram");
    expected.put("gatehouse_batch_rows", "histogram");
    expected.put("gatehouse_quota_lease_duration_seconds", "histogram");
    for (String gauge :
        Set.of(
            "queue_pending_rows",
            "queue_reserved_rows",
            "queue_reserved_calls",
            "queue_reserved_bytes",
            "queue_penalised_callers",
            "queue_rows_limit",
            "batch_rows_limit",
            "model_instances",
            "caller_models",
            "caller_networks",
            "caller_credentials",
            "caller_shared_credentials",
            "caller_latency_factor",
            "caller_row_cost_factor",
            "abuse_distance_normality",
            "abuse_extraction_score",
            "callers_restricted")) {
      expected.put("gatehouse_" + gauge, "gauge");
    }
    expected.put("gatehouse_canary_percent", "gauge");
    expected.put("gatehouse_audit_backlog", "gauge");
    expected.put("gatehouse_audit_anchor_lag_seconds", "gauge");
    expected.put("gatehouse_audit_unanchored_segments", "gauge");
    expected.put("gatehouse_audit_damaged_journals", "gauge");
    expected.put("gatehouse_audit_available", "gauge");
    expected.put("gatehouse_audit_commit_duration_seconds", "histogram");
    expected.put("gatehouse_audit_commit_duration_seconds_max", "gauge");
    expected.put("gatehouse_changes_listening", "gauge");
    expected.put("gatehouse_replicas_alive", "gauge");
    expected.put("gatehouse_replica_failed_versions", "gauge");
    expected.put("gatehouse_access_snapshot_age_seconds", "gauge");
    // Micrometer adds the largest recent value to each histogram.
    expected.put("gatehouse_model_phase_duration_seconds_max", "gauge");
    expected.put("gatehouse_batch_rows_max", "gauge");
    expected.put("gatehouse_quota_lease_duration_seconds_max", "gauge");
    assertEquals(expected, scraper.families());
  }

  @Test
  void labels_scraped_areExactlyThose() {
    use(scraper.registry());
    assertValues();
  }

  @Test
  void composite_asQuarkusUses_showsTheSameAndRemoves() {
    CompositeMeterRegistry composite = new CompositeMeterRegistry();
    composite.add(scraper.registry());
    ModelMeters meters = use(composite);
    assertValues();
    meters.close();
    scraper.scrape();
    assertTrue(scraper.seriesWith("version=").isEmpty());
  }

  @Test
  void settings_outOfBounds_areRefused() {
    Duration minute = Duration.ofMinutes(1);
    assertThrows(IllegalArgumentException.class, () -> new MetricsSettings(0, 1, 1, minute));
    assertThrows(IllegalArgumentException.class, () -> new MetricsSettings(1, -1, 1, minute));
    assertThrows(IllegalArgumentException.class, () -> new MetricsSettings(1, 1, 0, minute));
    assertThrows(IllegalArgumentException.class, () -> new MetricsSettings(1, 1, 1, Duration.ZERO));
  }

  private void assertValues() {
    scraper.scrape();
    Map<String, Double> more =
        Map.of(
            "gatehouse_changes_listening", 1.0,
            "gatehouse_changes_notifications_total", 7.0,
            "gatehouse_changes_missed_notifications_total", 2.0,
            "gatehouse_replicas_alive", 3.0,
            "gatehouse_replica_failed_versions", 1.0);
    more.forEach((series, value) -> assertEquals(value, scraper.value(series), series));
    Map<String, Double> expected =
        Map.of(
            "gatehouse_caller_requests_total{caller=\"fraud\",outcome=\"OK\",}", 1.0,
            "gatehouse_caller_rows_total{caller=\"fraud\",model=\"digits\",}", 3.0,
            "gatehouse_caller_compute_seconds_total{caller=\"fraud\",}", 0.25,
            "gatehouse_caller_request_bytes_total{caller=\"fraud\",}", 768.0,
            "gatehouse_model_requests_total{model=\"digits\",outcome=\"OK\",version=\"v1\",}", 1.0,
            "gatehouse_auth_failures_total{reason=\"EXPIRED\",}", 1.0,
            "gatehouse_access_snapshot_age_seconds", 1.5);
    Map<String, Double> audit =
        Map.of(
            "gatehouse_audit_backlog", 4.0,
            "gatehouse_audit_dropped_total", 5.0,
            "gatehouse_audit_commit_failures_total", 6.0,
            "gatehouse_audit_anchor_lag_seconds", 7.0,
            "gatehouse_audit_available", 1.0,
            "gatehouse_audit_unrecorded_total", 1.0,
            "gatehouse_audit_commits_total", 2.0,
            "gatehouse_audit_journal_bytes_total", 1_000.0,
            "gatehouse_audit_commit_duration_seconds_sum", 0.003);
    audit.forEach((series, value) -> assertEquals(value, scraper.value(series), 1e-9, series));
    assertEquals(1, scraper.value("gatehouse_quota_refusals_total{quota=\"rows-day\",}"));
    assertEquals(1, scraper.value("gatehouse_quota_lease_failures_total"));
    assertEquals(2, scraper.value("gatehouse_quota_lease_duration_seconds_count"));
    expected.forEach((series, value) -> assertEquals(value, scraper.value(series), series));
    for (Phase phase : Phase.values()) {
      String series =
          "gatehouse_model_phase_duration_seconds_count{model=\"digits\",phase=\"%s\",}"
              .formatted(phase.name().toLowerCase(java.util.Locale.ROOT));
      assertEquals(1, scraper.value(series), series);
    }
  }

  private static ModelMeters use(MeterRegistry registry) {
    GatewayMetrics metrics = new GatewayMetrics(registry, MetricsSettings.DEFAULTS, () -> 0);
    ModelMeters meters = metrics.model(MODEL, new VersionId("v1"), FixedQueue.of(2));
    metrics.callEnded(CALLER, Outcome.OK, 768);
    metrics.rowsServed(CALLER, MODEL, 3);
    metrics.computeSpent(CALLER, 250_000_000);
    Watched.tell(metrics, CALLER, MODEL);
    metrics.findingMade("extraction", "critical", "gateway");
    metrics.showRestricted(restraint -> 0);
    metrics.authenticationFailed(AuthenticationFailure.EXPIRED);
    metrics.quotaRefused(QuotaKind.ROWS_DAY);
    metrics.quotaLeaseEnded(3_000_000, false);
    metrics.quotaLeaseEnded(5_000_000, true);
    meters.requestEnded(Outcome.OK);
    meters.batchExecuted(3);
    for (Phase phase : Phase.values()) {
      meters.phaseEnded(phase, 1_000);
    }
    metrics.showAudit(FixedAudit.of(4));
    metrics.auditUnrecorded();
    metrics.auditCommitted(700, 1_000_000);
    metrics.auditCommitted(300, 2_000_000);
    metrics.showAccessSnapshotAge(() -> Duration.ofMillis(1_500));
    metrics.showChanges(() -> true, () -> 7, () -> 2);
    metrics.showReplicas(() -> 3, () -> 1);
    return meters;
  }
}
