package dev.gatehouse.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
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

  /** Whoever counted may be gone, what it counted is not. */
  @Test
  void add_nobodyHoldsTheSeries_isStillShown() {
    Tags tags = Tags.of("caller", "b");
    new Series(registry, CounterName.CALLER_REQUEST_BYTES, tags).add(5);
    System.gc();
    assertEquals(
        5,
        registry.get(CounterName.CALLER_REQUEST_BYTES.base()).tags(tags).functionCounter().count());
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
    series.close();
    assertTrue(series.closedForARound());
  }

  @Test
  void add_whileClosingAndReopening_countsExactlyWhatItAccepted() throws Exception {
    AtomicLong accepted = new AtomicLong();
    int threads = 4;
    AtomicBoolean stop = new AtomicBoolean();
    try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
      for (int t = 0; t < threads; t++) {
        pool.submit(
            () -> {
              long mine = 0;
              while (!stop.get()) {
                mine += series.add(3) ? 3 : 0;
              }
              accepted.addAndGet(mine);
            });
      }
      while (series.total() < 15_000_000) {
        series.close();
        long stopped = series.total();
        Thread.onSpinWait();
        assertEquals(stopped, series.total());
        series.reopen();
        Thread.onSpinWait();
      }
      stop.set(true);
    }
    assertEquals(accepted.get(), series.total());
  }
}
