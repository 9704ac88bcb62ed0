package dev.gatehouse.audit;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Whether the record can be written.
 *
 * @param state what the log does with new reservations
 * @param failingSince when the first of the failed attempts was made, or null if the last attempt
 *     succeeded
 */
public record AuditHealth(State state, @Nullable Instant failingSince) {

  /** What the log does with new reservations. */
  public enum State {
    /** Gives them while the backlog has room. */
    AVAILABLE,
    /** Refuses them until what was accepted has been written. */
    FAILING,
    /** Refuses them for ever. */
    CLOSED
  }

  /** Whether new reservations are given. */
  public boolean available() {
    return state == State.AVAILABLE;
  }
}
