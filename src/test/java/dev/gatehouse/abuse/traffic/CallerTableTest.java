package dev.gatehouse.abuse.traffic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.core.CallerId;
import org.junit.jupiter.api.Test;

/** The table has a bound, and no flood drives out who must be watched. */
final class CallerTableTest {

  private static final TrafficSettings SMALL =
      new TrafficSettings(
          64, 8, new RateBounds(1, 10), new RateBounds(1, 10), new RateBounds(1, 10));

  private final CallScript script = new CallScript(SMALL);

  @Test
  void observe_floodOfNewCallers_leavesThePinnedAndTheBusy() {
    script.calls(10);
    assertTrue(script.table.pin(CallScript.CALLER));
    for (int i = 0; i < 100_000; i++) {
      script.caller = new CallerId("new-" + i);
      script.call();
      if (i % 50 == 0) {
        script.caller = new CallerId("busy");
        script.call();
      }
    }
    assertEquals(64, script.table.size());
    assertEquals(100_000 + 2 - 64, script.table.evictions());
    script.caller = new CallerId("busy");
    assertEquals(2_000, script.read().calls());
    script.caller = CallScript.CALLER;
    assertEquals(10, script.read().calls());
    assertTrue(script.table.read(new CallerId("new-5"), script.nanos, script.at).isEmpty());
  }

  @Test
  void read_again_isNoActivity() {
    for (int i = 0; i < 64; i++) {
      script.caller = new CallerId("c-" + i);
      script.call();
    }
    script.caller = new CallerId("c-0");
    script.read();
    script.caller = new CallerId("c-64");
    script.call();
    script.caller = new CallerId("c-0");
    assertTrue(script.table.read(script.caller, script.nanos, script.at).isEmpty());
  }

  @Test
  void pin_moreThanTheBound_isRefused() {
    for (int i = 0; i < 20; i++) {
      script.caller = new CallerId("c-" + i);
      script.call();
      assertEquals(i < 8, script.table.pin(script.caller));
    }
    assertTrue(script.table.pin(new CallerId("c-0")));
    script.table.unpin(new CallerId("c-0"));
    assertTrue(script.table.pin(new CallerId("c-19")));
    assertFalse(script.table.pin(new CallerId("unknown")));
    assertEquals(20, script.table.size());
  }

  @Test
  void unpin_then_isForgottenInItsTurn() {
    script.call();
    script.table.pin(script.caller);
    script.table.unpin(script.caller);
    for (int i = 0; i < 64; i++) {
      script.caller = new CallerId("new-" + i);
      script.call();
    }
    assertTrue(script.table.read(CallScript.CALLER, script.nanos, script.at).isEmpty());
  }

  @Test
  void settings_everythingPinned_throws() {
    RateBounds bounds = new RateBounds(1, 1);
    assertThrows(
        IllegalArgumentException.class, () -> new TrafficSettings(8, 8, bounds, bounds, bounds));
  }
}
