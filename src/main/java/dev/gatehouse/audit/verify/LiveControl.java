package dev.gatehouse.audit.verify;

import dev.gatehouse.audit.control.ControlLogReader;
import dev.gatehouse.audit.control.StoredEntry;
import dev.gatehouse.audit.merkle.Hash;
import java.io.Closeable;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The control log in its database, as it is when the first row is read: all its rows and all its
 * stored nodes, also such as its constraints would not allow. One connection with one transaction
 * is held until it is closed. For one thread.
 */
public final class LiveControl implements Closeable {

  private static final int FETCH_ROWS = 1_000;

  private static final String COUNT = "select count(*) from audit_control_entry";

  /** In the order in which entries complete them; those that no entry can complete come last. */
  private static final String NODES =
      "select level, index, hash from audit_control_node order by case when level between 0 and 62"
          + " and index between 0 and (9223372036854775807 >> level::int) - 1"
          + " then (index + 1) << level::int end nulls last, level";

  private final Connection connection;
  private final PreparedStatement rowsStatement;
  private final PreparedStatement nodesStatement;
  private @Nullable ResultSet rows;
  private @Nullable ResultSet nodes;
  private long read;

  private LiveControl(
      Connection connection, PreparedStatement rowsStatement, PreparedStatement nodesStatement) {
    this.connection = connection;
    this.rowsStatement = rowsStatement;
    this.nodesStatement = nodesStatement;
  }

  /**
   * Opens the log of a database, of which this only reads.
   *
   * @throws IOException if it cannot be read
   */
  public static LiveControl open(DataSource database) throws IOException {
    try {
      Connection connection = database.getConnection();
      try {
        // One state for rows and nodes; and without a transaction the driver would hold all at
        // once.
        connection.setReadOnly(true);
        connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
        connection.setAutoCommit(false);
        return new LiveControl(
            connection,
            statement(connection, ControlLogReader.EVERY_ENTRY),
            statement(connection, NODES));
      } catch (SQLException e) {
        connection.close();
        throw e;
      }
    } catch (SQLException e) {
      throw new IOException("the control log cannot be read: " + e.getMessage(), e);
    }
  }

  private static PreparedStatement statement(Connection connection, String sql)
      throws SQLException {
    PreparedStatement statement = connection.prepareStatement(sql);
    statement.setFetchSize(FETCH_ROWS);
    return statement;
  }

  /** Its rows, to be read once. */
  public ControlRows rows() {
    return this::nextRow;
  }

  private ControlRows.@Nullable Row nextRow() throws IOException {
    try {
      ResultSet open = rows;
      if (open == null) {
        open = rowsStatement.executeQuery();
        rows = open;
      }
      if (!open.next()) {
        requireAllRead();
        return null;
      }
      read++;
      StoredEntry stored = ControlLogReader.stored(open);
      return new ControlRows.Row(stored.columns().sequence(), stored.bytes(), stored.columns());
    } catch (SQLException e) {
      throw new IOException("the control log cannot be read", e);
    }
  }

  /** What an index leaves out is no reason to believe that it is not there. */
  private void requireAllRead() throws SQLException, IOException {
    try (PreparedStatement statement = connection.prepareStatement(COUNT);
        ResultSet counted = statement.executeQuery()) {
      if (!counted.next() || counted.getLong(1) != read) {
        throw new IOException(
            "the control log has another number of rows than the "
                + read
                + " that were read: an index of the database is damaged");
      }
    }
  }

  /** Its stored nodes, to be read once. */
  public NodeRows nodes() {
    return this::nextNode;
  }

  private NodeRows.@Nullable Node nextNode() throws IOException {
    try {
      ResultSet open = nodes;
      if (open == null) {
        open = nodesStatement.executeQuery();
        nodes = open;
      }
      return open.next()
          ? new NodeRows.Node(open.getInt(1), open.getLong(2), hash(open.getBytes(3)))
          : null;
    } catch (SQLException e) {
      throw new IOException("the nodes of the control log cannot be read", e);
    }
  }

  /** What is no hash is taken for one that nothing has. */
  private static Hash hash(byte @Nullable [] bytes) {
    return Hash.of(bytes == null || bytes.length != Hash.BYTES ? new byte[Hash.BYTES] : bytes);
  }

  @Override
  public void close() throws IOException {
    try {
      connection.close();
    } catch (SQLException e) {
      throw new IOException("the connection cannot be closed", e);
    }
  }
}
