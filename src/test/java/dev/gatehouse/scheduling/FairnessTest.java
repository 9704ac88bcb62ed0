package dev.gatehouse.scheduling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Who is served how much, and when: exact, on a time that the test sets. */
final class FairnessTest {

  private final Harness h = new Harness(Harness.settings(1, 8, Duration.ZERO, 20_000));
  private final Map<String, Integer> served = new HashMap<>();
  private int named;

  @Test
  void backlogged_weightsDiffer_shareRowsExactlyByWeight() {
    offer("a", 1, 1, 700);
    offer("b", 2, 1, 700);
    offer("c", 4, 1, 700);
    run(77);
    assertEquals(Map.of("a", 88, "b", 176, "c", 352), served);
  }

  @Test
  void backlogged_costsDiffer_shareRowsTimesCostExactly() {
    offer("cheap", 1, 1, 900);
    offer("dear", 1, 3, 900);
    run(100);
    assertEquals(Map.of("cheap", 600, "dear", 200), served);
  }

  @Test
  void backlogged_keysDiffer_shareRowsExactlyAllTheSame() {
    for (int i = 0; i < 800; i++) {
      h.as("a").enqueue(name("a"), "k", 1);
      h.as("b").enqueue(name("b"), "l", 1);
    }
    run(100);
    assertEquals(Map.of("a", 400, "b", 400), served);
  }

  @Test
  void backlogged_severalRowsACall_differByOneCallAtMost() {
    for (int i = 0; i < 300; i++) {
      h.as("big").enqueue(name("big"), "k", 5);
      h.as("small").enqueue(name("small"), "k", 1);
    }
    while (served.getOrDefault("small", 0) < 300) {
      run(1);
      int big = 5 * served.getOrDefault("big", 0);
      int small = served.getOrDefault("small", 0);
      assertTrue(Math.abs(big - small) <= 8, "rows " + big + " and " + small);
    }
  }

  @Test
  void oneCallerOffersTenTimesItsShare_othersWaitAtMostOneBatchLonger() {
    assertEquals(1, batchesUntilServed(2));
    assertTrue(batchesUntilServed(20) <= 2);
    assertTrue(batchesUntilServed(2_000) <= 2);
  }

  /** In how many batches another caller's call is served, after the noisy one queued its calls. */
  private int batchesUntilServed(int noisyCalls) {
    Harness fresh = new Harness(Harness.settings(1, 8, Duration.ZERO, 20_000));
    for (int i = 0; i < noisyCalls; i++) {
      fresh.as("noisy").enqueue("noisy" + i, "k", 1);
    }
    int longest = 0;
    for (int round = 0; round < 20; round++) {
      fresh.as("quiet").enqueue("quiet" + round, "k", 1);
      int batches = 1;
      while (!fresh.run().contains("quiet" + round)) {
        batches++;
      }
      longest = Math.max(longest, batches);
    }
    return longest;
  }

  @Test
  void idleCaller_comesBack_hasNoCreditFromItsIdleness() {
    offer("idle", 1, 1, 8);
    run(1);
    offer("busy", 1, 1, 4_000);
    run(200);
    served.clear();
    offer("idle", 1, 1, 400);
    offer("new", 1, 1, 400);
    run(60);
    for (String caller : List.of("idle", "new", "busy")) {
      int rows = served.getOrDefault(caller, 0);
      assertTrue(Math.abs(rows - 160) <= 8, served.toString());
    }
  }

  @Test
  void cancelledExpiredAndPolledCalls_onlyTheLastAreCharged() {
    h.as("a");
    for (int i = 0; i < 100; i++) {
      h.enqueue("gone" + i, "k", 8);
    }
    for (int i = 0; i < 100; i++) {
      h.cancel("gone" + i);
    }
    offer("a", 1, 1, 100);
    offer("b", 1, 1, 100);
    run(10);
    assertEquals(Map.of("a", 40, "b", 40), served);
  }

  @Test
  void callThatDoesNotFit_isPassedOverOnce_andLeadsTheNextBatch() {
    h.as("a").enqueue("a0", "k", 1);
    h.as("wide").enqueue("wide0", "k", 8);
    h.as("b").enqueue("b0", "k", 7);
    h.as("c").enqueue("c0", "k", 1);
    assertEquals(List.of("a0", "b0"), h.run());
    assertEquals(List.of("wide0"), h.run());
    assertEquals(List.of("c0"), h.run());
  }

