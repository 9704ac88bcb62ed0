package dev.gatehouse.abuse.traffic;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** What is done once a day is known from the third day; what is done once is not. */
final class DailyPeaksTest {

  private static final int DAY = Windows.DAY_PLACES;

  private final DailyPeaks peaks = new DailyPeaks();

  @Test
  void known_ofABatchEachNight_isItFromTheThirdDay() {
    for (long day = 0; day < 3; day++) {
      assertEquals(day < 2 ? 0 : 100, peaks.known(day * DAY), "day " + day);
      peaks.see(10, day * DAY + 5);
      peaks.see(100, day * DAY + 6);
      peaks.see(20, day * DAY + 7);
    }
    peaks.see(900, 2 * DAY + 8);
    assertEquals(100, peaks.known(3 * DAY), "one day excuses nothing");
  }

  @Test
  void known_ofOneAttackAroundMidnight_isNothing() {
    peaks.see(1, 5);
    peaks.see(1_000, DAY - 1);
    peaks.see(1_000, DAY);
    peaks.see(1, DAY + 80);
    assertEquals(0, peaks.known(2 * DAY));
    peaks.see(900, 2 * DAY + 1);
    assertEquals(900, peaks.known(3 * DAY), "again a day later");
  }

  @Test
  void known_afterAWeek_isForgotten() {
    peaks.see(100, 5);
    peaks.see(100, DAY + 5);
    assertEquals(100, peaks.known(7 * DAY));
    assertEquals(0, peaks.known(8 * DAY));
  }
}
