package dev.gatehouse.abuse.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.abuse.content.DigitsVictim;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Honest callers are hardly ever accused, and never enough to be restricted. */
final class BenignWeekTest {

  static final long SEED = Long.getLong("gatehouse.test.seed", 20260302);

  /**
   * From Monday to Friday; one row of twenty is looked at, for the time's sake. {@link
   * BenignWeekProof} is the whole.
   */
  @Test
  void days_ofMixedHonestCallers_leadToNoRestrictionAndHardlyAFinding() {
    check(new BenignWeek(DigitsVictim.trained(), SEED, 5).run(20, -1));
  }

  static void check(BenignWeek.Result result) {
    System.out.println(
        "seed "
            + SEED
            + ": "
            + result.found().size()
            + " findings in "
            + result.callerDays()
            + " caller-days "
            + result.byRule());
    result.found().forEach(one -> System.out.println("  " + one.first()));
    assertEquals(Map.of(), result.simulation().restricted, "seed " + SEED);
    assertTrue(result.found().size() <= result.callerDays(), "seed " + SEED);
    result.byCallerDay().forEach((day, count) -> assertTrue(count <= 1, day + ": " + count));
  }
}
