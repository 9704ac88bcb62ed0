package dev.gatehouse.audit.verify;

import dev.gatehouse.audit.verify.Finding.Kind;
import dev.gatehouse.audit.verify.JournalClaims.Anchor;
import org.jspecify.annotations.Nullable;

/** Gathers segments that follow each other and are not there into one finding. */
final class MissingSegments {

  private final String journal;
  private final Findings findings;
  private long segment = Place.NONE;
  private long entry = Place.NONE;
  private long segments;
  private long entries;

  MissingSegments(String journal, Findings findings) {
    this.journal = journal;
    this.findings = findings;
  }

  /** One is missing, of which this was anchored. */
  void add(long number, @Nullable Anchor anchor) {
    if (segments == 0) {
      segment = number;
      entry = anchor == null ? Place.NONE : anchor.first();
    }
    segments++;
    entries += anchor == null ? 0 : anchor.count();
  }

  /** Some are missing of which nothing was anchored, before one that is there. */
  void unanchored(long number, long count, long first) {
    flush();
    findings.add(
        Kind.SEGMENT_MISSING,
        Place.journal(journal, number, first),
        count == 1
            ? "the segment is missing"
            : "the segment and " + (count - 1) + " behind it are missing");
  }

  /** What follows is there. */
  void flush() {
    if (segments > 0) {
      findings.add(
          Kind.SEGMENT_MISSING,
          Place.journal(journal, segment, entry),
          "%d segments with %d entries are missing, from this one on".formatted(segments, entries));
    }
    segments = 0;
    entries = 0;
  }
}
