package dev.gatehouse.scheduling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.core.Reason;
import dev.gatehouse.core.Refusal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The guilty are found, the rest answered, in a bounded number of runs. */
final class PoisonTest {

  private static final long SECOND = Duration.ofSeconds(1).toNanos();

  private final Harness h = new Harness(Harness.settings(2, 32, Duration.ZERO, 1_000));

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5})
  void bisection_ofThirtyTwo_rejectsExactlyTheGuilty(int poisons) throws InterruptedException {
    for (long seed = 0; seed < 40; seed++) {
      List<String> names = new ArrayList<>();
      for (int i = 0; i < 32; i++) {
        names.add("s" + seed + "n" + i);
        h.as("caller" + seed + "." + i).enqueue(names.getLast(), "k", 1);
      }
      List<String> shuffled = new ArrayList<>(names);
      Collections.shuffle(shuffled, new Random(seed));
      List<String> poison = shuffled.subList(0, poisons);
      Map<String, Integer> runs = new HashMap<>();
      int batches = 0;
      while (!h.idle(0)) {
        Batch<String, String> batch = running();
        batch.payloads().forEach(name -> runs.merge(name, 1, Integer::sum));
        batches++;
        h.finishUnless(batch, poison);
      }
      for (String name : names) {
        if (poison.contains(name)) {
          assertEquals(Reason.MODEL_REJECTED_INPUT, h.answer(name).reason(), "seed " + seed);
        } else {
          assertEquals(name.toUpperCase(Locale.ROOT), h.answer(name).get());
        }
        assertTrue(runs.getOrDefault(name, 0) <= 2 + 5, "runs of one call, seed " + seed);
      }
      assertTrue(batches <= 1 + 2 * 5 * poisons, batches + " batches, seed " + seed);
    }
    assertTrue(h.nothingReserved());
  }

  private Batch<String, String> running() {
    Batch<String, String> batch = h.queue.slot(0).running;
    if (batch == null) {
      throw new AssertionError("nothing runs");
    }
    return batch;
  }

  @Test
  void half_neverMixesWithOtherCalls_andGoesBeforeThem() {
    h.as("other").enqueue("a", "k", 1);
    h.enqueue("b", "k", 1);
    Batch<String, String> batch = h.batch(0);
    h.as("new").enqueue("first", "k", 1);
    h.queue.failed(batch, Harness.REJECTED, false, h.now);
    assertEquals(List.of("a"), h.poll(0));
    assertEquals(List.of("b"), h.poll(1));
  }

  @Test
  void threeRejectedWithinTenSeconds_callerRunsApartForTenSeconds() {
    strike(3, 5 * SECOND);
    assertEquals(1, h.queue.penalisedCallers());
    assertEquals(1, h.told.stream().filter("penalised"::equals).count());
    mixed("during");
    h.now += 10 * SECOND - 1;
    mixed("still");
    h.now += 1;
    h.as("bad").enqueue("b-over", "k", 1);
    h.as("good").enqueue("g-over", "k", 1);
    assertEquals(Set.of("b-over", "g-over"), Set.copyOf(h.run()));
    assertEquals(0, h.queue.penalisedCallers());
  }

  /** Calls of the penalised and of another caller, of one key: they run in batches of their own. */
  private void mixed(String name) {
    h.as("bad").enqueue("b1-" + name, "k", 1);
    h.as("good").enqueue("g1-" + name, "k", 1);
    h.as("bad", 1, Priority.BULK).enqueue("b2-" + name, "k", 1);
    h.as("good", 1, Priority.BULK).enqueue("g2-" + name, "k", 1);
    List<String> bad = List.of("b1-" + name, "b2-" + name);
    List<String> good = List.of("g1-" + name, "g2-" + name);
    assertEquals(Set.of(bad, good), Set.of(h.run(), h.run()));
  }

  @Test
  void penaltyBeginsAndEnds_whatIsQueuedMovesWithIt() {
    strike(2, SECOND);
    h.as("bad").enqueue("third", "k", 1);
    Batch<String, String> third = h.batch(0);
    h.as("bad").enqueue("b1", "k", 1);
    h.as("good").enqueue("g1", "k", 1);
    h.queue.failed(third, Harness.REJECTED, false, h.now);
    h.as("bad").enqueue("b2", "k", 1);
    h.as("good").enqueue("g2", "k", 1);
    assertEquals(Set.of(List.of("b1", "b2"), List.of("g1", "g2")), Set.of(h.run(), h.run()));
    h.as("bad").enqueue("b3", "k", 1);
    h.as("good").enqueue("g3", "k", 1);
    h.now += 10 * SECOND;
    assertEquals(2, h.run().size());
    assertTrue(h.nothingReserved());
  }

  @Test
  void rejectedFarApartOrInternal_isNoPenalty() {
    strike(2, SECOND);
    h.now += 10 * SECOND;
    strike(2, SECOND);
    for (int i = 0; i < 5; i++) {
      h.as("bad").enqueue("error" + i, "k", 1);
      h.queue.failed(h.batch(0), new Refusal.Internal("r"), false, h.now);
    }
    assertEquals(0, h.queue.penalisedCallers());
  }

  @Test
  void strikes_eachRepeatLastsTwiceAsLong_upToFiveMinutes_andIsForgiven() {
    Strikes strikes = new Strikes();
    long now = Long.MAX_VALUE - 5 * SECOND;
    for (long seconds : List.of(10, 20, 40, 80, 160, 300, 300)) {
      now = penalise(strikes, now, seconds);
    }
    now += Strikes.FORGIVEN_AFTER.toNanos();
    assertTrue(strikes.blank(now));
    penalise(strikes, now, 10);
  }

  private static long penalise(Strikes strikes, long start, long seconds) {
    assertTrue(!strikes.rejected(start) && !strikes.rejected(start + 1));
    assertTrue(strikes.rejected(start + 2));
    assertTrue(!strikes.rejected(start + 3), "does not count during the penalty");
    long end = start + 2 + seconds * SECOND;
    assertTrue(strikes.penalised(end - 1));
    assertTrue(!strikes.penalised(end));
    assertTrue(!strikes.blank(end));
    return end;
  }

  private void strike(int times, long apartNanos) {
    for (int i = 0; i < times; i++) {
      if (i > 0) {
        h.now += apartNanos;
      }
      h.as("bad").enqueue("bad" + h.now, "k", 1);
      h.queue.failed(h.batch(0), Harness.REJECTED, false, h.now);
      h.deliver();
    }
  }
}
