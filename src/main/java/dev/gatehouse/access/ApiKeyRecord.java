package dev.gatehouse.access;

import dev.gatehouse.core.CallerId;
import java.time.Instant;

/**
 * What decides about an API key; not the key.
 *
 * @param id its name, unique among all callers
 * @param caller whose it is
 * @param tag the keyed hash of its secret, which nobody changes
 * @param createTime when it was made
 * @param expireTime when it ends
 * @param revoked whether it was ended before
 */
record ApiKeyRecord(
    String id,
    CallerId caller,
    byte[] tag,
    Instant createTime,
    Instant expireTime,
    boolean revoked) {}
