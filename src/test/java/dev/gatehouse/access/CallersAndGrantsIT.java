package dev.gatehouse.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.core.AuthenticationStrength;
import dev.gatehouse.core.Caller;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.CallerKind;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Reason;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import dev.gatehouse.core.Role;
import dev.gatehouse.core.TeamName;
import dev.gatehouse.testing.TestCallers;
import io.quarkus.narayana.jta.QuarkusTransaction;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import jakarta.inject.Inject;
import jakarta.transaction.TransactionalException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Registrations and grants in a real database. */
@QuarkusTest
@TestProfile(TokenAttacksIT.Profile.class)
class CallersAndGrantsIT {

  private static final CallerId ROOT = new CallerId("administrator-1");
  private static final ModelName DIGITS = new ModelName("digits");

  @Inject AccessControl control;
  @Inject Callers callers;
  @Inject Grants grants;
  @Inject Bootstrap bootstrap;
  @Inject InstantSource clock;

  @Inject
  @ConfigProperty(name = "gatehouse.oidc.issuer")
  String issuer;

  @BeforeEach
  void start() {
    control.start();
  }

  private static <T> T change(Callable<T> work) {
    return QuarkusTransaction.requiringNew().call(work);
  }

  private static void assertRefused(Reason reason, Callable<?> work) {
    RefusedException refused = assertThrows(RefusedException.class, () -> change(work));
    assertEquals(reason, refused.refusal().reason());
  }

  private NewCaller caller(String id, Role... roles) {
    return new NewCaller(
        new CallerId(id),
        "The caller " + id,
        new TeamName("red"),
        CallerKind.SERVICE,
        issuer,
        id + "-sub",
        "",
        Set.of(roles),
        false,
        false);
  }

  private RegisteredCaller register(String id, Role... roles) {
    return change(() -> callers.create(caller(id, roles), ROOT, Optional.empty()));
  }

  private static GrantTerms terms(int weight, GrantPriority priority) {
    return new GrantTerms(weight, priority, Quota.NONE, List.of());
  }

  private NewGrant grant(Grantee grantee, Duration lifetime) {
    return new NewGrant(
        Optional.empty(),
        DIGITS,
        grantee,
        GrantEffect.ALLOW,
        Set.of(Action.INFER),
        GrantConditions.NONE,
        terms(700, GrantPriority.BULK),
        clock.instant().plus(lifetime));
  }

  private static Caller authenticated(RegisteredCaller caller) {
    return TestCallers.caller(caller.id(), caller.team(), caller.roles(), "00", Instant.MAX);
  }

  @Test
  void callers_createdChangedDeleted_readBackAsReturned() {
    RegisteredCaller created = register("crud", Role.CALLER, Role.PUBLISHER);
    assertEquals(Standing.ACTIVE, created.standing());
    assertEquals(created, callers.get(created.id()));
    RegisteredCaller changed =
        change(
            () ->
                callers.update(
                    created.id(),
                    CallerUpdate.NOTHING
                        .withDisplayName("Ünïcode")
                        .withTeam(new TeamName("blue"))
                        .withRoles(Set.of(Role.CALLER))
                        .withStanding(Standing.SUSPENDED),
                    Optional.of(created.etag())));
    assertEquals(changed, callers.get(created.id()));
    assertEquals("Ünïcode", changed.displayName());
    assertEquals(Set.of(Role.CALLER), changed.roles());
    assertNotEquals(created.etag(), changed.etag());
    assertRefused(
        Reason.ETAG_MISMATCH,
        () -> callers.update(created.id(), CallerUpdate.NOTHING, Optional.of(created.etag())));
    change(
        () -> {
          callers.delete(created.id(), Optional.of(changed.etag()));
          return true;
        });
    assertRefused(Reason.NOT_FOUND, () -> callers.get(created.id()));
  }

