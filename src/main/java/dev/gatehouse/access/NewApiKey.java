package dev.gatehouse.access;

import dev.gatehouse.core.CallerId;
import java.time.Instant;
import java.util.Optional;

/**
 * What is wanted of an API key that does not exist yet.
 *
 * @param id its name, or empty to have one made
 * @param caller whom it shall stand for: a service or a partner
 * @param displayName what people call it; may be empty; at most 200 characters
 * @param expireTime when it ends: in the future, and not further ahead than configured
 */
public record NewApiKey(
    Optional<ApiKeyId> id, CallerId caller, String displayName, Instant expireTime) {}
