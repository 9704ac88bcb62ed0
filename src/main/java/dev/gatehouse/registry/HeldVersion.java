package dev.gatehouse.registry;

import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.VersionId;

/**
 * A version that a replica runs, or is about to load.
 *
 * @param model its model
 * @param version its name
 * @param attempt the attempt to deploy it, see {@link ModelVersion#attempt}
 */
public record HeldVersion(ModelName model, VersionId version, long attempt) {

  /** As it is written to the database. */
  String key() {
    return model + "/" + version + "/" + attempt;
  }

  @Override
  public String toString() {
    return key();
  }
}
