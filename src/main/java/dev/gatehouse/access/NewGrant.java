package dev.gatehouse.access;

import dev.gatehouse.core.ModelName;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/**
 * What is wanted of a grant that does not exist yet.
 *
 * @param id its name, or empty to have one made
 * @param model the model it is for
 * @param grantee who shall have it; a caller must be registered
 * @param actions what it allows, at least one
 * @param weight its share of a saturated queue, {@link Grant#WEIGHT_MIN} to {@link
 *     Grant#WEIGHT_MAX}
 * @param priority whether its calls go first
 * @param expireTime when it ends: in the future, and not further ahead than configured
 */
public record NewGrant(
    Optional<GrantId> id,
    ModelName model,
    Grantee grantee,
    Set<Action> actions,
    int weight,
    GrantPriority priority,
    Instant expireTime) {

  /** Copies the actions. */
  public NewGrant {
    actions = Set.copyOf(actions);
  }
}
