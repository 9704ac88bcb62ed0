package dev.gatehouse.edge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.gatehouse.core.Caller;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.Right;
import dev.gatehouse.core.Role;
import dev.gatehouse.core.TeamName;
import dev.gatehouse.testing.TestCallers;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The order of quarantine, throttle, right and step-up. */
final class CallerCheckTest {

  private static final Refusal STEP_UP = new Refusal.StepUpRequired("aal2", Duration.ofMinutes(15));
  private static final Refusal SPENT =
      new Refusal.QuotaExhausted("callers/paul", "as the test wants it", Duration.ofSeconds(1));
  private static final Function<Caller, @Nullable Refusal> NONE = caller -> null;
  private static final Caller PUBLISHER =
      TestCallers.caller(
          new CallerId("paul"),
          new TeamName("vision"),
          Set.of(Role.PUBLISHER),
          "0011223344556677",
          Instant.MAX);

  @Test
  void refusal_withoutTheRight_isDenialAndNoStepUp() {
    var demand = new MethodRights.Demand.Holding(Right.MANAGE_CALLERS, true);
    assertEquals(
        new Refusal.AccessDenied(),
        CallerCheck.refusal(PUBLISHER, demand, NONE, NONE, caller -> STEP_UP));
    assertEquals(
        new Refusal.AccessDenied(),
        CallerCheck.refusal(PUBLISHER, demand, NONE, NONE, caller -> null));
  }

  @Test
  void refusal_withTheRight_isWhatTheStepUpSaysWhereItIsAsked() {
    var steppedUp = new MethodRights.Demand.Holding(Right.GRANT, true);
    assertEquals(STEP_UP, CallerCheck.refusal(PUBLISHER, steppedUp, NONE, NONE, caller -> STEP_UP));
    assertNull(CallerCheck.refusal(PUBLISHER, steppedUp, NONE, NONE, caller -> null));
    var plain = new MethodRights.Demand.Holding(Right.GRANT, false);
    assertNull(CallerCheck.refusal(PUBLISHER, plain, NONE, NONE, caller -> STEP_UP));
  }

  @Test
  void refusal_quarantined_isThatWhateverItLacks() {
    Refusal quarantined = new Refusal.CallerQuarantined();
    for (Right right : Right.values()) {
      var demand = new MethodRights.Demand.Holding(right, true);
      assertEquals(
          quarantined,
          CallerCheck.refusal(
              PUBLISHER, demand, caller -> quarantined, caller -> SPENT, caller -> STEP_UP));
    }
  }

  @Test
  void refusal_throttled_isThatWhateverItLacks() {
    for (Right right : Right.values()) {
      var demand = new MethodRights.Demand.Holding(right, true);
      assertEquals(
          SPENT, CallerCheck.refusal(PUBLISHER, demand, NONE, caller -> SPENT, caller -> STEP_UP));
    }
  }
}
