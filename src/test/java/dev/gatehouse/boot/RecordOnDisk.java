package dev.gatehouse.boot;

import dev.gatehouse.audit.entry.Entry;
import dev.gatehouse.audit.entry.EntryKind;
import dev.gatehouse.audit.entry.Field;
import dev.gatehouse.audit.journal.JournalFolder;
import dev.gatehouse.testing.CommandLineTool;
import dev.gatehouse.testing.GatewayProcess;
import dev.gatehouse.testing.PostgresServer;
import dev.gatehouse.testing.RecordedChanges;
import dev.gatehouse.testing.RecordedEntries;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** What gateways of one test's own have recorded, in their database and their folders. */
record RecordOnDisk(PostgresServer.Database database, List<GatewayProcess> processes) {

  /** The folder of a replica's journals. */
  Path journals(int replica) {
    return processes.get(replica).folder().resolve("gatehouse-data/audit");
  }

  /** The trace ids of all calls that are in the journals. */
  Set<String> traces() {
    Set<String> traces = new HashSet<>();
    for (int replica = 0; replica < processes.size(); replica++) {
      for (Entry entry : RecordedEntries.of(journals(replica)).all()) {
        String trace = entry.kind() == EntryKind.INTENT ? entry.text(Field.TRACE) : null;
        if (trace != null) {
          traces.add(trace);
        }
      }
    }
    return traces;
  }

  /** How many journals there are. */
  int journalCount() {
    int count = 0;
    try {
      for (int replica = 0; replica < processes.size(); replica++) {
        count += JournalFolder.in(journals(replica)).size();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return count;
  }

  /** The command that verifies all of it, by the keys that the control log names. */
  CommandLineTool.Result verify() {
    return run("verify", List.of());
  }

  /** A command about the record as it lies there. */
  CommandLineTool.Result run(String command, List<String> more) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "audit",
                command,
                "--database",
                database.jdbcUrl(),
                "--database-user",
                database.user()));
    for (int replica = 0; replica < processes.size(); replica++) {
      arguments.addAll(List.of("--journals", journals(replica).toString()));
    }
    arguments.addAll(
        List.of(
            "--checkpoints",
            processes.getLast().folder().resolve("gatehouse-data/checkpoints").toString()));
    for (String key : keys()) {
      arguments.addAll(List.of("--key", key));
    }
    arguments.addAll(more);
    return CommandLineTool.run(Map.of("PGPASSWORD", database.password()), arguments);
  }

  /**
   * The public keys that signed checkpoints: trusted here because nobody was there to forge them.
   */
  List<String> keys() {
    return RecordedChanges.of(database).all().stream()
        .filter(entry -> entry.kind() == EntryKind.KEY_USED)
        .map(entry -> Objects.requireNonNull(entry.text(Field.KEY)))
        .toList();
  }
}
