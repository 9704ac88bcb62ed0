package dev.gatehouse.registry;

import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.Refusal.Violation;
import dev.gatehouse.core.RefusedException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What free texts may hold, so that the database can store them and a terminal show them. */
final class TextRules {

  private TextRules() {}

  /**
   * Checks the texts of a model; null stands for one that is not given.
   *
   * @throws RefusedException {@code ArgumentInvalid} that names every bad one
   */
  static void check(
      @Nullable String displayName, @Nullable String description, @Nullable String requestId) {
    List<Violation> violations = new ArrayList<>();
    checkText(violations, "display_name", displayName, Model.DISPLAY_NAME_LENGTH_MAX, "");
    checkText(violations, "description", description, Model.DESCRIPTION_LENGTH_MAX, "\n\r\t");
    if (requestId != null
        && (requestId.length() > Model.REQUEST_ID_LENGTH_MAX
            || requestId.chars().anyMatch(c -> c < 0x21 || c > 0x7e))) {
      violations.add(
          new Violation(
              "request_id",
              "is not at most " + Model.REQUEST_ID_LENGTH_MAX + " printable ASCII characters"));
    }
    if (!violations.isEmpty()) {
      throw new RefusedException(new Refusal.ArgumentInvalid(violations));
    }
  }

  private static void checkText(
      List<Violation> violations,
      String field,
      @Nullable String text,
      int lengthMax,
      String controlsAllowed) {
    if (text == null) {
      return;
    }
    if (text.length() > lengthMax) {
      violations.add(new Violation(field, "has more than " + lengthMax + " characters"));
    }
    if (text.chars().anyMatch(c -> Character.isISOControl(c) && controlsAllowed.indexOf(c) < 0)) {
      violations.add(new Violation(field, "has control characters"));
    }
  }

  /** The reason of a failure as it is kept: control characters are blanks, the end is cut off. */
  static String failure(String reason) {
    StringBuilder kept = new StringBuilder();
    for (int i = 0; i < reason.length(); ) {
      int c = reason.codePointAt(i);
      i += Character.charCount(c);
      if (kept.length() + Character.charCount(c) > ModelVersion.FAILURE_LENGTH_MAX) {
        break;
      }
      kept.appendCodePoint(Character.isISOControl(c) ? ' ' : c);
    }
    return kept.toString();
  }
}
