package dev.gatehouse.audit;

import dev.gatehouse.core.Caller;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Outcome;
import dev.gatehouse.core.VersionId;
import org.jspecify.annotations.Nullable;

/**
 * Something that happened and must be known afterwards.
 *
 * <p>Texts which others chose are cut to {@link #TEXT_CHARS_MAX} characters when the event is made,
 * so that an entry in the backlog never holds on to more.
 */
public sealed interface AuditEvent {

  /** The most characters of any text in an event. */
  int TEXT_CHARS_MAX = 256;

  /**
   * A call that was admitted to a model, with its end.
   *
   * @param caller who called
   * @param model the model called
   * @param version the version that ran, or null if none did
   * @param grant the id of the grant that allowed it, or null where a role did
   * @param rows the rows of its batch
   * @param requestBytes the bytes of its tensors
   * @param replyBytes the bytes of the tensors answered, 0 if none
   * @param outcome how it ended
   * @param latencyNanos the time from its admission to its end
   */
  record InferenceCall(
      Caller caller,
      ModelName model,
      @Nullable VersionId version,
      @Nullable String grant,
      long rows,
      long requestBytes,
      long replyBytes,
      Outcome outcome,
      long latencyNanos)
      implements AuditEvent {
    /** Cuts the texts. */
    public InferenceCall {
      grant = cutIfAny(grant);
    }
  }

  /**
   * A call that is neither an inference admitted to a model nor a change made: one that read
   * something, or was refused.
   *
   * @param caller who called, or null if nobody registered was proved
   * @param method the full name of the method called
   * @param model the model, or other resource, as the caller named it, or null if the call ended
   *     before that
   * @param requestBytes the bytes of the request, 0 if none were read
   * @param outcome how it ended
   * @param latencyNanos the time from its arrival to its end
   */
  record PlainCall(
      @Nullable Caller caller,
      String method,
      @Nullable String model,
      long requestBytes,
      Outcome outcome,
      long latencyNanos)
      implements AuditEvent {
    /** Cuts the texts. */
    public PlainCall {
      method = cut(method);
      model = cutIfAny(model);
    }
  }

  /**
   * A change made, or attempted, through the administrative interface.
   *
   * @param caller who asked for it
   * @param action the full name of the method called
   * @param resource the name of the resource changed, as the caller gave it
   * @param outcome how it ended
   * @param latencyNanos the time from its arrival to its end
   */
  record AdministrativeChange(
      Caller caller, String action, String resource, Outcome outcome, long latencyNanos)
      implements AuditEvent {
    /** Cuts the texts. */
    public AdministrativeChange {
      action = cut(action);
      resource = cut(resource);
    }
  }

  private static String cut(String text) {
    return text.length() <= TEXT_CHARS_MAX ? text : text.substring(0, TEXT_CHARS_MAX - 1) + "…";
  }

  private static @Nullable String cutIfAny(@Nullable String text) {
    return text == null ? null : cut(text);
  }
}
