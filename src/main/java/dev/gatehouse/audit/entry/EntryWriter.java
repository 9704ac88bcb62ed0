package dev.gatehouse.audit.entry;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Makes the canonical bytes of entries, field by field in the order of their tags, behind what a
 * buffer already holds. For one thread.
 */
public final class EntryWriter {

  /** How many texts are remembered; a power of two. */
  private static final int TEXTS = 256;

  /** The longest text that is remembered, in characters; bytes of UTF-8 are at most three each. */
  private static final int TEXT_CHARS_MAX = 64;

  private final ByteBuffer out;
  private final @Nullable String[] texts = new @Nullable String[TEXTS];
  private final byte[][] textBytes = new byte[TEXTS][];
  private int start;
  private int lastTag;
  private @Nullable EntryKind kind;

  /** Writes to {@code out}, which has room for {@link EntryCodec#BYTES_MAX} at each beginning. */
  public EntryWriter(ByteBuffer out) {
    this.out = out;
  }

  /** Begins an entry. */
  public void begin(EntryKind entryKind, long sequence, long timeMicros) {
    start = out.position();
    lastTag = 0;
    kind = entryKind;
    out.put(EntryCodec.VERSION).put((byte) entryKind.code()).putLong(sequence).putLong(timeMicros);
  }

  /** Adds a text, unless it is null; what exceeds the bound of the field is cut off. */
  public void text(Field field, @Nullable String value) {
    if (value == null) {
      return;
    }
    if (value.length() <= TEXT_CHARS_MAX) {
      byte[] bytes = remembered(value);
      head(field, bytes.length);
      out.put(bytes);
    } else {
      longText(field, value);
    }
  }

  /** The bytes of a text. The same few names come again and again, as the same objects. */
  private byte[] remembered(String value) {
    int slot = value.hashCode() & (TEXTS - 1);
    if (!value.equals(texts[slot])) {
      texts[slot] = value;
      textBytes[slot] = utf8(value);
    }
    return textBytes[slot];
  }

  /** Lone surrogates become question marks here, so the bytes are always UTF-8. */
  private static byte[] utf8(String value) {
    return value.getBytes(StandardCharsets.UTF_8);
  }

  private void longText(Field field, String value) {
    byte[] bytes = utf8(value);
    int length = bytes.length;
    if (length > field.bytesMax()) {
      length = field.bytesMax();
      // Not within a character: continuation bytes are 10xxxxxx.
      while (length > 0 && (bytes[length] & 0xc0) == 0x80) {
        length--;
      }
    }
    head(field, length);
    out.put(bytes, 0, length);
  }

  /** Adds a number, not negative. */
  public void number(Field field, long value) {
    if (value < 0) {
      throw new IllegalArgumentException(field + " is negative");
    }
    int length = (Long.SIZE - Long.numberOfLeadingZeros(value) + 7) / 8;
    head(field, length);
    for (int shift = 8 * (length - 1); shift >= 0; shift -= 8) {
      out.put((byte) (value >>> shift));
    }
  }

  /** Adds bytes, unless they are null. */
  public void bytes(Field field, byte @Nullable [] value) {
    if (value == null) {
      return;
    }
    if (value.length < field.bytesMin() || value.length > field.bytesMax()) {
      throw new IllegalArgumentException(field + " of " + value.length + " bytes");
    }
    head(field, value.length);
    out.put(value);
  }

  /** Where the entry began in the buffer. */
  public int start() {
    return start;
  }

  /** The bytes of the entry, copied out of the buffer. */
  public byte[] finished() {
    byte[] bytes = new byte[out.position() - start];
    out.get(start, bytes);
    return bytes;
  }

  private void head(Field field, int length) {
    if (field.tag() <= lastTag || kind == null || !kind.allows(field)) {
      throw new IllegalArgumentException(field + " does not come here in " + kind);
    }
    lastTag = field.tag();
    out.put((byte) field.tag()).putShort((short) length);
  }
}
