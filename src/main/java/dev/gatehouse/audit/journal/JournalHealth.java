package dev.gatehouse.audit.journal;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Whether uses can be recorded.
 *
 * @param state what the journal does with new uses
 * @param since when it left {@link State#AVAILABLE}, or null while it has not
 * @param lastProblem what went wrong last, or null if nothing ever did
 */
public record JournalHealth(State state, @Nullable Instant since, @Nullable String lastProblem) {

  /** What the journal does with new uses. */
  public enum State {
    /** Takes them while the backlog has room. */
    AVAILABLE,
    /** Refuses them until what was accepted is on disk. */
    FAILING,
    /** Refuses them until the disk has done what it was asked for. */
    STALLED,
    /** Refuses them until the control log holds what it should. */
    ANCHORS_LATE,
    /** Refuses them for ever. */
    CLOSED
  }

  /** Whether new uses are taken. */
  public boolean available() {
    return state == State.AVAILABLE;
  }
}
