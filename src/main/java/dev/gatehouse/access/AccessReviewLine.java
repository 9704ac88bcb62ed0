package dev.gatehouse.access;

import dev.gatehouse.core.CallerId;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/**
 * One grant as it was when a review began, and what was decided of it.
 *
 * @param review the review
 * @param number its place in the review, from 1, in the order of model and grant
 * @param grant the grant, with who gave it and when
 * @param lastUseTime when it was last used then, if it ever was
 * @param unused whether it was not used for the days of the review, though it is older than that
 * @param expiring whether it ends within the days of the review
 * @param unusedActions what it allows and nobody has used for the days of the review
 * @param decision what was decided, and by whom; empty until then
 */
public record AccessReviewLine(
    AccessReviewId review,
    int number,
    Grant grant,
    Optional<Instant> lastUseTime,
    boolean unused,
    boolean expiring,
    Set<Action> unusedActions,
    Optional<Decided> decision) {

  /** Copies the actions. */
  public AccessReviewLine {
    unusedActions = Set.copyOf(unusedActions);
  }

  /** What can be decided. */
  public enum Verdict {
    /** The grant is right and stays. */
    CERTIFIED,
    /** The grant is taken back. */
    REVOKED
  }

  /**
   * A decision; it is taken once.
   *
   * @param verdict what was decided
   * @param decider by whom, who may be registered no more
   * @param time when
   * @param comment why; may be empty
   */
  public record Decided(Verdict verdict, CallerId decider, Instant time, String comment) {}
}
