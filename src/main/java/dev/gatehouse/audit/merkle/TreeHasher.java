package dev.gatehouse.audit.merkle;

import java.nio.ByteBuffer;
import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Hashes leaves and nodes as RFC 6962, section 2.1, says: a leaf is SHA-256(0x00 || entry), a node
 * SHA-256(0x01 || left || right), and the tree without leaves SHA-256 of nothing. For one thread.
 */
public final class TreeHasher {

  private static final byte LEAF = 0;
  private static final byte NODE = 1;

  /** Nearly all entries are shorter. */
  private static final int ENTRY_BYTES_TYPICAL = 512;

  private final MessageDigest sha256 = sha256();

  // What is hashed is put together first: one piece is hashed faster than several.
  private final byte[] prefixedEntry = new byte[1 + ENTRY_BYTES_TYPICAL];
  private final byte[] prefixedPair = new byte[1 + 2 * Hash.BYTES];

  /** A hasher, to be used as often as wanted. */
  public TreeHasher() {
    prefixedEntry[0] = LEAF;
    prefixedPair[0] = NODE;
  }

  /** A digest of SHA-256, which every Java platform has. */
  public static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** The hash of a leaf. */
  public Hash leaf(byte[] entry) {
    return leaf(ByteBuffer.wrap(entry));
  }

  /** The hash of a leaf: of what remains in the buffer, which is consumed. */
  public Hash leaf(ByteBuffer entry) {
    sha256.update(LEAF);
    sha256.update(entry);
    return finished();
  }

  /** The hash of a node. */
  public Hash node(Hash left, Hash right) {
    sha256.update(NODE);
    sha256.update(left.raw());
    sha256.update(right.raw());
    return finished();
  }

  /** Puts the hash of a leaf, of {@code length} bytes of an entry, into an array. */
  public void leaf(byte[] bytes, int offset, int length, byte[] into, int intoOffset) {
    if (length < prefixedEntry.length) {
      System.arraycopy(bytes, offset, prefixedEntry, 1, length);
      sha256.update(prefixedEntry, 0, 1 + length);
    } else {
      sha256.update(LEAF);
      sha256.update(bytes, offset, length);
    }
    finish(into, intoOffset);
  }

  /** Puts the hash of the node above two hashes that lie side by side into an array. */
  void node(byte[] pair, int offset, byte[] into, int intoOffset) {
    System.arraycopy(pair, offset, prefixedPair, 1, 2 * Hash.BYTES);
    sha256.update(prefixedPair);
    finish(into, intoOffset);
  }

  /** The root of the tree without leaves. */
  public Hash empty() {
    return finished();
  }

  private Hash finished() {
    byte[] hash = new byte[Hash.BYTES];
    finish(hash, 0);
    return Hash.owning(hash);
  }

  private void finish(byte[] into, int offset) {
    try {
      int _ = sha256.digest(into, offset, Hash.BYTES);
    } catch (DigestException e) {
      throw new IllegalStateException("SHA-256 has " + Hash.BYTES + " bytes", e);
    }
  }
}
