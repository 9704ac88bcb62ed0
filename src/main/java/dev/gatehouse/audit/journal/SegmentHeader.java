package dev.gatehouse.audit.journal;

import dev.gatehouse.audit.merkle.Hash;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The beginning of a segment.
 *
 * @param journal the journal it belongs to
 * @param number its number in the journal, from 0
 * @param first the sequence number of its first entry
 * @param openedMicros when it was begun, in microseconds since 1970
 * @param previous the hash of the footer of the segment before; 32 zero bytes in segment 0
 * @param hash the hash of all that, with which the chain begins
 */
public record SegmentHeader(
    JournalId journal, long number, long first, long openedMicros, Hash previous, Hash hash) {

  /** The length of a header. */
  public static final int BYTES = 112;

  /** What a segment begins with. */
  static final byte[] MAGIC = "GHJSEG01".getBytes(StandardCharsets.US_ASCII);

  private static final int HASHED_BYTES = BYTES - Hash.BYTES;

  /** The header of a segment that is begun. */
  static SegmentHeader of(
      JournalId journal, long number, long first, long openedMicros, Hash previous) {
    byte[] bytes = bytes(journal, number, first, openedMicros, previous);
    Hash hash = new ChainHasher().header(bytes, 0, HASHED_BYTES);
    return new SegmentHeader(journal, number, first, openedMicros, previous, hash);
  }

  /** Its bytes in a file. */
  byte[] bytes() {
    byte[] bytes = bytes(journal, number, first, openedMicros, previous);
    System.arraycopy(hash.bytes(), 0, bytes, HASHED_BYTES, Hash.BYTES);
    return bytes;
  }

  private static byte[] bytes(
      JournalId journal, long number, long first, long openedMicros, Hash previous) {
    ByteBuffer out = ByteBuffer.allocate(BYTES);
    out.put(MAGIC).put(journal.bytes()).putLong(number).putLong(first).putLong(openedMicros);
    out.put(previous.bytes());
    return out.array();
  }

  /** What is wrong with these {@link #BYTES} as a header, or null. */
  static @Nullable String problem(byte[] bytes) {
    if (!Arrays.equals(bytes, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
      return "it does not begin as a segment does";
    }
    SegmentHeader header = read(bytes);
    if (header.number < 0 || header.first < 0) {
      return "its header has a number beyond the largest";
    }
    if (!new ChainHasher().header(bytes, 0, HASHED_BYTES).equals(header.hash)) {
      return "its header does not have the hash that it names";
    }
    return null;
  }

  /** The header that these bytes are, in which there is no {@link #problem}. */
  static SegmentHeader read(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes).position(MAGIC.length);
    byte[] journal = new byte[JournalId.BYTES];
    in.get(journal);
    return new SegmentHeader(
        JournalId.of(journal), in.getLong(), in.getLong(), in.getLong(), hash(in), hash(in));
  }

  static Hash hash(ByteBuffer in) {
    byte[] hash = new byte[Hash.BYTES];
    in.get(hash);
    return Hash.of(hash);
  }
}
