package dev.gatehouse.serving;

import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.VersionId;

/**
 * One version in the index of the repository.
 *
 * @param model its model
 * @param version the version
 * @param state whether it can be called
 * @param reason why it cannot, as far as the caller may know; may be empty
 */
public record RepositoryEntry(ModelName model, VersionId version, State state, String reason) {

  /** Whether a version can be called. */
  public enum State {
    /** It can. */
    READY,
    /** It is being deployed. */
    LOADING,
    /** It cannot. */
    UNAVAILABLE
  }
}
