package dev.gatehouse.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** A series either counts an increment or says that it did not. */
final class SeriesTest {

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final Series series =
      new Series(registry, CounterName.CALLER_REQUEST_BYTES, Tags.of("caller", "a"));

  @Test
  void add_closed_isTurnedAwayAndTotalStands() {
    assertTrue(series.add(5));
    series.close();
    series.close();
    assertFalse(series.add(7));
    assertEquals(5, series.total());
    series.reopen();
    assertTrue(series.add(1));
    assertEquals(6, series.total());
  }

  @Test
  void add_negative_addsNothing() {
    assertTrue(series.add(-3));
    assertEquals(0, series.total());
  }

  @Test
  void remove_closed_isNotShown() {
    series.close();
    assertEquals(1, registry.getMeters().size());
    series.remove();
    assertEquals(0, registry.getMeters().size());
  }

  @Test
  void closedForARound_removedNeverBeforeAWholeRound() {
    assertFalse(series.closedForARound());
    series.close();
    assertFalse(series.closedForARound());
    assertTrue(series.closedForARound());
  }

  @Test
  void add_whileClosingAndReopening_countsExactlyWhatItAccepted() throws Exception {
    AtomicLong accepted = new AtomicLong();
    int threads = 4;
    AtomicLong running = new AtomicLong(threads);
    try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
      for (int t = 0; t < threads; t++) {
        pool.submit(
            () -> {
              for (int i = 0; i < 200_000; i++) {
                if (series.add(3)) {
                  accepted.addAndGet(3);
                }
              }
              running.decrementAndGet();
            });
      }
      while (running.get() > 0) {
        series.close();
        long stopped = series.total();
        Thread.yield();
        assertEquals(stopped, series.total());
        series.reopen();
        Thread.yield();
      }
    }
    assertEquals(accepted.get(), series.total());
  }
}
