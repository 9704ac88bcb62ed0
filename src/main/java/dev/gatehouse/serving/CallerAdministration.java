package dev.gatehouse.serving;

import dev.gatehouse.access.AccessControl;
import dev.gatehouse.access.CallerUpdate;
import dev.gatehouse.access.Callers;
import dev.gatehouse.access.NewCaller;
import dev.gatehouse.access.RegisteredCaller;
import dev.gatehouse.core.Caller;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.registry.Page;
import dev.gatehouse.registry.PageRequest;
import java.util.Optional;

/** Administers callers; who may is decided by right before. */
public final class CallerAdministration {

  /** Tells page tokens of this list from those of others. */
  private static final char LIST = 'c';

  private final Administration administration;
  private final Callers callers;
  private final AccessControl access;

  CallerAdministration(Administration administration, Callers callers, AccessControl access) {
    this.administration = administration;
    this.callers = callers;
    this.access = access;
  }

  /** Registers a caller; a repetition with the same request id returns it. */
  public RegisteredCaller create(Caller caller, NewCaller wanted, String requestId) {
    RegisteredCaller created =
        administration.change(
            caller,
            "callers.create",
            "callers/" + wanted.id(),
            () ->
                callers.create(
                    wanted,
                    caller.id(),
                    requestId.isEmpty() ? Optional.empty() : Optional.of(requestId)));
    access.refresh();
    return created;
  }

  /** A caller. */
  public RegisteredCaller get(CallerId id) {
    return administration.read(() -> callers.get(id));
  }

  /** A page of all callers. */
  public Page<RegisteredCaller> list(int pageSize, String pageToken) {
    return administration.read(
        () -> {
          PageRequest page = PageRequest.read(LIST, pageSize, pageToken, CallerId::valid);
          CallerId after = page.after().isEmpty() ? null : new CallerId(page.after());
          return page.page(
              LIST, callers.list(after, page.size() + 1), registered -> registered.id().value());
        });
  }

  /** Changes a caller; an empty etag changes it whatever it is. */
  public RegisteredCaller update(Caller caller, CallerId id, String etag, CallerUpdate update) {
    RegisteredCaller updated =
        administration.change(
            caller,
            "callers.update",
            "callers/" + id,
            () -> callers.update(id, update, given(etag)));
    access.refresh();
    return updated;
  }

  /** Removes a caller and what was granted to it. */
  public void delete(Caller caller, CallerId id, String etag) {
    boolean ignored =
        administration.change(
            caller,
            "callers.delete",
            "callers/" + id,
            () -> {
              callers.delete(id, given(etag));
              return true;
            });
    access.refresh();
  }

  private static Optional<String> given(String etag) {
    return etag.isEmpty() ? Optional.empty() : Optional.of(etag);
  }
}
