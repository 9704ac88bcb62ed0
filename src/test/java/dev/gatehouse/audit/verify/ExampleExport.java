package dev.gatehouse.audit.verify;

import dev.gatehouse.audit.control.ControlRow;
import dev.gatehouse.audit.export.ExportFilter;
import dev.gatehouse.audit.export.ExportFormat;
import dev.gatehouse.keys.SigningKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Objects;

/** An export on disk, for tests of what reads one. */
public final class ExampleExport {

  private ExampleExport() {}

  /**
   * Writes {@code record.jsonl} and {@code record.csv}, and returns the key that is to be trusted.
   */
  public static String write(Path folder) throws IOException {
    WrittenRecord record =
        WrittenRecord.written(SigningKey.open(folder.resolve("signing-key.json"), true));
    Path journals = folder.resolve("journals");
    record.put(journals);
    Files.write(
        folder.resolve("record.jsonl"),
        record.export(journals, ExportFormat.JSONL, ExportFilter.ALL));
    Files.write(
        folder.resolve("record.csv"), record.export(journals, ExportFormat.CSV, ExportFilter.ALL));
    return record.verifierKey.toString();
  }

  /**
   * Stores a record: its journals in {@code journals}, its checkpoints in {@code checkpoints}, its
   * control log with so many more changes in a database that has the tables. Returns the key that
   * is to be trusted.
   */
  public static String store(Path folder, Connection database, int changes)
      throws IOException, SQLException {
    WrittenRecord record =
        WrittenRecord.written(SigningKey.open(folder.resolve("signing-key.json"), true));
    if (changes > 0) {
      record.changed(changes);
    }
    record.put(folder.resolve("journals"));
    Path checkpoints = Files.createDirectories(folder.resolve("checkpoints"));
    for (Note note : record.notes) {
      Files.writeString(checkpoints.resolve(note.name()), note.text());
    }
    try (PreparedStatement insert =
        database.prepareStatement(
            "insert into audit_control_entry (sequence, entry, time, kind, caller, team, action,"
                + " resource, model, outcome, journal, segment) values (?, ?, timestamptz"
                + " '1970-01-01 00:00:00+00' + ? * interval '1 microsecond', ?, ?, ?, ?, ?, ?, ?,"
                + " ?, ?)")) {
      for (ControlRows.Row row : record.control) {
        ControlRow columns = Objects.requireNonNull(row.columns());
        Object[] values = {
          row.sequence(),
          row.entry(),
          columns.timeMicros(),
          columns.kind(),
          columns.caller(),
          columns.team(),
          columns.action(),
          columns.resource(),
          columns.model(),
          columns.outcome(),
          columns.journal(),
          columns.segment()
        };
        for (int i = 0; i < values.length; i++) {
          insert.setObject(i + 1, values[i]);
        }
        insert.addBatch();
      }
      insert.executeBatch();
    }
    try (PreparedStatement insert =
        database.prepareStatement("insert into audit_control_node values (?, ?, ?)")) {
      for (NodeRows.Node node : record.nodes) {
        insert.setInt(1, node.level());
        insert.setLong(2, node.index());
        insert.setBytes(3, node.hash().bytes());
        insert.addBatch();
      }
      insert.executeBatch();
    }
    return record.verifierKey.toString();
  }
}
