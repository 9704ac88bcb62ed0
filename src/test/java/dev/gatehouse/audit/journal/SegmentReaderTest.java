package dev.gatehouse.audit.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Segments that were written by hand, whole and damaged at every byte. */
final class SegmentReaderTest {

  @TempDir Path folder;

  private JournalFolder journal;
  private SegmentFooter footer;
  private byte[] bytes;
  private final List<Integer> boundaries = new ArrayList<>();

  @BeforeEach
  void write() throws IOException {
    journal = new JournalFolder(new JournalId("0123456789abcdef".repeat(2)), folder);
    List<byte[]> entries = new ArrayList<>();
    int at = SegmentHeader.BYTES;
    for (int i = 1; i <= 7; i++) {
      byte[] entry = new byte[i * 10];
      Arrays.fill(entry, (byte) i);
      entries.add(entry);
      boundaries.add(at);
      at += 4 + entry.length + 32;
    }
    boundaries.add(at);
    footer = Segments.write(journal, 3, 40, ChainHasher.NOTHING, entries);
    bytes = Files.readAllBytes(journal.segment(3));
    assertEquals(at + SegmentFooter.BYTES, bytes.length);
  }

  private static SegmentReader reader(byte[] segment) throws IOException {
    return new SegmentReader(Channels.newChannel(new ByteArrayInputStream(segment)));
  }

  private static SegmentEnd endOf(byte[] segment) throws IOException {
    try (SegmentReader reader = reader(segment)) {
      while (reader.next() != null) {
        // To the end.
      }
      return reader.end();
    }
  }

  @Test
  void next_closedSegment_givesEveryRecordAndTheFooter() throws IOException {
    try (SegmentReader reader = SegmentReader.open(journal.segment(3))) {
      SegmentHeader header = reader.header();
      assertNotNull(header);
      assertEquals(3, header.number());
      assertEquals(40, header.first());
      assertEquals(journal.id(), header.journal());
      assertEquals(1_000_000, header.openedMicros());
      assertThrows(IllegalStateException.class, reader::end);
      for (int i = 0; i < 7; i++) {
        SegmentRecord record = reader.next();
        assertNotNull(record);
        assertEquals(i, record.index());
        assertEquals(boundaries.get(i).longValue(), record.position());
        assertEquals((i + 1) * 10, record.entry().length);
      }
      assertNull(reader.next());
      assertEquals(new SegmentEnd.Closed(boundaries.getLast(), footer), reader.end());
      assertEquals(footer.root(), reader.root());
    }
  }

  @Test
  void next_cutAtAnyByte_isOpenAtBoundariesAndTornElsewhere() throws IOException {
    for (int length = 0; length < bytes.length; length++) {
      SegmentEnd end = endOf(Arrays.copyOf(bytes, length));
      if (boundaries.contains(length)) {
        assertEquals(new SegmentEnd.Open(length), end);
      } else {
        SegmentEnd.Torn torn = assertInstanceOf(SegmentEnd.Torn.class, end, "cut at " + length);
        assertEquals(length, torn.position() + torn.bytes());
      }
    }
  }

  @Test
  void next_anyBitChanged_isNeverClosed() throws IOException {
    for (int bit = 0; bit < bytes.length * 8; bit++) {
      byte[] changed = bytes.clone();
      changed[bit / 8] ^= (byte) (1 << bit % 8);
      SegmentEnd end = endOf(changed);
      assertTrue(end instanceof SegmentEnd.Wrong || end instanceof SegmentEnd.Torn, "bit " + bit);
      long least = boundaries.stream().filter(at -> at <= end.position()).count();
      assertTrue(least > 0 || end.position() == 0, "bit " + bit);
    }
  }

  @Test
  void next_somethingBehindTheFooter_isWrong() throws IOException {
    SegmentEnd end = endOf(Arrays.copyOf(bytes, bytes.length + 1));
    assertEquals(new SegmentEnd.Wrong(boundaries.getLast(), "something follows its footer"), end);
  }

  @Test
  void next_recordLeftOutOrTwice_isWrongThere() throws IOException {
    int from = boundaries.get(2);
    int to = boundaries.get(3);
    byte[] without = new byte[bytes.length - (to - from)];
    System.arraycopy(bytes, 0, without, 0, from);
    System.arraycopy(bytes, to, without, from, bytes.length - to);
    assertEquals(
        new SegmentEnd.Wrong(from, "a record does not continue the chain"), endOf(without));
    byte[] twice = new byte[bytes.length + (to - from)];
    System.arraycopy(bytes, 0, twice, 0, to);
    System.arraycopy(bytes, from, twice, to, bytes.length - from);
    assertEquals(new SegmentEnd.Wrong(to, "a record does not continue the chain"), endOf(twice));
  }

  @Test
  void parts_ofAFolder_areThoseNamedSoInOrder() throws IOException {
    Files.createFile(folder.resolve("00000001.hashes"));
    Files.createFile(folder.resolve("00000003.hashes"));
    Files.createFile(folder.resolve("00000002.segment"));
    Files.createFile(folder.resolve("00000004.hashes.new"));
    Files.createFile(folder.resolve("4.segment"));
    List<JournalFolder.Part> parts = journal.parts();
    assertEquals(List.of(1L, 2L, 3L), parts.stream().map(JournalFolder.Part::number).toList());
    assertTrue(parts.get(0).hashesOnly());
    assertFalse(parts.get(2).hashesOnly());
  }

  @Test
  void in_folderOfJournals_areThoseNamedSo() throws IOException {
    Files.createDirectory(folder.resolve("a".repeat(32)));
    Files.createDirectory(folder.resolve("b".repeat(32) + ".new"));
    Files.createFile(folder.resolve("c".repeat(32)));
    assertEquals(
        List.of(new JournalId("a".repeat(32))),
        JournalFolder.in(folder).stream().map(JournalFolder::id).toList());
    assertEquals(List.of(), JournalFolder.in(folder.resolve("missing")));
  }
}
