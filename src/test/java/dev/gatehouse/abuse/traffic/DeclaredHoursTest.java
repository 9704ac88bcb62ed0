package dev.gatehouse.abuse.traffic;

import static java.time.DayOfWeek.FRIDAY;
import static java.time.DayOfWeek.MONDAY;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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

  @Test
  void parse_ofDaysHoursAndZone_isWhatTheySay() {
    DeclaredHours office = DeclaredHours.parse(" MON-FRI  08:00-18:00 Europe/Berlin");
    assertTrue(office.cover(Instant.parse("2026-11-20T07:00:00Z")), "Friday, eight in Berlin");
    assertFalse(office.cover(Instant.parse("2026-11-20T06:59:59Z")));
    assertFalse(office.cover(Instant.parse("2026-11-21T09:00:00Z")), "Saturday");
    DeclaredHours weekend = DeclaredHours.parse("SAT-MON 22:00-06:00 UTC");
    assertTrue(weekend.cover(Instant.parse("2026-11-24T05:00:00Z")), "of Monday's night");
    assertFalse(weekend.cover(Instant.parse("2026-11-24T23:00:00Z")), "Tuesday");
    assertTrue(
        DeclaredHours.parse("SUN 00:00-00:00 UTC").cover(Instant.parse("2026-11-22T12:00:00Z")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "MON 8:00-18:00 UTC",
        "MON-FRI 08:00-25:00 UTC",
        "MON-FRI 08:00-18:00 Moon/Sea",
        "DAY 08:00-18:00 UTC",
        "MON-FRI 08:00-18:00"
      })
  void parse_ofAnythingElse_isRefused(String text) {
    assertThrows(IllegalArgumentException.class, () -> DeclaredHours.parse(text));
  }
}
