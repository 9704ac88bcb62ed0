package dev.gatehouse.abuse.traffic;

import static java.time.DayOfWeek.FRIDAY;
import static java.time.DayOfWeek.MONDAY;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Hours are meant in their zone; those of a night belong to the day on which they begin. */
final class DeclaredHoursTest {

  private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");

  @Test
  void cover_office_isFromInclusiveToExclusiveInItsZone() {
    DeclaredHours office = hours("09:00", "17:00");
    check(office, "2026-03-02T07:59:59Z", false);
    check(office, "2026-03-02T08:00:00Z", true);
    check(office, "2026-03-02T15:59:59Z", true);
    check(office, "2026-03-02T16:00:00Z", false);
    check(office, "2026-03-03T10:00:00Z", false);
  }

  @Test
  void cover_summerTime_followsTheZone() {
    check(hours("09:00", "17:00"), "2026-06-01T07:00:00Z", true);
    check(hours("09:00", "17:00"), "2026-06-01T15:30:00Z", false);
  }

  @Test
  void cover_night_lastsIntoTheNextDay() {
    DeclaredHours night = hours("22:00", "06:00");
    check(night, "2026-03-02T20:59:00Z", false);
    check(night, "2026-03-02T21:00:00Z", true);
    check(night, "2026-03-03T04:59:00Z", true);
    check(night, "2026-03-03T05:00:00Z", false);
    check(night, "2026-03-02T02:00:00Z", false);
    check(night, "2026-03-07T02:00:00Z", true);
  }

  @Test
  void cover_sameTime_isAWholeDay() {
    check(hours("00:00", "00:00"), "2026-03-02T22:59:59Z", true);
    check(hours("00:00", "00:00"), "2026-03-02T23:00:00Z", false);
  }

  @Test
  void constructor_noDay_throws() {
    assertThrows(
        IllegalArgumentException.class,
        () -> new DeclaredHours(BERLIN, Set.of(), LocalTime.MIN, LocalTime.NOON));
  }

  private static DeclaredHours hours(String from, String to) {
    return new DeclaredHours(
        BERLIN, Set.of(MONDAY, FRIDAY), LocalTime.parse(from), LocalTime.parse(to));
  }

  private static void check(DeclaredHours hours, String at, boolean covered) {
    assertEquals(covered, hours.cover(Instant.parse(at)), at);
  }
}
