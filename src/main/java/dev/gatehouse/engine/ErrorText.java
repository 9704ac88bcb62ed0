package dev.gatehouse.engine;

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

  /** How much of a message is looked at. */
  private static final int SCANNED_MAX = 64 * 1024;

  /** The line in which TorchScript says what was raised, such as {@code RuntimeError: too long}. */
  private static final Pattern RAISED =
      Pattern.compile("(?m)^(?:[A-Za-z_.]{0,200})(?:Error|Exception): .*$");

  private static final Pattern PATH = Pattern.compile("\\S*[/\\\\]\\S*");
  private static final Pattern UNPRINTABLE = Pattern.compile("[^\\x20-\\x7e]+");

  private ErrorText() {}

  static String of(Throwable failure) {
    return of(failure.getMessage());
  }

  static String of(@Nullable String message) {
    if (message == null || message.isBlank()) {
      return "no message";
    }
    String scanned = message.substring(0, Math.min(message.length(), SCANNED_MAX));
    String line = PATH.matcher(telling(scanned)).replaceAll("(path)");
    line = UNPRINTABLE.matcher(line).replaceAll(" ").strip();
    return line.length() <= LENGTH_MAX ? line : line.substring(0, LENGTH_MAX - 3) + "...";
  }

  private static String telling(String message) {
    String last = "";
    var raised = RAISED.matcher(message);
    while (raised.find()) {
      last = raised.group();
    }
    return last.isEmpty() ? message.strip().lines().findFirst().orElse("") : last;
  }
}
