package dev.gatehouse.metrics;

import java.time.Duration;

/** A record that stays as it is. */
record FixedAudit(
    int backlog,
    long dropped,
    long commitFailures,
    Duration anchorLag,
    int unanchoredSegments,
    int damagedJournals,
    boolean available)
    implements AuditState {

  /** Numbers counted up from {@code first}. */
  static FixedAudit of(int first) {
    return new FixedAudit(
        first, first + 1, first + 2, Duration.ofSeconds(first + 3), first + 4, first + 5, true);
  }
}
