package dev.gatehouse.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.audit.Progress;
import dev.gatehouse.audit.checkpoint.Checkpoint;
import dev.gatehouse.audit.checkpoint.SignedNote;
import dev.gatehouse.audit.control.ControlLogReader;
import dev.gatehouse.audit.export.ControlEntries;
import dev.gatehouse.audit.export.ExportFilter;
import dev.gatehouse.audit.export.ExportFormat;
import dev.gatehouse.audit.export.Exporter;
import dev.gatehouse.audit.verify.ExampleExport;
import dev.gatehouse.testing.PostgresServer;
import java.io.BufferedOutputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.ds.PGSimpleDataSource;

/** The commands on a record in a real PostgreSQL. */
final class LiveStoresIT {

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(List<String> arguments, String... more) {
    List<String> all = new ArrayList<>(arguments);
    all.addAll(List.of(more));
    return Gatehouse.run(
        new PrintWriter(out, true), new PrintWriter(err, true), all.toArray(String[]::new));
  }

  /** The options for a record that is stored there; the last is the key. */
  private static List<String> stored(PostgresServer.Database where, Path folder) throws Exception {
    return stored(where, folder, 0);
  }

  private static List<String> stored(PostgresServer.Database where, Path folder, int changes)
      throws Exception {
    String key;
    try (Connection database = where.connectAsOwner()) {
      key = ExampleExport.store(folder, database, changes);
    }
    Files.writeString(folder.resolve("password"), where.password());
    return List.of(
        "--database",
        where.jdbcUrl(),
        "--database-user",
        where.user(),
        "--database-password-file",
        folder.resolve("password").toString(),
        "--journals",
        folder.resolve("journals").toString(),
        "--checkpoints",
        folder.resolve("checkpoints").toString(),
        "--key",
        key);
  }

