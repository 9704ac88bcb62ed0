package dev.gatehouse.audit.entry;

import dev.gatehouse.audit.merkle.Hash;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One entry of the record, as read.
 *
 * @param kind what it is about
 * @param sequence its place in its journal or in the control log, from 0 without gaps
 * @param time when it was made, by the clock of its replica, in whole microseconds
 * @param fields what it says: a {@link String}, {@link Long}, {@link Hash}, or hex digits as a
 *     {@link String} for {@code TRACE} and {@code BYTES}
 */
public record Entry(EntryKind kind, long sequence, Instant time, Map<Field, Object> fields) {

  /** Copies the fields. */
  public Entry {
    fields = Map.copyOf(fields);
  }

  /** The text of a field, or null if it is absent. */
  public @Nullable String text(Field field) {
    return (String) fields.get(field);
  }

  /**
   * The number of a field.
   *
   * @throws IllegalArgumentException if it is absent; a kind's required fields never are
   */
  public long number(Field field) {
    if (!(fields.get(field) instanceof Long number)) {
      throw new IllegalArgumentException(kind + " has no " + field);
    }
    return number;
  }

  /**
   * The hash of a field.
   *
   * @throws IllegalArgumentException if it is absent; a kind's required fields never are
   */
  public Hash hash(Field field) {
    if (!(fields.get(field) instanceof Hash hash)) {
      throw new IllegalArgumentException(kind + " has no " + field);
    }
    return hash;
  }
}
