package dev.gatehouse.serving;

import dev.gatehouse.access.AccessControl;
import dev.gatehouse.access.Action;
import dev.gatehouse.access.Authority;
import dev.gatehouse.core.Caller;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import dev.gatehouse.core.Role;
import dev.gatehouse.core.TeamName;
import dev.gatehouse.registry.Model;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Who administers a model: the team that owns it and administrators, and for single actions whom a
 * grant allows them; not whom one denies them.
 *
 * <p>Auditors read about the models of all teams and the grants on them. Nothing denies them that:
 * what they are to find could be hidden from them otherwise.
 *
 * <p>That a model does not exist is told to administrators and, where they read, to auditors. For
 * everybody else the same lookups are made and the same answer is given as for a model that is not
 * theirs.
 */
final class Ownership {

  private final Models models;
  private final Authorities authorities;

  /**
   * Ownership of the models that {@code models} finds.
   *
   * @param models {@link dev.gatehouse.registry.Registry#findModel}
   * @param authorities {@link AccessControl#authority}
   */
  Ownership(Models models, Authorities authorities) {
    this.models = models;
    this.authorities = authorities;
  }

  /** Finds models. */
  interface Models {
    /** The model of this name, if there is one. */
    Optional<Model> find(ModelName name);
  }

  /** Says on what ground a caller administers a model. */
  interface Authorities {
    /** As {@link AccessControl#authority}. */
    Authority authority(Caller caller, ModelName name, @Nullable TeamName owner, Action action);
  }

  /** A model, and on what ground it is the caller's to administer. */
  record Administered(Model model, Authority authority) {

    /** Whether everything on the model is the caller's, rather than what a grant says. */
    boolean whole() {
      return authority instanceof Authority.Whole;
    }
  }

  /**
   * The model, if the caller may do {@code action} to it.
   *
   * @throws RefusedException with {@code AccessDenied} if it may not, or the model does not exist,
   *     which administrators are told; else as {@link AccessControl#authority}
   */
  Administered require(Caller caller, ModelName name, Action action) {
    Optional<Model> model = models.find(name);
    Authority authority = authority(caller, name, model, action);
    if (authority instanceof Authority.None(Refusal refusal)) {
      throw new RefusedException(refusal);
    }
    return new Administered(existing(caller, name, model), authority);
  }

  /**
   * The model, if it is the caller's team's or the caller is an administrator, and nothing denies
   * the caller one of the actions.
   *
   * @throws RefusedException as {@link #require}
   */
  Model requireOwned(Caller caller, ModelName name, Action... actions) {
    Administered found = null;
    for (Action action : actions) {
      found = require(caller, name, action);
      if (!found.whole()) {
        throw new RefusedException(new Refusal.AccessDenied());
      }
    }
    if (found == null) {
      throw new IllegalArgumentException("names the actions that may be denied");
    }
    return found.model();
  }

  /**
   * The model, if the caller may read what {@code action} is about.
   *
   * @throws RefusedException as {@link #require}; auditors are refused only if the model does not
   *     exist, which they are told, or they may not stay at all
   */
  Model requireReading(Caller caller, ModelName name, Action action) {
    Optional<Model> model = models.find(name);
    Authority authority = authority(caller, name, model, action);
    if (authority instanceof Authority.None(Refusal refusal)
        && !(seesAll(caller) && denied(refusal))) {
      throw new RefusedException(refusal);
    }
    return existing(caller, name, model);
  }

  /**
   * Whether a list may name the model, which is of the caller's team or of any if it sees all.
   *
   * @throws RefusedException if that cannot be decided, or the caller may not stay at all
   */
  boolean lists(Caller caller, Model model) {
    if (seesAll(caller)) {
      return true;
    }
    Optional<Model> there = Optional.of(model);
    return switch (authority(caller, model.name(), there, Action.READ_METADATA)) {
      case Authority.Whole whole -> true;
      case Authority.Delegated delegated -> true;
      case Authority.None(Refusal refusal) when denied(refusal) -> false;
      case Authority.None(Refusal refusal) -> throw new RefusedException(refusal);
    };
  }

  /** Whether the models of all teams are listed for the caller. */
  static boolean seesAll(Caller caller) {
    return caller.administrator() || caller.roles().contains(Role.AUDITOR);
  }

  private Authority authority(Caller caller, ModelName name, Optional<Model> model, Action action) {
    return authorities.authority(caller, name, model.map(Model::ownerTeam).orElse(null), action);
  }

  private static Model existing(Caller caller, ModelName name, Optional<Model> model) {
    return model.orElseThrow(
        () ->
            new RefusedException(
                seesAll(caller)
                    ? new Refusal.NotFound("models/" + name)
                    : new Refusal.AccessDenied()));
  }

  private static boolean denied(Refusal refusal) {
    return refusal instanceof Refusal.AccessDenied || refusal instanceof Refusal.StepUpRequired;
  }
}
