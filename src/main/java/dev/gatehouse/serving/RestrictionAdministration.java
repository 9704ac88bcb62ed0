package dev.gatehouse.serving;

import dev.gatehouse.abuse.response.Findings;
import dev.gatehouse.abuse.response.Proposal;
import dev.gatehouse.access.AccessControl;
import dev.gatehouse.access.CallerClients;
import dev.gatehouse.access.Callers;
import dev.gatehouse.access.NewRestriction;
import dev.gatehouse.access.RegisteredCaller;
import dev.gatehouse.access.Restriction;
import dev.gatehouse.access.Restrictions;
import dev.gatehouse.access.Standing;
import dev.gatehouse.core.Caller;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import dev.gatehouse.core.Restraint;
import dev.gatehouse.core.Role;
import dev.gatehouse.registry.Page;
import dev.gatehouse.registry.PageRequest;
import dev.gatehouse.serving.Administration.Told;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Holds callers to less for a while, and lets them go; who may is decided by right before.
 *
 * <p>A client at the identity provider that is to be disabled follows the restriction, and one that
 * is to be enabled again goes before its end, as {@link CallerAdministration} has it: neither in
 * the transaction. A restriction that ends by itself enables nothing: the client then shows as
 * drift, and {@code ActivateCaller} enables it. Where a person restricts, the answer tells that the
 * client follows; the policy does not wait for that.
 */
public final class RestrictionAdministration implements AutoCloseable {

  private static final Logger LOG = Logger.getLogger(RestrictionAdministration.class);

  /** The stretch of time in which the policy may restrict so many callers. */
  static final Duration POLICY_WINDOW = Duration.ofHours(1);

  /** Who the policy leaves alone: without them nobody would be there to see to it. */
  private static final Set<Role> SPARED =
      EnumSet.of(Role.ADMINISTRATOR, Role.AUDITOR, Role.RESPONDER);

  /** Tells page tokens of this list from those of others. */
  private static final char LIST = 's';

  private static final String CREATED = "restrictions.create";

  private final Administration administration;
  private final Restrictions restrictions;
  private final Findings findings;
  private final Callers callers;
  private final CallerClients clients;
  private final AccessControl access;
  private final InstantSource clock;
  private final ClientStops clientStops;

  RestrictionAdministration(
      Administration administration,
      Restrictions restrictions,
      Findings findings,
      Callers callers,
      CallerClients clients,
      AccessControl access,
      InstantSource clock,
      ClientStops clientStops) {
    this.administration = administration;
    this.restrictions = restrictions;
    this.findings = findings;
    this.callers = callers;
    this.clients = clients;
    this.access = access;
    this.clock = clock;
    this.clientStops = clientStops;
  }

  /**
   * Holds a caller to less, as a person wants it.
   *
   * <p>Refusals: those of {@link Restrictions#restrict}; {@code NOT_FOUND} if there is no such
   * finding, {@code ARGUMENT_INVALID} if it is another caller's; {@code STATE_INVALID} if a client
   * is to be disabled and none was made for the caller, or no identity provider is administered.
   *
   * @param requestId makes a repetition return what the first one made; or empty
   */
  public Restriction restrict(Caller by, NewRestriction wanted, String requestId) {
    Supplier<Restriction> change =
        () ->
            administration.change(
                by,
                CREATED,
                RestrictionAdministration::told,
                () -> {
                  requireFindingOf(wanted);
                  return restrictions.restrict(wanted, by.id(), given(requestId));
                });
    // Who asks for a client with anything milder is refused for that, whatever clients there are.
    if (!wanted.disableClient() || wanted.restraint() != Restraint.QUARANTINED) {
      Restriction made = change.get();
      access.refresh();
      return made;
    }
    RegisteredCaller held = requireClient(wanted.caller());
    return stoppingClient(by, held, change);
  }

  /** Who reads the restriction later must not be led to a finding of somebody else. */
  private void requireFindingOf(NewRestriction wanted) {
    String finding = wanted.finding();
    if (finding != null && !findings.get(finding).caller().equals(wanted.caller())) {
      throw new RefusedException(Refusal.ArgumentInvalid.of("finding", "is about another caller"));
    }
  }

  private RegisteredCaller requireClient(CallerId caller) {
    clients.requireAdministered();
    RegisteredCaller registered = administration.read(() -> callers.get(caller));
    if (registered.clientId().isEmpty()) {
      throw new RefusedException(
          new Refusal.StateInvalid("no client was made for this caller; restrict it without"));
    }
    return registered;
  }

