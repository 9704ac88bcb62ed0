package dev.gatehouse.audit;

import dev.gatehouse.core.Outcome;
import org.jspecify.annotations.Nullable;

/**
 * The record of what one replica ran: an intent before each call runs, its outcome after.
 *
 * <p>Safe for any number of threads. Nothing here takes a lock that all callers share, formats or
 * waits.
 */
public interface AccessJournal {

  /**
   * Records that a call is about to run, or returns null when that might not get to the disk: the
   * backlog is full, the last commit failed or stalls, anchors lag too far behind, or the journal
   * is closed. The caller then refuses with {@code AUDIT_UNAVAILABLE} and runs nothing. A use that
   * was begun must be ended, once.
   */
  @Nullable Use begin(InferenceIntent intent);

  /**
   * Records a call of a kind that need not be recorded, if there is room; returns whether it was
   * accepted. Such calls take at most three quarters of the backlog, so that a flood of them never
   * keeps others out. Those not accepted are counted, and an entry says how many there were.
   */
  boolean offer(PlainCall call);

  /** A use of a model that was recorded as intended. */
  interface Use {

    /**
     * The call was answered by the model. Records it, and tells {@code release} once, on some
     * thread, perhaps before this returns: that the answer may go, because its intent is on disk,
     * or that it must not. In the latter case the outcome is recorded as {@code AUDIT_UNAVAILABLE}.
     */
    void answered(long replyBytes, long latencyNanos, Release release);

    /** The call ended without an answer. Nothing is to be waited for. */
    void refused(Outcome outcome, long latencyNanos);
  }

  /** Hears whether an answer may leave. Its methods must not block and must not throw. */
  interface Release {

    /** The intent is on disk: the answer may go. */
    void durable();

    /** The intent did not get to the disk: the answer must not go. */
    void lost();
  }
}
