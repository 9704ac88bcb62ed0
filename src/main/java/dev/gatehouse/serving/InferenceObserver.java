package dev.gatehouse.serving;

import dev.gatehouse.core.Refusal;

/** Hears the end of one inference: exactly one of the two, exactly once, on any thread. */
public interface InferenceObserver {

  /** It was answered. */
  void answered(InferenceAnswer answer);

  /** It was refused. */
  void refused(Refusal refusal);
}
