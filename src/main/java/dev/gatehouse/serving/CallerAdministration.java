package dev.gatehouse.serving;

import dev.gatehouse.access.AccessControl;
import dev.gatehouse.access.CallerClients;
import dev.gatehouse.access.CallerUpdate;
import dev.gatehouse.access.Callers;
import dev.gatehouse.access.ClientSecret;
import dev.gatehouse.access.IdentityDrift;
import dev.gatehouse.access.IdentityWatch;
import dev.gatehouse.access.NewCaller;
import dev.gatehouse.access.RegisteredCaller;
import dev.gatehouse.access.Restriction;
import dev.gatehouse.access.Restrictions;
import dev.gatehouse.access.Standing;
import dev.gatehouse.core.Caller;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.CallerKind;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import dev.gatehouse.core.Right;
import dev.gatehouse.core.Role;
import dev.gatehouse.core.TeamName;
import dev.gatehouse.registry.Page;
import dev.gatehouse.registry.PageRequest;
import dev.gatehouse.serving.Administration.Told;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Administers callers and the clients that are made for them; who may is decided by right before.
 *
 * <p>No transaction is open while the identity provider is asked. Where a change takes something
 * away, it counts here first and the client follows; where it gives something, the client comes
 * first. What is left different by a failure or a crash in between shows as drift.
 */
public final class CallerAdministration {

  /** Tells page tokens of this list from those of others. */
  private static final char LIST = 'c';

  private static final char DRIFTS = 'd';

  private static final Logger LOG = Logger.getLogger(CallerAdministration.class);

  private final Administration administration;
  private final Callers callers;
  private final CallerClients clients;
  private final IdentityWatch watch;
  private final AccessControl access;
  private final Restrictions restrictions;

  CallerAdministration(
      Administration administration,
      Callers callers,
      CallerClients clients,
      IdentityWatch watch,
      AccessControl access,
      Restrictions restrictions) {
    this.administration = administration;
    this.callers = callers;
    this.clients = clients;
    this.watch = watch;
    this.access = access;
    this.restrictions = restrictions;
  }

  /**
   * A caller whose client has a secret that was made just now.
   *
   * @param caller the caller
   * @param secret the secret; null if the caller was there already
   */
  public record WithSecret(RegisteredCaller caller, @Nullable ClientSecret secret) {}

  /**
   * A page of differences.
   *
   * @param compareTime when they were found; null if nothing was compared yet
   * @param page the differences
   */
  public record Drifts(@Nullable Instant compareTime, Page<IdentityDrift> page) {}

  /** Registers a caller; a repetition with the same request id returns it. */
  public RegisteredCaller create(Caller caller, NewCaller wanted, String requestId) {
    RegisteredCaller created =
        administration.change(
            caller,
            "callers.create",
            made -> told(made),
            () -> {
              requireHeld(caller, wanted.roles());
              return callers.create(wanted, caller.id(), given(requestId));
            });
    access.refresh();
    return created;
  }

  /**
   * Registers a caller and makes its client; a repetition with the same request id returns the
   * caller without the secret.
   *
   * <p>The name is reserved first, so that of two who want it one gets to the identity provider; a
   * reserved caller is let in by nothing. The client is made disabled, and enabled once its caller
   * is complete. What fails is undone.
   *
   * @param wanted with a client id, and neither issuer nor subject
   */
  public WithSecret createWithClient(Caller caller, NewCaller wanted, String requestId) {
    clients.requireAdministered();
    WithSecret created =
        administration.record(
            caller,
            "callers.create",
            new Told(
                "callers/" + wanted.id(),
                words(wanted.team(), wanted.kind(), wanted.roles()) + " with a client"),
            () -> {
              Callers.Reservation reservation =
                  administration.transaction(
                      () -> {
                        requireHeld(caller, wanted.roles());
                        return callers.reserve(wanted, caller.id(), given(requestId));
                      });
              return reservation.repeated()
                  ? new WithSecret(reservation.caller(), null)
                  : provision(reservation.caller());
            });
    access.refresh();
    return created;
  }