  @Test
  void callers_createWithoutTransaction_fails() {
    assertThrows(
        TransactionalException.class,
        () -> callers.create(caller("nobody", Role.CALLER), ROOT, Optional.empty()));
  }

  @Test
  void callers_createdTwice_takenUnlessItIsTheSameRequest() {
    NewCaller wanted = caller("twice", Role.CALLER);
    Optional<String> request = Optional.of("request-1");
    RegisteredCaller created = change(() -> callers.create(wanted, ROOT, request));
    assertEquals(created, change(() -> callers.create(wanted, ROOT, request)));
    assertRefused(
        Reason.ALREADY_EXISTS, () -> callers.create(wanted, ROOT, Optional.of("request-2")));
    assertRefused(
        Reason.ALREADY_EXISTS, () -> callers.create(wanted, new CallerId("other"), request));
    NewCaller samePrincipal =
        new NewCaller(
            new CallerId("twice-2"),
            "",
            wanted.team(),
            wanted.kind(),
            issuer,
            wanted.subject(),
            "",
            wanted.roles(),
            false,
            false);
    assertRefused(
        Reason.ALREADY_EXISTS, () -> callers.create(samePrincipal, ROOT, Optional.empty()));
    assertRefused(
        Reason.ARGUMENT_INVALID,
        () -> callers.create(caller("twice-3", Role.CALLER), ROOT, request));
  }

  @Test
  void callers_badFields_allNamedAtOnce() {
    NewCaller bad =
        new NewCaller(
            new CallerId("bad"),
            "x".repeat(201),
            new TeamName("red"),
            CallerKind.PERSON,
            "https://another.example",
            "",
            "",
            Set.of(),
            false,
            false);
    RefusedException refused =
        assertThrows(
            RefusedException.class, () -> change(() -> callers.create(bad, ROOT, Optional.of(""))));
    var invalid = assertInstanceOf(Refusal.ArgumentInvalid.class, refused.refusal());
    assertEquals(
        List.of(
            "caller.display_name", "caller.roles", "caller.issuer", "caller.subject", "request_id"),
        invalid.violations().stream().map(Refusal.Violation::field).toList());
  }

  @Test
  void callers_listed_inPagesInOrder() {
    for (String id : List.of("page-c", "page-a", "page-b")) {
      register(id, Role.CALLER);
    }
    CallerId before = new CallerId("page-");
    List<RegisteredCaller> first = callers.list(before, 2);
    assertEquals(List.of("page-a", "page-b"), first.stream().map(c -> c.id().value()).toList());
    assertEquals(new CallerId("page-c"), callers.list(first.getLast().id(), 1).getFirst().id());
    assertRefused(Reason.ARGUMENT_INVALID, () -> callers.list(null, 0));
    assertRefused(Reason.ARGUMENT_INVALID, () -> callers.list(null, 1001));
  }

  @Test
  void callers_lastAdministrator_cannotBeLost() {
    CallerUpdate suspend = CallerUpdate.NOTHING.withStanding(Standing.SUSPENDED);
    CallerUpdate demote = CallerUpdate.NOTHING.withRoles(Set.of(Role.PUBLISHER));
    assertRefused(Reason.STATE_INVALID, () -> callers.update(ROOT, suspend, Optional.empty()));
    assertRefused(Reason.STATE_INVALID, () -> callers.update(ROOT, demote, Optional.empty()));
    assertRefused(
        Reason.STATE_INVALID,
        () -> {
          callers.delete(ROOT, Optional.empty());
          return true;
        });
    assertEquals(Standing.ACTIVE, callers.get(ROOT).standing());
  }

