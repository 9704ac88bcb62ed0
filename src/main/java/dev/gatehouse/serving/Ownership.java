package dev.gatehouse.serving;

import dev.gatehouse.core.Caller;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import dev.gatehouse.registry.Model;
import dev.gatehouse.registry.Registry;
import java.util.Optional;

/** Whose a model is: its team's, and every administrator's. */
final class Ownership {

  private final Registry registry;

  Ownership(Registry registry) {
    this.registry = registry;
  }

  /**
   * The model, if it is the caller's to administer.
   *
   * @throws RefusedException with {@code AccessDenied} if it is not, or does not exist, which only
   *     administrators are told
   */
  Model require(Caller caller, ModelName name) {
    Optional<Model> model = registry.findModel(name);
    if (caller.administrator()) {
      return model.orElseThrow(() -> new RefusedException(new Refusal.NotFound("models/" + name)));
    }
    return model
        .filter(found -> found.ownerTeam().equals(caller.team()))
        .orElseThrow(() -> new RefusedException(new Refusal.AccessDenied()));
  }
}