  private WithSecret provision(RegisteredCaller reserved) {
    RegisteredCaller registered = reserved;
    boolean made = false;
    try {
      CallerClients.Provisioned client = clients.make(reserved);
      made = true;
      registered = administration.transaction(() -> callers.complete(reserved, client.subject()));
      clients.enable(registered);
      return new WithSecret(registered, client.secret());
    } catch (RuntimeException | Error e) {
      undo(registered, made);
      throw e;
    }
  }

  /** What cannot be undone gets no tokens or is let in by nothing, and shows as drift. */
  private void undo(RegisteredCaller registered, boolean made) {
    try {
      boolean ignored =
          administration.transaction(
              () -> {
                callers.abandon(registered);
                return true;
              });
    } catch (RuntimeException e) {
      LOG.warnf("Caller %s is left over from a failed creation", registered.id());
    }
    if (made) {
      boolean unused = clients.remove(registered);
    }
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
    return change(caller, "callers.update", id, etag, update);
  }

  /** Stops a caller here, on every replica and, if it answers, at the identity provider. */
  public RegisteredCaller suspend(Caller caller, CallerId id, String etag) {
    return change(
        caller, "callers.suspend", id, etag, CallerUpdate.NOTHING.withStanding(Standing.SUSPENDED));
  }

  /** Lets a suspended caller in again; refused if its client cannot be enabled. */
  public RegisteredCaller activate(Caller caller, CallerId id, String etag) {
    return change(
        caller, "callers.activate", id, etag, CallerUpdate.NOTHING.withStanding(Standing.ACTIVE));
  }

  private RegisteredCaller change(
      Caller caller, String action, CallerId id, String etag, CallerUpdate update) {
    boolean activates = wants(update, Standing.ACTIVE);
    if (activates) {
      requireHeld(caller, update.roles().orElse(Set.of()));
    }
    return withClient(
        caller,
        clientAction(id, update),
        id,
        () -> {
          if (activates && clients.administered() && !heldWithClient(id)) {
            clients.enable(unchanged(id, etag));
          }
          RegisteredCaller updated = updated(caller, action, id, etag, update);
          access.refresh();
          boolean adapted = update.roles().isEmpty() || clients.adaptRoles(updated);
          boolean stopped = !wants(update, Standing.SUSPENDED) || clients.stop(updated);
          return new Followed(updated, adapted && stopped);
        });
  }

  /** Whether a quarantine holds that disabled the client: its end, and nothing else, enables it. */
  private boolean heldWithClient(CallerId id) {
    return administration.read(
        () -> restrictions.active(id).stream().anyMatch(Restriction::clientDisabled));
  }

  private static boolean wants(CallerUpdate update, Standing standing) {
    return update.standing().filter(wanted -> wanted == standing).isPresent();
  }

  /** What becomes of the client with a change of its caller, or null if nothing does. */
  private @Nullable String clientAction(CallerId id, CallerUpdate update) {
    if (!clients.administered()) {
      return null;
    }
    if (wants(update, Standing.ACTIVE)) {
      return "callers.enableClient";
    }
    if (wants(update, Standing.SUSPENDED)) {
      return "callers.stopClient";
    }
    return update.roles().isPresent() && !get(id).clientId().isEmpty()
        ? "callers.adaptClient"
        : null;
  }

  /** A caller that was changed, and whether its client followed. */
  private record Followed(RegisteredCaller caller, boolean whole) {}

  /**
   * A change of a caller that its client takes part in, announced as {@code action} before its
   * first step; the change of the caller has its own entry within. Not announced without an action.
   */
  private RegisteredCaller withClient(
      Caller caller, @Nullable String action, CallerId id, Supplier<Followed> steps) {
    Followed followed =
        action == null
            ? steps.get()
            : administration.record(
                caller, action, Told.of("callers/" + id), Followed::whole, steps);
    return followed.caller();
  }