  @Test
  void callers_twoAdministratorsSuspendEachOtherAtOnce_oneStays() throws Exception {
    CallerUpdate suspend = CallerUpdate.NOTHING.withStanding(Standing.SUSPENDED);
    for (int round = 0; round < 10; round++) {
      CallerId second = register("second-" + round, Role.ADMINISTRATOR).id();
      CyclicBarrier together = new CyclicBarrier(2);
      int refused = 0;
      try (ExecutorService both = Executors.newFixedThreadPool(2)) {
        List<Future<RegisteredCaller>> outcomes =
            List.of(ROOT, second).stream()
                .map(
                    id ->
                        both.submit(
                            () -> {
                              together.await();
                              return change(() -> callers.update(id, suspend, Optional.empty()));
                            }))
                .toList();
        for (Future<RegisteredCaller> outcome : outcomes) {
          try {
            assertEquals(Standing.SUSPENDED, outcome.get().standing());
          } catch (ExecutionException e) {
            var refusal = assertInstanceOf(RefusedException.class, e.getCause());
            assertEquals(Reason.STATE_INVALID, refusal.refusal().reason());
            refused++;
          }
        }
      }
      assertEquals(1, refused);
      // Back to one administrator, the first.
      change(
          () ->
              callers.update(
                  ROOT, CallerUpdate.NOTHING.withStanding(Standing.ACTIVE), Optional.empty()));
      change(
          () -> {
            callers.delete(second, Optional.empty());
            return true;
          });
    }
  }

  @Test
  void bootstrap_administratorThere_changesNothing() {
    List<RegisteredCaller> before = callers.list(null, 1000);
    bootstrap.run();
    assertEquals(before, callers.list(null, 1000));
    RegisteredCaller root = callers.get(ROOT);
    assertEquals("root-subject", root.subject());
    assertEquals(Set.of(Role.ADMINISTRATOR), root.roles());
  }

  @Test
  void grants_createdListedDeleted_countAfterRefresh() {
    RegisteredCaller caller = register("grantee", Role.CALLER);
    Grant grant =
        change(
            () ->
                grants.create(
                    grant(new Grantee.ToCaller(caller.id()), Duration.ofHours(1)),
                    ROOT,
                    Optional.empty()));
    control.refresh();
    assertEquals(
        new Decision.Allowed(grant.id(), terms(700, GrantPriority.BULK)),
        control.decide(authenticated(caller), DIGITS, Action.INFER));
    assertEquals(grant, grants.get(DIGITS, grant.id()));
    assertTrue(grants.list(DIGITS, null, 1000).contains(grant));
    change(
        () -> {
          grants.delete(DIGITS, grant.id());
          return true;
        });
    control.refresh();
    assertInstanceOf(
        Decision.Denied.class, control.decide(authenticated(caller), DIGITS, Action.INFER));
    assertRefused(Reason.NOT_FOUND, () -> grants.get(DIGITS, grant.id()));
  }

  @Test
  void grants_callerDeletedAndRegisteredAgain_areGone() {
    RegisteredCaller caller = register("phoenix", Role.CALLER);
    Grant grant =
        change(
            () ->
                grants.create(
                    grant(new Grantee.ToCaller(caller.id()), Duration.ofHours(1)),
                    ROOT,
                    Optional.empty()));
    change(
        () -> {
          callers.delete(caller.id(), Optional.empty());
          return true;
        });
    register("phoenix", Role.CALLER);
    control.refresh();
    assertInstanceOf(
        Decision.Denied.class, control.decide(authenticated(caller), DIGITS, Action.INFER));
    assertRefused(Reason.NOT_FOUND, () -> grants.get(DIGITS, grant.id()));
  }

