package dev.gatehouse.audit.query;

import dev.gatehouse.core.Outcome;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A call of a registered caller that is on record and has ended.
 *
 * @param caller the id of the caller
 * @param team its team
 * @param credential the fingerprint of its credential
 * @param address where it called from, as it was written
 * @param model the model that it named, as it named it; null if it named none
 * @param outcome how it ended; INTERNAL where this gateway does not know the reason
 * @param rows the rows of its batch, 0 if it was not admitted to a model
 * @param requestBytes the bytes of its tensors or of its request
 * @param latencyMicros from its arrival to its end
 * @param time when it ended
 */
public record RecordedCall(
    String caller,
    String team,
    String credential,
    @Nullable String address,
    @Nullable String model,
    Outcome outcome,
    long rows,
    long requestBytes,
    long latencyMicros,
    Instant time) {}
