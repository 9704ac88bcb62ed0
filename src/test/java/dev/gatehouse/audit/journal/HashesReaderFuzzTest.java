package dev.gatehouse.audit.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.audit.merkle.Hash;
import dev.gatehouse.audit.merkle.TreeHasher;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What retention leaves of a segment, damaged in every way: it is never taken for a whole one. */
final class HashesReaderFuzzTest {

  private static final int LEAVES = 9;
  private static final int COUNT_AT = 8 + SegmentHeader.BYTES;
  private static final int ROUNDS = 20_000;

  private byte[] bytes;
  private SegmentFooter footer;

  @BeforeEach
  void write(@TempDir Path folder) throws IOException {
    JournalFolder journal = new JournalFolder(new JournalId("0123456789abcdef".repeat(2)), folder);
    List<byte[]> entries = new ArrayList<>();
    for (int i = 0; i < LEAVES; i++) {
      entries.add(new byte[] {(byte) i, 1, 2});
    }
    footer = Segments.write(journal, 0, 0, ChainHasher.NOTHING, entries);
    byte[] segment = Files.readAllBytes(journal.segment(0));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(HashesReader.MAGIC);
    out.write(segment, 0, SegmentHeader.BYTES);
    out.write(ByteBuffer.allocate(Long.BYTES).putLong(LEAVES).array());
    for (byte[] entry : entries) {
      out.write(new TreeHasher().leaf(entry).bytes());
    }
    out.write(segment, segment.length - SegmentFooter.BYTES, SegmentFooter.BYTES);
    bytes = out.toByteArray();
  }

  /** How a file ends; the leaves that it gives are no more than it has room for. */
  private static SegmentEnd endOf(byte[] file) throws IOException {
    try (HashesReader reader =
        new HashesReader(Channels.newChannel(new ByteArrayInputStream(file)))) {
      long leaves = 0;
      while (reader.next() != null) {
        leaves++;
      }
      assertTrue(leaves <= file.length / Hash.BYTES);
      SegmentEnd end = reader.end();
      assertTrue(end.position() >= 0 && end.position() <= file.length, end::toString);
      return end;
    }
  }

  private static void assertNotWhole(byte[] file, String how) throws IOException {
    SegmentEnd end = endOf(file);
    assertTrue(end instanceof SegmentEnd.Wrong || end instanceof SegmentEnd.Torn, how + ": " + end);
  }

  @Test
  void next_asWritten_givesEveryLeafAndTheFooter() throws IOException {
    SegmentEnd.Closed closed = assertInstanceOf(SegmentEnd.Closed.class, endOf(bytes));
    assertEquals(footer, closed.footer());
  }

  @Test
  void next_cutAtAnyByte_isTorn() throws IOException {
    for (int length = 0; length < bytes.length; length++) {
      SegmentEnd.Torn torn =
          assertInstanceOf(
              SegmentEnd.Torn.class, endOf(Arrays.copyOf(bytes, length)), "cut at " + length);
      assertEquals(length, torn.position() + torn.bytes());
    }
  }

  @Test
  void next_anyBitChanged_isNotWhole() throws IOException {
    for (int bit = 0; bit < bytes.length * 8; bit++) {
      byte[] changed = bytes.clone();
      changed[bit / 8] ^= (byte) (1 << bit % 8);
      assertNotWhole(changed, "bit " + bit);
    }
  }

  @Test
  void next_anyCountOfLeaves_isNotWholeAndTakesNoMemoryForThem() throws IOException {
    for (int shift = 0; shift < 64; shift++) {
      for (long count : new long[] {1L << shift, (1L << shift) - 1, -1L << shift}) {
        if (count != LEAVES) {
          byte[] changed = bytes.clone();
          ByteBuffer.wrap(changed).putLong(COUNT_AT, count);
          assertNotWhole(changed, "count " + count);
        }
      }
    }
    byte[] many = bytes.clone();
    ByteBuffer.wrap(many).putLong(COUNT_AT, 1L << 60);
    try (HashesReader reader =
        new HashesReader(Channels.newChannel(new ByteArrayInputStream(many)))) {
      assertEquals(1L << 60, reader.count());
      assertNotNull(reader.next());
    }
  }

  @Test
  void next_randomBytes_areNotWhole() throws IOException {
    SplittableRandom random = random();
    for (int round = 0; round < ROUNDS; round++) {
      byte[] noise = new byte[random.nextInt(2 * bytes.length)];
      random.nextBytes(noise);
      // Often behind a beginning that is right, so that more is read.
      int right = random.nextBoolean() ? Math.min(noise.length, random.nextInt(bytes.length)) : 0;
      System.arraycopy(bytes, 0, noise, 0, right);
      if (!Arrays.equals(noise, bytes)) {
        assertNotWhole(noise, "round " + round);
      }
    }
  }

  @Test
  void next_changedInSeveralPlaces_isNotWhole() throws IOException {
    SplittableRandom random = random();
    for (int round = 0; round < ROUNDS; round++) {
      byte[] changed = bytes;
      for (int i = random.nextInt(1, 5); i > 0; i--) {
        changed = changed(changed, random);
      }
      if (!Arrays.equals(changed, bytes)) {
        assertNotWhole(changed, "round " + round);
      }
    }
  }

  /** One byte changed, a part left out, or a part doubled. */
  private static byte[] changed(byte[] file, SplittableRandom random) {
    if (file.length == 0) {
      return new byte[] {(byte) random.nextInt()};
    }
    int from = random.nextInt(file.length);
    int to = random.nextInt(from, Math.min(file.length, from + 2 * Hash.BYTES)) + 1;
    ByteBuffer out = ByteBuffer.allocate(file.length + (to - from));
    switch (random.nextInt(3)) {
      case 0 -> out.put(file).put(from, (byte) random.nextInt());
      case 1 -> out.put(file, 0, from).put(file, to, file.length - to);
      default -> out.put(file, 0, to).put(file, from, file.length - from);
    }
    return Arrays.copyOf(out.array(), out.position());
  }

  private static SplittableRandom random() {
    long seed = Long.getLong("gatehouse.fuzz.seed", new SplittableRandom().nextLong());
    System.out.println("HashesReaderFuzzTest seed " + seed);
    return new SplittableRandom(seed);
  }
}
