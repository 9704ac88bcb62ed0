package dev.gatehouse.audit;

import dev.gatehouse.core.Caller;
import dev.gatehouse.core.TraceId;
import org.jspecify.annotations.Nullable;

/**
 * An administrative change or a security event.
 *
 * @param caller who asked for it, or null where the gateway acted by itself or nobody was proved
 * @param action what is done, such as {@code models.create}, or the full name of a method refused
 * @param resource the name of what it is done to, as the caller named it
 * @param detail what else there is to say, in one line; or null. No secret, no tensor
 * @param outcome {@code OK}, the name of the reason of the refusal, {@link #BEGUN} or {@link
 *     #FAILED}
 * @param latencyNanos the time from its arrival to its end
 * @param trace the trace that the caller named, or null
 */
public record ControlEvent(
    @Nullable Caller caller,
    String action,
    String resource,
    @Nullable String detail,
    String outcome,
    long latencyNanos,
    @Nullable TraceId trace) {

  /** The most characters of a text that others chose. */
  public static final int TEXT_CHARS_MAX = 256;

  /** Cuts what others chose, so that an event that waits never holds on to more. */
  public ControlEvent {
    resource =
        resource.length() <= TEXT_CHARS_MAX
            ? resource
            : resource.substring(0, TEXT_CHARS_MAX - 1) + "…";
  }

  /** The outcome of a change that takes several steps, written before the first of them. */
  public static final String BEGUN = "BEGUN";

  /**
   * The outcome of a change of several steps that came to nothing for no reason of the caller's.
   */
  public static final String FAILED = "FAILED";
}
