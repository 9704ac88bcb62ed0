package dev.gatehouse.metrics;

import dev.gatehouse.core.ModelName;
import java.util.function.Predicate;

/** How many more pairs of caller and model may be shown, and of which models. */
final class PairBudget {

  private final int max;
  private final Predicate<ModelName> shown;

  /** Written under the lock of the slots. */
  private volatile int taken;

  /**
   * A budget of {@code max} pairs.
   *
   * @param shown whether a model is shown under its own name
   */
  PairBudget(int max, Predicate<ModelName> shown) {
    this.max = max;
    this.shown = shown;
  }

  /** Whether a pair with {@code model} could be opened now. */
  boolean allows(ModelName model) {
    return taken < max && shown.test(model);
  }

  /** Whether no pair is left. */
  boolean spent() {
    return taken >= max;
  }

  /** Takes one; under the lock of the slots. */
  @SuppressWarnings("NonAtomicOperationOnVolatileField") // the lock orders the writers
  void take() {
    taken++;
  }

  /** Gives {@code pairs} back; under the lock of the slots. */
  @SuppressWarnings("NonAtomicOperationOnVolatileField") // the lock orders the writers
  void giveBack(int pairs) {
    taken -= pairs;
  }
}
