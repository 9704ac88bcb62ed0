package dev.gatehouse.access;

import dev.gatehouse.core.CallerId;
import java.time.Instant;
import java.util.Optional;

/**
 * What is known of an API key; not the key.
 *
 * @param id its name, unique among all callers
 * @param caller whom it stands for
 * @param displayName what people call it; may be empty
 * @param state whether it was accepted when this was read
 * @param creator the caller that made it, who may be registered no more
 * @param createTime when it was made
 * @param expireTime when it ends
 * @param revokeTime when it was ended before, if it was
 * @param lastUseTime when it was last used, up to a minute ago, if it ever was
 */
public record ApiKey(
    ApiKeyId id,
    CallerId caller,
    String displayName,
    State state,
    CallerId creator,
    Instant createTime,
    Instant expireTime,
    Optional<Instant> revokeTime,
    Optional<Instant> lastUseTime) {

  /** Whether a key is accepted, if its caller is active. */
  public enum State {
    /** It is. */
    ACTIVE,
    /** It has expired. */
    EXPIRED,
    /** It was revoked. */
    REVOKED
  }
}
