package dev.gatehouse.engine;

import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Tells by its text whether a native error means that memory ran out, since DJL turns every C++
 * exception into one type.
 *
 * <p>The text of an allocator stands at the beginning of the message when a tensor is made for the
 * model, and at the beginning of a line, after {@code RuntimeError: }, when the model's own code
 * ran. What a model raises by itself begins with {@code builtins.} and is not taken for it.
 */
final class MemoryErrors {

  /** How much of a message is searched. */
  private static final int SCANNED_MAX = 64 * 1024;

  private static final String RAISED = "RuntimeError: ";

  /** Where C10's CPU allocator says that its check failed, before it says which. */
  private static final Pattern ENFORCED =
      Pattern.compile("\\[enforce fail at [A-Za-z_]{1,40}\\.cpp:[0-9]{1,6}\\] [^.\n]{0,40}\\. ");

  private static final List<String> TEXTS =
      List.of(
          "DefaultCPUAllocator: can't allocate memory",
          "DefaultCPUAllocator: not enough memory",
          "CUDA out of memory. ",
          "CUDA error: out of memory",
          "CUDA error: CUBLAS_STATUS_ALLOC_FAILED",
          "cuDNN error: CUDNN_STATUS_ALLOC_FAILED",
          "std::bad_alloc");

  private MemoryErrors() {}

  static boolean is(@Nullable String message) {
    if (message == null) {
      return false;
    }
    int end = Math.min(message.length(), SCANNED_MAX);
    for (int from = 0; from >= 0 && from < end; from = next(message, from)) {
      if (allocator(message, from)) {
        return true;
      }
    }
    return false;
  }

  private static int next(String message, int from) {
    int newline = message.indexOf('\n', from);
    return newline < 0 ? -1 : newline + 1;
  }

  private static boolean allocator(String message, int line) {
    int start = message.startsWith(RAISED, line) ? line + RAISED.length() : line;
    var enforced = ENFORCED.matcher(message).region(start, message.length());
    int told = enforced.lookingAt() ? enforced.end() : start;
    return TEXTS.stream().anyMatch(text -> message.startsWith(text, told));
  }
}
