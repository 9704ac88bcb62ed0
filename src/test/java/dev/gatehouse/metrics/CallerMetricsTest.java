package dev.gatehouse.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Outcome;
import dev.gatehouse.core.Reason;
import dev.gatehouse.core.VersionId;
import dev.gatehouse.testing.Await;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Who is shown, who is {@code other}, and that nothing is lost when that changes. */
final class CallerMetricsTest {

  private static final String REQUESTS = "gatehouse_caller_requests_total";
  private static final String BYTES = "gatehouse_caller_request_bytes_total";
  private static final String ROWS = "gatehouse_caller_rows_total";
  private static final String COMPUTE = "gatehouse_caller_compute_seconds_total";
  private static final String EXCHANGES = "gatehouse_caller_slot_exchanges_total";
  private static final CallerId A = new CallerId("a");
  private static final CallerId B = new CallerId("b");
  private static final CallerId C = new CallerId("c");
  private static final ModelName M = new ModelName("m");

  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5);
  private final Scraper scraper = new Scraper();

  @Test
  void callEnded_moreCallersThanSlots_restIsOther() {
    GatewayMetrics metrics = metrics(2, 10);
    calls(metrics, A, 3);
    calls(metrics, B, 4);
    calls(metrics, C, 5);
    metrics.callEnded(null, Outcome.refused(Reason.CREDENTIAL_INVALID), 0);
    scraper.scrape();
    assertEquals(3, requests("a"));
    assertEquals(4, requests("b"));
    assertEquals(-1, requests("c"));
    assertEquals(5, requests("other"));
    assertEquals(
        1, scraper.value(REQUESTS + "{caller=\"unregistered\",outcome=\"CREDENTIAL_INVALID\",}"));
  }

  @Test
  void callEnded_callersNamedLikeCommonLabels_areOther() {
    GatewayMetrics metrics = metrics(5, 10);
    calls(metrics, new CallerId("other"), 2);
    calls(metrics, new CallerId("unregistered"), 3);
    round(metrics);
    assertEquals(5, requests("other"));
    assertEquals(-1, requests("unregistered"));
    assertEquals(5, scraper.increase(REQUESTS));
  }

  @Test
  void maintain_busierCandidate_takesTheQuietestSlotInTwoRounds() {
    GatewayMetrics metrics = metrics(2, 10);
    calls(metrics, A, 50);
    calls(metrics, B, 5);
    calls(metrics, C, 30);
    round(metrics);
    calls(metrics, B, 5);
    calls(metrics, C, 30);
    scraper.scrape();
    assertEquals(5, requests("b"));
    assertEquals(65, requests("other"));
    round(metrics);
    assertEquals(-1, requests("b"));
    assertTrue(scraper.seriesWith("caller=\"b\"").isEmpty());
    calls(metrics, B, 1);
    calls(metrics, C, 7);
    scraper.scrape();
    assertEquals(7, requests("c"));
    assertEquals(66, requests("other"));
    assertEquals(50, requests("a"));
    assertEquals(128, scraper.increase(REQUESTS));
  }

  @Test
  void maintain_candidateGoesQuietMeanwhile_holderGoesOnFromItsValue() {
    GatewayMetrics metrics = metrics(1, 10);
    calls(metrics, A, 5);
    calls(metrics, C, 30);
    round(metrics);
    calls(metrics, A, 40);
    round(metrics);
    calls(metrics, A, 2);
    scraper.scrape();
    assertEquals(7, requests("a"));
    assertEquals(70, requests("other"));
    assertEquals(77, scraper.increase(REQUESTS));
  }

  @Test
  void maintain_callersOfEqualTraffic_keepTheirSlots() {
    GatewayMetrics metrics = metrics(2, 10);
    List<CallerId> callers = List.of(A, B, C, new CallerId("d"));
    for (int round = 0; round < 20; round++) {
      callers.forEach(caller -> calls(metrics, caller, 100));
      round(metrics);
    }
    assertEquals(2_000, requests("a"));
    assertEquals(2_000, requests("b"));
    assertEquals(4_000, requests("other"));
  }

  @Test
  void pinCallers_quietOne_takesASlotAndKeepsIt() {
    GatewayMetrics metrics = metrics(2, 10);
    calls(metrics, A, 50);
    calls(metrics, B, 40);
    calls(metrics, C, 1);
    metrics.pinCallers(List.of(C));
    round(metrics);
    round(metrics);
    for (int round = 0; round < 3; round++) {
      calls(metrics, A, 50);
      calls(metrics, B, 40);
      calls(metrics, new CallerId("d"), 5_000);
      calls(metrics, C, 1);
      round(metrics);
    }
    assertEquals(3, requests("c"), "not the first, which had no slot yet");
    assertEquals(50 + 40 + 1 + 3 * 5_091, scraper.increase(REQUESTS));
    assertTrue(scraper.increase(EXCHANGES) >= 2, "c, and then d, took a slot");
    metrics.pinCallers(List.of());
    for (int round = 0; round < 3; round++) {
      calls(metrics, A, 5_000);
      calls(metrics, new CallerId("d"), 5_000);
      round(metrics);
    }
    assertTrue(scraper.seriesWith("caller=\"c\"").isEmpty(), "it is as others again");
  }

  @Test
  void pinCallers_holderThatIsLeaving_staysWithItsValue() {
    GatewayMetrics metrics = metrics(2, 10);
    calls(metrics, A, 50);
    calls(metrics, B, 5);
    calls(metrics, C, 3_000);
    round(metrics);
    metrics.pinCallers(List.of(B));
    round(metrics);
    calls(metrics, B, 2);
    scraper.scrape();
    assertEquals(7, requests("b"));
  }

  @Test
  void pinCallers_whileSlotsAreFree_takesNobodysPlace() {
    GatewayMetrics metrics = metrics(4, 10);
    calls(metrics, A, 1);
    metrics.pinCallers(List.of(C));
    round(metrics);
    round(metrics);
    assertEquals(1, requests("a"));
    calls(metrics, C, 1);
    scraper.scrape();
    assertEquals(1, requests("c"));
    assertEquals(0, scraper.increase(EXCHANGES));
  }

  @Test
  void pinCallers_moreThanHalfOfTheSlots_takesTheFirstAndLeavesTheRest() {
    GatewayMetrics metrics = metrics(4, 10);
    calls(metrics, A, 500);
    calls(metrics, B, 500);
    List<CallerId> many = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      many.add(new CallerId("p-" + (199 - i)));
    }
    metrics.pinCallers(many);
    round(metrics);
    round(metrics);
    many.forEach(caller -> calls(metrics, caller, 1));
    scraper.scrape();
    assertEquals(500, requests("a"));
    assertEquals(500, requests("b"));
    assertEquals(1, requests("p-199"));
    assertEquals(1, requests("p-198"));
    assertEquals(98, requests("other"));
  }

  @Test
  void maintain_beforeTheRoundIsOver_doesNothing() {
    GatewayMetrics metrics = metrics(1, 10);
    calls(metrics, A, 1);
    calls(metrics, C, 50);
    metrics.maintain();
    now.addAndGet(Duration.ofMinutes(1).toNanos() - 1);
    metrics.maintain();
    calls(metrics, A, 1);
    scraper.scrape();
    assertEquals(2, requests("a"));
    now.addAndGet(1);
    metrics.maintain();
    metrics.maintain();
    calls(metrics, A, 1);
    scraper.scrape();
    assertEquals(2, requests("a"));
  }

  @Test
  void rowsServed_morePairsThanAllowed_restIsModelOther() {
    GatewayMetrics metrics = metrics(5, 2);
    for (String model : List.of("m", "n", "o")) {
      metrics.model(new ModelName(model), new VersionId("v"), FixedQueue.of(0));
      metrics.rowsServed(A, new ModelName(model), 10);
    }
    metrics.rowsServed(A, new ModelName("closed"), 7);
    scraper.scrape();
    assertEquals(10, rows("a", "m"));
    assertEquals(10, rows("a", "n"));
    assertEquals(17, rows("a", "other"));
    assertEquals(3, scraper.series(ROWS).size());
  }

  @Test
  void maintain_idlePairWhileNoneIsLeft_makesRoom() {
    GatewayMetrics metrics = metrics(5, 1);
    ModelName n = new ModelName("n");
    metrics.model(M, new VersionId("v"), FixedQueue.of(0));
    metrics.model(n, new VersionId("v"), FixedQueue.of(0));
    metrics.rowsServed(A, M, 1);
    for (int round = 0; round < 5; round++) {
      metrics.rowsServed(A, n, 10);
      round(metrics);
    }
    assertEquals(-1, rows("a", "m"));
    metrics.rowsServed(A, n, 10);
    scraper.scrape();
    assertEquals(10, rows("a", "n"));
    assertEquals(61, scraper.increase(ROWS));
  }

  @Test
  void maintain_slotChangesHands_itsPairsAreFree() {
    GatewayMetrics metrics = metrics(1, 1);
    metrics.model(M, new VersionId("v"), FixedQueue.of(0));
    metrics.rowsServed(A, M, 3);
    calls(metrics, C, 50);
    round(metrics);
    metrics.rowsServed(A, M, 4);
    round(metrics);
    metrics.rowsServed(C, M, 5);
    scraper.scrape();
    assertEquals(5, rows("c", "m"));
    assertEquals(4, rows("other", "other"));
    assertEquals(12, scraper.increase(ROWS));
  }

  @Test
  void callEnded_newOutcomeOfALeavingCaller_isOther() {
    GatewayMetrics metrics = metrics(1, 10);
    calls(metrics, A, 1);
    calls(metrics, C, 50);
    round(metrics);
    metrics.callEnded(A, Outcome.refused(Reason.INTERNAL), 9);
    metrics.computeSpent(A, 2_000_000_000);
    scraper.scrape();
    assertEquals(1, scraper.value(REQUESTS + "{caller=\"other\",outcome=\"INTERNAL\",}"));
    assertEquals(9, scraper.value(BYTES + "{caller=\"other\",}"));
    assertEquals(2, scraper.value(COMPUTE + "{caller=\"other\",}"));
    round(metrics);
    assertTrue(scraper.seriesWith("caller=\"a\"").isEmpty());
  }

  @Test
  void modelClosed_itsPairs_goAfterAWholeRound() {
    GatewayMetrics metrics = metrics(5, 1);
    ModelMeters meters = metrics.model(M, new VersionId("v"), FixedQueue.of(0));
    metrics.rowsServed(A, M, 3);
    meters.close();
    metrics.rowsServed(A, M, 4);
    round(metrics);
    assertEquals(3, rows("a", "m"));
    assertEquals(4, rows("a", "other"));
    round(metrics);
    assertEquals(-1, rows("a", "m"));
    round(metrics);
    metrics.model(M, new VersionId("v"), FixedQueue.of(0));
    metrics.rowsServed(A, M, 2);
    scraper.scrape();
    assertEquals(2, rows("a", "m"));
  }

  /** Else a scrape would see 5 where 3 was, and take 2 for the increment. */
  @Test
  void maintain_removedPairIsUsedBeforeAScrape_isModelOtherForARound() {
    GatewayMetrics metrics = metrics(5, 1);
    ModelMeters meters = metrics.model(M, new VersionId("v"), FixedQueue.of(0));
    metrics.rowsServed(A, M, 3);
    meters.close();
    round(metrics);
    metrics.model(M, new VersionId("v"), FixedQueue.of(0));
    maintain(metrics);
    metrics.rowsServed(A, M, 5);
    scraper.scrape();
    assertEquals(-1, rows("a", "m"));
    assertEquals(5, rows("a", "other"));
    round(metrics);
    metrics.rowsServed(A, M, 4);
    scraper.scrape();
    assertEquals(4, rows("a", "m"));
    assertEquals(12, scraper.increase(ROWS));
  }

  /** A caller that goes on after all does not revive a pair that nobody sees. */
  @Test
  void maintain_callerStaysAfterItsPairWasRemoved_pairIsNotRevived() {
    GatewayMetrics metrics = metrics(1, 1);
    ModelMeters meters = metrics.model(M, new VersionId("v"), FixedQueue.of(0));
    metrics.rowsServed(A, M, 3);
    calls(metrics, A, 5);
    meters.close();
    round(metrics);
    metrics.model(M, new VersionId("v"), FixedQueue.of(0));
    calls(metrics, C, 500);
    round(metrics);
    assertEquals(-1, rows("a", "m"));
    calls(metrics, A, 900);
    round(metrics);
    metrics.rowsServed(A, M, 7);
    scraper.scrape();
    assertEquals(10, scraper.increase(ROWS));
    assertEquals(5, requests("a"), "it kept its slot; what it did while leaving is other");
  }

  @Test
  void flood_ofCallersAndModels_seriesAreBoundedAndNothingIsLost() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    GatewayMetrics metrics = metrics(20, 50);
    Outcome[] outcomes = {
      Outcome.OK, Outcome.refused(Reason.QUEUE_FULL), Outcome.refused(Reason.INTERNAL)
    };
    List<ModelMeters> open = new ArrayList<>();
    long rows = 0;
    long bytes = 0;
    long nanos = 0;
    int calls = 300_000;
    AtomicLong removed = new AtomicLong();
    scraper
        .registry()
        .config()
        .onMeterRemoved(
            meter ->
                removed.addAndGet(
                    meter.getId().getName().equals("gatehouse.caller.request.bytes") ? 1 : 0));
    for (int i = 0; i < calls; i++) {
      if (i % 30 == 0) {
        open.add(metrics.model(new ModelName("m-" + i / 30), new VersionId("v"), FixedQueue.of(0)));
        if (open.size() > 40) {
          open.remove(random.nextInt(open.size())).close();
        }
      }
      CallerId caller = skewed(random, 100_000, i);
      ModelName model = new ModelName("m-" + (i / 30 - random.nextInt(1 + Math.min(i / 30, 60))));
      metrics.callEnded(caller, outcomes[random.nextInt(3)], i % 100);
      metrics.rowsServed(caller, model, 2);
      metrics.computeSpent(caller, 1_000_000);
      Watched.tell(metrics, caller, model);
      bytes += i % 100;
      rows += 2;
      nanos += 1_000_000;
      if (i % 6_000 == 0) {
        round(metrics);
        assertBounds(20, 50, outcomes.length);
      }
    }
    scraper.scrape();
    assertEquals(calls, scraper.increase(REQUESTS), "seed " + seed);
    assertEquals(bytes, scraper.increase(BYTES), "seed " + seed);
    assertEquals(rows, scraper.increase(ROWS), "seed " + seed);
    assertEquals(nanos / 1e9, scraper.increase(COMPUTE), 1e-3, "seed " + seed);
    Watched.assertCounted(scraper, calls, "seed " + seed);
    assertTrue(removed.get() > 0, "no slot changed hands, seed " + seed);
  }

  /** What is kept for callers that came once is bounded, however many come. */
  @Test
  void flood_ofNewCallers_heapStaysAsItIs() {
    GatewayMetrics metrics = metrics(20, 50);
    for (int i = 0; i < 60; i++) {
      metrics.model(new ModelName("m-" + i), new VersionId("v"), FixedQueue.of(0));
    }
    flood(metrics, 0);
    long before = heapBytes();
    flood(metrics, 1);
    flood(metrics, 2);
    // What is kept stays; what threads of other tests have just made does not.
    AtomicLong grown = new AtomicLong();
    boolean bounded =
        Await.until(
            Duration.ofSeconds(30),
            () -> {
              grown.set(heapBytes() - before);
              return grown.get() < 4 << 20;
            });
    assertTrue(bounded, "bytes for 200,000 more callers: " + grown);
    metrics.callEnded(A, Outcome.OK, 1);
  }

  private void flood(GatewayMetrics metrics, int which) {
    for (int i = 0; i < 100_000; i++) {
      CallerId caller = new CallerId("f-" + which + "-" + i);
      metrics.callEnded(caller, Outcome.OK, 1);
      Watched.tell(metrics, caller, new ModelName("m-" + i % 10_000));
      if (i % 10_000 == 0) {
        maintain(metrics);
      }
    }
  }

  private static long heapBytes() {
    MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
    memory.gc();
    return memory.getHeapMemoryUsage().getUsed();
  }

  @Test
  void flood_fromManyThreads_scrapesAddUpToEveryIncrement() throws Exception {
    GatewayMetrics metrics = metrics(4, 6);
    List<ModelName> models = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      models.add(new ModelName("m-" + i));
      metrics.model(models.get(i), new VersionId("v"), FixedQueue.of(0));
    }
    long seed = new Random().nextLong();
    int threads = 4;
    int each = 100_000;
    try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
      List<Future<?>> done = new ArrayList<>();
      for (int t = 0; t < threads; t++) {
        Random random = new Random(seed + t);
        done.add(
            pool.submit(
                () -> {
                  for (int i = 0; i < each; i++) {
                    CallerId caller = skewed(random, 40, i * 100);
                    metrics.callEnded(caller, Outcome.OK, 1);
                    ModelName model = models.get(random.nextInt(5));
                    metrics.rowsServed(caller, model, 1);
                    Watched.tell(metrics, caller, model);
                  }
                }));
      }
      while (!done.stream().allMatch(Future::isDone)) {
        round(metrics);
      }
      for (Future<?> future : done) {
        future.get();
      }
    }
    scraper.scrape();
    assertEquals(threads * each, scraper.increase(REQUESTS), "seed " + seed);
    assertEquals(threads * each, scraper.increase(BYTES), "seed " + seed);
    assertEquals(threads * each, scraper.increase(ROWS), "seed " + seed);
    Watched.assertCounted(scraper, threads * each, "seed " + seed);
  }

  /** Few callers make most calls, and which they are moves on with {@code time}. */
  private static CallerId skewed(Random random, int callers, int time) {
    double place = Math.pow(random.nextDouble(), 6) * callers;
    return new CallerId("c-" + ((int) place + time / 10_000) % callers);
  }

  private void assertBounds(int slots, int pairs, int outcomes) {
    assertTrue(scraper.series(REQUESTS).size() <= (slots + 2) * outcomes);
    assertTrue(scraper.series(BYTES).size() <= slots + 2);
    assertTrue(scraper.series(COMPUTE).size() <= slots + 2);
    assertTrue(scraper.series(ROWS).size() <= pairs + slots + 1);
    Watched.assertBounds(scraper, slots, pairs);
  }

  private GatewayMetrics metrics(int slots, int pairs) {
    MetricsSettings settings = new MetricsSettings(slots, pairs, 1_000, Duration.ofMinutes(1));
    return new GatewayMetrics(scraper.registry(), settings, now::get);
  }

  private void calls(GatewayMetrics metrics, CallerId caller, int count) {
    for (int i = 0; i < count; i++) {
      metrics.callEnded(caller, Outcome.OK, 0);
    }
  }

  private void round(GatewayMetrics metrics) {
    scraper.scrape();
    maintain(metrics);
    scraper.scrape();
  }

  private void maintain(GatewayMetrics metrics) {
    now.addAndGet(Duration.ofMinutes(1).toNanos());
    metrics.maintain();
  }

  private double requests(String caller) {
    return scraper.value(REQUESTS + "{caller=\"" + caller + "\",outcome=\"OK\",}");
  }

  private double rows(String caller, String model) {
    return scraper.value(ROWS + "{caller=\"" + caller + "\",model=\"" + model + "\",}");
  }
}
