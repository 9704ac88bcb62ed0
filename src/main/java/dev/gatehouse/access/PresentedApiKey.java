package dev.gatehouse.access;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * An API key as it is sent: {@code ghk_<id>_<secret>_<checksum>}.
 *
 * <p>The id is that of the key. The secret is {@value #SECRET_CHARS} random letters and digits,
 * which is a little more than 256 bits. The checksum is the CRC-32 of everything before its
 * underscore, in {@value #CHECKSUM_CHARS} digits of base 62: it tells a mistyped or truncated key
 * from a wrong one before anything is looked up, and lets scanners of source code find keys without
 * doubt. An id has no underscore and the other parts have fixed lengths, so that there is one way
 * to read a text.
 *
 * <p>A class and no record, since it must not print what it holds.
 */
final class PresentedApiKey {

  /** What every key begins with; no token does. */
  static final String PREFIX = "ghk_";

  /** The characters of the secret: 62^43 is more than 2^256. */
  static final int SECRET_CHARS = 43;

  /** The characters of the checksum: 62^6 is more than 2^32. */
  static final int CHECKSUM_CHARS = 6;

  /** The most characters of a key. */
  static final int CHARS_MAX = PREFIX.length() + 63 + 1 + SECRET_CHARS + 1 + CHECKSUM_CHARS;

  private static final String SCHEME = "bearer ";
  private static final char SEPARATOR = '_';
  private static final String ALPHABET =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

  private final String text;
  private final int idEnd;

  private PresentedApiKey(String text, int idEnd) {
    this.text = text;
    this.idEnd = idEnd;
  }

  /** A fresh key of that id. */
  static PresentedApiKey generate(ApiKeyId id, SecureRandom random) {
    StringBuilder key = new StringBuilder(CHARS_MAX).append(PREFIX).append(id.value());
    int idEnd = key.length();
    key.append(SEPARATOR);
    for (int i = 0; i < SECRET_CHARS; i++) {
      key.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
    }
    String tagged = key.toString();
    return new PresentedApiKey(tagged + SEPARATOR + checksum(tagged, tagged.length()), idEnd);
  }

  /** Whether the value of an {@code authorization} header would be an API key. */
  static boolean claimed(String authorization) {
    return authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())
        && authorization.startsWith(PREFIX, SCHEME.length());
  }

  /** As {@link #claimed(String)}, for a header as it came. */
  static boolean claimed(byte[] authorization) {
    int length = SCHEME.length() + PREFIX.length();
    if (authorization.length < length || authorization[SCHEME.length()] != PREFIX.charAt(0)) {
      return false;
    }
    return claimed(new String(authorization, 0, length, StandardCharsets.US_ASCII));
  }

  /** The key of a header that claims to be one; null if it is misspelled or cut off. */
  static @Nullable PresentedApiKey read(String authorization) {
    int length = authorization.length() - SCHEME.length();
    return length > CHARS_MAX ? null : parse(authorization.substring(SCHEME.length()));
  }

  /** As {@link #read(String)}, for a header as it came. */
  static @Nullable PresentedApiKey read(byte[] authorization) {
    return authorization.length > SCHEME.length() + CHARS_MAX
        ? null
        : read(new String(authorization, StandardCharsets.US_ASCII));
  }

  private static @Nullable PresentedApiKey parse(String key) {
    int taggedEnd = key.length() - CHECKSUM_CHARS - 1;
    int idEnd = taggedEnd - SECRET_CHARS - 1;
    if (idEnd <= PREFIX.length()
        || key.charAt(taggedEnd) != SEPARATOR
        || key.charAt(idEnd) != SEPARATOR
        || !ApiKeyId.valid(key.substring(PREFIX.length(), idEnd))
        || !lettersAndDigits(key, idEnd + 1, taggedEnd)
        || !key.startsWith(checksum(key, taggedEnd), taggedEnd + 1)) {
      return null;
    }
    return new PresentedApiKey(key, idEnd);
  }

  private static boolean lettersAndDigits(String text, int start, int end) {
    for (int i = start; i < end; i++) {
      char c = text.charAt(i);
      if (!(c >= '0' && c <= '9') && !(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z')) {
        return false;
      }
    }
    return true;
  }

  private static String checksum(String key, int end) {
    CRC32 crc = new CRC32();
    crc.update(key.substring(0, end).getBytes(StandardCharsets.US_ASCII));
    char[] digits = new char[CHECKSUM_CHARS];
    long rest = crc.getValue();
    for (int i = digits.length - 1; i >= 0; i--) {
      digits[i] = ALPHABET.charAt((int) (rest % ALPHABET.length()));
      rest /= ALPHABET.length();
    }
    return new String(digits);
  }

  /** The id of the key. */
  String id() {
    return text.substring(PREFIX.length(), idEnd);
  }

  /** What is hashed with a key: everything but the checksum. */
  byte[] tagged() {
    return text.substring(0, idEnd + 1 + SECRET_CHARS).getBytes(StandardCharsets.US_ASCII);
  }

  /** The first 16 hex digits of the SHA-256 of the key, as for other credentials. */
  String fingerprint() {
    return TokenMemory.Hash.of(text).fingerprint();
  }

  /** The key itself. */
  String reveal() {
    return text;
  }

  @Override
  public String toString() {
    return "[API key " + id() + "]";
  }
}