  @Test
  void grants_everyField_readBackAsReturnedAndDecidedBy() {
    RegisteredCaller caller = register("conditioned", Role.CALLER);
    NewGrant wanted =
        new NewGrant(
            Optional.empty(),
            DIGITS,
            new Grantee.ToCaller(caller.id()),
            GrantEffect.ALLOW,
            Set.of(Action.values()),
            new GrantConditions(
                List.of(
                    Network.parse("127.0.0.0/8").orElseThrow(),
                    Network.parse("2001:db8::/32").orElseThrow()),
                AuthenticationStrength.TOKEN),
            new GrantTerms(
                3,
                GrantPriority.BULK,
                new Quota(1, 2, 3, 4, 5),
                List.of(
                    new OutputPolicy(
                        "a:b", OutputPolicy.Detail.TOP_K, 7, 0, OutputPolicy.Scores.LOGITS),
                    new OutputPolicy(
                        "", OutputPolicy.Detail.ROUNDED, 0, 2, OutputPolicy.Scores.PROBABILITIES))),
            clock.instant().plus(Duration.ofHours(1)));
    Grant made = change(() -> grants.create(wanted, ROOT, Optional.empty()));
    assertEquals(wanted.actions(), made.actions());
    assertEquals(wanted.conditions(), made.conditions());
    assertEquals(wanted.terms(), made.terms());
    assertEquals(made, grants.get(DIGITS, made.id()));
    control.refresh();
    assertEquals(
        new Decision.Allowed(made.id(), wanted.terms()),
        control.decide(authenticated(caller), DIGITS, Action.EXPORT));
    Grant denial = change(() -> grants.create(denial(caller.team()), ROOT, Optional.empty()));
    assertEquals(Grant.NO_END, denial.expireTime());
    assertEquals(denial, grants.get(DIGITS, denial.id()));
    control.refresh();
    assertInstanceOf(
        Decision.Denied.class, control.decide(authenticated(caller), DIGITS, Action.EXPORT));
    assertInstanceOf(
        Decision.Allowed.class, control.decide(authenticated(caller), DIGITS, Action.DEPLOY));
    change(
        () -> {
          grants.delete(DIGITS, denial.id());
          return true;
        });
  }

  /** A prohibition without an end. */
  private static NewGrant denial(TeamName team) {
    return new NewGrant(
        Optional.empty(),
        DIGITS,
        new Grantee.ToTeam(team),
        GrantEffect.DENY,
        Set.of(Action.EXPORT),
        GrantConditions.NONE,
        GrantTerms.DEFAULT,
        Grant.NO_END);
  }

  @Test
  void grants_passedOn_boundedByOneGrantOfTheDelegates() {
    RegisteredCaller delegate = register("delegate", Role.PUBLISHER);
    RegisteredCaller other = register("passed-on-to", Role.CALLER);
    Caller asking = authenticated(delegate);
    NewGrant onward = grant(new Grantee.ToCaller(other.id()), Duration.ofMinutes(30));
    assertRefused(
        Reason.ACCESS_DENIED, () -> grants.createDelegated(onward, asking, Optional.empty()));
    Grant held =
        change(
            () ->
                grants.create(
                    with(
                        grant(new Grantee.ToCaller(delegate.id()), Duration.ofHours(1)),
                        Set.of(Action.INFER, Action.ADMINISTER_GRANTS)),
                    ROOT,
                    Optional.empty()));
    Optional<String> request = Optional.of("passed-on");
    Grant passedOn = change(() -> grants.createDelegated(onward, asking, request));
    assertEquals(delegate.id(), passedOn.creator());
    assertEquals(passedOn, change(() -> grants.createDelegated(onward, asking, request)));
    for (NewGrant more :
        List.of(
            with(onward, Set.of(Action.DEPLOY)),
            grant(new Grantee.ToCaller(other.id()), Duration.ofMinutes(61)),
            grant(new Grantee.ToCaller(delegate.id()), Duration.ofMinutes(30)),
            grant(new Grantee.ToTeam(delegate.team()), Duration.ofMinutes(30)),
            denial(new TeamName("elsewhere")))) {
      assertRefused(
          Reason.ARGUMENT_INVALID, () -> grants.createDelegated(more, asking, Optional.empty()));
    }
    assertRefused(
        Reason.ACCESS_DENIED,
        () -> {
          grants.deleteDelegated(DIGITS, held.id(), delegate.id());
          return true;
        });
    change(
        () -> {
          grants.delete(DIGITS, held.id());
          return true;
        });
    // At once, whatever the snapshot still says.
    assertRefused(
        Reason.ACCESS_DENIED, () -> grants.createDelegated(onward, asking, Optional.empty()));
    change(
        () -> {
          grants.deleteDelegated(DIGITS, passedOn.id(), delegate.id());
          return true;
        });
    assertRefused(Reason.NOT_FOUND, () -> grants.get(DIGITS, passedOn.id()));
  }

