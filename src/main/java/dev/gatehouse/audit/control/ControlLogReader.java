package dev.gatehouse.audit.control;

import dev.gatehouse.audit.AuditUnavailableException;
import dev.gatehouse.audit.entry.EntryCodec;
import dev.gatehouse.audit.entry.EntryKind;
import dev.gatehouse.audit.merkle.Frontier;
import dev.gatehouse.audit.merkle.Hash;
import dev.gatehouse.audit.merkle.NodeSource;
import dev.gatehouse.audit.merkle.Proofs;
import dev.gatehouse.audit.merkle.TreeHasher;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Reads the control log; what it reads is checked by nobody yet. Safe for any number of threads.
 * Everything throws {@link AuditUnavailableException} if the database does not answer.
 */
public final class ControlLogReader implements NodeSource {

  /** The most entries of a page. */
  public static final int PAGE_MAX = 1_000;

  private static final String COLUMNS =
      "select sequence, entry, (extract(epoch from time) * 1000000)::bigint as micros, kind, caller,"
          + " team, action, resource, model, outcome, journal, segment from audit_control_entry ";

  /**
   * Selects all entries by their numbers, for {@link #stored}: one that is there twice comes twice.
   */
  public static final String EVERY_ENTRY = COLUMNS + "order by sequence";

  private final DataSource database;

  /** Reads from that database, as any role that may select. */
  public ControlLogReader(DataSource database) {
    this.database = database;
  }

  /** Takes entries in order; may throw to end the reading. */
  @FunctionalInterface
  public interface Taker<E extends Exception> {
    /** Takes the next one. */
    void take(StoredEntry entry) throws E;
  }

  /** How many entries there are: one more than the largest sequence number. */
  public long size() {
    return query(
        "select coalesce(max(sequence) + 1, 0) from audit_control_entry",
        List.of(),
        rows -> {
          boolean ignored = rows.next();
          return rows.getLong(1);
        });
  }

  /** The entry of that sequence number. */
  public Optional<StoredEntry> entry(long sequence) {
    return query(COLUMNS + "where sequence = ?", List.of(sequence), ControlLogReader::all).stream()
        .findFirst();
  }

  /**
   * Gives all stored entries with sequence numbers from {@code from} to before {@code to}, in
   * order. If numbers are missing among them, so are they here.
   */
  public <E extends Exception> void range(long from, long to, Taker<E> taker) throws E {
    long next = from;
    while (next < to) {
      List<StoredEntry> page =
          query(
              COLUMNS + "where sequence >= ? and sequence < ? order by sequence limit " + PAGE_MAX,
              List.of(next, to),
              ControlLogReader::all);
      for (StoredEntry entry : page) {
        taker.take(entry);
        next = entry.columns().sequence() + 1;
      }
      if (page.size() < PAGE_MAX) {
        return;
      }
    }
  }

  /**
   * A page of entries, by their columns.
   *
   * @param newestFirst the order
   * @param after the sequence number of the last entry of the page before; empty for the first page
   * @param limit the most entries, at most {@link #PAGE_MAX}
   */
  public List<StoredEntry> page(
      ControlFilter filter, boolean newestFirst, OptionalLong after, int limit) {
    StringBuilder sql = new StringBuilder(COLUMNS).append("where true");
    List<Object> values = new ArrayList<>();
    and(sql, values, " and kind = ?", filter.kind() == null ? null : filter.kind().code());
    and(sql, values, " and caller = ?", filter.caller());
    and(sql, values, " and model = ?", filter.model());
    and(sql, values, " and action = ?", filter.action());
    and(sql, values, " and outcome = ?", filter.outcome());
    and(sql, values, " and journal = ?", filter.journal());
    and(sql, values, " and time >= " + MICROS, micros(filter.from()));
    and(sql, values, " and time < " + MICROS, micros(filter.to()));
    if (after.isPresent()) {
      and(sql, values, newestFirst ? " and sequence < ?" : " and sequence > ?", after.getAsLong());
    }
    sql.append(" order by sequence ").append(newestFirst ? "desc" : "asc").append(" limit ?");
    values.add(Math.clamp(limit, 1, PAGE_MAX));
    return query(sql.toString(), values, ControlLogReader::all);
  }

  /** The anchor of a segment, if it has one. */
  public Optional<StoredEntry> anchor(String journal, long segment) {
    return query(
            COLUMNS + "where kind = ? and journal = ? and segment = ?",
            List.of(EntryKind.SEGMENT_ANCHORED.code(), journal, segment),
            ControlLogReader::all)
        .stream()
        .findFirst();
  }

