package dev.gatehouse.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Outcome;
import dev.gatehouse.core.Reason;
import dev.gatehouse.core.VersionId;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The series of models: shared by versions, gone with the last of them, and bounded. */
final class ModelMetricsTest {

  private static final ModelName DIGITS = new ModelName("digits");
  private static final VersionId V1 = new VersionId("v1");
  private static final VersionId V2 = new VersionId("v2");

  private final Scraper scraper = new Scraper();
  private final GatewayMetrics metrics =
      new GatewayMetrics(
          scraper.registry(), new MetricsSettings(2, 2, 3, Duration.ofMinutes(1)), () -> 0);

  @Test
  void versions_swapped_shareTheModelAndGoOneByOne() {
    AtomicInteger oldPending = new AtomicInteger(3);
    ModelMeters old = metrics.model(DIGITS, V1, new FixedQueue(oldPending::get));
    old.requestEnded(Outcome.OK);
    old.batchExecuted(8);
    ModelMeters next = metrics.model(DIGITS, V2, FixedQueue.of(4));
    next.batchExecuted(16);
    next.requestEnded(Outcome.refused(Reason.QUEUE_FULL));
    scraper.scrape();
    assertEquals(7, scraper.value("gatehouse_queue_pending_rows{model=\"digits\",}"));
    assertEquals(2, scraper.value("gatehouse_batch_rows_count{model=\"digits\",}"));
    assertEquals(1, executions("v1"));
    assertEquals(1, executions("v2"));

    old.close();
    old.close();
    old.requestEnded(Outcome.refused(Reason.INTERNAL));
    scraper.scrape();
    assertTrue(scraper.seriesWith("version=\"v1\"").isEmpty());
    assertEquals(4, scraper.value("gatehouse_queue_pending_rows{model=\"digits\",}"));
    assertEquals(24, scraper.value("gatehouse_batch_rows_sum{model=\"digits\",}"));

    next.close();
    next.requestEnded(Outcome.refused(Reason.INTERNAL));
    next.batchExecuted(1);
    next.phaseEnded(Phase.QUEUE, 1);
    scraper.scrape();
    assertTrue(scraper.seriesWith("digits").isEmpty());
  }

  @Test
  void canary_shown_isOfThatVersionUntilItIsClosed() {
    ModelMeters stable = metrics.model(DIGITS, V1, FixedQueue.of(0));
    ModelMeters canary = metrics.model(DIGITS, V2, FixedQueue.of(0));
    canary.canary(20);
    scraper.scrape();
    assertEquals(0, scraper.value("gatehouse_canary_percent{model=\"digits\",version=\"v1\",}"));
    assertEquals(20, scraper.value("gatehouse_canary_percent{model=\"digits\",version=\"v2\",}"));
    canary.close();
    scraper.scrape();
    assertEquals(1, scraper.seriesWith("gatehouse_canary_percent").size());
    stable.close();
  }

  @Test
  void version_openTwice_staysUntilBothAreClosed() {
    ModelMeters first = metrics.model(DIGITS, V1, FixedQueue.of(0));
    ModelMeters second = metrics.model(DIGITS, V1, FixedQueue.of(0));
    first.batchExecuted(1);
    first.close();
    second.batchExecuted(1);
    scraper.scrape();
    assertEquals(2, executions("v1"));
    second.close();
    ModelMeters again = metrics.model(DIGITS, V1, FixedQueue.of(0));
    scraper.scrape();
    assertEquals(0, executions("v1"));
    again.close();
  }

  @Test
  void versions_beyondTheBound_shareOther() {
    ModelMeters[] meters = new ModelMeters[10_000];
    for (int i = 0; i < meters.length; i++) {
      meters[i] = metrics.model(new ModelName("m-" + i), V1, FixedQueue.of(1));
      meters[i].batchExecuted(2);
      meters[i].requestEnded(Outcome.OK);
    }
    scraper.scrape();
    assertEquals(4, scraper.series("gatehouse_model_executions_total").size());
    assertEquals(4, scraper.series("gatehouse_queue_pending_rows").size());
    assertEquals(9_997, scraper.value("gatehouse_queue_pending_rows{model=\"other\",}"));
    assertEquals(10_000, scraper.increase("gatehouse_model_executions_total"));
    assertEquals(10_000, scraper.increase("gatehouse_model_requests_total"));
    for (ModelMeters each : meters) {
      each.close();
    }
    scraper.scrape();
    assertTrue(scraper.seriesWith("model=").isEmpty());
  }

