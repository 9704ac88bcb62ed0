package dev.gatehouse.audit.verify;

import dev.gatehouse.audit.merkle.Hash;
import dev.gatehouse.audit.merkle.TreeHasher;
import java.nio.ByteBuffer;
import java.security.MessageDigest;

/** The chain of hashes through a segment. For one thread. */
final class Chain {

  private static final byte RECORD = 2;
  private static final byte FOOTER = 3;

  private final MessageDigest sha256 = TreeHasher.sha256();
  private Hash last;

  /** Begins with the hash of the header. */
  Chain(Hash header) {
    this.last = header;
  }

  /** Goes on over an entry, and returns the hash behind it. */
  Hash add(Hash leaf) {
    sha256.update(RECORD);
    sha256.update(last.bytes());
    sha256.update(leaf.bytes());
    last = Hash.of(sha256.digest());
    return last;
  }

  /** The hash of the footer. */
  Hash end(int flags, long count, long torn, Hash root) {
    sha256.update(FOOTER);
    sha256.update(last.bytes());
    sha256.update((byte) flags);
    sha256.update(ByteBuffer.allocate(2 * Long.BYTES).putLong(count).putLong(torn).flip());
    sha256.update(root.bytes());
    return Hash.of(sha256.digest());
  }
}
