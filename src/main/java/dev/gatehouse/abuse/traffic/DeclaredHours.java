package dev.gatehouse.abuse.traffic;

import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.Set;

/**
 * The hours in which a caller said it works.
 *
 * @param zone the time zone in which they are meant, changes of summer time included
 * @param days the days on which they begin, at least one
 * @param from when they begin
 * @param to when they end, exclusive; not after {@code from} means on the next day, and the same
 *     time means a whole day
 */
public record DeclaredHours(ZoneId zone, Set<DayOfWeek> days, LocalTime from, LocalTime to) {

  /** Copies the days. */
  public DeclaredHours {
    days = Set.copyOf(days);
    if (days.isEmpty()) {
      throw new IllegalArgumentException("declared hours have a day");
    }
  }

  /** Whether {@code at} is within them. */
  public boolean cover(Instant at) {
    ZonedDateTime local = at.atZone(zone);
    LocalTime time = local.toLocalTime();
    DayOfWeek today = local.getDayOfWeek();
    if (from.isBefore(to)) {
      return days.contains(today) && !time.isBefore(from) && time.isBefore(to);
    }
    return !time.isBefore(from)
        ? days.contains(today)
        : time.isBefore(to) && days.contains(today.minus(1));
  }
}