  @Test
  void queue_ofTwoVersions_isSummedAndItsLimitsAreEach() {
    ModelMeters old = metrics.model(DIGITS, V1, FixedQueue.of(3));
    ModelMeters next = metrics.model(DIGITS, V2, FixedQueue.of(4));
    scraper.scrape();
    assertEquals(14, scraper.value("gatehouse_queue_reserved_rows{model=\"digits\",}"));
    assertEquals(7, scraper.value("gatehouse_queue_reserved_calls{model=\"digits\",}"));
    assertEquals(448, scraper.value("gatehouse_queue_reserved_bytes{model=\"digits\",}"));
    assertEquals(2, scraper.value("gatehouse_model_instances{model=\"digits\",}"));
    assertEquals(32, scraper.value("gatehouse_batch_rows_limit{model=\"digits\",version=\"v1\",}"));
    assertEquals(
        1024, scraper.value("gatehouse_queue_rows_limit{model=\"digits\",version=\"v2\",}"));
    old.close();
    next.close();
    scraper.scrape();
    assertTrue(scraper.seriesWith("digits").isEmpty());
  }

  @Test
  void whatTheBatcherDid_counted_isShownByModel() {
    ModelMeters meters = metrics.model(DIGITS, V1, FixedQueue.of(0));
    meters.callDropped(Drop.CANCELLED);
    meters.callDropped(Drop.CERTAIN_TO_EXPIRE);
    meters.callDropped(Drop.CERTAIN_TO_EXPIRE);
    meters.callsRetried(5);
    meters.callerPenalised();
    meters.memoryExhausted();
    meters.rowsPadded(6);
    scraper.scrape();
    assertEquals(1, dropped("CANCELLED"));
    assertEquals(0, dropped("EXPIRED"));
    assertEquals(2, dropped("CERTAIN_TO_EXPIRE"));
    assertEquals(5, scraper.value("gatehouse_batch_retried_calls_total{model=\"digits\",}"));
    assertEquals(1, scraper.value("gatehouse_caller_penalties_total{model=\"digits\",}"));
    assertEquals(1, scraper.value("gatehouse_device_memory_exhausted_total{model=\"digits\",}"));
    assertEquals(6, scraper.value("gatehouse_batch_padded_rows_total{model=\"digits\",}"));
    meters.close();
  }

  private double dropped(String reason) {
    return scraper.value(
        "gatehouse_queue_dropped_calls_total{model=\"digits\",reason=\"" + reason + "\",}");
  }

  @Test
  void histograms_scraped_haveTheirExplicitBuckets() {
    ModelMeters meters = metrics.model(DIGITS, V1, FixedQueue.of(0));
    meters.phaseEnded(Phase.COMPUTE, Duration.ofMillis(3).toNanos());
    meters.batchExecuted(3);
    scraper.scrape();
    assertEquals(
        Set.of(
            "1.0", "2.0", "4.0", "8.0", "16.0", "32.0", "64.0", "128.0", "256.0", "512.0", "1024.0",
            "2048.0", "4096.0", "+Inf"),
        buckets("gatehouse_batch_rows_bucket", "digits"));
    assertEquals(
        Set.of(
            "5.0E-5", "1.0E-4", "2.5E-4", "5.0E-4", "0.001", "0.0025", "0.005", "0.01", "0.025",
            "0.05", "0.1", "0.25", "0.5", "1.0", "2.5", "5.0", "10.0", "30.0", "+Inf"),
        buckets("gatehouse_model_phase_duration_seconds_bucket", "compute"));
    assertEquals(0, compute("0.0025"));
    assertEquals(1, compute("0.005"));
    assertEquals(
        0.003,
        scraper.value(
            "gatehouse_model_phase_duration_seconds_sum{model=\"digits\",phase=\"compute\",}"),
        1e-9);
  }

  private double executions(String version) {
    return scraper.value(
        "gatehouse_model_executions_total{model=\"digits\",version=\"" + version + "\",}");
  }

  private double compute(String bound) {
    return scraper.value(
        "gatehouse_model_phase_duration_seconds_bucket{model=\"digits\",phase=\"compute\",le=\""
            + bound
            + "\",}");
  }

  private Set<String> buckets(String family, String label) {
    return scraper.series(family).keySet().stream()
        .filter(series -> series.contains(label))
        .map(series -> series.replaceAll(".*le=\"([^\"]*)\".*", "$1"))
        .collect(Collectors.toSet());
  }
}
