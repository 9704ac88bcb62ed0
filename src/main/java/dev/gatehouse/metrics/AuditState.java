package dev.gatehouse.metrics;

import java.time.Duration;

/** The record of uses as the metrics see it; asked at every scrape, so it answers at once. */
public interface AuditState {

  /** The places taken in its backlog. */
  int backlog();

  /** The entries that were not kept since it was opened; it only grows. */
  long dropped();

  /** The commits that failed since it was opened; it only grows. */
  long commitFailures();

  /** How old the oldest entry is that no anchor in the control log covers. */
  Duration anchorLag();

  /** The segments that are closed and not anchored yet. */
  int unanchoredSegments();

  /** The journals of dead processes that are not as they were written, and are left as they are. */
  int damagedJournals();

  /** Whether uses can be recorded. */
  boolean available();
}
