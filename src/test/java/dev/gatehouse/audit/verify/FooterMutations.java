package dev.gatehouse.audit.verify;

import dev.gatehouse.audit.entry.Entry;
import dev.gatehouse.audit.entry.EntryCodec;
import dev.gatehouse.audit.entry.EntryFormatException;
import dev.gatehouse.audit.entry.EntryKind;
import dev.gatehouse.audit.entry.Field;
import dev.gatehouse.audit.merkle.Hash;
import dev.gatehouse.audit.verify.Finding.Kind;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
      byte[] previous = Arrays.copyOfRange(segment.header, 48, 80);
      SegmentFile made =
          new SegmentFile(WrittenRecord.LIVING, UNANCHORED, UNANCHORED * 12L, Hash.of(previous));
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
  ANCHOR_OF_OTHER_ENTRIES {
    @Override
    public Expected apply(WrittenRecord record, SplittableRandom random) {
      // A gateway that anchors another thing than it writes, and signs that.
      Map<Field, Object> fields = new EnumMap<>(Field.class);
      int at = anchor(record, fields);
      Field field =
          List.of(Field.COUNT, Field.ROOT, Field.CHAIN, Field.TORN_BYTES).get(random.nextInt(4));
      fields.put(
          field,
          switch (field) {
            case COUNT -> 12L + random.nextInt(1, 9);
            case TORN_BYTES -> random.nextLong(1, 99);
            default -> other((Hash) Objects.requireNonNull(fields.get(field)), random);
          });
      Entry is = read(record.control.get(at).entry());
      Entry anew = new Entry(EntryKind.SEGMENT_ANCHORED, at, is.time(), fields);
      record.control.set(at, WrittenRecord.row(EntryCodec.write(anew)));
      record.nodes = WrittenRecord.nodesOf(record.control);
      record.notes.clear();
      record.checkpoint();
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

  private static Hash other(Hash hash, SplittableRandom random) {
    byte[] bytes = hash.bytes();
    bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
    return Hash.of(bytes);
  }

  /** Where the control log anchors that segment, and with what. */
  private static int anchor(WrittenRecord record, Map<Field, Object> fields) {
    for (int at = record.control.size() - 1; at >= 0; at--) {
      Entry entry = read(record.control.get(at).entry());
      if (entry.kind() == EntryKind.SEGMENT_ANCHORED) {
        fields.putAll(entry.fields());
        return at; // The last one: the journal that is being written has one anchor.
      }
    }
    throw new IllegalStateException("nothing is anchored");
  }

  private static Entry read(byte[] bytes) {
    try {
      return EntryCodec.read(bytes);
    } catch (EntryFormatException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Expected changed(int number) {
    return living(number, Expected.ANY, Kind.SEGMENT_CHANGED);
  }

  private static Expected living(long number, long entry, Kind kind) {
    return new Expected(Set.of(kind), "journal " + WrittenRecord.LIVING, number, entry);
  }
}
