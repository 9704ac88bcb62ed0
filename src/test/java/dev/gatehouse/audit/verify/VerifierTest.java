package dev.gatehouse.audit.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.audit.Progress;
import dev.gatehouse.audit.checkpoint.Checkpoint;
import dev.gatehouse.audit.checkpoint.VerifierKey;
import dev.gatehouse.audit.merkle.Hash;
import dev.gatehouse.audit.verify.Finding.Kind;
import dev.gatehouse.keys.SigningKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the verifier says about records that are right, and about each fault. */
final class VerifierTest {

  @TempDir private Path folder;

  private WrittenRecord record;

  @BeforeEach
  void write() {
    record = WrittenRecord.written(SigningKey.open(folder.resolve("key.json"), true));
  }

  private Report verify() {
    return record.verify(folder.resolve("journals"));
  }

  @Test
  void verify_recordAsWritten_verifies() {
    Report report = verify();
    assertEquals(List.of(), report.findings());
    assertTrue(report.verifies());
  }

  @ParameterizedTest
  @ValueSource(strings = {"pipe", "folder", "link"})
  void verify_noFileInThePlaceOfASegment_isUnknownAndMissing(String what) throws Exception {
    Path segment = folder.resolve("journals").resolve(WrittenRecord.file(WrittenRecord.FIRST, 1));
    record.put(folder.resolve("journals"));
    Path moved = Files.move(segment, folder.resolve("moved"));
    switch (what) {
      case "pipe" ->
          assertEquals(0, new ProcessBuilder("mkfifo", segment.toString()).start().waitFor());
      case "folder" -> Files.createDirectory(segment);
      default -> Files.createSymbolicLink(segment, moved);
    }
    assertEquals(List.of(Kind.FILE_UNKNOWN, Kind.SEGMENT_MISSING), kinds(inFolders("journals")));
  }

  @Test
  void verify_linkInThePlaceOfAJournal_isUnknownAndMissing() throws IOException {
    Path journal = folder.resolve("journals").resolve(WrittenRecord.FIRST);
    record.put(folder.resolve("journals"));
    Files.createSymbolicLink(journal, Files.move(journal, folder.resolve("moved")));
    assertEquals(List.of(Kind.FILE_UNKNOWN, Kind.JOURNAL_MISSING), kinds(inFolders("journals")));
  }

  @Test
  void verify_journalThatIsThereTwice_isNamed() throws IOException {
    record.put(folder.resolve("journals"));
    record.put(folder.resolve("again"));
    Report report = inFolders("journals", "again");
    assertEquals(4, report.faults());
    assertEquals(Kind.FILE_UNKNOWN, report.findings().getFirst().kind());
  }

  @Test
  void verify_checkpointOfAnotherLogThatIsTrusted_isForeign() throws IOException {
    SigningKey key = SigningKey.open(folder.resolve("other.json"), true);
    VerifierKey other = new VerifierKey("other.test/audit", key.publicKey());
    Checkpoint checkpoint = new Checkpoint("other.test/audit", 3, Hash.of(new byte[Hash.BYTES]));
    record.notes.add(new Note("other", checkpoint.sign(key, other).toString()));
    Report report = record.verify(folder.resolve("journals"), List.of(record.verifierKey, other));
    assertEquals(List.of(Kind.LOG_FOREIGN), kinds(report));
  }

  private static List<Kind> kinds(Report report) {
    return report.findings().stream().map(Finding::kind).toList();
  }

  /** Verifies what lies in folders as it is. */
  private Report inFolders(String... names) throws IOException {
    Iterator<ControlRows.Row> rows = record.control.iterator();
    return Verifier.verify(
        new Evidence(
            List.of(record.verifierKey),
            record.notes,
            () -> rows.hasNext() ? rows.next() : null,
            null,
            Stream.of(names).map(folder::resolve).toList(),
            false),
        Progress.SILENT);
  }
}