  private static void tamper(PostgresServer.Database where, String... statements)
      throws SQLException {
    try (Connection owner = where.connectAsOwner();
        Statement statement = owner.createStatement()) {
      statement.execute("alter table audit_control_entry disable trigger all");
      statement.execute("alter table audit_control_node disable trigger all");
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  private String verified(List<String> stores) {
    List<String> verify = new ArrayList<>(List.of("audit", "verify"));
    verify.addAll(stores);
    err.getBuffer().setLength(0);
    assertEquals(1, run(verify), out::toString);
    return err.toString();
  }

  @Test
  void verify_rowsThatConstraintsWouldRefuse_areFound(@TempDir Path folder) throws Exception {
    PostgresServer.Database where = PostgresServer.shared().createDatabase().migrated();
    List<String> stores = stored(where, folder);
    tamper(
        where,
        "alter table audit_control_entry drop constraint audit_control_entry_pkey",
        "alter table audit_control_entry drop constraint audit_control_entry_sequence_check",
        "insert into audit_control_entry select * from audit_control_entry where sequence = 2");
    String duplicated = verified(stores);
    assertTrue(duplicated.startsWith("ENTRY_DUPLICATED at control log, entry 3"), () -> duplicated);
    tamper(
        where,
        "delete from audit_control_entry where ctid = (select max(ctid) from audit_control_entry"
            + " where sequence = 2)",
        "insert into audit_control_entry (sequence, entry, time, kind)"
            + " select -5, entry, time, kind from audit_control_entry where sequence = 2");
    String negative = verified(stores);
    assertTrue(negative.contains(" at control log, entry 0"), () -> negative);
  }

  @Test
  void verify_lastEntriesDeletedButNotTheirNodes_isTruncated(@TempDir Path folder)
      throws Exception {
    PostgresServer.Database where = PostgresServer.shared().createDatabase().migrated();
    List<String> stores = stored(where, folder);
    tamper(where, "delete from audit_control_entry where sequence > 20");
    // Without the checkpoint that vouches for them.
    Files.delete(folder.resolve("checkpoints").resolve("checkpoint-22"));
    String truncated = verified(stores);
    assertTrue(truncated.contains("LOG_TRUNCATED at control log, entry 21"), () -> truncated);
    assertTrue(truncated.contains("nodes of the tree are stored for it"), () -> truncated);
  }

  @Test
  void verify_nodeThatNoEntryCompletes_isFound(@TempDir Path folder) throws Exception {
    PostgresServer.Database where = PostgresServer.shared().createDatabase().migrated();
    List<String> stores = stored(where, folder);
    tamper(
        where,
        "insert into audit_control_node values"
            + " (3, 9223372036854775807, decode(repeat('00', 32), 'hex'))");
    String added = verified(stores);
    assertTrue(added.startsWith("LOG_TRUNCATED at control log, entry 22"), () -> added);
  }

  @Test
  void verify_liveRecord_verifiesAndExportsUntilTheDatabaseIsTamperedWith(@TempDir Path folder)
      throws Exception {
    PostgresServer.Database where = PostgresServer.shared().createDatabase().migrated();
    List<String> stores = stored(where, folder);
    List<String> verify = new ArrayList<>(List.of("audit", "verify"));
    verify.addAll(stores);
    assertEquals(0, run(verify), err::toString);
    assertTrue(out.toString().contains("journal entries: 132"), out::toString);

    List<String> export = new ArrayList<>(List.of("audit", "export"));
    export.addAll(stores);
    String file = folder.resolve("record.jsonl").toString();
    assertEquals(0, run(export, "--out", file), err::toString);
    assertEquals(
        0,
        run(List.of("audit", "verify", "--export", file, "--key", stores.getLast())),
        err::toString);

    try (Connection owner = where.connectAsOwner();
        Statement statement = owner.createStatement()) {
      statement.execute("alter table audit_control_entry disable trigger all");
      statement.execute("update audit_control_entry set caller = 'nobody' where sequence = 2");
    }
    assertEquals(1, run(verify));
    assertTrue(
        err.toString().startsWith("PROJECTION_CHANGED at control log, entry 2"), err::toString);
  }

  @Test
  void export_folderOfJournalsThatIsNotThere_isNotDone(@TempDir Path folder) throws Exception {
    PostgresServer.Database where = PostgresServer.shared().createDatabase().migrated();
    List<String> arguments = new ArrayList<>(List.of("audit", "export"));
    arguments.addAll(stored(where, folder));
    Path none = folder.resolve("none");
    arguments.set(arguments.indexOf("--journals") + 1, none.toString());
    Path file = folder.resolve("record.jsonl");
    assertEquals(2, run(arguments, "--out", file.toString()));
    assertTrue(err.toString().contains(none + ": not a folder"), err::toString);
    assertFalse(Files.exists(file));
  }

  /** Counts how often the database is asked: the reader takes a connection for each question. */
  private static final class Counting extends PGSimpleDataSource {
    private static final long serialVersionUID = 1L;
    private int questions;

    @Override
    public Connection getConnection() throws SQLException {
      questions++;
      return super.getConnection();
    }
  }

  @Test
  void export_ofManyEntries_asksForEntriesAndNodesInPages(@TempDir Path folder) throws Exception {
    PostgresServer.Database where = PostgresServer.shared().createDatabase().migrated();
    List<String> stores = stored(where, folder, 3_000);
    Counting database = new Counting();
    database.setUrl(where.jdbcUrl());
    database.setUser(where.user());
    database.setPassword(where.password());
    Path file = folder.resolve("record.jsonl");
    String note = Files.readString(folder.resolve("checkpoints").resolve("checkpoint-3022"));
    SignedNote signed = SignedNote.parse(note);
    try (OutputStream to = new BufferedOutputStream(Files.newOutputStream(file))) {
      Exporter.Summary summary =
          new Exporter(
                  ControlEntries.of(new ControlLogReader(database)),
                  List.of(folder.resolve("journals")))
              .export(
                  Checkpoint.parse(signed.text()),
                  signed,
                  new ExportFilter(null, "digits", null, null, null, null),
                  ExportFormat.JSONL,
                  to,
                  Progress.SILENT);
      // A page has 1,000 entries, a block of nodes 1,024; and the lines of 9 anchors are read
      // again.
      assertTrue(summary.entries() > 3_000, summary::toString);
      assertTrue(database.questions <= 4 + 3 * 3 + 9, () -> database.questions + " questions");
    }
    assertEquals(
        0,
        run(List.of("audit", "verify", "--export", file.toString(), "--key", stores.getLast())),
        err::toString);
  }
}
