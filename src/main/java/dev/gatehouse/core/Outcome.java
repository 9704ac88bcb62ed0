package dev.gatehouse.core;

import org.jspecify.annotations.Nullable;

/**
 * How a call or a change ended: done, or refused for one {@link Reason}.
 *
 * <p>{@link #OK} and {@link #refused} hand out shared values, so that telling an outcome costs no
 * allocation.
 *
 * @param refusal why it was refused, or null when it was done
 */
public record Outcome(@Nullable Reason refusal) {

  /** It was done. */
  public static final Outcome OK = new Outcome(null);

  private static final Outcome[] REFUSED = all();

  /** How many different outcomes there are. */
  public static final int COUNT = REFUSED.length + 1;

  /** It was refused for {@code reason}. */
  public static Outcome refused(Reason reason) {
    return REFUSED[reason.ordinal()];
  }

  /** Its place among all outcomes, from 0 (inclusive) to {@link #COUNT} (exclusive). */
  public int index() {
    return refusal == null ? 0 : refusal.ordinal() + 1;
  }

  /** Its stable name in metrics and in the record: {@code OK} or the name of the reason. */
  public String label() {
    return refusal == null ? "OK" : refusal.name();
  }

  private static Outcome[] all() {
    Reason[] reasons = Reason.values();
    Outcome[] outcomes = new Outcome[reasons.length];
    for (Reason reason : reasons) {
      outcomes[reason.ordinal()] = new Outcome(reason);
    }
    return outcomes;
  }
}