  /** Announced before its first step, since it takes more than the database. */
  private Restriction stoppingClient(
      @Nullable Caller by, RegisteredCaller held, Supplier<Restriction> change) {
    return administration
        .record(
            by,
            "callers.stopClient",
            Told.of("callers/" + held.id()),
            Followed::whole,
            () -> {
              Restriction made = change.get();
              access.refresh();
              boolean over = !made.active(clock.instant());
              return new Followed(made, over || stopped(made, held));
            })
        .restriction();
  }

  /**
   * Whether the client followed. A person may have released the caller meanwhile, on any replica:
   * who looks last, this or the release, lets the client be.
   */
  private boolean stopped(Restriction made, RegisteredCaller held) {
    boolean followed = clients.stop(held);
    if (get(made.id()).releaseTime() != null) {
      enableAfterwards(made);
    }
    return followed;
  }

  /** What the provider does not follow is in the log, and shows as drift. */
  private void enableAfterwards(Restriction ended) {
    try {
      clientToEnable(ended).ifPresent(clients::enable);
    } catch (RefusedException e) {
      LOG.warnf("The client of caller %s may be disabled", ended.caller());
    }
  }

  /** A restriction, and whether the client followed it. */
  private record Followed(Restriction restriction, boolean whole) {}

  /** What came of what the policy wants. */
  public sealed interface Outcome {
    /** The caller is held to it, now or since before. */
    record Restricted(Restriction restriction) implements Outcome {}

    /** So many callers as may be were restricted by the policy within the last hour. */
    record Limited() implements Outcome {}

    /** The caller has a role of administration, or is not registered any more. */
    record Spared() implements Outcome {}

    /** A person has released the caller lately, from all that is left of the reasons. */
    record Released() implements Outcome {}
  }

  /**
   * Holds a caller to less, as the policy wants it. A caller that is held to as much or more
   * already stays as it is.
   *
   * <p>A release within the time that the restriction would have is heeded: one from what a person
   * had made excuses everything, one from what the policy had made excuses what led to that.
   *
   * @param without what the policy wants if the rules of these ids, and what looks at the same
   *     things, are excused; a function of its argument alone
   */
  public Outcome restrictByPolicy(
      Proposal wanted, Function<Set<String>, Optional<Proposal>> without) {
    Decided decided =
        administration.event(CREATED, "OK", Decided::told, () -> decide(wanted, without));
    Restriction made = decided.made();
    if (made == null) {
      return decided.outcome();
    }
    access.refresh();
    if (made.clientDisabled()) {
      boolean unused =
          clientStops.offer(() -> administration.afterwards(() -> stopClient(made.id())));
    }
    return decided.outcome();
  }

  /** What came of it, and the restriction that was made just now, if one was. */
  private record Decided(Outcome outcome, @Nullable Restriction made) {

    static Decided without(Outcome outcome) {
      return new Decided(outcome, null);
    }

    Optional<Told> told() {
      return Optional.ofNullable(made).map(RestrictionAdministration::told);
    }
  }

  /** One at a time over all replicas, so that what is counted is what counts. */
  private Decided decide(Proposal proposal, Function<Set<String>, Optional<Proposal>> without) {
    restrictions.lockForChange();
    Optional<RegisteredCaller> registered = callers.find(proposal.caller());
    if (registered.isEmpty() || registered.get().roles().stream().anyMatch(SPARED::contains)) {
      return Decided.without(new Outcome.Spared());
    }
    Optional<Restriction> present = heldTo(proposal);
    if (present.isPresent()) {
      return Decided.without(new Outcome.Restricted(present.get()));
    }
    Instant now = clock.instant();
    Optional<Proposal> left = unexcused(proposal, without, now);
    if (left.isEmpty()) {
      return Decided.without(new Outcome.Released());
    }
    Proposal wanted = left.get();
    // What is left may be milder.
    Optional<Restriction> milder = heldTo(wanted);
    if (milder.isPresent()) {
      return Decided.without(new Outcome.Restricted(milder.get()));
    }
    Instant since = now.minus(POLICY_WINDOW);
    if (restrictions.callersRestrictedByPolicy(since, wanted.caller())
        >= wanted.callersPerHourMax()) {
      return Decided.without(new Outcome.Limited());
    }
    boolean disable =
        wanted.disableClient() && clients.administered() && !registered.get().clientId().isEmpty();
    Restriction made =
        restrictions.restrict(
            new NewRestriction(
                wanted.caller(),
                wanted.restraint(),
                wanted.reason(),
                wanted.finding(),
                wanted.duration(),
                disable),
            null,
            Optional.empty());
    return new Decided(new Outcome.Restricted(made), made);
  }

