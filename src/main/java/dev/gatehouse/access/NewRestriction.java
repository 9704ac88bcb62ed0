package dev.gatehouse.access;

import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.Restraint;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a caller is to be held to.
 *
 * @param caller who is to be held
 * @param restraint to what
 * @param reason why, for people; 1 to 1,000 characters
 * @param finding the id of the finding that led to it, or null
 * @param duration for how long; up to 30 days
 * @param disableClient whether its client at the identity provider is to be disabled; for
 *     quarantines only
 */
public record NewRestriction(
    CallerId caller,
    Restraint restraint,
    String reason,
    @Nullable String finding,
    Duration duration,
    boolean disableClient) {}
