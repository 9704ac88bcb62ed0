package dev.gatehouse.core;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a credential that was accepted; not the credential.
 *
 * @param fingerprint the first 16 hex digits of the SHA-256 of the credential; tells credentials
 *     apart in the record without giving them away
 * @param strength how strong a proof it is
 * @param certificateBound whether it is worthless without the certificate of its connection
 * @param issueTime when it was issued
 * @param expireTime when it ends
 * @param stepUpUntil until when it allows what needs a recent login with several factors; {@link
 *     Instant#MIN} if it never did
 * @param apiKey the id of the API key, or null if it is a token
 * @param sessionId the token's {@code sid}: the login it comes from; or null
 * @param clientId the token's {@code azp}: the client that asked for it; or null
 */
public record Credential(
    String fingerprint,
    AuthenticationStrength strength,
    boolean certificateBound,
    Instant issueTime,
    Instant expireTime,
    Instant stepUpUntil,
    @Nullable String apiKey,
    @Nullable String sessionId,
    @Nullable String clientId) {}
