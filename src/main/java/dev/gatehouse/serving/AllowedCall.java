package dev.gatehouse.serving;

import dev.gatehouse.access.GrantId;
import dev.gatehouse.access.GrantTerms;
import dev.gatehouse.access.RowThrottle;
import dev.gatehouse.core.Caller;
import dev.gatehouse.core.Deadline;
import dev.gatehouse.core.ModelName;
import org.jspecify.annotations.Nullable;

/**
 * An inference that its caller may ask for.
 *
 * @param caller who asks
 * @param model the model
 * @param grant the grant that allows it
 * @param terms what the grant gives
 * @param throttle what its rows but the first are taken from besides, or null
 * @param request what is asked for
 * @param deadline when nobody waits for the answer any more
 * @param observer hears the end
 * @param startNanos when it was asked for
 */
record AllowedCall(
    Caller caller,
    ModelName model,
    GrantId grant,
    GrantTerms terms,
    @Nullable RowThrottle throttle,
    InferenceRequest request,
    Deadline deadline,
    InferenceObserver observer,
    long startNanos) {}
