package dev.gatehouse.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import org.junit.jupiter.api.Test;

/** Outcomes are shared, and each has a place and a name of its own. */
final class OutcomeTest {

  @Test
  void refused_anyReason_isSharedAndIndexedOnce() {
    boolean[] seen = new boolean[Outcome.COUNT];
    seen[Outcome.OK.index()] = true;
    assertEquals("OK", Outcome.OK.label());
    for (Reason reason : Reason.values()) {
      Outcome outcome = Outcome.refused(reason);
      assertSame(outcome, Outcome.refused(reason));
      assertEquals(reason.name(), outcome.label());
      assertEquals(false, seen[outcome.index()]);
      seen[outcome.index()] = true;
    }
    assertEquals(Reason.values().length + 1, Outcome.COUNT);
  }
}
