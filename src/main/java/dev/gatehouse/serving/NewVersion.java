package dev.gatehouse.serving;

import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Signature;
import dev.gatehouse.core.VersionId;
import dev.gatehouse.registry.Sha256;

/**
 * What an upload declares before its first byte.
 *
 * @param model the model it is a version of
 * @param version its id
 * @param digest the digest its bytes will have
 * @param sizeBytes how many bytes will come
 * @param signature what it takes and gives
 */
public record NewVersion(
    ModelName model, VersionId version, Sha256 digest, long sizeBytes, Signature signature) {

  String resource() {
    return "models/" + model + "/versions/" + version;
  }
}
