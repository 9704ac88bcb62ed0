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
 * @param effect whether it allows or denies
 * @param actions what it allows or denies, at least one
 * @param conditions to which calls it applies
 * @param terms what a call gets that it allows
 * @param expireTime when it ends: in the future, and not further ahead than configured; {@link
 *     Grant#NO_END} for a prohibition without an end
 */
public record NewGrant(
    Optional<GrantId> id,
    ModelName model,
    Grantee grantee,
    GrantEffect effect,
    Set<Action> actions,
    GrantConditions conditions,
    GrantTerms terms,
    Instant expireTime) {

  /** Copies the actions. */
  public NewGrant {
    actions = Set.copyOf(actions);
  }
}
