package dev.gatehouse.audit.journal;

import dev.gatehouse.audit.merkle.Hash;
import dev.gatehouse.audit.merkle.TreeHasher;
import java.nio.ByteBuffer;
import java.security.DigestException;
import java.security.MessageDigest;

/** The hashes that bind a segment together, beside those of its tree. For one thread. */
final class ChainHasher {

  /** What a chain begins with that has nothing before it. */
  static final Hash NOTHING = Hash.of(new byte[Hash.BYTES]);

  private static final byte RECORD = 2;
  private static final byte FOOTER = 3;

  private final MessageDigest sha256 = TreeHasher.sha256();

  /** What is hashed for a record. */
  private final byte[] link = new byte[1 + 2 * Hash.BYTES];

  ChainHasher() {
    link[0] = RECORD;
  }

  /** The hash of a header: of {@code length} bytes at {@code offset}. */
  Hash header(byte[] bytes, int offset, int length) {
    sha256.update(bytes, offset, length);
    return Hash.of(sha256.digest());
  }

  /** Puts the chain hash behind one more leaf in the place of the one before it. */
  void advance(byte[] chain, byte[] leaves, int leafOffset) {
    // Together, because one long piece is hashed faster than short ones.
    System.arraycopy(chain, 0, link, 1, Hash.BYTES);
    System.arraycopy(leaves, leafOffset, link, 1 + Hash.BYTES, Hash.BYTES);
    sha256.update(link);
    finish(chain);
  }

  /** The hash of a footer. */
  Hash footer(byte[] chain, int flags, long count, long torn, Hash root) {
    ByteBuffer numbers = ByteBuffer.allocate(1 + 2 * Long.BYTES);
    numbers.put((byte) flags).putLong(count).putLong(torn);
    sha256.update(FOOTER);
    sha256.update(chain, 0, Hash.BYTES);
    sha256.update(numbers.array());
    sha256.update(root.bytes());
    return Hash.of(sha256.digest());
  }

  private void finish(byte[] into) {
    try {
      int _ = sha256.digest(into, 0, Hash.BYTES);
    } catch (DigestException e) {
      throw new IllegalStateException("SHA-256 has " + Hash.BYTES + " bytes", e);
    }
  }
}
