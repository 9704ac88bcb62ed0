package dev.gatehouse.core;

/** Carries a {@link Refusal} to the edge through code that returns something else. */
public final class RefusedException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final transient Refusal refusal;

  /** The exception for {@code refusal}; it has no stack trace, since it tells of no fault. */
  public RefusedException(Refusal refusal) {
    super(refusal.getClass().getSimpleName(), null, false, false);
    this.refusal = refusal;
  }

  /** What was refused and why. */
  public Refusal refusal() {
    return refusal;
  }
}
