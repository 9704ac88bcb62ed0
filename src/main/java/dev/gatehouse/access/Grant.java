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
 * @param weight the share of a saturated queue, relative to other callers: {@link #WEIGHT_MIN} to
 *     {@link #WEIGHT_MAX}; each caller of a team has it for itself
 * @param priority whether its calls go first
 * @param expireTime when it ends
 * @param creator the caller that gave it, who may be registered no more
 * @param createTime when it was given
 */
public record Grant(
    GrantId id,
    ModelName model,
    Grantee grantee,
    Set<Action> actions,
    int weight,
    GrantPriority priority,
    Instant expireTime,
    CallerId creator,
    Instant createTime) {

  /** The least weight. */
  public static final int WEIGHT_MIN = 1;

  /** The weight of a grant that states none. */
  public static final int WEIGHT_DEFAULT = 100;

  /** The greatest weight. */
  public static final int WEIGHT_MAX = 1000;

  /** Copies the actions. */
  public Grant {
    actions = Set.copyOf(actions);
  }
}