  @Test
  void fillsWhatNobodyElseCanUse_standsBackForABoundedTimeOnly() {
    for (int i = 0; i < 400; i++) {
      h.as("lead").enqueue(name("lead"), "k", 1);
      h.cancel("lead" + (named - 1)); // not charged: it never gets ahead of anybody
    }
    h.as("other").enqueue("other0", "m", 8);
    for (int i = 0; i < 3_000; i++) {
      h.as("filler").enqueue(name("filler"), "k", 1);
    }
    for (int i = 0; i < 100; i++) {
      h.as("lead" + i).enqueue(name("leader"), "k", 1); // ever new ones, all least served
      run(1);
    }
    for (int i = 0; i < 40; i++) {
      h.as("other").enqueue(name("other"), "m", 8);
    }
    served.clear();
    run(2 * Tier.LEAD_BATCHES + 2);
    assertTrue(served.containsKey("filler"), served.toString());
  }

  @Test
  void twoFillWhatAThirdCannotUse_shareItByWeight() {
    Harness fresh = new Harness(Harness.settings(1, 8, Duration.ZERO, 100_000));
    for (int i = 0; i < 6_000; i++) {
      fresh.as("f", 2, Priority.BULK).enqueue("f" + i, "k", 1);
      fresh.as("g", 1, Priority.BULK).enqueue("g" + i, "k", 1);
    }
    for (int i = 0; i < 2_000; i++) {
      fresh.as("wide").enqueue("w" + i, "k", 5); // leaves room for three
      fresh.as("h", 1, Priority.BULK).enqueue("h" + i, "l", 8); // leads only in turn
    }
    Map<String, Integer> counts = new HashMap<>();
    for (int i = 0; i < 1_600; i++) {
      fresh.run().forEach(name -> counts.merge(name.substring(0, 1), 1, Integer::sum));
    }
    assertEquals(1_500, counts.get("w"));
    assertEquals(100, counts.get("h"));
    int f = counts.getOrDefault("f", 0);
    int g = counts.getOrDefault("g", 0);
    assertTrue(Math.abs(f - 2 * g) <= 4, counts.toString());
  }

  @Test
  void everNewCallersCome_thoseBackloggedStillShareWhatIsLeft() {
    for (int i = 0; i < 700; i++) {
      h.as("f").enqueue(name("f"), "k", 1);
      h.as("g").enqueue(name("g"), "k", 1);
    }
    for (int i = 0; i < 150; i++) {
      h.as("new" + i).enqueue(name("new"), "k", 1);
      run(1);
    }
    assertEquals(Map.of("new", 150, "f", 525, "g", 525), served);
  }

  @Test
  void callerWasIdleUntilVirtualTimeWrapped_isServedInItsTurn() {
    int rows = BatcherSettings.ROWS_MAX;
    Harness dear = new Harness(Harness.settings(1, rows, Duration.ZERO, rows));
    dear.as("idle").costing(Reservation.ROW_COST_MAX).enqueue("idle0", "k", 1);
    dear.run();
    for (int i = 0; i < 16; i++) {
      dear.as("busy").enqueue("busy" + i, "k", rows);
      dear.run();
    }
    dear.as("busy").enqueue("last", "k", rows - 1);
    dear.as("idle").enqueue("idle1", "l", 1);
    assertEquals(List.of("idle1"), dear.run());
  }

  @Test
  void manyCallersThatDoNotFit_areNotAllTriedInOneBatch() {
    h.as("first").enqueue("first0", "k", 4);
    for (int i = 0; i < 100; i++) {
      h.as("wide" + i).enqueue("wide" + i, "k", 5);
    }
    h.as("last").enqueue("last0", "k", 4);
    assertEquals(List.of("first0"), h.run());
  }

  private void offer(String caller, int weight, int cost, int calls) {
    h.as(caller, weight, Priority.INTERACTIVE).costing(cost);
    for (int i = 0; i < calls; i++) {
      h.enqueue(name(caller), "k", 1);
    }
  }

  private String name(String caller) {
    return caller + named++;
  }

  private void run(int batches) {
    for (int i = 0; i < batches; i++) {
      h.now += 10;
      for (String name : h.run()) {
        served.merge(name.replaceAll("[0-9]", ""), 1, Integer::sum);
      }
    }
  }
}
