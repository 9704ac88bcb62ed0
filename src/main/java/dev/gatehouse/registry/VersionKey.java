package dev.gatehouse.registry;

import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.VersionId;

/** The key of a version and of its deployment. */
record VersionKey(String model, String version) {

  static VersionKey of(ModelName model, VersionId version) {
    return new VersionKey(model.value(), version.value());
  }
}
