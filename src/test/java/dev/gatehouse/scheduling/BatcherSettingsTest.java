package dev.gatehouse.scheduling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The ranges of the settings. */
final class BatcherSettingsTest {

  @Test
  void new_smallestAndLargest_areAccepted() {
    assertEquals(1, new BatcherSettings(1, 1, Duration.ZERO, 1, 1).instances());
    int rows = BatcherSettings.ROWS_MAX;
    new BatcherSettings(
        BatcherSettings.INSTANCES_MAX, rows, BatcherSettings.DELAY_MAX, rows, Long.MAX_VALUE);
  }

  @Test
  void new_oneOutOfRange_throws() {
    Duration delay = Duration.ofMillis(1);
    refused(0, 1, delay, 1, 1);
    refused(BatcherSettings.INSTANCES_MAX + 1, 1, delay, 1, 1);
    refused(1, 0, delay, 1, 1);
    refused(1, BatcherSettings.ROWS_MAX + 1, delay, BatcherSettings.ROWS_MAX + 1, 1);
    refused(1, 1, Duration.ofNanos(-1), 1, 1);
    refused(1, 1, BatcherSettings.DELAY_MAX.plusNanos(1), 1, 1);
    refused(1, 2, delay, 1, 1);
    refused(1, 1, delay, BatcherSettings.ROWS_MAX + 1, 1);
    refused(1, 1, delay, 1, 0);
  }

  private static void refused(int instances, int batch, Duration delay, int rows, long bytes) {
    assertThrows(
        IllegalArgumentException.class,
        () -> new BatcherSettings(instances, batch, delay, rows, bytes));
  }
}
