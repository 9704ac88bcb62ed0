package dev.gatehouse.access;

import dev.gatehouse.core.Refusal;
import org.jspecify.annotations.Nullable;

/** The answer to "may this caller do this to this model?". */
public sealed interface Decision {

  /**
   * It may.
   *
   * <p>Of several grants that allow it, one counts: the caller's own before those of its team; then
   * {@code INTERACTIVE} before {@code BULK}; then the greater weight; then the first id.
   *
   * @param grant the grant of that model which allows it, for the audit record
   * @param terms what the call gets
   * @param throttle what the rows of the call but the first are taken from besides, or null: it is
   *     there for inferences of callers that are held to less; see {@link Authenticator#throttle}
   */
  record Allowed(GrantId grant, GrantTerms terms, @Nullable RowThrottle throttle)
      implements Decision {

    /** What a grant allows to a caller that is held to nothing. */
    public Allowed(GrantId grant, GrantTerms terms) {
      this(grant, terms, null);
    }
  }

  /**
   * It may not.
   *
   * @param refusal what the caller is told
   */
  record Denied(Refusal refusal) implements Decision {}
}