  private static NewGrant with(NewGrant grant, Set<Action> actions) {
    return new NewGrant(
        grant.id(),
        grant.model(),
        grant.grantee(),
        grant.effect(),
        actions,
        grant.conditions(),
        grant.terms(),
        grant.expireTime());
  }

  @Test
  void grants_badFields_refused() {
    Grantee team = new Grantee.ToTeam(new TeamName("red"));
    Grantee nobody = new Grantee.ToCaller(new CallerId("not-registered"));
    for (NewGrant bad :
        List.of(
            grant(team, Duration.ZERO),
            grant(team, Duration.ofDays(367)),
            grant(nobody, Duration.ofHours(1)),
            weighted(team, 0),
            weighted(team, 1001),
            new NewGrant(
                Optional.empty(),
                DIGITS,
                team,
                GrantEffect.ALLOW,
                Set.of(),
                GrantConditions.NONE,
                GrantTerms.DEFAULT,
                Instant.MAX))) {
      assertRefused(Reason.ARGUMENT_INVALID, () -> grants.create(bad, ROOT, Optional.empty()));
    }
  }

  private NewGrant weighted(Grantee grantee, int weight) {
    NewGrant grant = grant(grantee, Duration.ofHours(1));
    return new NewGrant(
        grant.id(),
        grant.model(),
        grantee,
        grant.effect(),
        grant.actions(),
        grant.conditions(),
        terms(weight, grant.terms().priority()),
        grant.expireTime());
  }

  @Test
  void grants_createdTwice_takenWithinTheModelUnlessItIsTheSameRequest() {
    Grantee team = new Grantee.ToTeam(new TeamName("green"));
    NewGrant wanted =
        new NewGrant(
            Optional.of(new GrantId("named")),
            DIGITS,
            team,
            GrantEffect.ALLOW,
            Set.of(Action.INFER, Action.READ_METADATA),
            GrantConditions.NONE,
            GrantTerms.DEFAULT,
            clock.instant().plusSeconds(60));
    Optional<String> request = Optional.of("grant-request");
    Grant created = change(() -> grants.create(wanted, ROOT, request));
    assertEquals(created, change(() -> grants.create(wanted, ROOT, request)));
    assertRefused(Reason.ALREADY_EXISTS, () -> grants.create(wanted, ROOT, Optional.empty()));
    NewGrant elsewhere =
        new NewGrant(
            wanted.id(),
            new ModelName("another"),
            team,
            wanted.effect(),
            wanted.actions(),
            wanted.conditions(),
            wanted.terms(),
            wanted.expireTime());
    assertRefused(Reason.ARGUMENT_INVALID, () -> grants.create(elsewhere, ROOT, request));
    assertEquals(
        wanted.id().orElseThrow(),
        change(() -> grants.create(elsewhere, ROOT, Optional.empty())).id());
    assertEquals(1, change(() -> grants.deleteAllOf(new ModelName("another"))));
    assertEquals(created, grants.get(DIGITS, created.id()));
  }

  @Test
  void change_rolledBack_leavesTheSnapshotAsItWas() {
    assertThrows(
        IllegalStateException.class,
        () ->
            change(
                () -> {
                  callers.create(caller("ghost", Role.CALLER), ROOT, Optional.empty());
                  throw new IllegalStateException("the test's own");
                }));
    control.refresh();
    assertRefused(Reason.NOT_FOUND, () -> callers.get(new CallerId("ghost")));
  }
}
