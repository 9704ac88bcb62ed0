package dev.gatehouse.access;

/** What a grant allows to be done with a model. */
public enum Action {
  /**
   * Run it. Includes {@link #READ_METADATA}, because nobody can build a request without the names
   * and shapes of the inputs, and includes nothing else.
   */
  INFER,
  /** Read its signature, versions and readiness. */
  READ_METADATA
}
