package dev.gatehouse.abuse.watch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.ModelName;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class RowSamplerTest {

  private static final long START = Long.MAX_VALUE - 1_000;
  private static final ModelName MODEL = WatchScript.MODEL;

  private final RowSampler sampler = new RowSampler(1_000, new Random(1), START);

  @Test
  void admits_ofOnePair_oneCallInAnInterval() {
    long interval = sampler.intervalNanos();
    assertEquals(1_000_000, interval);
    int admitted = 0;
    for (int i = 0; i < 100_000; i++) {
      admitted += sampler.admits(WatchScript.ANNA, MODEL, START + i * interval / 10) ? 1 : 0;
    }
    assertTrue(admitted > 9_000 && admitted < 10_500, admitted + " of 10,000 intervals");
    assertTrue(sampler.admits(WatchScript.BERT, MODEL, START), "another pair");
    assertTrue(sampler.admits(WatchScript.ANNA, new ModelName("other"), START), "another pair");
    assertFalse(sampler.admits(WatchScript.BERT, MODEL, START));
  }

  @Test
  void adapt_tooManyRows_lengthensTheIntervalAndShortensItLater() {
    long now = START;
    for (int i = 0; i < 100; i++) {
      now += RowSampler.ADAPT_NANOS;
      sampler.offered(1_000_000);
      sampler.adapt(now);
      assertTrue(sampler.intervalNanos() <= RowSampler.INTERVAL_NANOS_MAX);
    }
    assertEquals(RowSampler.INTERVAL_NANOS_MAX, sampler.intervalNanos());
    for (int i = 0; i < 100; i++) {
      now += RowSampler.ADAPT_NANOS;
      sampler.adapt(now);
    }
    assertEquals(1_000_000, sampler.intervalNanos());
  }

  /** Who meets another in a slot does so for one salt only. */
  @Test
  void adapt_afterAWhile_partsPairsThatShareASlot() {
    long now = START;
    CallerId sharing = null;
    for (int i = 0; sharing == null; i++) {
      // later than every interval, so that only Anna's slot is taken
      now += 10_000_000;
      assertTrue(sampler.admits(WatchScript.ANNA, MODEL, now));
      CallerId other = new CallerId("c-" + i);
      sharing = sampler.admits(other, MODEL, now) ? null : other;
    }
    int both = 0;
    for (int i = 0; i < 10; i++) {
      now += RowSampler.SALT_NANOS;
      sampler.adapt(now);
      boolean loud = sampler.admits(WatchScript.ANNA, MODEL, now);
      both += loud && sampler.admits(sharing, MODEL, now) ? 1 : 0;
    }
    assertTrue(both >= 9, both + " of 10 salts");
  }

  @Test
  void budget_whateverIsAsked_isKeptAndHalfOfItForThoseSeldomSeen() {
    RowBudget budget = new RowBudget(1_000, START);
    int busy = 0;
    int seldom = 0;
    while (budget.take(1, false, START)) {
      busy++;
    }
    while (budget.take(1, true, START)) {
      seldom++;
    }
    assertEquals(500, busy);
    assertEquals(500, seldom);
    assertFalse(budget.take(1, true, START - 1_000_000_000L), "a reading that is late");
    int later = 0;
    for (int i = 1; i <= 10_000; i++) {
      while (budget.take(3, true, START + i * 1_000_000L)) {
        later += 3;
      }
    }
    assertTrue(later <= 11_000 && later > 9_900, later + " in 10 s");
    long muchLater = START;
    muchLater += 20_000_000_000L;
    assertTrue(budget.take(1_000_000, true, muchLater), "one wide row");
  }
}
