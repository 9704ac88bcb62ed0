package dev.gatehouse.engine;

import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One short line out of a native error message, without anything that looks like a path.
 *
 * <p>libtorch's messages hold whole stack traces, with paths of the machine on which it was built,
 * of the one on which the model was made, and of this one.
 */
final class ErrorText {

  static final int LENGTH_MAX = 200;

  /** How much of a message is searched, and how much of a line is looked at. */
  private static final int SCANNED_MAX = 64 * 1024;

  private static final int LINE_MAX = 1024;

  /** What was raised, such as {@code builtins.ValueError: too long}. */
  private static final Pattern RAISED = Pattern.compile("[A-Za-z_.]{0,200}(?:Error|Exception): .*");

  private ErrorText() {}

  static String of(Throwable failure) {
    return of(failure.getMessage());
  }

  static String of(@Nullable String message) {
    if (message == null || message.isBlank()) {
      return "no message";
    }
    String line = telling(head(message, SCANNED_MAX).strip());
    StringBuilder text = new StringBuilder();
    for (String word : printable(line).split(" +", -1)) {
      boolean path = word.indexOf('/') >= 0 || word.indexOf('\\') >= 0;
      text.append(text.isEmpty() ? "" : " ").append(path ? "(path)" : word);
    }
    return text.length() <= LENGTH_MAX
        ? text.toString()
        : text.substring(0, LENGTH_MAX - 3) + "...";
  }

  /** The last line that says what was raised, else the first. Lines are cut before any matching. */
  private static String telling(String message) {
    List<String> lines = message.lines().map(line -> head(line, LINE_MAX)).toList();
    for (String line : lines.reversed()) {
      if (RAISED.matcher(line).matches()) {
        return line;
      }
    }
    return lines.getFirst();
  }

  private static String printable(String line) {
    StringBuilder text = new StringBuilder(line.length());
    line.chars().forEach(c -> text.append(c >= 0x20 && c <= 0x7e ? (char) c : ' '));
    return text.toString().strip();
  }

  private static String head(String text, int length) {
    return text.length() <= length ? text : text.substring(0, length);
  }
}
