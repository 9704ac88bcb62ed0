package dev.gatehouse.audit.checkpoint;

import dev.gatehouse.audit.merkle.TreeHasher;
import dev.gatehouse.keys.VerifyingKey;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * A public key with the name of who signs with it, as C2SP signed-note has it: {@code
 * name+id+base64(0x01 || key)}, where the id is the first 4 bytes of SHA-256(name || 0x0A || 0x01
 * || key), in hex. A value.
 */
public final class VerifierKey {

  /** The most characters of a name. */
  public static final int NAME_CHARS_MAX = 255;

  private static final byte ED25519 = 1;
  private static final int ID_DIGITS = 8;

  private final String name;
  private final byte[] publicKey;
  private final int id;

  /**
   * A key of Ed25519.
   *
   * @param publicKey its 32 bytes, as RFC 8032 has them
   * @throws IllegalArgumentException if the name is not one, or the key has another length
   */
  public VerifierKey(String name, byte[] publicKey) {
    if (!isName(name)) {
      throw new IllegalArgumentException("no name of a key: " + name);
    }
    if (publicKey.length != VerifyingKey.BYTES) {
      throw new IllegalArgumentException("a public key has " + VerifyingKey.BYTES + " bytes");
    }
    this.name = name;
    this.publicKey = publicKey.clone();
    this.id = id(name, publicKey);
  }

  /**
   * The key that a text is.
   *
   * @throws NoteException if it is none
   */
  public static VerifierKey parse(String text) throws NoteException {
    String[] parts = text.split("\\+", 3);
    if (parts.length != 3 || !isName(parts[0])) {
      throw NoteException.malformed("a verifier key is name+id+key");
    }
    byte[] key = base64(parts[2]);
    if (key == null || key.length != 1 + VerifyingKey.BYTES || key[0] != ED25519) {
      throw NoteException.malformed("the verifier key is not of Ed25519");
    }
    VerifierKey parsed = new VerifierKey(parts[0], Arrays.copyOfRange(key, 1, key.length));
    if (!parsed.idText().equals(parts[1])) {
      throw NoteException.malformed("the id of the verifier key is not that of its key");
    }
    return parsed;
  }

  /** Whether a text can name a key: no space, no plus, nothing that does not print. */
  public static boolean isName(String name) {
    return !name.isEmpty()
        && name.length() <= NAME_CHARS_MAX
        && name.codePoints().allMatch(VerifierKey::inName);
  }

  private static boolean inName(int point) {
    return point != '+'
        && !Character.isSpaceChar(point)
        && !Character.isWhitespace(point)
        && !Character.isISOControl(point)
        && Character.getType(point) != Character.SURROGATE;
  }

  private static int id(String name, byte[] publicKey) {
    MessageDigest sha256 = TreeHasher.sha256();
    sha256.update(name.getBytes(StandardCharsets.UTF_8));
    sha256.update((byte) '\n');
    sha256.update(ED25519);
    return ByteBuffer.wrap(sha256.digest(publicKey)).getInt();
  }

  /** The bytes that a canonical base64 text stands for, or null if it is none. */
  static byte @Nullable [] base64(String text) {
    try {
      byte[] bytes = Base64.getDecoder().decode(text);
      // The decoder takes texts without padding, and spare bits that are set.
      return Base64.getEncoder().encodeToString(bytes).equals(text) ? bytes : null;
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  /** Who signs with it. */
  public String name() {
    return name;
  }

  /** The 4 bytes that tell it from others of its name, big-endian. */
  public int id() {
    return id;
  }

  /** The public key: 32 bytes. */
  public byte[] publicKey() {
    return publicKey.clone();
  }

  /** Whether {@code signature} is this key's of {@code data}. */
  boolean verifies(byte[] signature, byte[] data) {
    return new VerifyingKey(publicKey).verifies(signature, data);
  }

  private String idText() {
    return HexFormat.of().toHexDigits(id, ID_DIGITS);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof VerifierKey key
        && name.equals(key.name)
        && Arrays.equals(publicKey, key.publicKey);
  }

  @Override
  public int hashCode() {
    return id;
  }

  /** The text that {@link #parse} reads. */
  @Override
  public String toString() {
    byte[] typed = ByteBuffer.allocate(1 + publicKey.length).put(ED25519).put(publicKey).array();
    return name + "+" + idText() + "+" + Base64.getEncoder().encodeToString(typed);
  }
}