  /** What holds the caller to as much as that or more. */
  private Optional<Restriction> heldTo(Proposal wanted) {
    return restrictions.active(wanted.caller()).stream()
        .filter(present -> present.restraint().compareTo(wanted.restraint()) >= 0)
        .max(Comparator.comparing(Restriction::restraint));
  }

  /** What is left of a proposal after people have released the caller; all of it if none has. */
  private Optional<Proposal> unexcused(
      Proposal wanted, Function<Set<String>, Optional<Proposal>> without, Instant now) {
    List<Restriction> released =
        restrictions.releasedSince(wanted.caller(), now.minus(wanted.duration()));
    if (released.isEmpty()) {
      return Optional.of(wanted);
    }
    Set<String> excused = new HashSet<>();
    for (Restriction one : released) {
      Optional<Set<String>> rules =
          one.creator() == null ? Proposal.rulesIn(one.reason()) : Optional.empty();
      if (rules.isEmpty()) {
        return Optional.empty();
      }
      excused.addAll(rules.get());
    }
    return without.apply(Set.copyOf(excused));
  }

  /** A person may have released the caller while this waited. */
  private void stopClient(String id) {
    Restriction made = get(id);
    if (made.active(clock.instant())) {
      RegisteredCaller held = administration.read(() -> callers.get(made.caller()));
      Restriction unused = stoppingClient(null, held, () -> made);
    }
  }

  /**
   * Ends a restriction before its time; refused as {@link Restrictions#release} is, and if a client
   * is to be enabled that cannot be.
   */
  public Restriction release(Caller by, String id) {
    Restriction present = get(id);
    Optional<RegisteredCaller> enabled =
        present.active(clock.instant()) ? clientToEnable(present) : Optional.empty();
    Restriction released =
        enabled.isEmpty()
            ? released(by, id)
            : administration.record(
                by,
                "callers.enableClient",
                Told.of("callers/" + present.caller()),
                () -> {
                  clients.enable(enabled.get());
                  Restriction ended = released(by, id);
                  // Its disabling may have been under way.
                  enableAfterwards(ended);
                  return ended;
                });
    access.refresh();
    return released;
  }

  private Restriction released(Caller by, String id) {
    return administration.change(
        by,
        "restrictions.release",
        RestrictionAdministration::told,
        () -> restrictions.release(id, by.id()));
  }

  /** The caller whose client comes back with the end of a restriction, if one does. */
  private Optional<RegisteredCaller> clientToEnable(Restriction ending) {
    if (!ending.clientDisabled() || !clients.administered()) {
      return Optional.empty();
    }
    return administration.read(
        () -> {
          boolean others =
              restrictions.active(ending.caller()).stream()
                  .anyMatch(other -> other.clientDisabled() && !other.id().equals(ending.id()));
          return others
              ? Optional.empty()
              : callers
                  .find(ending.caller())
                  .filter(caller -> caller.standing() == Standing.ACTIVE);
        });
  }

  /** Gives the clients that wait to be disabled a while; takes no more. */
  @Override
  public void close() {
    clientStops.close();
  }

  /** A restriction, ended ones included. */
  public Restriction get(String id) {
    return administration.read(() -> restrictions.get(id));
  }

  /**
   * A page of restrictions, the latest first.
   *
   * @param caller only those of this one, or null
   * @param active only those that count now
   */
  public Page<Restriction> list(
      int pageSize, String pageToken, @Nullable CallerId caller, boolean active) {
    return administration.read(
        () -> {
          PageRequest page = PageRequest.read(LIST, pageSize, pageToken, CallerId::valid);
          String after = page.after().isEmpty() ? null : page.after();
          Instant activeAt = active ? clock.instant() : null;
          return page.page(
              LIST, restrictions.list(after, caller, activeAt, page.size() + 1), Restriction::id);
        });
  }

  /** What somebody is held to; the reason is left out, which others chose. */
  private static Told told(Restriction restriction) {
    return new Told(
        "restrictions/" + restriction.id(),
        "callers/"
            + restriction.caller()
            + " level="
            + restriction.restraint()
            + " duration="
            + Duration.between(restriction.createTime(), restriction.expireTime())
            + (restriction.finding() == null ? "" : " findings/" + restriction.finding())
            + (restriction.clientDisabled() ? " client" : ""));
  }

  private static Optional<String> given(String text) {
    return text.isEmpty() ? Optional.empty() : Optional.of(text);
  }
}
