package dev.gatehouse.serving;

import dev.gatehouse.core.Refusal;

/**
 * Hears the end of one inference: exactly one of the two, exactly once, on any thread. That may be
 * the one which lets the answers of all callers go, so that nothing here blocks.
 */
public interface InferenceObserver {

  /** It was answered. */
  void answered(InferenceAnswer answer);

  /** It was refused. */
  void refused(Refusal refusal);
}
