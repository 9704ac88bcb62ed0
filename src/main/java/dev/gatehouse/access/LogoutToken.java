package dev.gatehouse.access;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A logout that the identity provider has told of; at least one of subject and session is there.
 *
 * @param id the token's own id
 * @param subject whose login ended, or null
 * @param sessionId which login ended; null: all of the subject
 * @param issueTime when it was told
 */
record LogoutToken(
    String id, @Nullable String subject, @Nullable String sessionId, Instant issueTime) {}
