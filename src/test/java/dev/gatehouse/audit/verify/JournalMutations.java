package dev.gatehouse.audit.verify;

import dev.gatehouse.audit.entry.Entry;
import dev.gatehouse.audit.entry.EntryCodec;
import dev.gatehouse.audit.entry.EntryKind;
import dev.gatehouse.audit.entry.Field;
import dev.gatehouse.audit.merkle.Hash;
import dev.gatehouse.audit.verify.Finding.Kind;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** What somebody with access to the disk of a replica might do to its journals. */
enum JournalMutations implements Mutation {
  BYTE_CHANGED {
    @Override
    public @Nullable Expected apply(WrittenRecord record, SplittableRandom random) {
      Target target = Target.any(record, random);
      byte[] bytes = record.bytes(target.file()).clone();
      int at = random.nextInt(bytes.length);
      if (target.isOpen() && target.isLength(at)) {
        return null; // A longer last entry of a segment that is being written looks torn.
      }
      bytes[at] ^= (byte) (1 << random.nextInt(8));
      record.files.put(target.file(), bytes);
      return target.atByte(at);
    }
  },
  ENTRY_DROPPED {
    @Override
    public Expected apply(WrittenRecord record, SplittableRandom random) {
      Target target = Target.any(record, random);
      int at = random.nextInt(target.size() - 1);
      List<SegmentFile.Linked> linked = target.linked();
      linked.remove(at);
      record.files.put(target.file(), target.bytes(linked));
      return target.expect(at, Kind.ENTRY_MISSING);
    }
  },
  LAST_ENTRY_DROPPED {
    @Override
    public Expected apply(WrittenRecord record, SplittableRandom random) {
      Target target = Target.anchored(record, random);
      List<SegmentFile.Linked> linked = target.linked();
      linked.removeLast();
      record.files.put(target.file(), target.bytes(linked));
      return target.expect(Expected.ANY, Kind.SEGMENT_CHANGED);
    }
  },
  ENTRIES_SWAPPED {
    @Override
    public Expected apply(WrittenRecord record, SplittableRandom random) {
      Target target = Target.any(record, random);
      int one = random.nextInt(target.size() - 1);
      int other = random.nextInt(one + 1, target.size());
      List<SegmentFile.Linked> linked = target.linked();
      Collections.swap(linked, one, other);
      record.files.put(target.file(), target.bytes(linked));
      return target.expect(one, Kind.ENTRY_MOVED);
    }
  },
  ENTRY_DUPLICATED {
    @Override
    public Expected apply(WrittenRecord record, SplittableRandom random) {
      Target target = Target.any(record, random);
      int at = random.nextInt(target.size());
      List<SegmentFile.Linked> linked = target.linked();
      linked.add(at + 1, linked.get(at));
      record.files.put(target.file(), target.bytes(linked));
      return target.expect(at + 1, Kind.ENTRY_DUPLICATED);
    }
  },
  ENTRY_INSERTED {
    @Override
    public Expected apply(WrittenRecord record, SplittableRandom random) {
      Target target = Target.any(record, random);
      int at = random.nextInt(target.size());
      List<SegmentFile.Linked> linked = target.linked();
      linked.add(at, new SegmentFile.Linked(forged(target.first() + at), SegmentFile.ZERO));
      record.files.put(target.file(), target.bytes(linked));
      return target.expect(at, Kind.ENTRY_INSERTED);
    }
  },
  ENTRY_CHANGED_AND_HASHES_MADE_ANEW {
    @Override
    public Expected apply(WrittenRecord record, SplittableRandom random) {
      Target target = Target.anchored(record, random);
      List<byte[]> entries = target.entries();
      int at = random.nextInt(entries.size());
      entries.set(at, forged(target.first() + at));
      record.files.put(target.file(), target.anew(entries));
      return target.expect(Expected.ANY, Kind.SEGMENT_CHANGED, Kind.ENTRY_INCONSISTENT);
    }
  },
  ENTRY_DROPPED_AND_ALL_MADE_ANEW {
    @Override
    public Expected apply(WrittenRecord record, SplittableRandom random) {
      Target target = Target.anchored(record, random);
      List<byte[]> entries = target.entries();
      entries.remove(random.nextInt(entries.size()));
      record.files.put(target.file(), target.anew(renumbered(entries, target.first())));
      return target.expect(Expected.ANY, Kind.SEGMENT_CHANGED, Kind.ENTRY_INCONSISTENT);
    }
  },
  ENTRY_INSERTED_AND_ALL_MADE_ANEW {
    @Override
    public Expected apply(WrittenRecord record, SplittableRandom random) {
      Target target = Target.anchored(record, random);
      List<byte[]> entries = target.entries();
      entries.add(random.nextInt(entries.size() + 1), forged(0));
      record.files.put(target.file(), target.anew(renumbered(entries, target.first())));
      return target.expect(Expected.ANY, Kind.SEGMENT_CHANGED, Kind.ENTRY_INCONSISTENT);
    }
  },
  CUT_OFF_AT_THE_END {
    @Override
    public Expected apply(WrittenRecord record, SplittableRandom random) {
      Target target = Target.anchored(record, random);
      byte[] bytes = record.bytes(target.file());
      int length = random.nextInt(bytes.length);
      record.files.put(target.file(), Arrays.copyOf(bytes, length));
      return target.expect(target.recordAt(length), Kind.SEGMENT_TRUNCATED);
    }
  },
  CUT_OFF_AT_THE_BEGINNING {
    @Override
    public Expected apply(WrittenRecord record, SplittableRandom random) {
      Target target = Target.anchored(record, random);
      byte[] bytes = record.bytes(target.file());
      int from = random.nextInt(1, bytes.length);
      record.files.put(target.file(), Arrays.copyOfRange(bytes, from, bytes.length));
      return target.expect(
          Expected.ANY, Kind.SEGMENT_CHANGED, Kind.SEGMENT_TRUNCATED, Kind.SEGMENT_FOREIGN);
    }
  },
  BYTES_APPENDED {
    @Override
    public Expected apply(WrittenRecord record, SplittableRandom random) {
      Target target = Target.anchored(record, random);
      byte[] bytes = record.bytes(target.file());
      record.files.put(target.file(), Arrays.copyOf(bytes, bytes.length + random.nextInt(1, 200)));
      return target.expect(Expected.ANY, Kind.SEGMENT_CHANGED);
    }
  },
  SEGMENTS_REMOVED {
    @Override
    public Expected apply(WrittenRecord record, SplittableRandom random) {
      Target target = Target.anchored(record, random);
      record.files.remove(target.file());
      return target.expect(0, Kind.SEGMENT_MISSING);
    }
  },
  SEGMENT_REPLAYED {
    @Override
    public Expected apply(WrittenRecord record, SplittableRandom random) {
      Target target = Target.any(record, random);
      int count = record.segmentsOf(target.journal()).size();
      int other = (target.number() + random.nextInt(1, count)) % count;
      record.files.put(target.file(), record.bytes(WrittenRecord.file(target.journal(), other)));
      return target.expect(0, Kind.SEGMENT_REPLAYED);
    }
  },
  SEGMENTS_OF_TWO_REPLICAS_SWAPPED {
    @Override
    public Expected apply(WrittenRecord record, SplittableRandom random) {
      Target target = Target.of(record, WrittenRecord.FIRST, random.nextInt(3));
      Target other = Target.of(record, WrittenRecord.SECOND, target.number());
      byte[] bytes = record.bytes(target.file());
      record.files.put(target.file(), record.bytes(other.file()));
      record.files.put(other.file(), bytes);
      return target
          .expect(0, Kind.SEGMENT_FOREIGN)
          .and(Place.journal(WrittenRecord.SECOND, 0, 0).log());
    }
  },
  JOURNAL_REMOVED {
    @Override
    public Expected apply(WrittenRecord record, SplittableRandom random) {
      Target target = Target.any(record, random);
      record.files.keySet().removeIf(file -> file.startsWith(target.journal()));
      return new Expected(
          Set.of(Kind.JOURNAL_MISSING), "journal " + target.journal(), Expected.ANY, 0);
    }
  },
  JOURNAL_ADDED {
    @Override
    public Expected apply(WrittenRecord record, SplittableRandom random) {
      String id = "55".repeat(16);
      SegmentFile segment = new SegmentFile(id, 0, 0, SegmentFile.ZERO);
      segment.add(forged(0));
      record.files.put(WrittenRecord.file(id, 0), segment.bytes());
      return new Expected(
          Set.of(Kind.JOURNAL_UNKNOWN), "journal " + id, Expected.ANY, Expected.ANY);
    }
  },
  FILE_ADDED {
    @Override
    public Expected apply(WrittenRecord record, SplittableRandom random) {
      Target target = Target.any(record, random);
      record.files.put(target.journal() + "/0000000" + random.nextInt(10) + ".old", new byte[9]);
      return new Expected(
          Set.of(Kind.FILE_UNKNOWN), "journal " + target.journal(), Expected.ANY, Expected.ANY);
    }
  },
  FILE_ADDED_BESIDE_JOURNALS {
    @Override
    public Expected apply(WrittenRecord record, SplittableRandom random) {
      record.files.put(random.nextBoolean() ? "notes.txt" : "old/00000000.segment", new byte[9]);
      return new Expected(Set.of(Kind.FILE_UNKNOWN), Set.of(), "", Expected.ANY, Expected.ANY);
    }
  },
  SEGMENT_ADDED_BEHIND_THE_END {
    @Override
    public Expected apply(WrittenRecord record, SplittableRandom random) {
      List<SegmentFile> segments = record.segmentsOf(WrittenRecord.FIRST);
      byte[] footer = segments.getLast().footer;
      Hash end = Hash.of(Arrays.copyOfRange(footer, footer.length - Hash.BYTES, footer.length));
      SegmentFile added =
          new SegmentFile(WrittenRecord.FIRST, segments.size(), segments.size() * 12L, end);
      added.add(forged(segments.size() * 12L));
      added.close();
      record.files.put(WrittenRecord.file(WrittenRecord.FIRST, segments.size()), added.bytes());
      return new Expected(
          Set.of(Kind.SEGMENT_UNANCHORED),
          "journal " + WrittenRecord.FIRST,
          segments.size(),
          Expected.ANY);
    }
  },
  HASHES_CHANGED {
    @Override
    public Expected apply(WrittenRecord record, SplittableRandom random) {
      Target target = Target.anchored(record, random);
      byte[] bytes = target.segment().hashes();
      // In its magic, header, count, hashes, the zeros of the footer or the rest of that.
      int[] parts = {0, 8, 120, 128, bytes.length - 85, bytes.length - 81, bytes.length};
      int part = random.nextInt(parts.length - 1);
      bytes[random.nextInt(parts[part], parts[part + 1])] ^= (byte) (1 << random.nextInt(8));
      record.files.remove(target.file());
      record.files.put(target.file().replace(".segment", ".hashes"), bytes);
      return target.expect(Expected.ANY, Kind.SEGMENT_CHANGED);
    }
  },
  BYTES_APPENDED_TO_HASHES {
    @Override
    public Expected apply(WrittenRecord record, SplittableRandom random) {
      Target target = Target.anchored(record, random);
      byte[] bytes = target.segment().hashes();
      record.files.remove(target.file());
      record.files.put(
          target.file().replace(".segment", ".hashes"),
          Arrays.copyOf(bytes, bytes.length + random.nextInt(1, 200)));
      return target.expect(Expected.ANY, Kind.SEGMENT_CHANGED);
    }
  },
  HASHES_CHANGED_BESIDE_THE_SEGMENT {
    @Override
    public Expected apply(WrittenRecord record, SplittableRandom random) {
      Target target = Target.anchored(record, random);
      byte[] bytes = target.segment().hashes();
      bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
      record.files.put(target.file().replace(".segment", ".hashes"), bytes);
      return target.expect(Expected.ANY, Kind.SEGMENT_CHANGED);
    }
  },
  HASHES_OF_OTHER_ENTRIES {
    @Override
    public Expected apply(WrittenRecord record, SplittableRandom random) {
      Target target = Target.anchored(record, random);
      List<byte[]> entries = target.entries();
      int at = random.nextInt(entries.size());
      entries.set(at, forged(target.first() + at));
      SegmentFile other = target.made(entries);
      record.files.remove(target.file());
      record.files.put(target.file().replace(".segment", ".hashes"), other.hashes());
      return target.expect(Expected.ANY, Kind.SEGMENT_CHANGED);
    }
  };

