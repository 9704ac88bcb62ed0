package dev.gatehouse.audit.verify;

import dev.gatehouse.audit.entry.Entry;
import dev.gatehouse.audit.entry.EntryKind;
import dev.gatehouse.audit.entry.Field;
import dev.gatehouse.audit.verify.Finding.Kind;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * What a gateway might say of journals that cannot be so, and sign: every hash is right, and only
 * what the entries mean contradicts itself.
 */
enum ClaimMutations implements Mutation {
  LOG_BEGUN_LATER {
    @Override
    public Expected apply(WrittenRecord record, SplittableRandom random) {
      record.append(EntryKind.LOG_BEGUN, Map.of(Field.ORIGIN, WrittenRecord.ORIGIN));
      return signed(record, record.control.size() - 1);
    }
  },
  LOG_NOT_BEGUN {
    @Override
    public Expected apply(WrittenRecord record, SplittableRandom random) {
      record.control.set(0, WrittenRecord.row(ControlMutations.forged(0)));
      return signed(record, 0);
    }
  },
  OPENED_TWICE {
    @Override
    public Expected apply(WrittenRecord record, SplittableRandom random) {
      return said(record, EntryKind.JOURNAL_OPENED, any(random), Map.of());
    }
  },
  ANCHORED_THOUGH_NEVER_OPENED {
    @Override
    public Expected apply(WrittenRecord record, SplittableRandom random) {
      return said(record, EntryKind.SEGMENT_ANCHORED, WrittenRecord.FIRST, NOBODYS);
    }
  },
  ANCHORED_BEHIND_THE_END {
    @Override
    public Expected apply(WrittenRecord record, SplittableRandom random) {
      return said(
          record,
          EntryKind.SEGMENT_ANCHORED,
          WrittenRecord.FIRST,
          Map.of(Field.SEGMENT, 3L, Field.FIRST, 36L));
    }
  },
  ANCHORED_OUT_OF_ORDER {
    @Override
    public Expected apply(WrittenRecord record, SplittableRandom random) {
      return said(
          record,
          EntryKind.SEGMENT_ANCHORED,
          WrittenRecord.LIVING,
          Map.of(Field.SEGMENT, random.nextLong(2, 1L << 60), Field.FIRST, 12L));
    }
  },
  ANCHORED_FROM_ANOTHER_ENTRY_ON {
    @Override
    public Expected apply(WrittenRecord record, SplittableRandom random) {
      return said(
          record,
          EntryKind.SEGMENT_ANCHORED,
          WrittenRecord.LIVING,
          Map.of(Field.SEGMENT, 1L, Field.FIRST, random.nextLong(13, Long.MAX_VALUE)));
    }
  },
  CLOSED_THOUGH_NEVER_OPENED {
    @Override
    public Expected apply(WrittenRecord record, SplittableRandom random) {
      return said(record, EntryKind.JOURNAL_CLOSED, WrittenRecord.FIRST, NOBODYS);
    }
  },
  CLOSED_TWICE {
    @Override
    public Expected apply(WrittenRecord record, SplittableRandom random) {
      return said(record, EntryKind.JOURNAL_CLOSED, WrittenRecord.FIRST, Map.of());
    }
  },
  CLOSED_WITH_ANOTHER_NUMBER_OF_SEGMENTS {
    @Override
    public Expected apply(WrittenRecord record, SplittableRandom random) {
      return closed(record, Field.SEGMENT, other(3, random));
    }
  },
  CLOSED_WITH_ANOTHER_NUMBER_OF_ENTRIES {
    @Override
    public Expected apply(WrittenRecord record, SplittableRandom random) {
      return closed(record, Field.COUNT, other(36, random));
    }
  },
  CLOSED_WITH_ANOTHER_CHAIN {
    @Override
    public Expected apply(WrittenRecord record, SplittableRandom random) {
      Entry end = record.last(EntryKind.JOURNAL_CLOSED, WrittenRecord.FIRST);
      return closed(record, Field.CHAIN, FooterMutations.other(end.hash(Field.CHAIN), random));
    }
  };

  private static final Map<Field, Object> NOBODYS = Map.of(Field.JOURNAL, "55".repeat(16));

  private static String any(SplittableRandom random) {
    return random.nextBoolean() ? WrittenRecord.FIRST : WrittenRecord.LIVING;
  }

  private static long other(long number, SplittableRandom random) {
    return number ^ 1L << random.nextInt(63);
  }

  /** The last entry of that kind is said once more, with some fields changed. */
  private static Expected said(
      WrittenRecord record, EntryKind kind, String journal, Map<Field, Object> changes) {
    Map<Field, Object> fields = new EnumMap<>(record.last(kind, journal).fields());
    fields.putAll(changes);
    record.append(kind, fields);
    return signed(record, record.control.size() - 1);
  }

  private static Expected closed(WrittenRecord record, Field field, Object value) {
    Entry end = record.last(EntryKind.JOURNAL_CLOSED, WrittenRecord.FIRST);
    record.replace(end, Map.of(field, value));
    return signed(record, end.sequence());
  }

  private static Expected signed(WrittenRecord record, long entry) {
    record.signedAnew();
    return new Expected(
        Set.of(Kind.ENTRY_INCONSISTENT), Set.of(), Place.CONTROL, Place.NONE, entry);
  }
}
