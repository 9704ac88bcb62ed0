package dev.gatehouse.audit.verify;

import dev.gatehouse.audit.entry.Entry;
import dev.gatehouse.audit.entry.EntryCodec;
import dev.gatehouse.audit.entry.EntryKind;
import dev.gatehouse.audit.entry.Field;
import dev.gatehouse.audit.merkle.Hash;
import dev.gatehouse.audit.verify.Finding.Kind;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * What might be done to the end of a segment and to what was anchored of it, each so that one check
 * alone can see it.
 */
enum FooterMutations implements Mutation {
  FIELD_CHANGED_OF_ONE_NOT_ANCHORED {
    @Override
    public Expected apply(WrittenRecord record, SplittableRandom random) {
      byte[] footer = unanchored(record).footer.clone();
      int field = random.nextInt(FIELDS.length - 1);
      int at = random.nextInt(FIELDS[field], FIELDS[field + 1]);
      footer[at] ^= (byte) (1 << random.nextInt(8));
      put(record, UNANCHORED, footer);
      return changed(UNANCHORED);
    }
  },
  FIELD_CHANGED_AND_HASH_MADE_ANEW {
    @Override
    public Expected apply(WrittenRecord record, SplittableRandom random) {
      SegmentFile segment = unanchored(record);
      long count = segment.records.size();
      Hash root = segment.root();
      byte[] footer =
          switch (random.nextInt(4)) {
            case 0 -> segment.footer(1 << random.nextInt(1, 8), count, 0, root);
            case 1 -> segment.footer(0, count ^ 1L << random.nextInt(64), 0, root);
            case 2 -> segment.footer(0, count, 1L << random.nextInt(64), root);
            default -> segment.footer(0, count, 0, other(root, random));
          };
      put(record, UNANCHORED, footer);
      return changed(UNANCHORED);
    }
  },
  FLAG_CHANGED_AND_HASH_KEPT {
    @Override
    public Expected apply(WrittenRecord record, SplittableRandom random) {
      byte[] footer = record.segmentsOf(WrittenRecord.LIVING).getFirst().footer.clone();
      footer[4] ^= 1;
      put(record, ANCHORED, footer);
      return changed(ANCHORED);
    }
  },
  CUT_OFF {
    @Override
    public Expected apply(WrittenRecord record, SplittableRandom random) {
      int number = random.nextBoolean() ? ANCHORED : UNANCHORED;
      put(record, number, new byte[0]);
      return living(number, (number + 1) * 12L, Kind.SEGMENT_TRUNCATED);
    }
  },
  ONE_NOT_ANCHORED_REMOVED {
    @Override
    public Expected apply(WrittenRecord record, SplittableRandom random) {
      record.files.remove(WrittenRecord.file(WrittenRecord.LIVING, UNANCHORED));
      return living(UNANCHORED, UNANCHORED * 12L, Kind.SEGMENT_MISSING);
    }
  },
  ONE_NOT_ANCHORED_MADE_ANEW {
    @Override
    public Expected apply(WrittenRecord record, SplittableRandom random) {
      SegmentFile segment = unanchored(record);
      SegmentFile made = copy(segment, WrittenRecord.LIVING, UNANCHORED);
      for (int i = 0; i < 11; i++) {
        made.add(segment.records.get(i).entry());
      }
      made.add(JournalMutations.forged(UNANCHORED * 12L + 11));
      made.close();
      record.files.put(WrittenRecord.file(WrittenRecord.LIVING, UNANCHORED), made.bytes());
      return living(UNANCHORED + 1, (UNANCHORED + 1) * 12L, Kind.SEGMENT_CHANGED);
    }
  },
  OPEN_ONE_MADE_ANEW_FROM_A_LATER_ENTRY_ON {
    @Override
    public Expected apply(WrittenRecord record, SplittableRandom random) {
      int number = UNANCHORED + 1;
      SegmentFile segment = record.segmentsOf(WrittenRecord.LIVING).get(number);
      byte[] previous = Arrays.copyOfRange(segment.header, 48, 80);
      long first = number * 12L + random.nextInt(1, 12);
      SegmentFile made = new SegmentFile(WrittenRecord.LIVING, number, first, Hash.of(previous));
      made.add(JournalMutations.forged(first));
      record.files.put(WrittenRecord.file(WrittenRecord.LIVING, number), made.bytes());
      return living(number, number * 12L, Kind.SEGMENT_CHANGED);
    }
  },
  ENTRY_OF_THE_CONTROL_LOG_APPENDED {
    @Override
    public Expected apply(WrittenRecord record, SplittableRandom random) {
      append(record, ControlMutations.forged(36));
      return living(2, 36, Kind.ENTRY_CHANGED);
    }
  },
  ENTRY_OF_A_LATER_NUMBER_APPENDED {
    @Override
    public Expected apply(WrittenRecord record, SplittableRandom random) {
      append(record, JournalMutations.forged(random.nextLong(37, Long.MAX_VALUE)));
      return living(2, 36, Kind.ENTRY_MISSING);
    }
  },
  OUTCOME_OF_NO_CALL_APPENDED {
    @Override
    public Expected apply(WrittenRecord record, SplittableRandom random) {
      append(record, outcome(36, random.nextLong(Long.MAX_VALUE)));
      return living(2, 36, Kind.ENTRY_INCONSISTENT);
    }
  },
  LENGTH_THAT_NO_ENTRY_HAS {
    @Override
    public Expected apply(WrittenRecord record, SplittableRandom random) {
      String file = WrittenRecord.file(WrittenRecord.LIVING, 2);
      byte[] bytes = record.bytes(file);
      int length = random.nextBoolean() ? -random.nextInt(1, 1 << 30) : 16_385;
      record.files.put(
          file, ByteBuffer.allocate(bytes.length + 99).put(bytes).putInt(length).array());
      return living(2, 36, Kind.ENTRY_CHANGED);
    }
  },
  HASHES_OF_LESS_THAN_NOTHING {
    @Override
    public Expected apply(WrittenRecord record, SplittableRandom random) {
      SegmentFile empty = copy(unanchored(record), WrittenRecord.LIVING, UNANCHORED);
      long count = random.nextLong(Long.MIN_VALUE, 0);
      byte[] footer = empty.footer(0, count, 0, empty.root());
      byte[] hashes = Arrays.copyOf(empty.hashes(), 128 + footer.length);
      ByteBuffer.wrap(hashes).putLong(120, count).put(128, footer);
      String file = WrittenRecord.file(WrittenRecord.LIVING, UNANCHORED);
      record.files.remove(file);
      record.files.put(file.replace(".segment", ".hashes"), hashes);
      return changed(UNANCHORED);
    }
  },
  OUTCOME_NEVER_WRITTEN {
    @Override
    public Expected apply(WrittenRecord record, SplittableRandom random) {
      // A gateway that ends its journal in order, anchors that and signs it.
      SegmentFile last = record.segmentsOf(WrittenRecord.FIRST).getLast();
      int at = 2 + random.nextInt(2);
      List<byte[]> entries = new ArrayList<>();
      last.records.forEach(linked -> entries.add(linked.entry()));
      entries.set(at, JournalMutations.forged(24 + at));
      record.endFirstWith(entries);
      return new Expected(
          Set.of(Kind.OUTCOME_MISSING), "journal " + WrittenRecord.FIRST, Place.NONE, 24 + at - 2);
    }
  },
  ANCHOR_OF_OTHER_ENTRIES {
    @Override
    public Expected apply(WrittenRecord record, SplittableRandom random) {
      // A gateway that anchors another thing than it writes, and signs that.
      Entry anchor = record.last(EntryKind.SEGMENT_ANCHORED, WrittenRecord.LIVING);
      Field field =
          List.of(Field.COUNT, Field.ROOT, Field.CHAIN, Field.TORN_BYTES).get(random.nextInt(4));
      record.replace(
          anchor,
          Map.of(
              field,
              switch (field) {
                case COUNT -> 12L + random.nextInt(1, 9);
                case TORN_BYTES -> random.nextLong(1, 99);
                default -> other(anchor.hash(field), random);
              }));
      record.signedAnew();
      return changed(ANCHORED);
    }
  };

