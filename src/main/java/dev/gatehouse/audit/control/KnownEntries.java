package dev.gatehouse.audit.control;

import dev.gatehouse.audit.AnchorMismatchException;
import dev.gatehouse.audit.Anchors;
import dev.gatehouse.audit.entry.Entry;
import dev.gatehouse.audit.entry.EntryCodec;
import dev.gatehouse.audit.entry.EntryFormatException;
import dev.gatehouse.audit.entry.EntryKind;
import dev.gatehouse.audit.entry.Field;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The entries that are in the log already, as far as what is to be added depends on them. */
final class KnownEntries {

  private static final int PAGE = 1_000;

  private static final String PAGE_OF_SEGMENTS =
      "select segment, entry from audit_control_entry"
          + " where kind = 19 and journal = ? and segment > ? order by segment limit "
          + PAGE;

  private KnownEntries() {}

  /**
   * The first entry that is found, or null if there is none.
   *
   * @param found the condition, with a {@code ?} for each parameter
   * @throws SQLException also if what is found is no entry
   */
  static @Nullable Entry first(Connection connection, String found, Object... parameters)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "select entry from audit_control_entry where "
                + found
                + " order by sequence limit 1")) {
      for (int i = 0; i < parameters.length; i++) {
        statement.setObject(i + 1, parameters[i]);
      }
      try (ResultSet result = statement.executeQuery()) {
        return result.next() ? read(result.getBytes("entry")) : null;
      }
    }
  }

  /**
   * What is anchored of a journal, by number; read in pages, each within {@code waitMax}.
   *
   * @throws SQLException also if what is found is no anchor
   */
  static List<Anchors.Segment> segments(Connection connection, String journal, Duration waitMax)
      throws SQLException {
    List<Anchors.Segment> found = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(PAGE_OF_SEGMENTS)) {
      statement.setQueryTimeout(Math.toIntExact(waitMax.toSeconds()));
      statement.setString(1, journal);
      long after = -1;
      int before;
      do {
        before = found.size();
        statement.setLong(2, after);
        try (ResultSet page = statement.executeQuery()) {
          while (page.next()) {
            after = page.getLong("segment");
            found.add(segment(read(page.getBytes("entry"))));
          }
        }
      } while (found.size() - before == PAGE);
    }
    return found;
  }

  private static Anchors.Segment segment(Entry entry) throws SQLException {
    String journal = entry.text(Field.JOURNAL);
    if (entry.kind() != EntryKind.SEGMENT_ANCHORED || journal == null) {
      throw new SQLException("the control log has a " + entry.kind() + " in place of an anchor");
    }
    boolean torn = entry.fields().containsKey(Field.TORN_BYTES);
    return new Anchors.Segment(
        journal,
        entry.number(Field.SEGMENT),
        entry.number(Field.FIRST),
        entry.number(Field.COUNT),
        entry.hash(Field.ROOT),
        entry.hash(Field.CHAIN),
        torn ? entry.number(Field.TORN_BYTES) : 0);
  }

  private static Entry read(byte[] bytes) throws SQLException {
    try {
      return EntryCodec.read(bytes);
    } catch (EntryFormatException e) {
      throw new SQLException("the control log has an entry that cannot be read", e);
    }
  }

  /**
   * Compares an entry with one that was to be added for the same thing.
   *
   * @throws AnchorMismatchException if one of the fields is not equal in both
   */
  static void requireSame(Entry known, Draft draft, Set<Field> same) {
    Entry wanted = entry(draft);
    for (Field field : same) {
      Object there = known.fields().get(field);
      Object other = wanted.fields().get(field);
      if (!Objects.equals(there, other)) {
        throw new AnchorMismatchException(
            "the control log has at %d another %s of journal %s: %s, not %s"
                .formatted(
                    known.sequence(), known.kind(), wanted.text(Field.JOURNAL), there, other));
      }
    }
  }

  private static Entry entry(Draft draft) {
    try {
      return EntryCodec.read(draft.at(0, ByteBuffer.allocate(EntryCodec.BYTES_MAX)));
    } catch (EntryFormatException e) {
      throw new IllegalStateException("an entry was made that " + e.getMessage(), e);
    }
  }
}
