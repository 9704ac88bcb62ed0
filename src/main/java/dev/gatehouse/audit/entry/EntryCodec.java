package dev.gatehouse.audit.entry;

import dev.gatehouse.audit.merkle.Hash;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.Map;

/**
 * Reads and makes the canonical bytes of entries. Whatever {@link #read} accepts, {@link #write}
 * makes again byte for byte; anything else is refused.
 *
 * <pre>
 * entry  = version(1 byte, 1) kind(1) sequence(8) time(8, signed, microseconds since 1970) field*
 * field  = tag(1) length(2) value(length)       tags strictly ascending
 * </pre>
 *
 * <p>All numbers are big-endian.
 */
public final class EntryCodec {

  /** The version of the form. */
  public static final byte VERSION = 1;

  /** The bytes before the first field. */
  public static final int HEAD_BYTES = 18;

  /** The most bytes of an entry. */
  public static final int BYTES_MAX = 16 * 1024;

  private static final int FIELD_HEAD_BYTES = 3;
  private static final int MICROS_PER_SECOND = 1_000_000;

  private EntryCodec() {}

  /**
   * The entry that {@code bytes} are, all of them.
   *
   * @throws EntryFormatException if they are none
   */
  public static Entry read(byte[] bytes) throws EntryFormatException {
    if (bytes.length < HEAD_BYTES || bytes.length > BYTES_MAX) {
      throw new EntryFormatException("has " + bytes.length + " bytes");
    }
    ByteBuffer in = ByteBuffer.wrap(bytes);
    int version = in.get();
    if (version != VERSION) {
      throw new EntryFormatException("is of version " + version + ", which is not known here");
    }
    int code = in.get() & 0xff;
    EntryKind kind = EntryKind.ofCode(code);
    if (kind == null) {
      throw new EntryFormatException("is of kind " + code + ", which is not known here");
    }
    long sequence = in.getLong();
    if (sequence < 0) {
      throw new EntryFormatException("has a sequence number beyond the largest");
    }
    Instant time = time(in.getLong());
    Map<Field, Object> fields = fields(in);
    if (!kind.accepts(fields.keySet())) {
      throw new EntryFormatException("has fields that its kind does not have, or lacks some");
    }
    return new Entry(kind, sequence, time, fields);
  }

  private static Map<Field, Object> fields(ByteBuffer in) throws EntryFormatException {
    Map<Field, Object> fields = new EnumMap<>(Field.class);
    int last = 0;
    while (in.hasRemaining()) {
      if (in.remaining() < FIELD_HEAD_BYTES) {
        throw new EntryFormatException("ends within a field");
      }
      int tag = in.get() & 0xff;
      int length = in.getShort() & 0xffff;
      Field field = Field.ofTag(tag);
      if (field == null) {
        throw new EntryFormatException("has a field " + tag + ", which is not known here");
      }
      if (tag <= last) {
        throw new EntryFormatException("has its fields in another order, or one twice");
      }
      if (length > in.remaining()) {
        throw new EntryFormatException("ends within field " + field.label());
      }
      if (length < field.bytesMin() || length > field.bytesMax()) {
        throw new EntryFormatException("has a field " + field.label() + " of another length");
      }
      byte[] value = new byte[length];
      in.get(value);
      fields.put(field, value(field, value));
      last = tag;
    }
    return fields;
  }

  private static Object value(Field field, byte[] value) throws EntryFormatException {
    return switch (field.type()) {
      case TEXT, LONG_TEXT -> text(field, value);
      case NUMBER -> number(field, value);
      case HASH -> Hash.of(value);
      case TRACE, BYTES -> HexFormat.of().formatHex(value);
    };
  }

  private static String text(Field field, byte[] value) throws EntryFormatException {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(value)).toString();
    } catch (CharacterCodingException e) {
      throw new EntryFormatException("has a field " + field.label() + " that is not UTF-8");
    }
  }

  private static long number(Field field, byte[] value) throws EntryFormatException {
    if (value.length > 0 && value[0] == 0) {
      throw new EntryFormatException("has a field " + field.label() + " with leading zeros");
    }
    long number = 0;
    for (byte digit : value) {
      number = number << 8 | digit & 0xff;
    }
    if (number < 0) {
      throw new EntryFormatException("has a field " + field.label() + " beyond the largest");
    }
    return number;
  }

  /** The bytes of an entry that fits its kind. */
  public static byte[] write(Entry entry) {
    EntryWriter writer = new EntryWriter(ByteBuffer.allocate(BYTES_MAX));
    writer.begin(entry.kind(), entry.sequence(), micros(entry.time()));
    for (Field field : Field.values()) {
      Object value = entry.fields().get(field);
      if (value != null) {
        switch (field.type()) {
          case TEXT, LONG_TEXT -> writer.text(field, (String) value);
          case NUMBER -> writer.number(field, (Long) value);
          case HASH -> writer.bytes(field, ((Hash) value).bytes());
          case TRACE, BYTES -> writer.bytes(field, HexFormat.of().parseHex((String) value));
        }
      }
    }
    return writer.finished();
  }

  /** Microseconds since 1970. */
  public static long micros(Instant time) {
    long seconds = time.getEpochSecond();
    long micros = time.getNano() / 1_000;
    // Before 1970 the second may begin before the least number of microseconds.
    return seconds < 0
        ? Math.addExact(
            Math.multiplyExact(seconds + 1, (long) MICROS_PER_SECOND), micros - MICROS_PER_SECOND)
        : Math.addExact(Math.multiplyExact(seconds, (long) MICROS_PER_SECOND), micros);
  }

  private static Instant time(long micros) {
    return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
  }
}
