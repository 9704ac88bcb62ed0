package dev.gatehouse.registry;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * A SHA-256 digest: the identity of an artifact.
 *
 * @param hex its 32 bytes as 64 lower-case hex digits
 */
public record Sha256(String hex) {

  /** The length of a digest in bytes. */
  public static final int BYTES = 32;

  /**
   * Checks the digits.
   *
   * @throws IllegalArgumentException if they are not 64 lower-case hex digits
   */
  public Sha256 {
    if (!valid(hex)) {
      throw new IllegalArgumentException("a SHA-256 digest is 64 lower-case hex digits");
    }
  }

  /** Whether {@code hex} would be accepted. */
  public static boolean valid(String hex) {
    return hex.length() == 2 * BYTES
        && hex.chars().allMatch(c -> (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'));
  }

  /**
   * The digest that consists of {@code bytes}.
   *
   * @throws IllegalArgumentException if they are not 32
   */
  public static Sha256 ofBytes(byte[] bytes) {
    return new Sha256(HexFormat.of().formatHex(bytes));
  }

  /** The digest of {@code content}. */
  public static Sha256 of(byte[] content) {
    return ofBytes(newDigest().digest(content));
  }

  /** The 32 bytes, as an array of their own. */
  public byte[] bytes() {
    return HexFormat.of().parseHex(hex);
  }

  /** A computation of a digest that has seen no bytes yet. */
  static MessageDigest newDigest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }

  @Override
  public String toString() {
    return hex;
  }
}
