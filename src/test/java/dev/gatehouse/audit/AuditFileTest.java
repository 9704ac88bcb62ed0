package dev.gatehouse.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.gatehouse.audit.AuditLog.Reservation;
import dev.gatehouse.core.SystemTime;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The record on real files: permissions, restarts, killed writers and full disks. */
final class AuditFileTest {

  @TempDir Path folder;

  @Test
  void open_nothingThere_createsFileAndFoldersForTheOwnerAlone() throws IOException {
    Path file = folder.resolve("a/b/audit.log");
    AuditLog.open(settings(file), SystemTime.wall()).close();
    assertEquals("rw-------", permissions(file));
    assertEquals("rwx------", permissions(folder.resolve("a/b")));
    assertEquals("rwx------", permissions(folder.resolve("a")));
  }

  @Test
  void open_folderInItsPlace_fails() {
    assertThrows(
        IOException.class, () -> AuditLog.open(settings(folder), SystemTime.wall()).close());
  }

  @Test
  void open_entriesThere_appends() throws IOException {
    Path file = folder.resolve("audit.log");
    write(file, 1);
    write(file, 2);
    assertEquals(List.of(1L, 2L), rows(Events.read(file)));
    assertTrue(Files.readString(file).endsWith("}\n"));
  }

  @Test
  void open_killedAtAnyByte_losesOnlyTheUnfinishedLine() throws IOException {
    Path whole = folder.resolve("whole.log");
    write(whole, 1, 2);
    String text = Files.readString(whole);
    int first = text.indexOf('\n') + 1;
    for (int end = 0; end <= text.length(); end++) {
      Path file = folder.resolve("cut-" + end + ".log");
      Files.writeString(file, text.substring(0, end));
      write(file, 3);
      List<String> lines = Files.readAllLines(file, StandardCharsets.US_ASCII);
      int before = end == 0 ? 0 : end <= first ? 1 : 2;
      assertEquals(before + 1, lines.size(), () -> file + " " + lines);
      assertEquals(List.of(3L), rows(List.of(Events.parse(lines.getLast()))));
      assertEquals(
          text.substring(0, end).stripTrailing(), String.join("\n", lines.subList(0, before)));
    }
  }

  @Test
  void write_devFull_refusesUntilClosed() throws IOException {
    Path full = Path.of("/dev/full");
    assumeTrue(Files.exists(full), "this system has no /dev/full");
    AuditLog log = AuditLog.open(settings(full), SystemTime.wall());
    Objects.requireNonNull(log.reserve()).record(Events.call(1));
    Events.await("the failure is seen", () -> !log.health().available());
    assertNull(log.reserve());
    assertEquals(1, log.backlog());
    log.close();
    assertEquals(1, log.dropped());
  }

  @Test
  void write_realDiskFull_refusesAndHealsWhenThereIsRoomAgain() throws Exception {
    Path mount = Files.createDirectory(folder.resolve("disk"));
    assumeTrue(
        run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", mount.toString()),
        "mounting needs to be root");
    try {
      fillAndHeal(mount);
    } finally {
      assertTrue(run("umount", mount.toString()));
    }
  }

  private static void fillAndHeal(Path disk) throws IOException {
    Path file = disk.resolve("audit.log");
    AuditLog log = AuditLog.open(settings(file), SystemTime.wall());
    Path filler = Files.write(disk.resolve("filler"), new byte[48 * 1024]);
    long recorded = 0;
    for (Reservation place = log.reserve(); recorded < 10_000; place = log.reserve()) {
      if (place != null) {
        place.record(Events.call(recorded++));
      } else if (!log.health().available()) {
        break;
      } else {
        Thread.onSpinWait();
      }
    }
    assertEquals(AuditHealth.State.FAILING, log.health().state());
    assertTrue(log.backlog() > 0);
    assertFalse(Files.readString(file).isEmpty());

    Files.delete(filler);
    Events.await("it heals", () -> log.health().available());
    Objects.requireNonNull(log.reserve()).record(Events.call(recorded++));
    log.close();
    List<Long> rows = rows(Events.read(file));
    assertEquals(recorded, rows.size());
    for (int i = 0; i < recorded; i++) {
      assertEquals(i, rows.get(i));
    }
    assertEquals(0, log.dropped());
  }

  private static void write(Path file, long... rows) throws IOException {
    try (AuditLog log = AuditLog.open(settings(file), SystemTime.wall())) {
      for (long row : rows) {
        Objects.requireNonNull(log.reserve()).record(Events.call(row));
      }
    }
  }

  private static List<Long> rows(List<JsonNode> entries) {
    return entries.stream().map(e -> e.get("rows").longValue()).toList();
  }

  private static String permissions(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  private static AuditSettings settings(Path file) {
    return new AuditSettings(file, 32, Duration.ZERO, Duration.ofMillis(5), Duration.ofSeconds(1));
  }

  private static boolean run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    return process.waitFor(60, TimeUnit.SECONDS) && process.exitValue() == 0;
  }
}
