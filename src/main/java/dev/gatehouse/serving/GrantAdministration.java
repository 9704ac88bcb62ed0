package dev.gatehouse.serving;

import dev.gatehouse.access.AccessControl;
import dev.gatehouse.access.Action;
import dev.gatehouse.access.Grant;
import dev.gatehouse.access.GrantEffect;
import dev.gatehouse.access.GrantId;
import dev.gatehouse.access.Grantee;
import dev.gatehouse.access.Grants;
import dev.gatehouse.access.NewGrant;
import dev.gatehouse.core.Caller;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import dev.gatehouse.registry.Model;
import dev.gatehouse.registry.Page;
import dev.gatehouse.registry.PageRequest;
import dev.gatehouse.serving.Administration.Told;
import java.util.Optional;
import java.util.TreeSet;

/**
 * Administers who may use a model, for those who own it, and for those whom a grant allows {@link
 * Action#ADMINISTER_GRANTS}: these give at most what that very grant gives them, and take back what
 * they gave.
 */
public final class GrantAdministration {

  /** Tells page tokens of this list from those of others. */
  private static final char LIST = 'g';

  private final Administration administration;
  private final Ownership ownership;
  private final Grants grants;
  private final AccessControl access;

  GrantAdministration(
      Administration administration, Ownership ownership, Grants grants, AccessControl access) {
    this.administration = administration;
    this.ownership = ownership;
    this.grants = grants;
    this.access = access;
  }

  /** Grants something on a model; a repetition with the same request id returns the grant. */
  public Grant create(Caller caller, NewGrant wanted, String requestId) {
    Grant created =
        administration.change(
            caller,
            "grants.create",
            GrantAdministration::told,
            () -> {
              Optional<String> request =
                  requestId.isEmpty() ? Optional.empty() : Optional.of(requestId);
              Grant grant =
                  require(caller, wanted.model()).whole()
                      ? grants.create(wanted, caller.id(), request)
                      : grants.createDelegated(wanted, caller, request);
              // Once more, now that the lock is held which deleting the model takes too.
              Ownership.Administered unused = require(caller, wanted.model());
              return grant;
            });
    access.refresh();
    return created;
  }

  /** A grant on a model whose grants the caller may read. */
  public Grant get(Caller caller, ModelName model, GrantId id) {
    return administration.read(
        () -> {
          Model unused = ownership.requireReading(caller, model, Action.ADMINISTER_GRANTS);
          return grants.get(model, id);
        });
  }

  /** A page of the grants on a model whose grants the caller may read. */
  public Page<Grant> list(Caller caller, ModelName model, int pageSize, String pageToken) {
    return administration.read(
        () -> {
          Model unused = ownership.requireReading(caller, model, Action.ADMINISTER_GRANTS);
          PageRequest page = PageRequest.read(LIST, pageSize, pageToken, GrantId::valid);
          GrantId after = page.after().isEmpty() ? null : new GrantId(page.after());
          return page.page(
              LIST, grants.list(model, after, page.size() + 1), grant -> grant.id().value());
        });
  }

  /**
   * Takes a grant back.
   *
   * @throws RefusedException with {@code AccessDenied} if the model is not the caller's and
   *     somebody else gave the grant, or if it denies something to the caller or its team, which
   *     administrators alone take back
   */
  public void delete(Caller caller, ModelName model, GrantId id) {
    Grant unused =
        administration.change(
            caller,
            "grants.delete",
            GrantAdministration::told,
            () -> {
              boolean whole = require(caller, model).whole();
              Grant grant = grants.get(model, id);
              if (whole) {
                requireNoDenialOf(caller, grant);
                grants.delete(model, id);
              } else {
                grants.deleteDelegated(model, id, caller.id());
              }
              return grant;
            });
    access.refresh();
  }

  /** Whom a grant is for and what it says; ids and names of a closed set alone. */
  private static Told told(Grant grant) {
    String to =
        switch (grant.grantee()) {
          case Grantee.ToCaller caller -> "callers/" + caller.caller();
          case Grantee.ToTeam team -> "teams/" + team.team();
        };
    return new Told(
        "models/" + grant.model() + "/grants/" + grant.id(),
        "to="
            + to
            + " effect="
            + grant.effect()
            + " actions="
            + new TreeSet<>(grant.actions())
            + " expires="
            + grant.expireTime());
  }

  private static void requireNoDenialOf(Caller caller, Grant grant) {
    boolean concerned =
        switch (grant.grantee()) {
          case Grantee.ToCaller to -> to.caller().equals(caller.id());
          case Grantee.ToTeam to -> to.team().equals(caller.team());
        };
    if (concerned && grant.effect() == GrantEffect.DENY && !caller.administrator()) {
      throw new RefusedException(new Refusal.AccessDenied());
    }
  }

  private Ownership.Administered require(Caller caller, ModelName model) {
    return ownership.require(caller, model, Action.ADMINISTER_GRANTS);
  }
}
