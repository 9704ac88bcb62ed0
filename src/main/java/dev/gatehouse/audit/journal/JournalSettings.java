package dev.gatehouse.audit.journal;

import java.nio.file.Path;
import java.time.Duration;

/**
 * Where the journal is kept, how often it is committed, and what it does when it cannot be.
 *
 * @param folder the folder of the journals; created for its owner alone if it is missing
 * @param backlogMax the most places of open uses and entries that are not on disk yet, together; a
 *     use takes two; from {@link #BACKLOG_MIN} to {@link #BACKLOG_LIMIT}
 * @param commitInterval how long an entry may lie in memory before a commit begins that covers it;
 *     from {@link #COMMIT_INTERVAL_MIN} to {@link #COMMIT_INTERVAL_LIMIT}
 * @param commitStallMax how long the disk may take for a commit before it counts as failing;
 *     positive
 * @param segmentBytesMax the size at which a segment is closed; it may be exceeded by one commit;
 *     from {@link #SEGMENT_BYTES_MIN}
 * @param segmentAgeMax how long after its first entry a segment is closed; positive
 * @param anchorLagMax how old an entry may become that no anchor covers, before uses are refused;
 *     longer than {@code segmentAgeMax}
 * @param retention how long the payload of a segment is kept after it was closed; positive
 * @param retryDelayMax the longest pause between two attempts after a failure; positive
 * @param closeWaitMax how long closing waits for open uses and a failing disk, and then again for
 *     the control log; not negative
 */
public record JournalSettings(
    Path folder,
    int backlogMax,
    Duration commitInterval,
    Duration commitStallMax,
    long segmentBytesMax,
    Duration segmentAgeMax,
    Duration anchorLagMax,
    Duration retention,
    Duration retryDelayMax,
    Duration closeWaitMax) {

  /** The smallest backlog that leaves room for both kinds of entries. */
  public static final int BACKLOG_MIN = 16;

  /** The largest backlog: about a gigabyte of entries at their longest. */
  public static final int BACKLOG_LIMIT = 1 << 20;

  /** The shortest time that an entry may lie. */
  public static final Duration COMMIT_INTERVAL_MIN = Duration.ofMillis(1);

  /** The longest time that an entry may lie. */
  public static final Duration COMMIT_INTERVAL_LIMIT = Duration.ofMillis(100);

  /** The smallest size at which a segment is closed. */
  public static final long SEGMENT_BYTES_MIN = 4 * 1024;

  /**
   * Checks the bounds.
   *
   * @throws IllegalArgumentException if a value is outside its bounds
   */
  public JournalSettings {
    require(
        backlogMax >= BACKLOG_MIN && backlogMax <= BACKLOG_LIMIT,
        "backlogMax must be from " + BACKLOG_MIN + " to " + BACKLOG_LIMIT);
    require(
        commitInterval.compareTo(COMMIT_INTERVAL_MIN) >= 0
            && commitInterval.compareTo(COMMIT_INTERVAL_LIMIT) <= 0,
        "commitInterval must be from 1 to " + COMMIT_INTERVAL_LIMIT.toMillis() + " ms");
    require(commitStallMax.isPositive(), "commitStallMax must be positive");
    require(
        segmentBytesMax >= SEGMENT_BYTES_MIN,
        "segmentBytesMax must be at least " + SEGMENT_BYTES_MIN);
    require(segmentAgeMax.isPositive(), "segmentAgeMax must be positive");
    require(anchorLagMax.compareTo(segmentAgeMax) > 0, "anchorLagMax must exceed segmentAgeMax");
    require(retention.isPositive(), "retention must be positive");
    require(retryDelayMax.isPositive(), "retryDelayMax must be positive");
    require(!closeWaitMax.isNegative(), "closeWaitMax must not be negative");
  }

  /** The most places that calls may fill which need not be recorded. */
  int offeredMax() {
    return backlogMax - backlogMax / 4;
  }

  private static void require(boolean condition, String message) {
    if (!condition) {
      throw new IllegalArgumentException(message);
    }
  }
}