  /** The ids of journals that were opened, in their order, after that id; at most so many. */
  public List<String> openedAfter(String journal, int limit) {
    return query(
        "select journal from audit_control_entry where kind = ? and journal > ?"
            + " order by journal limit ?",
        List.of(EntryKind.JOURNAL_OPENED.code(), journal, limit),
        rows -> {
          List<String> journals = new ArrayList<>();
          while (rows.next()) {
            journals.add(rows.getString(1));
          }
          return journals;
        });
  }

  private static final String MICROS =
      "timestamptz '1970-01-01 00:00:00+00' + ? * interval '1 microsecond'";

  private static @Nullable Long micros(@Nullable Instant time) {
    return time == null ? null : EntryCodec.micros(time);
  }

  private static void and(
      StringBuilder sql, List<Object> values, String term, @Nullable Object value) {
    if (value != null) {
      sql.append(term);
      values.add(value);
    }
  }

  /**
   * The root of the tree over the first {@code size} entries, out of the stored nodes.
   *
   * @throws IllegalStateException if nodes are missing
   */
  public Hash root(long size) {
    return Proofs.root(this, size);
  }

  /**
   * The right edge of the first {@code size} entries, out of the stored nodes; empty if some are
   * missing.
   */
  public Optional<Frontier> edge(long size) {
    List<Hash> subtrees =
        query(
            "select node.hash from generate_series(0, 62) edge join audit_control_node node"
                + " on node.level = edge and node.index = (?::bigint >> edge) - 1"
                + " where (?::bigint >> edge) & 1 = 1 order by edge desc",
            List.of(size, size),
            rows -> {
              List<Hash> hashes = new ArrayList<>();
              while (rows.next()) {
                hashes.add(Hash.of(rows.getBytes(1)));
              }
              return hashes;
            });
    return subtrees.size() == Long.bitCount(size)
        ? Optional.of(new Frontier(new TreeHasher(), size, subtrees))
        : Optional.empty();
  }

  /**
   * Where a complete subtree is.
   *
   * @param level it has 2<sup>level</sup> leaves
   * @param index its place among those of its level
   */
  public record Place(int level, long index) {}

  /** The stored roots of all subtrees that the entries from {@code from} to {@code to} complete. */
  public Map<Place, Hash> nodesCompleted(long from, long to) {
    return query(
        "select node.level, node.index, node.hash from generate_series(0, 62) edge"
            + " join audit_control_node node on node.level = edge"
            + " and node.index >= ?::bigint >> edge and node.index < ?::bigint >> edge",
        List.of(from, to),
        rows -> {
          Map<Place, Hash> nodes = new HashMap<>();
          while (rows.next()) {
            nodes.put(new Place(rows.getInt(1), rows.getLong(2)), Hash.of(rows.getBytes(3)));
          }
          return nodes;
        });
  }

  /** The stored root of a complete subtree, if it is there. */
  public Optional<Hash> storedNode(int level, long index) {
    return query(
        "select hash from audit_control_node where level = ? and index = ?",
        List.of(level, index),
        rows -> rows.next() ? Optional.of(Hash.of(rows.getBytes(1))) : Optional.empty());
  }

  @Override
  public Hash node(int level, long index) {
    return storedNode(level, index)
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "the tree of the control log lacks node " + index + " of level " + level));
  }

  /** Makes something out of rows. */
  private interface Reading<T> {
    T read(ResultSet rows) throws SQLException;
  }

  private <T> T query(String sql, List<?> values, Reading<T> reading) {
    try (Connection connection = database.getConnection();
        PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setQueryTimeout((int) PostgresControlLog.WAIT_MAX.toSeconds());
      for (int i = 0; i < values.size(); i++) {
        statement.setObject(i + 1, values.get(i));
      }
      try (ResultSet rows = statement.executeQuery()) {
        return reading.read(rows);
      }
    } catch (SQLException e) {
      throw new AuditUnavailableException("the control log cannot be read", e);
    }
  }

  private static List<StoredEntry> all(ResultSet rows) throws SQLException {
    List<StoredEntry> entries = new ArrayList<>();
    while (rows.next()) {
      entries.add(stored(rows));
    }
    return entries;
  }

  /**
   * The entry of a row that {@link #EVERY_ENTRY} selects; without bytes where there are none.
   *
   * @throws SQLException if it cannot be read
   */
  public static StoredEntry stored(ResultSet row) throws SQLException {
    long segment = row.getLong("segment");
    boolean noSegment = row.wasNull();
    byte[] bytes = row.getBytes("entry");
    return new StoredEntry(
        new ControlRow(
            row.getLong("sequence"),
            row.getLong("micros"),
            row.getInt("kind"),
            row.getString("caller"),
            row.getString("team"),
            row.getString("action"),
            row.getString("resource"),
            row.getString("model"),
            row.getString("outcome"),
            row.getString("journal"),
            noSegment ? null : segment),
        bytes == null ? new byte[0] : bytes);
  }
}
