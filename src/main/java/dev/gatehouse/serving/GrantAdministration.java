package dev.gatehouse.serving;

import dev.gatehouse.access.AccessControl;
import dev.gatehouse.access.Grant;
import dev.gatehouse.access.GrantId;
import dev.gatehouse.access.Grants;
import dev.gatehouse.access.NewGrant;
import dev.gatehouse.core.Caller;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.registry.Page;
import dev.gatehouse.registry.PageRequest;
import java.util.Optional;

/** Administers who may use a model, for the team that owns it. */
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
            "models/" + wanted.model() + "/grants",
            () -> {
              ownership.require(caller, wanted.model());
              Grant grant =
                  grants.create(
                      wanted,
                      caller.id(),
                      requestId.isEmpty() ? Optional.empty() : Optional.of(requestId));
              // Once more, now that the lock is held which deleting the model takes too.
              ownership.require(caller, wanted.model());
              return grant;
            });
    access.refresh();
    return created;
  }

  /** A grant on a model of the caller's. */
  public Grant get(Caller caller, ModelName model, GrantId id) {
    return administration.read(
        () -> {
          ownership.require(caller, model);
          return grants.get(model, id);
        });
  }

  /** A page of the grants on a model of the caller's. */
  public Page<Grant> list(Caller caller, ModelName model, int pageSize, String pageToken) {
    return administration.read(
        () -> {
          ownership.require(caller, model);
          PageRequest page = PageRequest.read(LIST, pageSize, pageToken, GrantId::valid);
          GrantId after = page.after().isEmpty() ? null : new GrantId(page.after());
          return page.page(
              LIST, grants.list(model, after, page.size() + 1), grant -> grant.id().value());
        });
  }

  /** Takes a grant back. */
  public void delete(Caller caller, ModelName model, GrantId id) {
    boolean ignored =
        administration.change(
            caller,
            "grants.delete",
            "models/" + model + "/grants/" + id.value(),
            () -> {
              ownership.require(caller, model);
              grants.delete(model, id);
              return true;
            });
    access.refresh();
  }
}