  private RegisteredCaller updated(
      Caller caller, String action, CallerId id, String etag, CallerUpdate update) {
    return administration.change(
        caller,
        action,
        made -> told(made),
        () -> {
          requireHeld(caller, update.roles().orElse(Set.of()));
          return callers.update(id, update, given(etag));
        });
  }

  /** What a caller is now; texts that others chose are left out. */
  private static Told told(RegisteredCaller made) {
    return new Told(
        "callers/" + made.id(),
        words(made.team(), made.kind(), made.roles())
            + " standing="
            + made.standing()
            + (made.certificateBoundRequired() ? " certificate-bound" : "")
            + (made.automationAllowed() ? " automation" : ""));
  }

  private static String words(TeamName team, CallerKind kind, Set<Role> roles) {
    return "team=" + team + " kind=" + kind + " roles=" + new TreeSet<>(roles);
  }

  private RegisteredCaller unchanged(CallerId id, String etag) {
    RegisteredCaller present = get(id);
    if (!etag.isEmpty() && !etag.equals(present.etag())) {
      throw new RefusedException(new Refusal.EtagMismatch());
    }
    return present;
  }

  /** Gives the client of a caller another secret. */
  public WithSecret rotateSecret(Caller caller, CallerId id, String etag) {
    return administration.record(
        caller,
        "callers.rotateSecret",
        Told.of("callers/" + id),
        () -> {
          RegisteredCaller registered = unchanged(id, etag);
          return new WithSecret(registered, clients.rotateSecret(registered));
        });
  }

  /** Removes a caller, what was granted to it, and the client that was made for it. */
  public void delete(Caller caller, CallerId id, String etag) {
    RegisteredCaller unused =
        withClient(
            caller,
            clients.administered() ? "callers.removeClient" : null,
            id,
            () -> {
              RegisteredCaller deleted = deleted(caller, id, etag);
              access.refresh();
              return new Followed(deleted, clients.remove(deleted));
            });
  }

  private RegisteredCaller deleted(Caller caller, CallerId id, String etag) {
    return administration.change(
        caller,
        "callers.delete",
        "callers/" + id,
        () -> {
          RegisteredCaller registered = callers.get(id);
          callers.delete(id, given(etag));
          return registered;
        });
  }

  /**
   * Nobody gives what it does not hold, but for reading the record: administrators make the
   * auditors who watch them, and the record says so.
   *
   * @throws RefusedException with {@code ArgumentInvalid} if a role has a right that the giver's
   *     own roles lack
   */
  static void requireHeld(Caller giver, Set<Role> roles) {
    for (Role role : roles) {
      if (!role.rights().stream().allMatch(right -> gives(giver, right))) {
        throw new RefusedException(
            Refusal.ArgumentInvalid.of(
                "caller.roles", "the role " + role.claim() + " has rights which you lack"));
      }
    }
  }

  private static boolean gives(Caller giver, Right right) {
    return giver.holds(right) || (right == Right.READ_AUDIT && giver.administrator());
  }

  /** A page of the differences between the identity provider and the registrations. */
  public Drifts drifts(int pageSize, String pageToken) {
    PageRequest page =
        PageRequest.read(DRIFTS, pageSize, pageToken, CallerAdministration::driftNamed);
    IdentityWatch.Report report = watch.drifts();
    List<IdentityDrift> rest =
        report.drifts().stream()
            .filter(drift -> name(drift).compareTo(page.after()) > 0)
            .sorted(Comparator.comparing(CallerAdministration::name))
            .limit(page.size() + 1L)
            .toList();
    return new Drifts(report.compareTime(), page.page(DRIFTS, rest, CallerAdministration::name));
  }

  /** Client and kind, which tell differences apart; tokens of pages carry it in ASCII. */
  private static String name(IdentityDrift drift) {
    String client = URLEncoder.encode(drift.clientId(), StandardCharsets.US_ASCII);
    return client + " " + drift.kind().ordinal();
  }

  private static boolean driftNamed(String name) {
    return name.matches("\\S{1,2000} \\d");
  }

  private static Optional<String> given(String text) {
    return text.isEmpty() ? Optional.empty() : Optional.of(text);
  }
}
