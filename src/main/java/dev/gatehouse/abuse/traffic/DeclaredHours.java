package dev.gatehouse.abuse.traffic;

import java.time.DateTimeException;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.EnumSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

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

  private static final Pattern FORM =
      Pattern.compile(
          "(?<first>[A-Z]{3})(-(?<last>[A-Z]{3}))? +(?<from>\\d\\d:\\d\\d)-(?<to>\\d\\d:\\d\\d)"
              + " +(?<zone>\\S+)");

  /** Copies the days. */
  public DeclaredHours {
    days = Set.copyOf(days);
    if (days.isEmpty()) {
      throw new IllegalArgumentException("declared hours have a day");
    }
  }

  /**
   * Reads hours such as {@code MON-FRI 08:00-18:00 Europe/Berlin}: a day or a range of days, from
   * when to when, and the time zone.
   *
   * @throws IllegalArgumentException if they are written otherwise
   */
  public static DeclaredHours parse(String text) {
    Matcher parts = FORM.matcher(text.strip());
    if (!parts.matches()) {
      throw new IllegalArgumentException("hours are written as MON-FRI 08:00-18:00 Europe/Berlin");
    }
    try {
      return new DeclaredHours(
          ZoneId.of(parts.group("zone")),
          days(parts.group("first"), parts.group("last")),
          LocalTime.parse(parts.group("from")),
          LocalTime.parse(parts.group("to")));
    } catch (DateTimeException e) {
      throw new IllegalArgumentException("no such time or zone: " + text, e);
    }
  }

  private static Set<DayOfWeek> days(String first, @Nullable String last) {
    Set<DayOfWeek> days = EnumSet.noneOf(DayOfWeek.class);
    DayOfWeek end = day(last == null ? first : last);
    DayOfWeek day = day(first);
    days.add(day);
    while (day != end) {
      day = day.plus(1);
      days.add(day);
    }
    return days;
  }

  private static DayOfWeek day(String shortName) {
    for (DayOfWeek day : DayOfWeek.values()) {
      if (day.name().startsWith(shortName)) {
        return day;
      }
    }
    throw new IllegalArgumentException("no such day: " + shortName);
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
