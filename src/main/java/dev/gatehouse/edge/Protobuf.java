package dev.gatehouse.edge;

import com.google.protobuf.Duration;
import com.google.protobuf.FieldMask;
import com.google.protobuf.Timestamp;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Set;

/** Protobuf's well-known types and Java's. */
final class Protobuf {

  private Protobuf() {}

  static Timestamp timestamp(Instant instant) {
    return Timestamp.newBuilder()
        .setSeconds(instant.getEpochSecond())
        .setNanos(instant.getNano())
        .build();
  }

  static Instant instant(String field, Timestamp timestamp) {
    try {
      return Instant.ofEpochSecond(timestamp.getSeconds(), timestamp.getNanos());
    } catch (DateTimeException | ArithmeticException e) {
      throw ResourceNames.invalid(field, "is no point in time");
    }
  }

  static Duration duration(java.time.Duration duration) {
    return Duration.newBuilder()
        .setSeconds(duration.getSeconds())
        .setNanos(duration.getNano())
        .build();
  }

  static java.time.Duration duration(String field, Duration duration) {
    try {
      return java.time.Duration.ofSeconds(duration.getSeconds(), duration.getNanos());
    } catch (ArithmeticException e) {
      throw ResourceNames.invalid(field, "is no duration");
    }
  }

  /** Refuses a mask that is empty or names a field that cannot be changed. */
  static void requireMask(FieldMask mask, Set<String> changeable) {
    if (mask.getPathsCount() == 0) {
      throw ResourceNames.invalid(
          "update_mask", "names the fields to change, some of " + changeable);
    }
    for (String path : mask.getPathsList()) {
      if (!changeable.contains(path)) {
        throw ResourceNames.invalid("update_mask", "may name " + changeable);
      }
    }
  }
}
