package dev.gatehouse.scheduling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The ranges of the settings. */
final class BatcherSettingsTest {

  private static final Duration DELAY = Duration.ofMillis(1);
  private static final Duration NONE = Duration.ZERO;

  @Test
  void new_smallestAndLargest_areAccepted() {
    assertEquals(1, new BatcherSettings(1, 1, List.of(1), NONE, 1, 1, 1, 1, NONE).instances());
    int rows = BatcherSettings.ROWS_MAX;
    List<Integer> sixteen = IntStream.rangeClosed(rows - 15, rows).boxed().toList();
    new BatcherSettings(
        BatcherSettings.INSTANCES_MAX,
        rows,
        sixteen,
        BatcherSettings.DELAY_MAX,
        rows,
        Long.MAX_VALUE,
        rows,
        100,
        BatcherSettings.OBJECTIVE_MAX);
  }

  @Test
  void new_oneOutOfRange_throws() {
    int rows = BatcherSettings.ROWS_MAX;
    List<Integer> any = List.of();
    refused(0, 1, any, DELAY, 1, 1, 1, 1, NONE);
    refused(BatcherSettings.INSTANCES_MAX + 1, 1, any, DELAY, 1, 1, 1, 1, NONE);
    refused(1, 0, any, DELAY, 1, 1, 1, 1, NONE);
    refused(1, rows + 1, any, DELAY, rows + 1, 1, 1, 1, NONE);
    refused(1, 4, List.of(0), DELAY, 4, 1, 1, 1, NONE);
    refused(1, 4, List.of(5), DELAY, 4, 1, 1, 1, NONE);
    refused(1, 4, List.of(2, 2), DELAY, 4, 1, 1, 1, NONE);
    refused(1, 4, List.of(3, 2), DELAY, 4, 1, 1, 1, NONE);
    refused(1, 20, IntStream.rangeClosed(1, 17).boxed().toList(), DELAY, 20, 1, 1, 1, NONE);
    refused(1, 1, any, Duration.ofNanos(-1), 1, 1, 1, 1, NONE);
    refused(1, 1, any, BatcherSettings.DELAY_MAX.plusNanos(1), 1, 1, 1, 1, NONE);
    refused(1, 2, any, DELAY, 1, 1, 1, 1, NONE);
    refused(1, 1, any, DELAY, rows + 1, 1, 1, 1, NONE);
    refused(1, 1, any, DELAY, 1, 0, 1, 1, NONE);
    refused(1, 1, any, DELAY, 1, 1, 0, 1, NONE);
    refused(1, 1, any, DELAY, 1, 1, rows + 1, 1, NONE);
    refused(1, 1, any, DELAY, 1, 1, 1, 0, NONE);
    refused(1, 1, any, DELAY, 1, 1, 1, 101, NONE);
    refused(1, 1, any, DELAY, 1, 1, 1, 1, Duration.ofNanos(-1));
    refused(1, 1, any, DELAY, 1, 1, 1, 1, BatcherSettings.OBJECTIVE_MAX.plusNanos(1));
  }

  @Test
  void terms_weightOutOfRange_throws() {
    assertEquals(1_000, new CallTerms("c", CallTerms.WEIGHT_MAX, Priority.BULK).weight());
    for (int weight : new int[] {0, -1, CallTerms.WEIGHT_MAX + 1}) {
      assertThrows(IllegalArgumentException.class, () -> new CallTerms("c", weight, Priority.BULK));
    }
  }

  private static void refused(
      int instances,
      int batch,
      List<Integer> preferred,
      Duration delay,
      int rows,
      long bytes,
      int calls,
      int percent,
      Duration objective) {
    assertThrows(
        IllegalArgumentException.class,
        () ->
            new BatcherSettings(
                instances, batch, preferred, delay, rows, bytes, calls, percent, objective));
  }
}
