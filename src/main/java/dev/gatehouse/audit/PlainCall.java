package dev.gatehouse.audit;

import dev.gatehouse.core.Caller;
import dev.gatehouse.core.Outcome;
import dev.gatehouse.core.TraceId;
import org.jspecify.annotations.Nullable;

/**
 * A call that is neither an inference admitted to a model nor an administrative change: one that
 * read something, or was refused.
 *
 * @param caller who called, or null if nobody registered was proved
 * @param method the full name of the method called
 * @param resource the model, or other resource, as the caller named it, or null if the call ended
 *     before that
 * @param requestBytes the bytes of the request, 0 if none were read
 * @param trace the trace that the caller named, or null
 * @param outcome how it ended
 * @param latencyNanos the time from its arrival to its end
 */
public record PlainCall(
    @Nullable Caller caller,
    String method,
    @Nullable String resource,
    long requestBytes,
    @Nullable TraceId trace,
    Outcome outcome,
    long latencyNanos) {

  /** The most characters of a text that others chose. */
  public static final int TEXT_CHARS_MAX = 256;

  /** Cuts the texts, so that an entry that waits never holds on to more. */
  public PlainCall {
    method = cut(method);
    resource = resource == null ? null : cut(resource);
  }

  private static String cut(String text) {
    return text.length() <= TEXT_CHARS_MAX ? text : text.substring(0, TEXT_CHARS_MAX - 1) + "…";
  }
}
