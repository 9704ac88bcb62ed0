package dev.gatehouse.registry;

import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Signature;
import dev.gatehouse.core.VersionId;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One version of a model with the state of its deployment.
 *
 * @param model the model it belongs to
 * @param id its name in that model
 * @param digest which artifact it consists of; it never changes
 * @param sizeBytes the size of that artifact; it never changes
 * @param signature what it takes and gives; it never changes
 * @param uploader who added it
 * @param createTime when it was added, in microseconds
 * @param state whether it runs, as last observed
 * @param failure why it does not, if the state is {@code FAILED}; empty otherwise
 * @param deployment how it is, or was last, meant to run; null if it was never deployed
 * @param attempt which attempt to run it the state tells of, 0 if it was never deployed; it grows
 *     with every attempt and is never used again, so that the outcome of an attempt which was given
 *     up is not taken for that of a later one
 * @param stateTime when the state was last set, in microseconds; {@code createTime} if it never was
 */
public record ModelVersion(
    ModelName model,
    VersionId id,
    Sha256 digest,
    long sizeBytes,
    Signature signature,
    CallerId uploader,
    Instant createTime,
    DeploymentState state,
    String failure,
    @Nullable DeploymentSettings deployment,
    long attempt,
    Instant stateTime) {

  /** The longest reason of a failure that is kept, in UTF-16 units; the rest is cut off. */
  public static final int FAILURE_LENGTH_MAX = 1024;
}
