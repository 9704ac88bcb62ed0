package dev.gatehouse.access;

import dev.gatehouse.core.Caller;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.ModelName;
import java.time.Instant;
import java.util.Set;

/**
 * A permission, or a prohibition, to do something with one model until an instant.
 *
 * @param id its name within the model
 * @param model the model it is for
 * @param grantee who has it
 * @param effect whether it allows or denies
 * @param actions what it allows or denies, at least one
 * @param conditions to which calls it applies
 * @param terms what a call gets that it allows; {@link GrantTerms#DEFAULT} if it denies
 * @param expireTime when it ends; {@link #NO_END} for a prohibition that was given no end
 * @param creator the caller that gave it, who may be registered no more
 * @param createTime when it was given
 */
public record Grant(
    GrantId id,
    ModelName model,
    Grantee grantee,
    GrantEffect effect,
    Set<Action> actions,
    GrantConditions conditions,
    GrantTerms terms,
    Instant expireTime,
    CallerId creator,
    Instant createTime) {

  /** The end of what has none: the last second that a protobuf timestamp can say. */
  public static final Instant NO_END = Instant.parse("9999-12-31T23:59:59Z");

  /** Copies the actions. */
  public Grant {
    actions = Set.copyOf(actions);
  }

  /**
   * Whether it says something about {@code action}: one that allows anything allows to read
   * metadata too; one that denies says no more than what it names.
   */
  boolean covers(Action action) {
    return actions.contains(action)
        || (action == Action.READ_METADATA && effect == GrantEffect.ALLOW && !actions.isEmpty());
  }

  /** Whether it applies to what the caller asks for now. */
  boolean applies(Caller asking, Instant now) {
    return appliesButForStrength(asking, now) && conditions.strongEnough(asking);
  }

  /** Whether it applies, or would if the caller had proved more strongly who it is. */
  boolean appliesButForStrength(Caller asking, Instant now) {
    return now.isBefore(expireTime) && conditions.fromThere(asking);
  }
}
