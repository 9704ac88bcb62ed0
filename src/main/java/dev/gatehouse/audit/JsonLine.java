package dev.gatehouse.audit;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * One JSON object (RFC 8259) being written as printable ASCII, in memory that is used again for the
 * next: a line costs no allocation. For one thread.
 */
final class JsonLine {

  private static final byte[] HEX = "0123456789ABCDEF".getBytes(StandardCharsets.US_ASCII);

  private static final char REPLACEMENT = '\uFFFD';

  private final byte[] bytes = new byte[Batch.LINE_BYTES_MAX];
  private int length;

  /** Begins a new object, whatever became of the last. */
  JsonLine open() {
    length = 0;
    put('{');
    return this;
  }

  /** Ends the object and writes it. */
  void close(OutputStream out) throws IOException {
    put('}');
    out.write(bytes, 0, length);
  }

  /** JSON as it stands: printable ASCII that needs no escapes. */
  @SuppressWarnings("deprecation") // the one copy of ASCII that makes no array of its own
  JsonLine plain(String json) {
    json.getBytes(0, json.length(), bytes, length);
    length += json.length();
    return this;
  }

  /** A string, or null. */
  JsonLine text(@Nullable String text) {
    if (text == null) {
      return plain("null");
    }
    put('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c >= ' ' && c <= '~' && c != '"' && c != '\\') {
        put(c);
      } else if (Character.isHighSurrogate(c)
          && i + 1 < text.length()
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        unicode(c);
        i++;
        unicode(text.charAt(i));
      } else {
        // A surrogate alone is no character, and no JSON reader need accept it.
        escape(Character.isSurrogate(c) ? REPLACEMENT : c);
      }
    }
    put('"');
    return this;
  }

  private void escape(char c) {
    switch (c) {
      case '"', '\\' -> shortly(c);
      case '\b' -> shortly('b');
      case '\t' -> shortly('t');
      case '\n' -> shortly('n');
      case '\f' -> shortly('f');
      case '\r' -> shortly('r');
      default -> unicode(c);
    }
  }

  private void shortly(char letter) {
    put('\\');
    put(letter);
  }

  private void unicode(char c) {
    put('\\');
    put('u');
    for (int shift = 12; shift >= 0; shift -= 4) {
      put((char) HEX[(c >> shift) & 0xf]);
    }
  }

  /** A whole number. */
  JsonLine number(long value) {
    if (value < 0) {
      return plain(Long.toString(value));
    }
    int digits = 1;
    for (long rest = value / 10; rest > 0; rest /= 10) {
      digits++;
    }
    return digits(value, digits);
  }

  /** The last {@code count} digits of a number that is not negative, zeros first. */
  JsonLine digits(long value, int count) {
    long rest = value;
    for (int i = length + count - 1; i >= length; i--) {
      bytes[i] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
    length += count;
    return this;
  }

  private void put(char ascii) {
    bytes[length++] = (byte) ascii;
  }
}
