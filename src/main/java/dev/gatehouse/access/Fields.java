package dev.gatehouse.access;

import dev.gatehouse.core.Refusal.ArgumentInvalid;
import dev.gatehouse.core.Refusal.Violation;
import dev.gatehouse.core.RefusedException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Collects what is wrong with the fields of one administrative request, to say all at once. */
final class Fields {

  /** The longest display name, in UTF-16 units. */
  static final int DISPLAY_NAME_CHARS_MAX = 200;

  /** The longest subject: what OpenID Connect Core allows, in characters. */
  static final int SUBJECT_CHARS_MAX = 255;

  /** The longest request id, in characters. */
  static final int REQUEST_ID_CHARS_MAX = 128;

  /** The most items one page of a list holds. */
  static final int PAGE_SIZE_MAX = 1000;

  private final List<Violation> violations = new ArrayList<>();

  /** The instant as the database keeps it, so that what is returned equals what is read later. */
  static Instant storable(Instant instant) {
    return instant.truncatedTo(ChronoUnit.MICROS);
  }

  /** Refuses a page size outside 1 to {@link #PAGE_SIZE_MAX}. */
  static void requirePageSize(int size) {
    new Fields()
        .check(size >= 1 && size <= PAGE_SIZE_MAX, "page_size", "must be between 1 and 1000")
        .refuseIfAny();
  }

  Fields check(boolean good, String field, String description) {
    if (!good) {
      violations.add(new Violation(field, description));
    }
    return this;
  }

  Fields checkText(String text, int min, int max, String field) {
    check(
        text.length() >= min && text.length() <= max,
        field,
        "must have " + min + " to " + max + " characters");
    return check(
        text.chars().noneMatch(Character::isISOControl),
        field,
        "must not contain control characters");
  }

  Fields checkRequestId(Optional<String> requestId) {
    requestId.ifPresent(id -> checkText(id, 1, REQUEST_ID_CHARS_MAX, "request_id"));
    return this;
  }

  Fields add(List<Violation> more) {
    violations.addAll(more);
    return this;
  }

  /** Throws the refusal that names everything found, if there is anything. */
  void refuseIfAny() {
    if (!violations.isEmpty()) {
      throw new RefusedException(new ArgumentInvalid(violations));
    }
  }
}
