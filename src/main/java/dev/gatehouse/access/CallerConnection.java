package dev.gatehouse.access;

import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/**
 * One connection: where it comes from, the certificate it showed, and the credentials that were
 * accepted on it lately, so that a service which sends the same one with every call has it checked
 * for its shape and hashed once.
 *
 * <p>Only that is saved of credentials. What is remembered is which hash a header's bytes have,
 * never an outcome: whether a token of that hash was verified, has expired, and belongs to somebody
 * who is registered and active is asked anew for every call. Headers are compared in constant time.
 *
 * <p>Holds at most {@link #ENTRIES_MAX} headers; the newest takes the place of the oldest. Any
 * thread may use it; two that remember at once may lose one of the two.
 */
public final class CallerConnection {

  /** The most credentials remembered; a connection that carries more of them hashes some. */
  static final int ENTRIES_MAX = 4;

  private static final Entry[] NONE = {};

  /** Newest first; never changed once it is there. */
  private volatile Entry[] entries = NONE;

  /** A header's bytes, which nobody changes, and the hash of the token in it. */
  private record Entry(byte[] header, TokenMemory.Hash hash) {}

  private final InetAddress address;
  private final @Nullable String certificateThumbprint;

  /**
   * A connection on which nothing was accepted yet.
   *
   * @param address where it comes from
   * @param certificateThumbprint the SHA-256 of the client's certificate in base64url, as {@code
   *     x5t#S256} has it (RFC 8705); null if it showed none
   */
  public CallerConnection(InetAddress address, @Nullable String certificateThumbprint) {
    this.address = address;
    this.certificateThumbprint = certificateThumbprint;
  }

  /** Where it comes from. */
  InetAddress address() {
    return address;
  }

  /** The thumbprint of the client's certificate, or null if it showed none. */
  @Nullable String certificateThumbprint() {
    return certificateThumbprint;
  }

  /** Whether it showed the certificate of this thumbprint; compares in constant time. */
  boolean showed(String thumbprint) {
    return certificateThumbprint != null
        && MessageDigest.isEqual(
            certificateThumbprint.getBytes(StandardCharsets.ISO_8859_1),
            thumbprint.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** The hash of the token in this header, or null if it is not remembered. */
  TokenMemory.@Nullable Hash find(byte[] header) {
    for (Entry entry : entries) {
      if (MessageDigest.isEqual(entry.header, header)) {
        return entry.hash;
      }
    }
    return null;
  }

  /** Remembers a header whose token was accepted. */
  void remember(byte[] header, TokenMemory.Hash hash) {
    Entry[] before = entries;
    Entry[] after = new Entry[Math.min(ENTRIES_MAX, before.length + 1)];
    after[0] = new Entry(header, hash);
    System.arraycopy(before, 0, after, 1, after.length - 1);
    entries = after;
  }
}
