package dev.gatehouse.access;

import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.Restraint;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a caller is held to until a time.
 *
 * @param id its id
 * @param caller who is held
 * @param restraint to what
 * @param reason why, for people
 * @param finding the id of the finding that led to it, or null
 * @param creator who made it, or null if the policy did
 * @param createTime when it was made
 * @param expireTime when it ends by itself
 * @param releaseTime when it was ended before, or null
 * @param releaser who ended it, or null
 * @param clientDisabled whether the caller's client at the identity provider was disabled with it
 */
public record Restriction(
    String id,
    CallerId caller,
    Restraint restraint,
    String reason,
    @Nullable String finding,
    @Nullable CallerId creator,
    Instant createTime,
    Instant expireTime,
    @Nullable Instant releaseTime,
    @Nullable CallerId releaser,
    boolean clientDisabled) {

  /** Whether it counts at {@code now}. */
  public boolean active(Instant now) {
    return releaseTime == null && now.isBefore(expireTime);
  }
}
