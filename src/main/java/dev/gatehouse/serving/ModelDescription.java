package dev.gatehouse.serving;

import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Signature;
import dev.gatehouse.core.VersionId;
import java.util.List;

/**
 * What may be told about a ready version of a model.
 *
 * @param model the model
 * @param readyVersions all its versions that are ready
 * @param signature what the version asked for takes and gives
 */
public record ModelDescription(
    ModelName model, List<VersionId> readyVersions, Signature signature) {

  /** Copies the list. */
  public ModelDescription {
    readyVersions = List.copyOf(readyVersions);
  }
}
