package dev.gatehouse.audit;

import java.nio.file.Path;
import java.time.Duration;

/**
 * Where the record is kept and how much may wait to be written.
 *
 * @param file the file appended to; created, with its folder, for its owner alone
 * @param backlogMax the most places reserved and entries not yet written, together; from {@link
 *     #BACKLOG_MIN} to {@link #BACKLOG_LIMIT}
 * @param flushDelayMax how long entries may gather before they are written; not negative
 * @param retryDelayMax the longest pause between two attempts after a failed write; positive
 * @param closeWaitMax how long closing waits for open reservations and for a failing disk; not
 *     negative
 */
public record AuditSettings(
    Path file,
    int backlogMax,
    Duration flushDelayMax,
    Duration retryDelayMax,
    Duration closeWaitMax) {

  /** The smallest backlog that leaves room for both kinds of entries. */
  public static final int BACKLOG_MIN = 16;

  /** The largest backlog: about a gigabyte of entries at their longest. */
  public static final int BACKLOG_LIMIT = 1 << 20;

  /**
   * Checks the bounds.
   *
   * @throws IllegalArgumentException if a value is outside its bounds
   */
  public AuditSettings {
    require(
        backlogMax >= BACKLOG_MIN && backlogMax <= BACKLOG_LIMIT,
        "backlogMax must be from " + BACKLOG_MIN + " to " + BACKLOG_LIMIT);
    require(!flushDelayMax.isNegative(), "flushDelayMax must not be negative");
    require(retryDelayMax.isPositive(), "retryDelayMax must be positive");
    require(!closeWaitMax.isNegative(), "closeWaitMax must not be negative");
  }

  /** The defaults: a backlog of 65,536, flushed after 5 ms, retried each second, closed in 5 s. */
  public static AuditSettings of(Path file) {
    return new AuditSettings(
        file, 65_536, Duration.ofMillis(5), Duration.ofSeconds(1), Duration.ofSeconds(5));
  }

  /** The most places that best-effort entries may fill, so that they never crowd out the others. */
  int offeredMax() {
    return backlogMax - backlogMax / 4;
  }

  private static void require(boolean condition, String message) {
    if (!condition) {
      throw new IllegalArgumentException(message);
    }
  }
}
