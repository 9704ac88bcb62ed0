package dev.gatehouse.audit.query;

import dev.gatehouse.audit.entry.Entry;
import dev.gatehouse.audit.entry.EntryCodec;
import dev.gatehouse.audit.entry.EntryFormatException;
import dev.gatehouse.audit.entry.EntryKind;
import dev.gatehouse.audit.entry.Field;
import dev.gatehouse.audit.journal.HashesReader;
import dev.gatehouse.audit.journal.JournalFolder;
import dev.gatehouse.audit.journal.SegmentEnd;
import dev.gatehouse.audit.journal.SegmentHeader;
import dev.gatehouse.audit.journal.SegmentReader;
import dev.gatehouse.audit.journal.SegmentRecord;
import dev.gatehouse.audit.merkle.Hash;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Looks entries up in the segments of one journal. What a living process is just writing is read as
 * far as it is whole. Payload that was deleted is not found.
 */
final class JournalSearch {

  private final JournalFolder journal;
  private final List<JournalFolder.Part> parts;

  JournalSearch(JournalFolder journal) throws IOException {
    this.journal = journal;
    this.parts = journal.parts();
  }

  String id() {
    return journal.id().value();
  }

  /**
   * Goes through the entries from a sequence number on, until the visitor has enough.
   *
   * @return false if a segment is wrong, so that what follows it was not read
   */
  boolean visit(long from, Visitor visitor) throws IOException {
    for (int i = Math.max(partOf(from), 0); i < parts.size(); i++) {
      JournalFolder.Part part = parts.get(i);
      if (part.hashesOnly()) {
        continue;
      }
      try (SegmentReader segment = SegmentReader.open(part.file())) {
        if (!visit(segment, from, visitor)) {
          return true;
        }
        if (segment.end() instanceof SegmentEnd.Wrong) {
          return false;
        }
      } catch (NoSuchFileException deleted) {
        // Its payload was deleted since the folder was read.
      } catch (EntryFormatException e) {
        return false;
      }
    }
    return true;
  }

  private static boolean visit(SegmentReader segment, long from, Visitor visitor)
      throws IOException, EntryFormatException {
    SegmentHeader header = segment.header();
    if (header == null) {
      return true;
    }
    for (SegmentRecord record = segment.next(); record != null; record = segment.next()) {
      if (header.first() + record.index() >= from
          && !visitor.visit(EntryCodec.read(record.entry()), record.entry())) {
        return false;
      }
    }
    return true;
  }

  /** Hears of entries in their order. */
  @FunctionalInterface
  interface Visitor {
    /** Returns whether it wants more. */
    boolean visit(Entry entry, byte[] bytes);
  }

  /** The entry of that number, with how it ended if it is a call to a model. */
  Optional<FoundEntry> get(long sequence) throws IOException {
    List<FoundEntry> found = new ArrayList<>();
    int[] scanned = {0};
    boolean unused =
        visit(
            sequence,
            (entry, bytes) -> {
              if (found.isEmpty()) {
                if (entry.sequence() == sequence) {
                  found.add(new FoundEntry(id(), entry, bytes, ended(entry)));
                }
                return !found.isEmpty() && entry.kind() == EntryKind.INTENT;
              }
              if (entry.kind() == EntryKind.OUTCOME && entry.number(Field.INTENT) == sequence) {
                FoundEntry intent = found.getFirst();
                found.set(0, new FoundEntry(id(), intent.entry(), intent.bytes(), entry));
                return false;
              }
              return ++scanned[0] < RecordReader.SCANNED_MAX;
            });
    return found.stream().findFirst();
  }

  /** What says how an entry ended, where that is known from the entry alone. */
  static @Nullable Entry ended(Entry entry) {
    return entry.kind() == EntryKind.INTENT ? null : entry;
  }

  /**
   * The hashes of the entries of a segment, payload deleted or not.
   *
   * @param header the header of the segment
   * @param leaves the hashes
   */
  record Leaves(SegmentHeader header, List<Hash> leaves) {}

  /** The hashes of the segment that has the entry of that number; empty if none is here. */
  Optional<Leaves> leavesAround(long sequence) throws IOException {
    int at = partOf(sequence);
    if (at < 0) {
      return Optional.empty();
    }
    JournalFolder.Part part = parts.get(at);
    return part.hashesOnly() ? hashes(part) : leaves(part);
  }

  private static Optional<Leaves> leaves(JournalFolder.Part part) throws IOException {
    List<Hash> leaves = new ArrayList<>();
    try (SegmentReader segment = SegmentReader.open(part.file())) {
      for (SegmentRecord record = segment.next(); record != null; record = segment.next()) {
        leaves.add(record.leaf());
      }
      SegmentHeader header = segment.header();
      return header == null ? Optional.empty() : Optional.of(new Leaves(header, leaves));
    }
  }

  private static Optional<Leaves> hashes(JournalFolder.Part part) throws IOException {
    List<Hash> leaves = new ArrayList<>();
    try (HashesReader segment = HashesReader.open(part.file())) {
      for (Hash leaf = segment.next(); leaf != null; leaf = segment.next()) {
        leaves.add(leaf);
      }
      SegmentHeader header = segment.header();
      return header == null ? Optional.empty() : Optional.of(new Leaves(header, leaves));
    }
  }

  /** The place of the last part that begins at that number or before; -1 if there is none. */
  private int partOf(long sequence) throws IOException {
    int low = 0;
    int high = parts.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (first(parts.get(middle)) <= sequence) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low - 1;
  }

  /** A part whose header cannot be read counts as beginning behind everything. */
  private static long first(JournalFolder.Part part) throws IOException {
    SegmentHeader header;
    if (part.hashesOnly()) {
      try (HashesReader hashes = HashesReader.open(part.file())) {
        header = hashes.header();
      }
    } else {
      try (SegmentReader segment = SegmentReader.open(part.file())) {
        header = segment.header();
      } catch (NoSuchFileException deleted) {
        header = null;
      }
    }
    return header == null ? Long.MAX_VALUE : header.first();
  }
}
