package dev.gatehouse.audit.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.audit.merkle.Hash;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Payload that is deleted when it is due, and its hashes, which stay. */
final class RetentionTest {

  private static final Instant NOW = Instant.parse("2030-01-01T00:00:00Z");
  private static final JournalId OWN = new JournalId("e".repeat(32));

  @TempDir Path folder;

  private final Disk disk = new Disk();
  private JournalFolder journal;
  private final List<SegmentFooter> footers = new ArrayList<>();

  @BeforeEach
  void write() throws IOException {
    journal = new JournalFolder(OWN, Files.createDirectory(folder.resolve(OWN.value())));
    Hash previous = ChainHasher.NOTHING;
    for (int number = 0; number < 4; number++) {
      List<byte[]> entries = new ArrayList<>();
      for (int i = 0; i < 5_000; i++) {
        entries.add(new byte[] {(byte) number, (byte) i, (byte) (i >> 8)});
      }
      SegmentFooter footer = Segments.write(journal, number, 5_000L * number, previous, entries);
      previous = footer.hash();
      footers.add(footer);
      // 2, 1, 0 and -1 days older than what is kept.
      Files.setLastModifiedTime(
          journal.segment(number), FileTime.from(NOW.minus(Duration.ofDays(90 + 2 - number))));
    }
  }

  private Retention retention(JournalId own) {
    return new Retention(folder, own, Duration.ofDays(90), InstantSource.fixed(NOW), disk);
  }

  private List<Boolean> reduced() throws IOException {
    return journal.parts().stream().map(JournalFolder.Part::hashesOnly).toList();
  }

  @Test
  void run_ownJournal_reducesWhatIsOldAndAnchored() throws IOException {
    retention(OWN).run(1);
    assertEquals(List.of(true, false, false, false), reduced());
    retention(OWN).run(4);
    assertEquals(List.of(true, true, false, false), reduced());
    assertFalse(Files.exists(journal.segment(0)));
    try (HashesReader reader = HashesReader.open(journal.hashes(1))) {
      assertEquals(5_000, reader.count());
      SegmentHeader header = reader.header();
      assertNotNull(header);
      assertEquals(5_000, header.first());
      int leaves = 0;
      while (reader.next() != null) {
        leaves++;
      }
      assertEquals(5_000, leaves);
      SegmentEnd.Closed closed = assertInstanceOf(SegmentEnd.Closed.class, reader.end());
      assertEquals(footers.get(1), closed.footer());
    }
  }

  @Test
  void run_otherJournal_waitsForItsEnd() throws IOException {
    JournalId other = new JournalId("d".repeat(32));
    retention(other).run(0);
    assertEquals(List.of(false, false, false, false), reduced());
    Files.createFile(journal.closedMark());
    retention(other).run(0);
    assertEquals(List.of(true, true, false, false), reduced());
  }

  @Test
  void run_segmentWasChanged_leavesItAsItIs() throws IOException {
    byte[] bytes = Files.readAllBytes(journal.segment(0));
    bytes[500] ^= 1;
    FileTime time = Files.getLastModifiedTime(journal.segment(0));
    Files.write(journal.segment(0), bytes);
    Files.setLastModifiedTime(journal.segment(0), time);
    retention(OWN).run(4);
    assertEquals(List.of(false, true, false, false), reduced());
    assertFalse(Files.exists(journal.path().resolve("00000000.hashes.new")));
  }

  @Test
  void run_afterACrashAtAnyStep_endsWithTheHashesAlone() throws IOException {
    Path copy = folder.resolve("copy");
    Files.copy(journal.segment(0), copy);
    FileTime time = Files.getLastModifiedTime(journal.segment(0));
    retention(OWN).run(1);
    byte[] hashes = Files.readAllBytes(journal.hashes(0));
    // It died before the segment was deleted, with the temporary file of another attempt there.
    Files.copy(copy, journal.segment(0));
    Files.setLastModifiedTime(journal.segment(0), time);
    Files.write(journal.path().resolve("00000000.hashes.new"), new byte[10]);
    assertFalse(journal.parts().getFirst().hashesOnly());
    retention(OWN).run(1);
    assertTrue(journal.parts().getFirst().hashesOnly());
    assertEquals(-1, Arrays.mismatch(hashes, Files.readAllBytes(journal.hashes(0))));
    assertFalse(Files.exists(journal.segment(0)));
  }

  @Test
  void recovery_journalWithReducedSegments_isEnded() throws IOException {
    retention(OWN).run(4);
    FakeAnchors anchors = new FakeAnchors();
    new Recovery(folder, new JournalId("d".repeat(32)), anchors, disk).run();
    assertEquals(20_000, anchors.end(OWN).entries());
  }

  @Test
  void hashes_anyByteChangedOrMissing_areNeverClosed() throws IOException {
    JournalFolder small = new JournalFolder(OWN, Files.createDirectory(folder.resolve("small")));
    Segments.write(
        small, 0, 0, ChainHasher.NOTHING, List.of(new byte[1], new byte[2], new byte[3]));
    Path journals = Files.createDirectory(folder.resolve("journals"));
    JournalFolder moved = new JournalFolder(OWN, journals.resolve(OWN.value()));
    Files.move(small.path(), moved.path());
    Files.setLastModifiedTime(moved.segment(0), FileTime.from(NOW.minus(Duration.ofDays(99))));
    new Retention(journals, OWN, Duration.ofDays(90), InstantSource.fixed(NOW), disk).run(1);
    byte[] bytes = Files.readAllBytes(moved.hashes(0));
    assertInstanceOf(SegmentEnd.Closed.class, endOf(bytes));
    for (int i = 0; i < bytes.length; i++) {
      byte[] changed = bytes.clone();
      changed[i] ^= (byte) 0x10;
      assertFalse(endOf(changed) instanceof SegmentEnd.Closed, "byte " + i);
      assertFalse(endOf(Arrays.copyOf(bytes, i)) instanceof SegmentEnd.Closed, "cut at " + i);
    }
    assertFalse(endOf(Arrays.copyOf(bytes, bytes.length + 1)) instanceof SegmentEnd.Closed);
  }

  private static SegmentEnd endOf(byte[] bytes) throws IOException {
    try (HashesReader reader =
        new HashesReader(Channels.newChannel(new ByteArrayInputStream(bytes)))) {
      while (reader.next() != null) {
        // To the end.
      }
      return reader.end();
    }
  }
}
