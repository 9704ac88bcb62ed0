package dev.gatehouse.serving;

import dev.gatehouse.access.AccessControl;
import dev.gatehouse.access.Action;
import dev.gatehouse.access.Decision;
import dev.gatehouse.core.Caller;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;

/** Which models a list for a caller may name. */
final class Visibility {

  private final AccessControl access;

  Visibility(AccessControl access) {
    this.access = access;
  }

  /**
   * Whether the caller may read about the model.
   *
   * @throws RefusedException if that cannot be decided, or the caller may not stay at all
   */
  boolean covers(Caller caller, ModelName model) {
    return switch (access.decide(caller, model, Action.READ_METADATA)) {
      case Decision.Allowed allowed -> true;
      case Decision.Denied(Refusal.AccessDenied denied) -> false;
      // A list names what may be read now; it does not fail for one model among others.
      case Decision.Denied(Refusal.StepUpRequired needed) -> false;
      case Decision.Denied(Refusal other) -> throw new RefusedException(other);
    };
  }
}
