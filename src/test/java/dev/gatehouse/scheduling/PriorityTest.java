package dev.gatehouse.scheduling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What bulk calls get, and what interactive calls never wait for. */
final class PriorityTest {

  private final Harness h = new Harness(Harness.settings(1, 4, Duration.ZERO, 2_000));

  @Test
  void interactiveQueued_leadsThoughYounger_andBulkOfItsKeyFillsTheRest() {
    bulk("b1", "k", 1);
    bulk("b2", "l", 1);
    bulk("b3", "k", 2);
    interactive("i1", "k", 2);
    assertEquals(List.of("i1", "b1"), h.run());
    assertEquals(List.of("b2"), h.run());
    assertEquals(List.of("b3"), h.run());
  }

  @Test
  void interactiveFillsTheBatch_bulkGetsNothingOfIt() {
    bulk("b", "k", 1);
    interactive("i", "k", 4);
    assertEquals(List.of("i"), h.run());
    assertEquals(List.of("b"), h.run());
  }

  @Test
  void interactiveNeverEnds_bulkLeadsExactlyEverySixteenthBatch() {
    List<Integer> ledByBulk = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      interactive("i" + i, "k", 4);
      bulk("b" + i, "l", 1);
    }
    for (int batch = 1; batch <= 64; batch++) {
      if (h.run().getFirst().startsWith("b")) {
        ledByBulk.add(batch);
      }
    }
    assertEquals(List.of(16, 32, 48, 64), ledByBulk);
  }

  @Test
  void bulkTurn_interactiveFillsWhatBulkLeaves() {
    bulk("b", "k", 3);
    for (int i = 0; i < BatchAssembly.BULK_TURN_BATCHES; i++) {
      interactive("full" + i, "l", 4);
    }
    interactive("rest", "k", 1);
    List<String> batch = h.run();
    int batches = 1;
    while (!batch.contains("b")) {
      batch = h.run();
      batches++;
    }
    assertEquals(BatchAssembly.BULK_TURN_BATCHES, batches);
    assertEquals(List.of("b", "rest"), batch);
  }

  @Test
  void bulkCallersAmongThemselves_shareByWeight() {
    for (int i = 0; i < 200; i++) {
      h.as("one", 1, Priority.BULK).enqueue("one" + i, "k", 1);
      h.as("three", 3, Priority.BULK).enqueue("three" + i, "k", 1);
    }
    int one = 0;
    for (int i = 0; i < 40; i++) {
      one += (int) h.run().stream().filter(name -> name.startsWith("one")).count();
    }
    assertEquals(40, one);
  }

  @Test
  void callerWithBoth_paysAtEachPriorityForItself() {
    for (int i = 0; i < 50; i++) {
      h.as("both", 1, Priority.BULK).enqueue("bulk" + i, "k", 4);
    }
    for (int i = 0; i < 50; i++) {
      h.run();
    }
    for (int i = 0; i < 40; i++) {
      h.as("both", 1, Priority.INTERACTIVE).enqueue("both" + i, "k", 1);
      h.as("other", 1, Priority.INTERACTIVE).enqueue("other" + i, "k", 1);
    }
    List<String> batch = h.run();
    assertEquals(2, batch.stream().filter(name -> name.startsWith("both")).count());
    assertTrue(batch.size() == 4);
  }

  private void interactive(String name, String key, int rows) {
    h.as("i", 1, Priority.INTERACTIVE).enqueue(name, key, rows);
  }

  private void bulk(String name, String key, int rows) {
    h.as("b", 1, Priority.BULK).enqueue(name, key, rows);
  }
}