  /** A well-formed entry that nobody wrote. */
  static byte[] forged(long sequence) {
    return EntryCodec.write(
        new Entry(
            EntryKind.CALL,
            sequence,
            java.time.Instant.ofEpochSecond(1_700_000_000L),
            Map.of(
                Field.ACTION,
                "nothing/Happened",
                Field.OUTCOME,
                "OK",
                Field.REQUEST_BYTES,
                0L,
                Field.LATENCY_MICROS,
                0L)));
  }

  private static List<byte[]> renumbered(List<byte[]> entries, long first) {
    List<byte[]> renumbered = new ArrayList<>();
    for (byte[] bytes : entries) {
      renumbered.add(Mutation.renumbered(bytes, first + renumbered.size()));
    }
    return renumbered;
  }

  /** A segment to be changed. */
  private record Target(
      String journal, int number, SegmentFile segment, boolean anchored, long first) {

    static Target any(WrittenRecord record, SplittableRandom random) {
      List<String> journals = List.copyOf(record.segments.keySet());
      String journal = journals.get(random.nextInt(journals.size()));
      return of(record, journal, random.nextInt(record.segmentsOf(journal).size()));
    }

    static Target anchored(WrittenRecord record, SplittableRandom random) {
      while (true) {
        Target target = any(record, random);
        if (target.anchored) {
          return target;
        }
      }
    }

    static Target of(WrittenRecord record, String journal, int number) {
      SegmentFile segment = record.segmentsOf(journal).get(number);
      boolean anchored = record.anchored.contains(WrittenRecord.file(journal, number));
      return new Target(journal, number, segment, anchored, number * 12L);
    }

    String file() {
      return WrittenRecord.file(journal, number);
    }

    /** Whether it has no end yet. */
    boolean isOpen() {
      return segment.footer.length == 0;
    }

    int size() {
      return segment.records.size();
    }

    List<SegmentFile.Linked> linked() {
      return new ArrayList<>(segment.records);
    }

    List<byte[]> entries() {
      List<byte[]> entries = new ArrayList<>();
      segment.records.forEach(linked -> entries.add(linked.entry()));
      return entries;
    }

    byte[] bytes(List<SegmentFile.Linked> linked) {
      return segment.with(linked).bytes();
    }

    /** A segment of other entries that is whole in itself and stands in the same place. */
    SegmentFile made(List<byte[]> entries) {
      byte[] previous = Arrays.copyOfRange(segment.header, 48, 80);
      SegmentFile made = new SegmentFile(journal, number, first, Hash.of(previous));
      entries.forEach(made::add);
      made.close(segment.footer[4], ByteBuffer.wrap(segment.footer).getLong(13));
      return made;
    }

    byte[] anew(List<byte[]> entries) {
      return made(entries).bytes();
    }

    Expected expect(long at, Kind... kinds) {
      return new Expected(
          Set.of(kinds), "journal " + journal, number, at == Expected.ANY ? at : first + at);
    }

    /** The index of the record in which a byte is, -1 in the header, the count in the footer. */
    private int recordAt(int at) {
      int start = segment.header.length;
      if (at < start) {
        return 0;
      }
      for (int i = 0; i < size(); i++) {
        start += 4 + segment.records.get(i).entry().length + Hash.BYTES;
        if (at < start) {
          return i;
        }
      }
      return size();
    }

    boolean isLength(int at) {
      int start = segment.header.length;
      for (SegmentFile.Linked linked : segment.records) {
        if (at >= start && at < start + 4) {
          return true;
        }
        start += 4 + linked.entry().length + Hash.BYTES;
      }
      return false;
    }

    Expected atByte(int at) {
      if (at < segment.header.length) {
        return expect(0, Kind.SEGMENT_CHANGED);
      }
      int index = recordAt(at);
      if (index == size()) {
        // What is not zero at the beginning of the footer is the length of an entry.
        return expect(
            Expected.ANY, Kind.SEGMENT_CHANGED, Kind.ENTRY_CHANGED, Kind.SEGMENT_TRUNCATED);
      }
      return isLength(at)
          ? expect(Expected.ANY, Kind.ENTRY_CHANGED, Kind.SEGMENT_CHANGED, Kind.SEGMENT_TRUNCATED)
          : expect(
              index,
              Kind.ENTRY_CHANGED,
              Kind.ENTRY_MISSING,
              Kind.ENTRY_DUPLICATED,
              Kind.ENTRY_MOVED);
    }
  }
}
