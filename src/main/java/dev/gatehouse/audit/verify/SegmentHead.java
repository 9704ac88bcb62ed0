package dev.gatehouse.audit.verify;

import dev.gatehouse.audit.merkle.Hash;
import dev.gatehouse.audit.merkle.TreeHasher;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * The header of a segment, as found.
 *
 * @param segment whether it begins as a segment does
 * @param hash the hash that it bears, with which the chain begins
 * @param hashed whether that is the hash of what is before it
 */
record SegmentHead(
    boolean segment,
    String journal,
    long number,
    long first,
    Hash previous,
    Hash hash,
    boolean hashed) {

  /** The length of a header. */
  static final int BYTES = 112;

  private static final byte[] MAGIC = "GHJSEG01".getBytes(StandardCharsets.US_ASCII);
  private static final int JOURNAL_BYTES = 16;

  static SegmentHead of(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    byte[] magic = new byte[MAGIC.length];
    in.get(magic);
    byte[] journal = new byte[JOURNAL_BYTES];
    in.get(journal);
    long number = in.getLong();
    long first = in.getLong();
    in.getLong(); // When it was opened: nothing depends on it, and the hash covers it.
    Hash previous = hash(in);
    MessageDigest sha256 = TreeHasher.sha256();
    sha256.update(bytes, 0, BYTES - Hash.BYTES);
    Hash hash = hash(in);
    return new SegmentHead(
        Arrays.equals(magic, MAGIC),
        HexFormat.of().formatHex(journal),
        number,
        first,
        previous,
        hash,
        hash.equals(Hash.of(sha256.digest())));
  }

  private static Hash hash(ByteBuffer in) {
    byte[] hash = new byte[Hash.BYTES];
    in.get(hash);
    return Hash.of(hash);
  }
}