  private static final int ANCHORED = 0;
  private static final int UNANCHORED = 1;

  /** Where flags, count, torn bytes, root and hash begin, and where the hash ends. */
  private static final int[] FIELDS = {4, 5, 13, 21, 53, 85};

  private static SegmentFile unanchored(WrittenRecord record) {
    return record.segmentsOf(WrittenRecord.LIVING).get(UNANCHORED);
  }

  private static void put(WrittenRecord record, int number, byte[] footer) {
    SegmentFile segment = record.segmentsOf(WrittenRecord.LIVING).get(number);
    byte[] bytes = segment.bytes();
    int length = bytes.length - segment.footer.length;
    byte[] changed = Arrays.copyOf(bytes, length + footer.length);
    System.arraycopy(footer, 0, changed, length, footer.length);
    record.files.put(WrittenRecord.file(WrittenRecord.LIVING, number), changed);
  }

  /** A segment in the place of another, without entries. */
  private static SegmentFile copy(SegmentFile segment, String journal, int number) {
    byte[] previous = Arrays.copyOfRange(segment.header, 48, 80);
    return new SegmentFile(journal, number, number * 12L, Hash.of(previous));
  }

  /** Appends an entry to the segment that is being written, and links it as its process would. */
  private static void append(WrittenRecord record, byte[] entry) {
    SegmentFile open = record.segmentsOf(WrittenRecord.LIVING).get(2);
    SegmentFile made = copy(open, WrittenRecord.LIVING, 2);
    open.records.forEach(linked -> made.add(linked.entry()));
    made.add(entry);
    record.files.put(WrittenRecord.file(WrittenRecord.LIVING, 2), made.bytes());
  }

  private static byte[] outcome(long sequence, long intent) {
    return EntryCodec.write(
        new Entry(
            EntryKind.OUTCOME,
            sequence,
            Instant.ofEpochSecond(1_700_000_000L),
            Map.of(
                Field.INTENT,
                intent,
                Field.OUTCOME,
                "OK",
                Field.REPLY_BYTES,
                0L,
                Field.LATENCY_MICROS,
                0L)));
  }

  static Hash other(Hash hash, SplittableRandom random) {
    byte[] bytes = hash.bytes();
    bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
    return Hash.of(bytes);
  }

  private static Expected changed(int number) {
    return living(number, Expected.ANY, Kind.SEGMENT_CHANGED);
  }

  private static Expected living(long number, long entry, Kind kind) {
    return new Expected(Set.of(kind), "journal " + WrittenRecord.LIVING, number, entry);
  }
}
