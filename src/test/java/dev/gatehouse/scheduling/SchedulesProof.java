package dev.gatehouse.scheduling;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** The rules of {@link BatchQueueSimulationTest}, over as many schedules as a proof wants. */
final class SchedulesProof {

  private static final int SCHEDULES = Integer.getInteger("schedules", 100_000);
  private static final long FIRST_SEED = 20_261_200L;

  @Test
  void randomSchedules_everyEvent_keepTheRules() {
    Schedules schedules = new Schedules();
    schedules.run(FIRST_SEED, SCHEDULES);
    System.out.printf(
        "%,d schedules, %,d events, %,d comparisons of shares, at most %.2f of the bound%n",
        SCHEDULES, schedules.events, schedules.compared, schedules.closest);
    assertTrue(schedules.events > 100L * SCHEDULES);
  }
}
