package dev.gatehouse.audit.verify;

import dev.gatehouse.audit.Progress;
import dev.gatehouse.audit.merkle.Hash;
import dev.gatehouse.audit.verify.Finding.Kind;
import dev.gatehouse.audit.verify.JournalClaims.Anchor;
import dev.gatehouse.audit.verify.JournalClaims.Closed;
import dev.gatehouse.audit.verify.SegmentCheck.Checked;
import dev.gatehouse.audit.verify.SegmentCheck.Expected;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Checks one journal: every segment that was anchored, and those that are not yet. */
final class JournalCheck {

  private static final Hash ZERO = Hash.of(new byte[Hash.BYTES]);

  private final JournalClaims claims;
  private final Path folder;
  private final Findings findings;
  private final Progress progress;
  private final OpenIntents intents;
  private final MissingSegments missing;

  /** What is to come, as far as it is known. */
  private long number;

  private long first;
  private @Nullable Hash previous = ZERO;

  private long unanchoredSegments;
  private long unanchoredEntries;

  JournalCheck(JournalClaims claims, Path folder, Findings findings, Progress progress) {
    this.claims = claims;
    this.folder = folder;
    this.findings = findings;
    this.progress = progress;
    this.intents = new OpenIntents(claims.id(), findings);
    this.missing = new MissingSegments(claims.id(), findings);
  }

  /**
   * Checks it.
   *
   * @throws IOException if a file cannot be read
   */
  void check() throws IOException {
    JournalFiles.Contents contents = JournalFiles.contents(folder);
    for (String name : contents.strange()) {
      findings.add(
          Kind.FILE_UNKNOWN,
          Place.journal(claims.id(), Place.NONE, Place.NONE),
          "no " + Printable.of(name) + " belongs here");
    }
    TreeSet<Long> numbers = new TreeSet<>(claims.anchors().keySet());
    numbers.addAll(contents.segments());
    for (long segment : numbers) {
      if (segment > number) {
        missing.unanchored(number, segment - number, first);
        unknown();
        number = segment;
      }
      segment(segment, segment == numbers.last());
      number = segment + 1;
    }
    missing.flush();
    end();
  }

  private void segment(long segment, boolean last) throws IOException {
    Anchor anchor = claims.anchors().get(segment);
    boolean mayBeOpen = last && claims.closed() == null;
    Expected expected =
        new Expected(
            claims.id(),
            segment,
            anchor == null ? first : anchor.first(),
            previous,
            anchor,
            mayBeOpen);
    Checked checked = checked(expected);
    if (checked == null) {
      missing.add(segment, anchor);
      intents.skip();
    } else {
      missing.flush();
      findings.count("segments", 1);
    }
    if (checked != null && anchor == null) {
      unanchored(segment, checked);
    }
    follow(anchor, checked);
  }

  /** What comes next: behind what was anchored, or else behind what is there. */
  private void follow(@Nullable Anchor anchor, @Nullable Checked checked) {
    if (checked == null || !checked.intact()) {
      intents.skip();
    }
    if (anchor != null) {
      first = anchor.first() + anchor.count();
      previous = anchor.chain();
    } else if (checked != null && checked.intact()) {
      first = checked.next();
      previous = checked.end();
    } else {
      unknown();
    }
  }

  private void unknown() {
    first = Place.NONE;
    previous = null;
    intents.skip();
  }

  /** What is there of a segment; null if that is nothing. */
  private @Nullable Checked checked(Expected expected) throws IOException {
    Path file = JournalFiles.segment(folder, expected.number());
    Checked whole = null;
    if (file != null) {
      try {
        whole = whole(expected, file);
      } catch (NoSuchFileException e) {
        // Its payload was deleted this moment: the hashes are there.
      }
    }
    Path hashes = JournalFiles.hashes(folder, expected.number());
    if (hashes == null) {
      return whole;
    }
    Checked left = new HashesCheck(expected, findings).check(hashes);
    if (whole == null) {
      intents.skip();
      findings.count("entries of which only hashes are left", left.entries());
      progress.advanced("journals", left.entries());
      return left;
    }
    return left.intact() ? whole : left;
  }

  private Checked whole(Expected expected, Path file) throws IOException {
    Checked checked =
        new SegmentCheck(
                expected,
                findings,
                entry -> {
                  intents.accept(entry, expected.number());
                  progress.advanced("journals", 1);
                })
            .check(file);
    findings.count("journal entries", checked.entries());
    return checked;
  }

  private void unanchored(long segment, Checked checked) {
    boolean later = claims.anchors().higherKey(segment) != null;
    if (claims.closed() != null || later) {
      findings.add(
          Kind.SEGMENT_UNANCHORED,
          Place.journal(claims.id(), segment, Place.NONE),
          later
              ? "it was never anchored, and one behind it was"
              : "it comes behind the end of the journal");
    } else if (checked.intact()) {
      unanchoredSegments++;
      unanchoredEntries += checked.entries();
    }
  }

  private void end() {
    Closed closed = claims.closed();
    if (unanchoredSegments > 0) {
      findings.note(
          "journal %s: the last %d entries (%d segments) are not anchored yet: that they are linked shows, not that none was cut off"
              .formatted(claims.id(), unanchoredEntries, unanchoredSegments));
    }
    if (intents.open().isEmpty()) {
      return;
    }
    if (closed != null && closed.orderly() && intents.complete()) {
      findings.add(
          Kind.OUTCOME_MISSING,
          Place.journal(claims.id(), Place.NONE, intents.open().iterator().next()),
          "the journal ended in order, and how this call ended is not there; so for "
              + intents.open().size());
    } else {
      findings.note(
          "journal %s: how %d calls ended is not known: %s"
              .formatted(
                  claims.id(),
                  intents.open().size(),
                  closed == null ? "they run, or their process died" : "their process died"));
    }
  }
}
