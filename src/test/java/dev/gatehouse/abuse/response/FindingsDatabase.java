package dev.gatehouse.abuse.response;

import dev.gatehouse.audit.control.Transactions;
import dev.gatehouse.testing.PostgresServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/** Findings in a real PostgreSQL, as the role of the application. */
final class FindingsDatabase implements AutoCloseable {

  private final Transactions transactions;
  private final Findings findings;

  /** A database with the tables, and nothing in them. */
  FindingsDatabase() throws SQLException {
    transactions = Transactions.on(PostgresServer.shared().createDatabase().migrated());
    findings = new Findings(transactions.database());
  }

  Findings findings() {
    return findings;
  }

  /** Does it in a transaction of its own. */
  <T> T in(Callable<T> work) {
    List<T> result = new ArrayList<>();
    try {
      transactions.in(() -> result.add(work.call()));
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
    return result.getFirst();
  }

  /** Forgets all findings and alerts. */
  void empty() throws SQLException {
    try (Connection connection = transactions.database().getConnection();
        Statement statement = connection.createStatement()) {
      int ignored = statement.executeUpdate("delete from abuse_findings");
      ignored = statement.executeUpdate("delete from abuse_alerts");
    }
  }

  @Override
  public void close() {
    transactions.close();
  }
}
