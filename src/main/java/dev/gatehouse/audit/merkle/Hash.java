package dev.gatehouse.audit.merkle;

import java.util.Arrays;
import java.util.HexFormat;

/** A SHA-256 hash; a value. */
public final class Hash {

  /** The length of a hash. */
  public static final int BYTES = 32;

  private final byte[] bytes;

  private Hash(byte[] bytes) {
    this.bytes = bytes;
  }

  /**
   * A hash of these bytes, which are copied.
   *
   * @throws IllegalArgumentException unless there are {@link #BYTES}
   */
  public static Hash of(byte[] bytes) {
    if (bytes.length != BYTES) {
      throw new IllegalArgumentException("a hash has " + BYTES + " bytes");
    }
    return new Hash(bytes.clone());
  }

  /** As {@link #of}, without a copy: for bytes that nobody else holds. */
  static Hash owning(byte[] bytes) {
    return new Hash(bytes);
  }

  /** A copy of the bytes. */
  public byte[] bytes() {
    return bytes.clone();
  }

  /** The bytes themselves, not to be changed. */
  byte[] raw() {
    return bytes;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Hash hash && Arrays.equals(bytes, hash.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  /** 64 digits, lower case. */
  @Override
  public String toString() {
    return HexFormat.of().formatHex(bytes);
  }
}
