package dev.gatehouse.abuse.response;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.abuse.Alarm;
import dev.gatehouse.abuse.Severity;
import dev.gatehouse.core.CallerId;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

final class HeardAlarmsTest {

  private static final Instant START = Instant.parse("2026-11-22T12:00:00Z");
  private static final long SECOND = Duration.ofSeconds(1).toNanos();

  private final HeardAlarms alarms = new HeardAlarms();

  private boolean hear(String caller, long second) {
    return alarms.hear(
        new Alarm(
            "surge",
            Severity.CRITICAL,
            new CallerId(caller),
            null,
            "at " + second,
            START.plusSeconds(second)),
        second * SECOND);
  }

  private NewFinding takeOnly(long second) {
    List<HeardAlarms.Key> due = alarms.due(second * SECOND);
    assertEquals(1, due.size());
    NewFinding taken = alarms.take(due.getFirst(), second * SECOND);
    assertNotNull(taken);
    return taken;
  }

  @Test
  void hear_againAndAgain_isWrittenAtOnceAndThenEveryTenSeconds() {
    assertTrue(hear("thief", 0));
    assertEquals(1, takeOnly(0).times());
    for (long second = 1; second < 10; second++) {
      assertFalse(hear("thief", second));
      assertEquals(List.of(), alarms.due(second * SECOND));
    }
    NewFinding later = takeOnly(10);
    assertEquals(9, later.times());
    assertEquals("at 1", later.evidence());
    assertEquals(START.plusSeconds(1), later.firstTime());
    assertEquals(START.plusSeconds(9), later.lastTime());
    assertEquals(List.of(), alarms.due(100 * SECOND), "nothing was heard since");
  }

  @Test
  void putBack_whatCouldNotBeWritten_comesAgainWithWhatWasHeardSince() {
    assertTrue(hear("thief", 0));
    HeardAlarms.Key key = alarms.due(0).getFirst();
    NewFinding taken = alarms.take(key, 0);
    assertNotNull(taken);
    assertNull(alarms.take(key, 0));
    assertFalse(hear("thief", 1));
    assertFalse(alarms.failing());
    alarms.putBack(key, taken, SECOND);
    assertTrue(alarms.failing());
    assertEquals(1, alarms.waiting());
    assertEquals(List.of(), alarms.due(5 * SECOND));
    NewFinding again = takeOnly(6);
    assertFalse(alarms.failing());
    assertEquals(0, alarms.waiting());
    assertEquals(2, again.times());
    assertEquals(START, again.firstTime());
    assertEquals(START.plusSeconds(1), again.lastTime());
  }

  @Test
  void hear_moreThanTheBound_dropsTheRestAndCountsIt() {
    for (int i = 0; i < HeardAlarms.ALARMS_MAX; i++) {
      assertTrue(hear("c" + i, 0));
    }
    assertFalse(hear("one-too-many", 0));
    assertEquals(1, alarms.dropped());
    assertEquals(HeardAlarms.ALARMS_MAX, alarms.waiting());
    assertEquals(HeardAlarms.ALARMS_MAX, alarms.due(0).size());
    HeardAlarms.Key written = alarms.due(0).getFirst();
    assertNotNull(alarms.take(written, 0));
    assertTrue(hear("one-too-many", 0), "what is written makes room");
    assertEquals(1, alarms.dropped());
    assertEquals(HeardAlarms.ALARMS_MAX, alarms.waiting());
  }

  @Test
  void forget_whatIsNotHeardForLong_countsOnlyWhatWasNotWritten() {
    assertTrue(hear("written", 0));
    assertEquals("written", takeOnly(0).caller().value());
    assertTrue(hear("kept", 0));
    long end = HeardAlarms.KEPT_MAX.toSeconds();
    alarms.forget(end * SECOND);
    assertEquals(1, alarms.due(end * SECOND).size());
    alarms.forget((end + 1) * SECOND);
    assertEquals(1, alarms.dropped());
    assertEquals(List.of(), alarms.due((end + 1) * SECOND));
    assertTrue(hear("written", end + 2), "it is a new one");
  }
}
