package dev.gatehouse.audit.verify;

import dev.gatehouse.audit.control.ControlRow;
import dev.gatehouse.audit.entry.Entry;
import dev.gatehouse.audit.entry.EntryCodec;
import dev.gatehouse.audit.entry.EntryKind;
import dev.gatehouse.audit.entry.Field;
import dev.gatehouse.audit.merkle.Hash;
import dev.gatehouse.audit.verify.Finding.Kind;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** What an administrator of the database might do to the control log, and what to checkpoints. */
enum ControlMutations implements Mutation {
  BYTE_CHANGED {
    @Override
    public Expected apply(WrittenRecord record, SplittableRandom random) {
      int at = random.nextInt(record.control.size());
      ControlRows.Row row = record.control.get(at);
      byte[] bytes = row.entry().clone();
      bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
      record.control.set(at, new ControlRows.Row(at, bytes, row.columns()));
      if (at == 0) {
        // It says which log this is: then the checkpoints are of another.
        return new Expected(
            Set.of(
                Kind.ENTRY_CHANGED, Kind.ENTRY_MISSING, Kind.PROJECTION_CHANGED, Kind.LOG_FOREIGN),
            Set.of(),
            "",
            Expected.ANY,
            Expected.ANY);
      }
      return alsoElsewhere(
          control(
              at,
              Kind.ENTRY_CHANGED,
              Kind.ENTRY_MISSING,
              Kind.ENTRY_DUPLICATED,
              Kind.ENTRY_MOVED,
              Kind.ENTRY_INCONSISTENT,
              Kind.PROJECTION_CHANGED));
    }
  },
  ENTRY_CHANGED {
    @Override
    public @Nullable Expected apply(WrittenRecord record, SplittableRandom random) {
      int at = random.nextInt(2, record.control.size());
      if (!isChange(record, at)) {
        return null; // Of another kind it would contradict the journals first.
      }
      record.control.set(at, WrittenRecord.row(forged(at)));
      return control(at, Kind.ENTRY_CHANGED);
    }
  },
  ENTRY_CHANGED_AND_NODES_MADE_ANEW {
    @Override
    public @Nullable Expected apply(WrittenRecord record, SplittableRandom random) {
      int at = random.nextInt(2, record.control.size());
      if (!isChange(record, at)) {
        return null;
      }
      record.control.set(at, WrittenRecord.row(forged(at)));
      record.nodes = WrittenRecord.nodesOf(record.control);
      return control(Expected.ANY, Kind.LOG_REWRITTEN);
    }
  },
  ENTRY_CHANGED_BEHIND_THE_LAST_CHECKPOINT {
    @Override
    public Expected apply(WrittenRecord record, SplittableRandom random) {
      int at = record.control.size() + random.nextInt(3);
      while (record.control.size() < at + 3) {
        record.change("models.update", "models/digits", "OK");
      }
      record.nodes = WrittenRecord.nodesOf(record.control);
      record.control.set(at, WrittenRecord.row(forged(at)));
      return control(at, Kind.ENTRY_CHANGED);
    }
  },
  ENTRY_OF_A_JOURNAL_APPENDED {
    @Override
    public Expected apply(WrittenRecord record, SplittableRandom random) {
      int at = record.control.size();
      record.control.add(WrittenRecord.row(JournalMutations.forged(at)));
      record.signedAnew();
      return control(at, Kind.ENTRY_CHANGED);
    }
  },
  ENTRY_DROPPED {
    @Override
    public Expected apply(WrittenRecord record, SplittableRandom random) {
      int at = random.nextInt(record.control.size() - 1);
      record.control.remove(at);
      return alsoElsewhere(control(at, Kind.ENTRY_MISSING));
    }
  },
  CHANGE_DROPPED {
    @Override
    public @Nullable Expected apply(WrittenRecord record, SplittableRandom random) {
      int at = random.nextInt(record.control.size() - 1);
      if (!isChange(record, at)) {
        return null;
      }
      record.control.remove(at);
      return control(at, Kind.ENTRY_MISSING);
    }
  },
  CHANGE_DROPPED_AND_ALL_MADE_ANEW {
    @Override
    public @Nullable Expected apply(WrittenRecord record, SplittableRandom random) {
      int at = random.nextInt(record.control.size());
      if (!isChange(record, at)) {
        return null;
      }
      record.control.remove(at);
      renumber(record);
      return control(Expected.ANY, Kind.LOG_REWRITTEN, Kind.LOG_TRUNCATED);
    }
  },
  ENTRY_INSERTED_AND_ALL_MADE_ANEW {
    @Override
    public Expected apply(WrittenRecord record, SplittableRandom random) {
      record.control.add(random.nextInt(2, record.control.size()), WrittenRecord.row(forged(0)));
      renumber(record);
      return control(Expected.ANY, Kind.LOG_REWRITTEN);
    }
  },
  ENTRIES_SWAPPED {
    @Override
    public Expected apply(WrittenRecord record, SplittableRandom random) {
      int one = random.nextInt(record.control.size() - 1);
      int other = random.nextInt(one + 1, record.control.size());
      Collections.swap(record.control, one, other);
      return alsoElsewhere(control(one, Kind.ENTRY_MOVED));
    }
  },
  ENTRY_DUPLICATED {
    @Override
    public Expected apply(WrittenRecord record, SplittableRandom random) {
      int at = random.nextInt(record.control.size());
      record.control.add(at + 1, record.control.get(at));
      return control(at + 1, Kind.ENTRY_DUPLICATED);
    }
  },
  CUT_OFF_AT_THE_END {
    @Override
    public Expected apply(WrittenRecord record, SplittableRandom random) {
      int size = random.nextInt(1, record.control.size());
      record.control = new ArrayList<>(record.control.subList(0, size));
      if (random.nextBoolean()) {
        record.nodes = WrittenRecord.nodesOf(record.control);
      }
      return alsoElsewhere(control(size, Kind.LOG_TRUNCATED));
    }
  },
  CUT_OFF_BEHIND_THE_LAST_CHECKPOINT {
    @Override
    public Expected apply(WrittenRecord record, SplittableRandom random) {
      int vouched = record.control.size();
      int size = vouched + random.nextInt(3);
      while (record.control.size() <= size) {
        record.change("models.update", "models/digits", "OK");
      }
      record.nodes = WrittenRecord.nodesOf(record.control);
      record.control.removeLast();
      return control(size, Kind.LOG_TRUNCATED);
    }
  },
  EMPTIED {
    @Override
    public Expected apply(WrittenRecord record, SplittableRandom random) {
      record.control.clear();
      record.nodes.clear();
      return alsoElsewhere(control(0, Kind.LOG_TRUNCATED));
    }
  },
  CUT_OFF_AT_THE_BEGINNING {
    @Override
    public Expected apply(WrittenRecord record, SplittableRandom random) {
      int from = random.nextInt(1, record.control.size());
      record.control = new ArrayList<>(record.control.subList(from, record.control.size()));
      return alsoElsewhere(control(0, Kind.ENTRY_MISSING));
    }
  },
  COLUMN_CHANGED {
    @Override
    public Expected apply(WrittenRecord record, SplittableRandom random) {
      int at = random.nextInt(record.control.size());
      ControlRow is = Objects.requireNonNull(record.control.get(at).columns());
      int column = random.nextInt(10);
      ControlRow changed =
          new ControlRow(
              is.sequence(),
              column == 0 ? is.timeMicros() + 1 : is.timeMicros(),
              column == 1 ? is.kind() + 1 : is.kind(),
              column == 2 ? other(is.caller()) : is.caller(),
              column == 3 ? other(is.team()) : is.team(),
              column == 4 ? other(is.action()) : is.action(),
              column == 5 ? other(is.resource()) : is.resource(),
              column == 6 ? other(is.model()) : is.model(),
              column == 7 ? other(is.outcome()) : is.outcome(),
              column == 8 ? other(is.journal()) : is.journal(),
              column == 9 ? Long.valueOf(99) : is.segment());
      record.control.set(at, new ControlRows.Row(at, record.control.get(at).entry(), changed));
      return control(at, Kind.PROJECTION_CHANGED);
    }
  },
  PLACE_CHANGED {
    @Override
    public Expected apply(WrittenRecord record, SplittableRandom random) {
      int at = random.nextInt(record.control.size());
      ControlRows.Row row = record.control.get(at);
      record.control.set(at, new ControlRows.Row(at + 1L, row.entry(), row.columns()));
      return control(at, Kind.PROJECTION_CHANGED);
    }
  },
  NODE_CHANGED {
    @Override
    public Expected apply(WrittenRecord record, SplittableRandom random) {
      int at = random.nextInt(record.nodes.size());
      NodeRows.Node node = record.nodes.get(at);
      byte[] bytes = node.hash().bytes();
      bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
      record.nodes.set(at, new NodeRows.Node(node.level(), node.index(), Hash.of(bytes)));
      return control(Expected.ANY, Kind.NODE_CHANGED);
    }
  },
  NODE_REMOVED {
    @Override
    public Expected apply(WrittenRecord record, SplittableRandom random) {
      NodeRows.Node node = record.nodes.remove(random.nextInt(record.nodes.size()));
      return control(node.index() << node.level(), Kind.NODE_CHANGED);
    }
  },
  FORKED {
    @Override
    public Expected apply(WrittenRecord record, SplittableRandom random) {
      // Whoever has the key goes on from an earlier entry in another way, and signs that.
      WrittenRecord other = record.copy();
      int from = random.nextInt(2, record.control.size() - 1);
      other.control = new ArrayList<>(record.control.subList(0, from));
      while (other.control.size() <= record.control.size()) {
        other.change("models.update", "models/other", "OK");
      }
      record.notes.add(other.signed("fork", other.control));
      if (random.nextBoolean()) {
        return new Expected(Set.of(Kind.LOG_TRUNCATED), Place.CONTROL, Expected.ANY, Expected.ANY);
      }
      record.control = other.control;
      record.nodes = WrittenRecord.nodesOf(other.control);
      return alsoElsewhere(
          new Expected(
              Set.of(Kind.LOG_FORKED, Kind.ENTRY_INCONSISTENT),
              Set.of(),
              "",
              Expected.ANY,
              Expected.ANY));
    }
  },
  FORKED_AT_THE_SAME_SIZE {
    @Override
    public Expected apply(WrittenRecord record, SplittableRandom random) {
      WrittenRecord other = record.copy();
      other.control.removeLast();
      other.change("models.update", "models/other", "OK");
      record.notes.add(other.signed("fork", other.control));
      return new Expected(Set.of(Kind.LOG_FORKED), "checkpoint fork", Expected.ANY, Expected.ANY)
          .and(Place.CONTROL);
    }
  },
  SIGNED_WITH_ANOTHER_KEY {
    @Override
    public Expected apply(WrittenRecord record, SplittableRandom random) {
      int at = random.nextInt(record.notes.size());
      WrittenRecord other = MutationsTest.ofAnotherKey();
      record.notes.set(at, new Note(record.notes.get(at).name(), other.notes.get(at).text()));
      return new Expected(
          Set.of(Kind.KEY_UNKNOWN),
          Place.checkpoint(record.notes.get(at).name()).log(),
          Expected.ANY,
          Expected.ANY);
    }
  },
  CHECKPOINT_CHANGED {
    @Override
    public Expected apply(WrittenRecord record, SplittableRandom random) {
      int at = random.nextInt(record.notes.size());
      char[] text = record.notes.get(at).text().toCharArray();
      int place = random.nextInt(text.length);
      text[place] ^= (char) (1 << random.nextInt(7));
      record.notes.set(at, new Note(record.notes.get(at).name(), new String(text)));
      return new Expected(
          Set.of(
              Kind.SIGNATURE_INVALID,
              Kind.CHECKPOINT_MALFORMED,
              Kind.KEY_UNKNOWN,
              Kind.LOG_FOREIGN),
          Place.checkpoint(record.notes.get(at).name()).log(),
          Expected.ANY,
          Expected.ANY);
    }
  },
  CHECKPOINTS_REMOVED {
    @Override
    public Expected apply(WrittenRecord record, SplittableRandom random) {
      record.notes.clear();
      return control(Expected.ANY, Kind.CHECKPOINT_MISSING);
    }
  };

