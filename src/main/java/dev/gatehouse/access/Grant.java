package dev.gatehouse.access;

import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.ModelName;
import java.time.Instant;
import java.util.Set;

/**
 * A permission to do something with one model until an instant.
 *
 * @param id its name within the model
 * @param model the model it is for
 * @param grantee who has it
 * @param actions what it allows, at least one
 * @param expireTime when it ends
 * @param creator the caller that gave it, who may be registered no more
 * @param createTime when it was given
 */
public record Grant(
    GrantId id,
    ModelName model,
    Grantee grantee,
    Set<Action> actions,
    Instant expireTime,
    CallerId creator,
    Instant createTime) {

  /** Copies the actions. */
  public Grant {
    actions = Set.copyOf(actions);
  }
}
