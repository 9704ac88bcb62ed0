package dev.gatehouse.changes;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.postgresql.Driver;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/**
 * A connection to the database that listens; outside of the pool, which would hand it to others.
 *
 * <p>Every wait for an answer is bounded, and each poll asks for one, so that a peer which is gone
 * without a word is noticed. Used by one thread; {@link #abort} may be called by any.
 */
final class ListeningConnection implements AutoCloseable {

  private final Connection connection;
  private final PGConnection notified;

  private ListeningConnection(Connection connection) throws SQLException {
    this.connection = connection;
    this.notified = connection.unwrap(PGConnection.class);
  }

  /** Connects and listens. What {@code url} itself says of the connection goes first. */
  static ListeningConnection open(ChangesSettings settings) throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", settings.user());
    if (!settings.password().isEmpty()) {
      properties.setProperty("password", settings.password());
    }
    String seconds = Long.toString(Changes.ANSWER_MAX.toSeconds());
    properties.setProperty("connectTimeout", seconds);
    properties.setProperty("loginTimeout", seconds);
    properties.setProperty("socketTimeout", seconds);
    properties.setProperty("tcpKeepAlive", "true");
    properties.setProperty("ApplicationName", "gatehouse-changes");
    Connection connection = new Driver().connect(settings.url(), properties);
    if (connection == null) {
      throw new SQLException("not the URL of a PostgreSQL database");
    }
    try {
      connection.setNetworkTimeout(Runnable::run, (int) Changes.ANSWER_MAX.toMillis());
      ListeningConnection listening = new ListeningConnection(connection);
      listening.listen();
      return listening;
    } catch (SQLException | RuntimeException e) {
      connection.close();
      throw e;
    }
  }

  private void listen() throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("listen " + Changes.CHANNEL);
    }
  }

  /**
   * Waits for a notification.
   *
   * @return what came, in the order of commits; empty after {@code atMost}; null for what is not
   *     understood
   */
  List<@Nullable Notification> await(Duration atMost) throws SQLException {
    PGNotification[] came = notified.getNotifications((int) atMost.toMillis());
    List<@Nullable Notification> notifications = new ArrayList<>();
    if (came != null) {
      for (PGNotification one : came) {
        notifications.add(Notification.parse(one.getParameter()));
      }
    }
    return notifications;
  }

  /** The counters as they are now. */
  Map<Topic, Long> counters() throws SQLException {
    Map<Topic, Long> counters = new EnumMap<>(Topic.class);
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("select topic, counter from changes")) {
      while (rows.next()) {
        Topic topic = Topic.of(rows.getString(1));
        if (topic != null) {
          counters.put(topic, rows.getLong(2));
        }
      }
    }
    return counters;
  }

  /** Breaks it off, whatever its thread is waiting for. */
  void abort() {
    try {
      connection.abort(Runnable::run);
    } catch (SQLException e) {
      // It is closed already.
    }
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
