package dev.gatehouse.audit.verify;

import dev.gatehouse.audit.entry.Entry;
import dev.gatehouse.audit.entry.EntryCodec;
import dev.gatehouse.audit.entry.EntryFormatException;
import dev.gatehouse.audit.entry.EntryKind;
import dev.gatehouse.audit.merkle.Frontier;
import dev.gatehouse.audit.merkle.Hash;
import dev.gatehouse.audit.merkle.TreeHasher;
import dev.gatehouse.audit.verify.Finding.Kind;
import dev.gatehouse.audit.verify.JournalClaims.Anchor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Checks one segment against its form, its place in the journal and its anchor. It shares no code
 * with what wrote it but the form of entries. For one thread.
 */
final class SegmentCheck {

  private static final int LENGTH_BYTES = 4;

  /**
   * What a segment must be.
   *
   * @param first the number of its first entry, or {@link Place#NONE} if that is not known
   * @param previous the hash that ended the segment before, or null if that is not known
   * @param anchor what was anchored of it, or null if nothing was
   * @param mayBeOpen whether it may lack its end, as the last one of a journal that has not ended
   */
  record Expected(
      String journal,
      long number,
      long first,
      @Nullable Hash previous,
      @Nullable Anchor anchor,
      boolean mayBeOpen) {}

  /**
   * What it is.
   *
   * @param intact whether nothing is wrong with it
   * @param closed whether it has its end
   * @param next the number of the entry that comes behind it, or {@link Place#NONE}
   * @param end the hash that ends it, or null
   * @param entries how many entries of it are right
   */
  record Checked(boolean intact, boolean closed, long next, @Nullable Hash end, long entries) {}

  private final Expected expected;
  private final Findings findings;
  private final Consumer<Entry> sink;
  private final TreeHasher hasher = new TreeHasher();
  private final Frontier tree = new Frontier(hasher);

  /** Tells {@code sink} of every entry up to the first fault. */
  SegmentCheck(Expected expected, Findings findings, Consumer<Entry> sink) {
    this.expected = expected;
    this.findings = findings;
    this.sink = sink;
  }

  /**
   * Checks a file.
   *
   * @throws IOException if it cannot be read
   */
  Checked check(Path file) throws IOException {
    try (SegmentBytes in = new SegmentBytes(file)) {
      if (!in.has(SegmentHead.BYTES)) {
        return cutShort(in, expected.first(), "its header");
      }
      SegmentHead head = SegmentHead.of(in.take(SegmentHead.BYTES));
      return HeadCheck.fits(head, expected, findings) ? records(in, head) : broken();
    }
  }

  private Checked records(SegmentBytes in, SegmentHead head) throws IOException {
    Ordering ordering = new Ordering(head.first());
    Chain chain = new Chain(head.hash());
    while (in.has(LENGTH_BYTES)) {
      int length = in.peekInt();
      if (length == 0) {
        return ordering.intact() ? footer(in, chain, ordering.expected()) : faulty(ordering);
      }
      if (length < 0 || length > EntryCodec.BYTES_MAX) {
        ordering.accept(Ordering.UNREADABLE, "it has a length that no entry has");
        return faulty(ordering);
      }
      if (!in.has(LENGTH_BYTES + length + Hash.BYTES)) {
        return ordering.intact() ? cutShort(in, ordering.expected(), "an entry") : faulty(ordering);
      }
      in.takeInt();
      record(in.take(length), Hash.of(in.take(Hash.BYTES)), chain, ordering);
    }
    if (!ordering.intact()) {
      return faulty(ordering);
    }
    return in.rest() > 0
        ? cutShort(in, ordering.expected(), "an entry")
        : unfinished(ordering.expected());
  }

  private void record(byte[] bytes, Hash stored, Chain chain, Ordering ordering) {
    Hash leaf = hasher.leaf(bytes);
    String problem = chain.add(leaf).equals(stored) ? null : "its bytes do not fit the chain";
    Entry entry = null;
    try {
      entry = EntryCodec.read(bytes);
      if (entry.kind().log() != EntryKind.Log.JOURNAL) {
        problem = "it is of a kind that no journal has";
      }
    } catch (EntryFormatException e) {
      problem = "it " + e.getMessage();
    }
    ordering.accept(entry == null ? Ordering.UNREADABLE : entry.sequence(), problem);
    if (entry != null && ordering.intact()) {
      tree.append(leaf);
      sink.accept(entry);
    }
  }

  private Checked footer(SegmentBytes in, Chain chain, long next) throws IOException {
    if (!in.has(SegmentFoot.BYTES)) {
      return cutShort(in, next, "its footer");
    }
    SegmentFoot foot = SegmentFoot.of(in.take(SegmentFoot.BYTES));
    String problem = foot.problem(chain, tree.size(), tree.root());
    if (problem == null && in.has(1)) {
      problem = "something follows its footer";
    }
    if (problem == null) {
      problem = difference(expected.anchor(), next - tree.size(), foot);
    }
    if (problem != null) {
      return fault(Kind.SEGMENT_CHANGED, Place.NONE, problem);
    }
    return new Checked(true, true, next, foot.hash(), tree.size());
  }

  /** How a segment that is whole in itself differs from what was anchored, or null. */
  static @Nullable String difference(@Nullable Anchor anchor, long first, SegmentFoot foot) {
    if (anchor == null) {
      return null;
    }
    String by = ", says entry " + anchor.sequence() + " of the control log, which anchored it";
    if (anchor.count() != foot.count()) {
      return "it has " + foot.count() + " entries and had " + anchor.count() + by;
    }
    if (anchor.first() != first || !anchor.root().equals(foot.root())) {
      return "it is whole in itself, but its entries are not those that it had" + by;
    }
    return anchor.chain().equals(foot.hash()) && anchor.torn() == foot.torn()
        ? null
        : "its entries are those that it had, but its header or footer is not" + by;
  }

  /** The file ends behind a whole entry, without a footer. */
  private Checked unfinished(long next) {
    Anchor anchor = expected.anchor();
    if (anchor != null || !expected.mayBeOpen()) {
      return fault(Kind.SEGMENT_TRUNCATED, next, lacking(next));
    }
    findings.note(
        place(Place.NONE) + ": it is being written, or its process died; it is right so far");
    return new Checked(true, false, next, null, tree.size());
  }

  /** The file ends within something. */
  private Checked cutShort(SegmentBytes in, long next, String within) {
    if (expected.anchor() != null || !expected.mayBeOpen()) {
      return fault(
          Kind.SEGMENT_TRUNCATED, next, "the file ends within " + within + ": " + lacking(next));
    }
    findings.note(
        "%s: its last %d bytes are a part of %s, which is being written or was when its process died"
            .formatted(place(Place.NONE), in.rest(), within));
    return new Checked(true, false, next, null, tree.size());
  }

  private String lacking(long next) {
    Anchor anchor = expected.anchor();
    if (anchor == null) {
      return "it and what came behind it in the segment is missing";
    }
    long end = anchor.first() + anchor.count();
    return next >= end
        ? "the end of the segment is missing"
        : "it and " + (end - next - 1) + " entries behind it are missing";
  }

  private Checked faulty(Ordering ordering) {
    Ordering.Fault fault = ordering.fault();
    return fault == null ? broken() : fault(fault.kind(), fault.entry(), fault.text());
  }

  private Checked fault(Kind kind, long entry, String text) {
    findings.add(kind, place(entry), text);
    return broken();
  }

  private Checked broken() {
    return new Checked(false, false, Place.NONE, null, tree.size());
  }

  private Place place(long entry) {
    return Place.journal(expected.journal(), expected.number(), entry);
  }
}
