package dev.gatehouse.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.core.CallerId;
import dev.gatehouse.metrics.CandidateSketch.Candidate;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The busiest are found among any number, in fixed space, and never overrated. */
final class CandidateSketchTest {

  private final CandidateSketch sketch = new CandidateSketch();

  @Test
  void busiest_amongAHundredThousand_areFoundAndNeverOverrated() {
    long seed = Long.getLong("gatehouse.seed", 20_261_123);
    Random random = new Random(seed);
    Map<CallerId, Long> truth = new HashMap<>();
    for (int i = 0; i < 400_000; i++) {
      boolean busy = random.nextInt(4) == 0;
      CallerId caller = new CallerId(busy ? "busy-" + i % 10 : "c-" + random.nextInt(100_000));
      truth.merge(caller, 1L, Long::sum);
      sketch.count(caller);
    }
    List<Candidate> busiest = sketch.busiest();
    assertEquals(CandidateSketch.STRIPES * CandidateSketch.STRIPE_SIZE, busiest.size());
    for (Candidate candidate : busiest) {
      assertTrue(candidate.calls() <= truth.getOrDefault(candidate.caller(), 0L), "seed " + seed);
    }
    for (int i = 0; i < 10; i++) {
      assertTrue(busiest.get(i).caller().value().startsWith("busy-"), "seed " + seed);
    }
  }

  @Test
  void fade_repeated_forgets() {
    CallerId caller = new CallerId("a");
    for (int i = 0; i < 100; i++) {
      sketch.count(caller);
    }
    assertEquals(100, sketch.busiest().get(0).calls());
    sketch.fade();
    assertEquals(50, sketch.busiest().get(0).calls());
    for (int i = 0; i < 6; i++) {
      sketch.fade();
    }
    assertEquals(0, sketch.busiest().get(0).calls());
  }
}
