package dev.gatehouse.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.audit.verify.ExampleExport;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Commands, their exit codes and what they print. */
final class GatehouseTest {

  @TempDir private Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private String key = "";

  @BeforeEach
  void write() throws IOException {
    key = ExampleExport.write(folder);
  }

  private int run(String... arguments) {
    return Gatehouse.run(new PrintWriter(out, true), new PrintWriter(err, true), arguments);
  }

  private String file(String name) {
    return folder.resolve(name).toString();
  }

  @ParameterizedTest
  @ValueSource(strings = {"record.jsonl", "record.csv"})
  void verify_exportAsWritten_exitsWithZero(String export) {
    assertEquals(0, run("audit", "verify", "--export", file(export), "--key", key));
    assertTrue(out.toString().contains("control entries: 22"), out::toString);
    assertTrue(out.toString().contains("the record verifies"), out::toString);
    assertEquals("", err.toString());
  }

  @Test
  void verify_exportTamperedWith_exitsWithOneAndNamesTheFirstFault() throws IOException {
    String text = Files.readString(folder.resolve("record.jsonl"));
    Files.writeString(folder.resolve("tampered.jsonl"), text.replace("\"fraud\"", "\"nobody\""));
    Files.writeString(folder.resolve("key"), key + "\n");
    assertEquals(
        1, run("audit", "verify", "--export", file("tampered.jsonl"), "--key", file("key")));
    assertTrue(err.toString().startsWith("LINE_CHANGED at line "), err::toString);
    assertFalse(out.toString().contains("the record verifies"));
  }

  @Test
  void verify_whatCannotBeChecked_exitsWithTwo() {
    assertEquals(2, run("audit", "verify", "--export", file("none"), "--key", key));
    assertEquals(2, run("audit", "verify", "--export", file("record.jsonl"), "--key", "nothing"));
    assertEquals(2, run("audit", "verify", "--export", file("record.jsonl")));
    assertEquals(2, run("audit", "verify", "--key", key));
    assertEquals(2, run("audit", "nothing"));
    assertEquals("", out.toString());
  }

  @Test
  void verify_fileOrFolderNotThere_saysSo() {
    assertEquals(2, run("audit", "verify", "--export", file("none"), "--key", key));
    assertTrue(err.toString().endsWith("none: no such file or folder\n"), err::toString);
    String export = file("record.jsonl");
    assertEquals(
        2, run("audit", "verify", "--export", export, "--checkpoints", export, "--key", key));
    assertTrue(err.toString().endsWith("record.jsonl: not a folder\n"), err::toString);
    assertEquals(
        2,
        run("audit", "export", "--out", export, "--server", "localhost:1", "--token-file", export));
    assertTrue(err.toString().endsWith("record.jsonl: there already\n"), err::toString);
  }

  @Test
  void verify_outOfMemory_exitsWithTwo() {
    PrintWriter full =
        new PrintWriter(out, true) {
          @Override
          public void println(String line) {
            throw new OutOfMemoryError("on purpose");
          }
        };
    assertEquals(
        2,
        Gatehouse.run(
            full,
            new PrintWriter(err, true),
            "audit",
            "verify",
            "--export",
            file("record.jsonl"),
            "--key",
            key));
    assertTrue(err.toString().contains("on purpose"), err::toString);
  }

  @Test
  void export_fileThatIsThere_isNotOverwritten() {
    assertEquals(
        2,
        run(
            "audit",
            "export",
            "--out",
            file("record.csv"),
            "--server",
            "localhost:1",
            "--token-file",
            file("none")));
    assertTrue(Files.exists(folder.resolve("record.csv")));
  }

  @Test
  void export_gatewayNotThere_leavesNoFile() throws IOException {
    Files.writeString(folder.resolve("token"), "secret-token");
    assertEquals(
        2,
        run(
            "audit",
            "export",
            "--out",
            file("new.jsonl"),
            "--server",
            "localhost:1",
            "--token-file",
            file("token"),
            "--plaintext"));
    assertFalse(Files.exists(folder.resolve("new.jsonl")));
    assertFalse((out.toString() + err).contains("secret-token"));
  }
}
