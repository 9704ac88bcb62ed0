package dev.gatehouse.testing;

import dev.gatehouse.audit.entry.Entry;
import dev.gatehouse.audit.entry.EntryCodec;
import dev.gatehouse.audit.entry.EntryFormatException;
import dev.gatehouse.audit.entry.EntryKind;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** What the control log of a database holds, read from outside. */
public final class RecordedChanges {

  /** How long an entry may take to get there that was not part of a change. */
  private static final Duration WAIT_MAX = Duration.ofSeconds(60);

  private final PostgresServer.Database database;

  private RecordedChanges(PostgresServer.Database database) {
    this.database = database;
  }

  /** Those of this database, whose schema a gateway has made. */
  public static RecordedChanges of(PostgresServer.Database database) {
    return new RecordedChanges(database);
  }

  /** All entries, in their order. */
  public List<Entry> all() {
    List<Entry> entries = new ArrayList<>();
    try (Connection connection =
            DriverManager.getConnection(database.jdbcUrl(), database.user(), database.password());
        Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery("select entry from audit_control_entry order by sequence")) {
      while (rows.next()) {
        entries.add(EntryCodec.read(rows.getBytes(1)));
      }
    } catch (SQLException | EntryFormatException e) {
      throw new IllegalStateException(e);
    }
    return entries;
  }

  /** The first entry of a kind that fits, once it is there. */
  public Entry await(EntryKind kind, Predicate<Entry> fits) {
    Predicate<Entry> wanted = fits.and(entry -> entry.kind() == kind);
    if (!Await.until(WAIT_MAX, () -> all().stream().anyMatch(wanted))) {
      throw new IllegalStateException("no such " + kind + " in " + all());
    }
    return all().stream().filter(wanted).findFirst().orElseThrow();
  }

  /** Everything as text, for what must not be in it. */
  public String text() {
    return all().toString();
  }
}
