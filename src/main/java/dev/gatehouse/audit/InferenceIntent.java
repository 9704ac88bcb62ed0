package dev.gatehouse.audit;

import dev.gatehouse.core.Caller;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.TraceId;
import dev.gatehouse.core.VersionId;
import org.jspecify.annotations.Nullable;

/**
 * A call that is about to run a model.
 *
 * @param caller who called
 * @param model the model
 * @param version the version that is to run
 * @param artifact the SHA-256 of its file, 32 bytes; not to be changed
 * @param grant the id of the grant that allowed it
 * @param rows the rows of its batch
 * @param requestBytes the bytes of its tensors
 * @param trace the trace that the caller named, or null
 * @param inputDigest the blindable digest of its inputs, or null where the model asks for none
 */
public record InferenceIntent(
    Caller caller,
    ModelName model,
    VersionId version,
    byte[] artifact,
    String grant,
    long rows,
    long requestBytes,
    @Nullable TraceId trace,
    byte @Nullable [] inputDigest) {}
