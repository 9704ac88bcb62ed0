package dev.gatehouse.audit.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.keys.SigningKey;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
    System.out.println(report);
  }
}