  private static Expected control(long entry, Kind... kinds) {
    return new Expected(Set.of(kinds), Place.CONTROL, Expected.ANY, entry);
  }

  /** What becomes of journals when the control log lacks what it said of them. */
  private static Expected alsoElsewhere(Expected expected) {
    return new Expected(
        expected.kinds(), Set.of(), expected.log(), expected.segment(), expected.entry());
  }

  private static boolean isChange(WrittenRecord record, int at) {
    return record.control.get(at).entry()[1] == EntryKind.CHANGE.code();
  }

  private static String other(@Nullable String value) {
    return value == null ? "digits" : value + "x";
  }

  /** A well-formed entry that nobody wrote. */
  static byte[] forged(long sequence) {
    return EntryCodec.write(
        new Entry(
            EntryKind.CHANGE,
            sequence,
            Instant.ofEpochSecond(1_700_000_000L),
            Map.of(
                Field.ACTION, "nothing.happened",
                Field.RESOURCE, "models/digits",
                Field.OUTCOME, "OK",
                Field.LATENCY_MICROS, 0L,
                Field.REPLICA, "r1")));
  }

  private static void renumber(WrittenRecord record) {
    List<ControlRows.Row> rows = new ArrayList<>();
    for (ControlRows.Row row : record.control) {
      rows.add(WrittenRecord.row(Mutation.renumbered(row.entry(), rows.size())));
    }
    record.control = rows;
    record.nodes = WrittenRecord.nodesOf(rows);
  }
}
