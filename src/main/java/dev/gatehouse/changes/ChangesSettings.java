package dev.gatehouse.changes;

import java.time.Duration;

/**
 * What the room is told by the configuration.
 *
 * @param url the JDBC URL of the PostgreSQL database
 * @param user the user of the database
 * @param password that user's password; empty if none is sent
 * @param pollInterval how often the counters are read without a notification, {@link
 *     #POLL_INTERVAL_MIN} to {@link #POLL_INTERVAL_MAX}
 */
public record ChangesSettings(String url, String user, String password, Duration pollInterval) {

  /** The shortest time between two polls. */
  public static final Duration POLL_INTERVAL_MIN = Duration.ofMillis(100);

  /** The longest time between two polls. */
  public static final Duration POLL_INTERVAL_MAX = Duration.ofMinutes(1);

  /** The default of {@link #pollInterval}. */
  public static final Duration POLL_INTERVAL_DEFAULT = Duration.ofSeconds(1);

  /**
   * Checks the bounds.
   *
   * @throws IllegalArgumentException if the interval is out of its range
   */
  public ChangesSettings {
    if (pollInterval.compareTo(POLL_INTERVAL_MIN) < 0
        || pollInterval.compareTo(POLL_INTERVAL_MAX) > 0) {
      throw new IllegalArgumentException(
          "the poll interval is " + POLL_INTERVAL_MIN + " to " + POLL_INTERVAL_MAX);
    }
  }

  /** Without the password. */
  @Override
  public String toString() {
    return "ChangesSettings[pollInterval=" + pollInterval + "]";
  }
}
