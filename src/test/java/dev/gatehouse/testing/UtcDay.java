package dev.gatehouse.testing;

import dev.gatehouse.core.SystemTime;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** The day in UTC, after which quotas of a day begin anew. */
public final class UtcDay {

  /** So much longer than it should take is waited at most. */
  private static final Duration MARGIN = Duration.ofSeconds(5);

  private UtcDay() {}

  /**
   * Returns once no midnight is nearer than {@code room}: at once, save where one is; then soon
   * after it.
   */
  public static void awaitRoom(Duration room) {
    Duration left = left(SystemTime.wall().instant());
    if (left.compareTo(room) < 0) {
      var unused =
          Await.until(
              left.plus(MARGIN), () -> left(SystemTime.wall().instant()).compareTo(room) >= 0);
    }
  }

  /** How long the day still lasts at {@code now}. */
  static Duration left(Instant now) {
    return Duration.between(now, now.truncatedTo(ChronoUnit.DAYS).plus(1, ChronoUnit.DAYS));
  }
}
