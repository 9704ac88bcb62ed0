package dev.gatehouse.audit.journal;

import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * The id of a journal, chosen at random when a process begins it.
 *
 * @param value 32 hex digits, lower case
 */
public record JournalId(String value) {

  /** The length of an id in bytes. */
  public static final int BYTES = 16;

  private static final Pattern FORM = Pattern.compile("[0-9a-f]{32}");

  /**
   * Checks the form.
   *
   * @throws IllegalArgumentException if it is another one
   */
  public JournalId {
    if (!valid(value)) {
      throw new IllegalArgumentException("a journal's id has 32 hex digits");
    }
  }

  /** Whether {@code value} would be accepted. */
  public static boolean valid(String value) {
    return FORM.matcher(value).matches();
  }

  /** The id that these 16 bytes are. */
  static JournalId of(byte[] bytes) {
    return new JournalId(HexFormat.of().formatHex(bytes));
  }

  /** An id that no other journal has. */
  static JournalId random() {
    byte[] bytes = new byte[BYTES];
    new SecureRandom().nextBytes(bytes);
    return of(bytes);
  }

  /** The id in bytes. */
  byte[] bytes() {
    return HexFormat.of().parseHex(value);
  }

  @Override
  public String toString() {
    return value;
  }
}
