package dev.gatehouse.audit.verify;

import dev.gatehouse.audit.entry.Entry;
import dev.gatehouse.audit.entry.Field;
import dev.gatehouse.audit.merkle.Hash;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What the control log says about one journal. For one thread. */
final class JournalClaims {

  /** The outcome of a journal that its own process ended. */
  private static final String ORDERLY = "OK";

  /**
   * What was anchored of a segment.
   *
   * @param sequence the entry of the control log that says so
   */
  record Anchor(
      long sequence, long segment, long first, long count, Hash root, Hash chain, long torn) {

    static Anchor of(Entry entry) {
      return new Anchor(
          entry.sequence(),
          entry.number(Field.SEGMENT),
          entry.number(Field.FIRST),
          entry.number(Field.COUNT),
          entry.hash(Field.ROOT),
          entry.hash(Field.CHAIN),
          entry.fields().get(Field.TORN_BYTES) instanceof Long torn ? torn : 0);
    }
  }

  /**
   * How it ended.
   *
   * @param segments how many segments it has
   * @param entries how many entries
   * @param orderly whether its own process ended it
   */
  record Closed(long sequence, long segments, long entries, Hash chain, boolean orderly) {

    static Closed of(Entry entry) {
      return new Closed(
          entry.sequence(),
          entry.number(Field.SEGMENT),
          entry.number(Field.COUNT),
          entry.hash(Field.CHAIN),
          ORDERLY.equals(entry.text(Field.OUTCOME)));
    }
  }

  private final String id;
  private final String replica;

  /** By the number of the segment. */
  private final NavigableMap<Long, Anchor> anchors = new TreeMap<>();

  private long entriesAnchored;
  private @Nullable Closed closed;

  JournalClaims(String id, String replica) {
    this.id = id;
    this.replica = replica;
  }

  String id() {
    return id;
  }

  String replica() {
    return replica;
  }

  NavigableMap<Long, Anchor> anchors() {
    return anchors;
  }

  @Nullable Closed closed() {
    return closed;
  }

  void close(Closed end) {
    closed = end;
  }

  void add(Anchor anchor) {
    if (anchors.putIfAbsent(anchor.segment(), anchor) == null) {
      entriesAnchored += anchor.count();
    }
  }

  /** How many entries were anchored. */
  long entriesAnchored() {
    return entriesAnchored;
  }
}
