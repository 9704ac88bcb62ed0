package dev.gatehouse.audit.control;

import dev.gatehouse.audit.merkle.Frontier;
import dev.gatehouse.audit.merkle.Hash;
import dev.gatehouse.audit.merkle.TreeHasher;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The statements that add to the tables. Each method is one exchange with the database. */
final class ControlTable {

  /** Names the lock under which entries are numbered. */
  private static final long LOCK = 0x67_61_74_65_68_6f_75_73L;

  /**
   * Three statements, so that the last one sees what was committed before the lock was got. The
   * times hold for what is left of the transaction, which is little.
   */
  private static final String LOCK_AND_READ_EDGE =
      "select set_config('statement_timeout', ?, true), set_config('lock_timeout', ?, true);"
          + " select pg_advisory_xact_lock(?);"
          + " select log.size, node.hash"
          + " from (select coalesce(max(sequence) + 1, 0) as size from audit_control_entry) log"
          + " left join lateral (select level from generate_series(0, 62) level"
          + "   where (log.size >> level) & 1 = 1) edge on true"
          + " left join audit_control_node node"
          + "   on node.level = edge.level and node.index = (log.size >> edge.level) - 1"
          + " order by edge.level desc";

  private static final String INSERT =
      "insert into audit_control_entry (sequence, entry, time, kind, caller, team, action, resource,"
          + " model, outcome, journal, segment)"
          + " select sequence, entry,"
          + " timestamptz '1970-01-01 00:00:00+00' + micros * interval '1 microsecond',"
          + " kind, caller, team, action, resource, model, outcome, journal, segment"
          + " from unnest(?::bigint[], ?::bytea[], ?::bigint[], ?::smallint[], ?::text[], ?::text[],"
          + " ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::bigint[])"
          + " as r (sequence, entry, micros, kind, caller, team, action, resource, model, outcome,"
          + " journal, segment);"
          + " insert into audit_control_node (level, index, hash)"
          + " select * from unnest(?::smallint[], ?::bigint[], ?::bytea[])";

  private ControlTable() {}

  /**
   * A subtree that an append completed.
   *
   * @param level it has 2<sup>level</sup> leaves
   * @param index its place among those of its level
   * @param hash its root
   */
  record Node(int level, long index, Hash hash) {}

  /** A row with the bytes it stands for. */
  record Entered(ControlRow row, byte[] bytes) {}

  /**
   * Takes the lock, until the transaction ends, and reads the right edge of the tree.
   *
   * @throws SQLException also if the lock is not to be had in time, or nodes are missing
   */
  static Frontier lockAndReadEdge(Connection connection, Duration waitMax, TreeHasher hasher)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(LOCK_AND_READ_EDGE)) {
      String millis = Long.toString(waitMax.toMillis());
      statement.setString(1, millis);
      statement.setString(2, millis);
      statement.setLong(3, LOCK);
      boolean rows = statement.execute();
      int results = 3;
      for (int result = 1; result < results && rows; result++) {
        rows = statement.getMoreResults();
      }
      try (ResultSet edge = statement.getResultSet()) {
        return frontier(edge, hasher);
      }
    }
  }

  private static Frontier frontier(ResultSet edge, TreeHasher hasher) throws SQLException {
    long size = 0;
    List<Hash> subtrees = new ArrayList<>();
    while (edge.next()) {
      size = edge.getLong(1);
      byte[] hash = edge.getBytes(2);
      if (hash != null) {
        subtrees.add(Hash.of(hash));
      } else if (size != 0) {
        throw new SQLException("the tree of the control log lacks a node at " + size + " entries");
      }
    }
    return new Frontier(hasher, size, subtrees);
  }

  /** Adds entries and the nodes that they complete. */
  static void insert(Connection connection, List<Entered> entries, List<Node> nodes)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(INSERT)) {
      Columns columns = new Columns(connection, statement);
      columns.add("bigint", entries, entered -> entered.row().sequence());
      columns.add("bytea", entries, Entered::bytes);
      columns.add("bigint", entries, entered -> entered.row().timeMicros());
      columns.add("smallint", entries, entered -> (short) entered.row().kind());
      columns.add("text", entries, entered -> entered.row().caller());
      columns.add("text", entries, entered -> entered.row().team());
      columns.add("text", entries, entered -> entered.row().action());
      columns.add("text", entries, entered -> entered.row().resource());
      columns.add("text", entries, entered -> entered.row().model());
      columns.add("text", entries, entered -> entered.row().outcome());
      columns.add("text", entries, entered -> entered.row().journal());
      columns.add("bigint", entries, entered -> entered.row().segment());
      columns.add("smallint", nodes, node -> (short) node.level());
      columns.add("bigint", nodes, Node::index);
      columns.add("bytea", nodes, node -> node.hash().bytes());
      boolean unused = statement.execute();
    }
  }

  /** Fills the parameters of a statement with arrays, one a column. */
  private static final class Columns {
    private final Connection connection;
    private final PreparedStatement statement;
    private int filled;

    Columns(Connection connection, PreparedStatement statement) {
      this.connection = connection;
      this.statement = statement;
    }

    <T> void add(String type, List<T> rows, Function<T, @Nullable Object> value)
        throws SQLException {
      @Nullable Object[] values =
          type.equals("bytea") ? new byte[rows.size()][] : new @Nullable Object[rows.size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = value.apply(rows.get(i));
      }
      Array array = connection.createArrayOf(type, values);
      statement.setArray(++filled, array);
    }
  }
}
