package dev.gatehouse.scheduling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.core.Reason;
import dev.gatehouse.core.Refusal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** How large a batch is: preferred sizes, what the memory takes, what meets an objective. */
final class LimitsTest {

  private static final long STEP = MemoryLimit.RECOVERY_STEP.toNanos();

  @Test
  void preferredSizes_batchIsCutAtTheLargestThatTheRowsReach() {
    Harness h =
        new Harness(
            new BatcherSettings(
                1, 16, List.of(4, 8, 12), Duration.ZERO, 100, 1_000, 100, 100, Duration.ZERO));
    for (int i = 0; i < 30; i++) {
      h.enqueue("a" + i, "k", 1);
    }
    List<Integer> sizes = new ArrayList<>();
    while (!h.idle(0)) {
      Batch<String, String> batch = Objects.requireNonNull(h.queue.slot(0).running);
      sizes.add(batch.rows());
      h.finish(batch);
    }
    assertEquals(List.of(12, 12, 4, 2), sizes);
    h.enqueue("wide", "k", 5);
    assertEquals(List.of("wide"), h.run(), "a call is never cut");
  }

  @Test
  void memoryExhausted_halvesRunAgain_andTheLimitIsRemembered() throws InterruptedException {
    Harness h = new Harness(Harness.settings(1, 16, Duration.ZERO, 100));
    for (int i = 0; i < 40; i++) {
      h.enqueue("a" + i, "k", 1);
    }
    Batch<String, String> tooLarge = h.batch(0);
    assertEquals(16, tooLarge.rows());
    h.queue.exhausted(tooLarge, h.now);
    h.deliver();
    assertEquals(List.of("exhausted 16", "limits 8 100", "retried 16"), h.told);
    Batch<String, String> half = h.batch(0);
    assertEquals(8, half.rows());
    h.queue.exhausted(half, h.now);
    assertEquals(4, h.queue.batchRowsLimit());
    assertEquals(8, h.run().size(), "the other half runs as it was cut");
    assertEquals(4, h.run().size());
    assertEquals(4, h.run().size());
    assertEquals(4, h.run().size(), "a new batch");
    h.now += STEP;
    assertEquals(8, h.run().size());
    h.now += STEP;
    assertEquals(12, h.run().size());
    assertEquals(16, h.queue.batchRowsLimit());
    for (int i = 0; i < 40; i++) {
      assertEquals("A" + i, h.answer("a" + i).get());
    }
    assertTrue(h.nothingReserved());
  }

  @Test
  void memoryExhausted_byOneCall_refusesItAndBlamesNobody() throws InterruptedException {
    Harness h = new Harness(Harness.settings(1, 16, Duration.ZERO, 100));
    for (int i = 0; i < 4; i++) {
      h.enqueue("wide" + i, "k", 12);
      h.queue.exhausted(h.batch(0), h.now);
      h.deliver();
      assertEquals(new Refusal.QueueFull(Duration.ofSeconds(1)), h.answer("wide" + i).get());
    }
    assertEquals(16, h.queue.batchRowsLimit(), "one caller shrinks nobody else's batches");
    assertEquals(0, h.queue.penalisedCallers());
    h.enqueue("wide", "k", 12);
    h.enqueue("a", "k", 1);
    assertEquals(List.of("wide", "a"), h.run());
  }

  @Test
  void memoryLimit_lateExhaustionOfALargerBatch_doesNotRaiseIt() {
    MemoryLimit limit = new MemoryLimit(64);
    limit.exhausted(8, 0);
    limit.exhausted(64, 1);
    assertEquals(4, limit.rows(2));
    assertEquals(4, limit.rows(STEP));
    assertEquals(8, limit.rows(1 + STEP));
    assertEquals(64, limit.rows(1 + 4 * STEP));
    limit.exhausted(1, 2 + 4 * STEP);
    assertEquals(1, limit.rows(2 + 4 * STEP));
  }

  @Test
  void adaptive_eightRowsAreTheFastest_convergesThere() {
    AdaptiveLimit limit = new AdaptiveLimit(64, 10_000, Duration.ofSeconds(1).toNanos());
    // 1 ms a batch and 10 µs a row up to 8 rows; beyond, ever dearer.
    train(limit, 4_000, rows -> 1_000_000L + 10_000L * rows + (rows > 8 ? 400_000L * rows : 0));
    assertEquals(8, limit.batchRows());
    double perSecond = 8 / 0.00108;
    assertEquals(Math.min(10_000, 2 * perSecond), limit.inFlightRows(), 0.02 * 2 * perSecond);
  }

  @Test
  void adaptive_largerIsFasterButTooSlowForTheObjective_staysBelow() {
    AdaptiveLimit limit = new AdaptiveLimit(64, 10_000, Duration.ofMillis(10).toNanos());
    train(limit, 4_000, rows -> 1_000_000L + 250_000L * rows); // 16 rows take 5 ms, 32 take 9 ms
    assertEquals(16, limit.batchRows());
    assertEquals(2 * 16 / 0.005 * 0.01, limit.inFlightRows(), 2);
  }

  @Test
  void adaptive_noGainFromSize_prefersTheSmallest() {
    AdaptiveLimit limit = new AdaptiveLimit(64, 10_000, Duration.ofSeconds(1).toNanos());
    train(limit, 640, rows -> 1_000_000L * rows);
    assertEquals(1, limit.batchRows());
  }

  @Test
  void adaptive_noBacklog_triesNothingLarger() {
    AdaptiveLimit limit = new AdaptiveLimit(64, 10_000, Duration.ofSeconds(1).toNanos());
    for (int i = 0; i < 1_000; i++) {
      limit.ran(1, 1_000_000, false, 1);
      assertEquals(1, limit.batchRows());
    }
  }

  @Test
  void adaptive_deviceBecomesFaster_isTriedAgainAfterAWhile() {
    AdaptiveLimit limit = new AdaptiveLimit(8, 10_000, Duration.ofMillis(10).toNanos());
    train(limit, 2_000, rows -> rows > 2 ? 100_000_000L : 1_000_000L);
    assertEquals(2, limit.batchRows());
    train(limit, 30_000, rows -> 1_000_000L);
    assertEquals(8, limit.batchRows());
  }

  @Test
  void objective_inFlightLimitRefuses_andTheListenerHears() {
    Harness h =
        new Harness(
            new BatcherSettings(
                1, 4, List.of(), Duration.ZERO, 100, 1_000, 100, 100, Duration.ofMillis(10)));
    assertEquals(1, h.queue.batchRowsLimit());
    for (int i = 0; i < AdaptiveLimit.ROUND_BATCHES; i++) {
      h.enqueue("a" + i, "k", 1);
      Batch<String, String> batch = h.batch(0);
      h.now += Duration.ofMillis(2).toNanos();
      h.finish(batch);
    }
    assertEquals(List.of("limits 1 5"), h.told);
    for (int i = 0; i < 5; i++) {
      h.reserve(1);
    }
    assertEquals(Reason.QUEUE_FULL, h.refused(1, 1));
  }

  /** How long a batch takes. */
  @FunctionalInterface
  private interface Cost {
    long nanos(int rows);
  }

  private static void train(AdaptiveLimit limit, int batches, Cost cost) {
    for (int i = 0; i < batches; i++) {
      limit.ran(limit.batchRows(), cost.nanos(limit.batchRows()), true, 2);
    }
    // not in the middle of a trial
    for (int i = 0; i < 10 * AdaptiveLimit.ROUND_BATCHES; i++) {
      limit.ran(limit.batchRows(), cost.nanos(limit.batchRows()), false, 2);
    }
  }
}
