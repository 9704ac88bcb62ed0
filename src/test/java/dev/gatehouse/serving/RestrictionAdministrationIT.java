package dev.gatehouse.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.abuse.response.Findings;
import dev.gatehouse.abuse.response.Proposal;
import dev.gatehouse.access.AccessControl;
import dev.gatehouse.access.AccessProfile;
import dev.gatehouse.access.CallerClients;
import dev.gatehouse.access.CallerUpdate;
import dev.gatehouse.access.Callers;
import dev.gatehouse.access.HangingProvider;
import dev.gatehouse.access.NewCaller;
import dev.gatehouse.access.NewRestriction;
import dev.gatehouse.access.Restriction;
import dev.gatehouse.access.Restrictions;
import dev.gatehouse.access.Standing;
import dev.gatehouse.audit.ControlEvent;
import dev.gatehouse.audit.ControlLog;
import dev.gatehouse.core.Caller;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.CallerKind;
import dev.gatehouse.core.Reason;
import dev.gatehouse.core.RefusedException;
import dev.gatehouse.core.Restraint;
import dev.gatehouse.core.Role;
import dev.gatehouse.core.SystemTime;
import dev.gatehouse.core.TeamName;
import dev.gatehouse.registry.Page;
import dev.gatehouse.serving.RestrictionAdministration.Outcome;
import dev.gatehouse.testing.Await;
import dev.gatehouse.testing.TestCallers;
import io.quarkus.narayana.jta.QuarkusTransaction;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import jakarta.inject.Inject;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.sql.DataSource;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What people and the policy do to callers, in a real database. */
@QuarkusTest
@TestProfile(RestrictionAdministrationIT.Profile.class)
class RestrictionAdministrationIT {

  /** Keeps this application apart from those of other tests. */
  public static final class Profile extends AccessProfile {}

  private static final CallerId ROOT = new CallerId("administrator-1");
  private static final Caller ROSA =
      TestCallers.caller(
          new CallerId("rosa"), new TeamName("red"), Set.of(Role.RESPONDER), "00", Instant.MAX);
  private static final String FINDING = "0198a000-0000-7000-8000-000000000007";
  private static final Duration HOUR = Duration.ofHours(1);

  @Inject AccessControl access;
  @Inject Callers callers;
  @Inject CallerClients clients;
  @Inject Restrictions restrictions;
  @Inject Findings findings;
  @Inject DataSource database;

  @Inject
  @ConfigProperty(name = "gatehouse.oidc.issuer")
  String issuer;

  private final ConcurrentLinkedQueue<ControlEvent> recorded = new ConcurrentLinkedQueue<>();
  private Administration changes;
  private RestrictionAdministration administration;

  @BeforeEach
  void start() throws SQLException {
    access.start();
    ControlLog log =
        new ControlLog() {
          @Override
          public void append(ControlEvent event) {
            recorded.add(event);
          }

          @Override
          public void offer(ControlEvent event) {
            throw new AssertionError(event);
          }
        };
    changes = new Administration(log, SystemTime.ticker());
    administration = administration(clients, new ClientStops());
    execute("delete from access_restrictions");
    execute("delete from abuse_findings");
    execute("delete from access_callers where id <> '" + ROOT + "'");
    access.refresh();
  }

  private RestrictionAdministration administration(CallerClients theirs, ClientStops stops) {
    return new RestrictionAdministration(
        changes, restrictions, findings, callers, theirs, access, SystemTime.wall(), stops);
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement()) {
      boolean unused = statement.execute(sql);
    }
  }

  private CallerId register(String id, Role... roles) {
    return register(id, "", roles);
  }

  private CallerId register(String id, String clientId, Role... roles) {
    NewCaller wanted =
        new NewCaller(
            new CallerId(id),
            "",
            new TeamName("red"),
            CallerKind.SERVICE,
            issuer,
            id + "-sub",
            clientId,
            Set.of(roles),
            false,
            false);
    return QuarkusTransaction.requiringNew()
        .call(() -> callers.create(wanted, ROOT, Optional.empty()))
        .id();
  }

  private static NewRestriction wanted(CallerId caller, Restraint restraint) {
    return new NewRestriction(caller, restraint, "too many rows", null, HOUR, false);
  }

  private Restriction byPolicy(CallerId caller, Restraint restraint) {
    return assertInstanceOf(Outcome.Restricted.class, policy(caller, restraint, 100)).restriction();
  }

  private Outcome policy(CallerId caller, Restraint restraint, int max) {
    return policy(caller, restraint, max, "surge");
  }

  /** As if any rule that is left led to the same. */
  private Outcome policy(CallerId caller, Restraint restraint, int max, String... rules) {
    return administration.restrictByPolicy(
        proposal(caller, restraint, max, List.of(rules)).orElseThrow(),
        excused ->
            proposal(
                caller,
                restraint,
                max,
                Arrays.stream(rules).filter(rule -> !excused.contains(rule)).toList()));
  }

  private static Optional<Proposal> proposal(
      CallerId caller, Restraint restraint, int max, List<String> rules) {
    return rules.isEmpty()
        ? Optional.empty()
        : Optional.of(new Proposal(caller, restraint, rules, FINDING, HOUR, false, max));
  }

  private static void assertRefused(Reason reason, Runnable work) {
    RefusedException refused = assertThrows(RefusedException.class, work::run);
    assertEquals(reason, refused.refusal().reason());
  }

  @Test
  void restrict_byHand_countsIsRecordedAndIsRepeatable() {
    CallerId orders = register("orders", Role.CALLER);
    Restriction made =
        administration.restrict(ROSA, wanted(orders, Restraint.DEGRADED), "request-1");
    assertEquals(Restraint.DEGRADED, access.restricted().get(orders), "counts at once");
    assertEquals(ROSA.id(), made.creator());
    assertEquals(made.createTime().plus(HOUR), made.expireTime());
    assertEquals(made, administration.get(made.id()));
    ControlEvent event = recorded.remove();
    assertEquals("restrictions.create", event.action());
    assertEquals("restrictions/" + made.id(), event.resource());
    assertEquals("callers/orders level=DEGRADED duration=PT1H", event.detail());
    assertEquals(ROSA, event.caller());
    assertEquals(
        made, administration.restrict(ROSA, wanted(orders, Restraint.DEGRADED), "request-1"));
    assertRefused(
        Reason.ARGUMENT_INVALID,
        () -> administration.restrict(ROSA, wanted(orders, Restraint.THROTTLED), "request-1"));
    Restriction released = administration.release(ROSA, made.id());
    assertEquals(ROSA.id(), released.releaser());
    assertFalse(access.restricted().containsKey(orders), "at once");
    assertRefused(Reason.STATE_INVALID, () -> administration.release(ROSA, made.id()));
    assertRefused(Reason.NOT_FOUND, () -> administration.release(ROSA, "nothing"));
    assertRefused(Reason.NOT_FOUND, () -> administration.get("nothing"));
  }

  @Test
  void restrict_byHandForAFinding_namesOneOfThisCaller() throws SQLException {
    CallerId orders = register("orders", Role.CALLER);
    execute(
        "insert into abuse_findings (id, rule, severity, source, caller, evidence, response,"
            + " repetitions, create_time, last_time)"
            + " values ('"
            + FINDING
            + "', 'row-rate-surge', 'CRITICAL', 'GATEWAY', 'orders', '9 rows',"
            + " 'SHADOW', 0, now(), now())");
    NewRestriction wanted =
        new NewRestriction(orders, Restraint.DEGRADED, "many rows", FINDING, HOUR, false);
    assertEquals(FINDING, administration.restrict(ROSA, wanted, "").finding());
    assertEquals(
        "callers/orders level=DEGRADED duration=PT1H findings/" + FINDING,
        recorded.remove().detail());
    CallerId second = register("second", Role.CALLER);
    assertRefused(
        Reason.ARGUMENT_INVALID,
        () ->
            administration.restrict(
                ROSA,
                new NewRestriction(second, Restraint.DEGRADED, "it", FINDING, HOUR, false),
                ""));
    assertRefused(
        Reason.NOT_FOUND,
        () ->
            administration.restrict(
                ROSA,
                new NewRestriction(orders, Restraint.DEGRADED, "it", "finding-8", HOUR, false),
                ""));
    access.refresh();
    assertFalse(access.restricted().containsKey(second));
  }

  @Test
  void restrictions_releasedOrNot_changeNoMore() throws SQLException {
    CallerId orders = register("orders", Role.CALLER);
    Restriction made = byPolicy(orders, Restraint.DEGRADED);
    String row = " where id = '" + made.id() + "'";
    for (String change :
        List.of("restraint = 'THROTTLED'", "expire_time = now()", "caller = 'x'")) {
      assertThrows(
          SQLException.class, () -> execute("update access_restrictions set " + change + row));
    }
    Restriction unused = administration.release(ROSA, made.id());
    assertThrows(
        SQLException.class,
        () -> execute("update access_restrictions set release_time = null, releaser = null" + row));
  }

  @Test
  void restrict_lastAdministratorThatIsNotQuarantined_isRefused() {
    CallerId second = register("second", Role.ADMINISTRATOR);
    Restriction first = administration.restrict(ROSA, wanted(ROOT, Restraint.QUARANTINED), "");
    assertRefused(
        Reason.STATE_INVALID,
        () -> administration.restrict(ROSA, wanted(second, Restraint.QUARANTINED), ""));
    // Nor may it go in another way while the other cannot do anything.
    assertRefused(
        Reason.STATE_INVALID,
        () ->
            QuarkusTransaction.requiringNew()
                .run(
                    () -> {
                      var ignored =
                          callers.update(
                              second,
                              CallerUpdate.NOTHING.withStanding(Standing.SUSPENDED),
                              Optional.empty());
                    }));
    Restriction mild = administration.restrict(ROSA, wanted(second, Restraint.DEGRADED), "");
    assertEquals(Restraint.DEGRADED, mild.restraint());
    Restriction released = administration.release(ROSA, first.id());
    assertFalse(released.active(SystemTime.wall().instant()));
    Restriction now = administration.restrict(ROSA, wanted(second, Restraint.QUARANTINED), "");
    assertEquals(second, now.caller());
  }

  @Test
  void policy_heldToAsMuchAlready_staysAndMoreIsAdded() {
    CallerId orders = register("orders", Role.CALLER);
    Restriction degraded = byPolicy(orders, Restraint.DEGRADED);
    assertNull(degraded.creator());
    ControlEvent event = recorded.remove();
    assertEquals("restrictions.create", event.action());
    assertNull(event.caller());
    assertEquals(Restraint.DEGRADED, access.restricted().get(orders));
    assertEquals(degraded, byPolicy(orders, Restraint.DEGRADED));
    assertEquals(degraded, byPolicy(orders, Restraint.THROTTLED));
    assertTrue(recorded.isEmpty(), "nothing was done");
    Restriction quarantined = byPolicy(orders, Restraint.QUARANTINED);
    assertEquals(quarantined, byPolicy(orders, Restraint.DEGRADED));
    assertEquals(Restraint.QUARANTINED, access.restricted().get(orders));
    Restriction unused = administration.release(ROSA, quarantined.id());
    assertEquals(Restraint.DEGRADED, access.restricted().get(orders), "the other one is left");
  }

  @Test
  void policy_afterAPersonReleasedItsRestriction_leavesTheCallerAloneForTheSame() {
    CallerId orders = register("orders", Role.CALLER);
    Outcome made = policy(orders, Restraint.DEGRADED, 100, "drift", "near-copies");
    Restriction first = assertInstanceOf(Outcome.Restricted.class, made).restriction();
    Restriction unused = administration.release(ROSA, first.id());
    for (List<String> same :
        List.of(List.of("drift", "near-copies"), List.of("drift"), List.of("near-copies"))) {
      assertInstanceOf(
          Outcome.Released.class,
          policy(orders, Restraint.QUARANTINED, 100, same.toArray(String[]::new)));
    }
    assertFalse(access.restricted().containsKey(orders));
    assertEquals(
        List.of(), restrictions.releasedSince(orders, SystemTime.wall().instant()), "long ago");
    Restriction byHand = administration.restrict(ROSA, wanted(orders, Restraint.THROTTLED), "");
    assertEquals(orders, byHand.caller(), "people may");
  }

  @Test
  void policy_afterAPersonReleasedItsRestriction_restrictsForSomethingElse() {
    CallerId orders = register("orders", Role.CALLER);
    Restriction first = byPolicy(orders, Restraint.DEGRADED);
    Restriction unused = administration.release(ROSA, first.id());
    Outcome made = policy(orders, Restraint.QUARANTINED, 100, "probing-models", "surge");
    Restriction second = assertInstanceOf(Outcome.Restricted.class, made).restriction();
    assertEquals("by the policy: probing-models", second.reason(), "what was excused is no reason");
    assertEquals(Restraint.QUARANTINED, access.restricted().get(orders));
    // Both releases count together.
    Restriction again = administration.release(ROSA, second.id());
    assertEquals(orders, again.caller());
    assertInstanceOf(
        Outcome.Released.class,
        policy(orders, Restraint.QUARANTINED, 100, "probing-models", "surge"));
  }

  @Test
  void policy_afterAPersonReleasedWhatAPersonMade_leavesTheCallerAlone() {
    CallerId orders = register("orders", Role.CALLER);
    Restriction policys = administration.release(ROSA, byPolicy(orders, Restraint.DEGRADED).id());
    assertNull(policys.creator());
    NewRestriction alike =
        new NewRestriction(orders, Restraint.THROTTLED, policys.reason(), null, HOUR, false);
    Restriction unused =
        administration.release(ROSA, administration.restrict(ROSA, alike, "").id());
    assertInstanceOf(
        Outcome.Released.class,
        policy(orders, Restraint.QUARANTINED, 100, "probing-models"),
        "whatever the person wrote as the reason");
    assertFalse(access.restricted().containsKey(orders));
  }

  /** What the hand does for everybody goes on on its thread, which this test's stands for. */
  @Test
  void policy_identityProviderHangs_restrictsOthersMeanwhile() {
    CallerId orders = register("orders", "orders", Role.CALLER);
    CallerId returns = register("returns", "returns", Role.CALLER);
    ClientStops stops = new ClientStops(Duration.ZERO);
    try (HangingProvider provider = new HangingProvider();
        RestrictionAdministration hanging = administration(provider.clients(), stops)) {
      assertDisabling(hanging, orders);
      assertTrue(Await.until(Duration.ofSeconds(60), () -> provider.asked() == 1));
      assertDisabling(hanging, returns);
      assertEquals(
          Map.of(orders, Restraint.QUARANTINED, returns, Restraint.QUARANTINED),
          access.restricted());
      assertEquals(1, stops.waiting(), "one after another");
    }
  }

  @Test
  void policy_releasedBeforeItsClientIsDisabled_leavesTheClient() {
    CallerId orders = register("orders", "orders", Role.CALLER);
    CallerId returns = register("returns", "returns", Role.CALLER);
    ClientStops stops = new ClientStops();
    try (HangingProvider provider = new HangingProvider();
        RestrictionAdministration hanging = administration(provider.clients(), stops)) {
      assertDisabling(hanging, orders);
      assertTrue(Await.until(Duration.ofSeconds(60), () -> provider.asked() == 1));
      Restriction waiting = assertDisabling(hanging, returns);
      // Not by the one that would ask the provider to enable the client.
      Restriction unused = administration.release(ROSA, waiting.id());
      provider.goOn();
      assertTrue(Await.until(Duration.ofSeconds(60), () -> stops.waiting() == 0));
      hanging.close();
      assertEquals(Set.of("orders"), provider.clientsAskedFor());
    }
  }

  /** As by a release on another replica, which does not see the disabling that is under way. */
  @Test
  void policy_releasedWhileItsClientIsBeingDisabled_leavesTheClientEnabled() {
    CallerId orders = register("orders", "orders", Role.CALLER);
    try (HangingProvider provider = new HangingProvider(true);
        RestrictionAdministration hanging =
            administration(provider.clients(), new ClientStops(Duration.ofSeconds(60)))) {
      Restriction made = assertDisabling(hanging, orders);
      assertTrue(Await.until(Duration.ofSeconds(60), () -> provider.asked() == 1));
      Restriction unused = administration.release(ROSA, made.id());
      provider.goOn();
      hanging.close();
      assertTrue(provider.enabled("orders"));
    }
  }

  @Test
  void release_clientDisabledBeforeItsEnd_isEnabledAfterIt() {
    CallerId orders = register("orders", "orders", Role.CALLER);
    try (HangingProvider provider = new HangingProvider(true);
        RestrictionAdministration following =
            administration(provider.clients(), new ClientStops(Duration.ofSeconds(60)))) {
      provider.goOn();
      Restriction made = assertDisabling(following, orders);
      assertTrue(Await.until(Duration.ofSeconds(60), () -> !provider.enabled("orders")));
      provider.disableTheNext();
      Restriction unused = following.release(ROSA, made.id());
      assertTrue(provider.enabled("orders"));
    }
  }

  private static Restriction assertDisabling(
      RestrictionAdministration administration, CallerId caller) {
    Proposal wanted =
        new Proposal(
            caller, Restraint.QUARANTINED, List.of("probing-models"), FINDING, HOUR, true, 100);
    Outcome outcome = administration.restrictByPolicy(wanted, excused -> Optional.of(wanted));
    Restriction made = assertInstanceOf(Outcome.Restricted.class, outcome).restriction();
    assertTrue(made.clientDisabled());
    return made;
  }

  @Test
  void policy_rolesOfAdministrationAndStrangers_areSpared() {
    for (Role role : Role.values()) {
      CallerId caller =
          role == Role.CALLER
              ? register("plain", role)
              : register("also-" + role.claim(), Role.CALLER, role);
      Outcome outcome = policy(caller, Restraint.QUARANTINED, 100);
      boolean spared = outcome instanceof Outcome.Spared;
      assertEquals(
          Set.of(Role.ADMINISTRATOR, Role.AUDITOR, Role.RESPONDER).contains(role),
          spared,
          role.name());
      assertEquals(!spared, access.restricted().containsKey(caller));
    }
    assertInstanceOf(
        Outcome.Spared.class, policy(new CallerId("nobody"), Restraint.QUARANTINED, 100));
  }

  /** As replicas would: each in its own transaction, all at once. */
  @Test
  void policy_manyAtOnce_restrictsSoManyCallersAnHour() throws Exception {
    int max = 3;
    int all = 8;
    List<CallerId> ids = new ArrayList<>();
    for (int i = 0; i < all; i++) {
      ids.add(register("caller-" + i, Role.CALLER));
    }
    CyclicBarrier together = new CyclicBarrier(all);
    List<Future<Outcome>> outcomes = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(all)) {
      for (CallerId id : ids) {
        outcomes.add(
            threads.submit(
                () -> {
                  int unused = together.await();
                  return policy(id, Restraint.THROTTLED, max);
                }));
      }
    }
    List<Restriction> made = new ArrayList<>();
    for (Future<Outcome> outcome : outcomes) {
      switch (outcome.get()) {
        case Outcome.Restricted(Restriction restriction) -> made.add(restriction);
        case Outcome.Limited limited -> {}
        case Outcome.Spared spared -> throw new AssertionError("spared");
        case Outcome.Released released -> throw new AssertionError("released");
      }
    }
    assertEquals(max, made.size());
    assertEquals(max, access.restricted().size());
    // One that counts already counts once, and more of it is no other caller.
    CallerId again = made.getFirst().caller();
    assertInstanceOf(Outcome.Restricted.class, policy(again, Restraint.QUARANTINED, max));
    // To let go of one makes no room for another: the limit is for what the policy does.
    Restriction unused = administration.release(ROSA, made.getLast().id());
    CallerId other =
        ids.stream()
            .filter(
                id ->
                    !access.restricted().containsKey(id)
                        && made.stream().noneMatch(one -> one.caller().equals(id)))
            .findFirst()
            .orElseThrow();
    assertInstanceOf(Outcome.Limited.class, policy(other, Restraint.THROTTLED, max));
    // People are not limited, and what they do is not counted.
    Restriction byHand = administration.restrict(ROSA, wanted(other, Restraint.THROTTLED), "");
    assertEquals(other, byHand.caller());
    Instant hourAgo = SystemTime.wall().instant().minus(HOUR);
    assertEquals(max, restrictions.callersRestrictedByPolicy(hourAgo, other));
    assertEquals(0, restrictions.callersRestrictedByPolicy(SystemTime.wall().instant(), other));
  }

  @Test
  void list_pages_latestFirstByCallerAndByWhatCounts() {
    CallerId orders = register("orders", Role.CALLER);
    CallerId returns = register("returns", Role.CALLER);
    List<Restriction> latestFirst = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      CallerId caller = i % 2 == 0 ? orders : returns;
      latestFirst.addFirst(administration.restrict(ROSA, wanted(caller, Restraint.THROTTLED), ""));
    }
    List<Restriction> paged = new ArrayList<>();
    String token = "";
    do {
      Page<Restriction> page = administration.list(2, token, null, false);
      assertTrue(page.items().size() <= 2);
      paged.addAll(page.items());
      token = page.nextPageToken();
    } while (!token.isEmpty());
    assertEquals(latestFirst, paged);
    Restriction released = administration.release(ROSA, latestFirst.getFirst().id());
    List<Restriction> counting = administration.list(0, "", orders, true).items();
    assertEquals(
        latestFirst.stream()
            .filter(one -> one.caller().equals(orders) && !one.id().equals(released.id()))
            .toList(),
        counting);
    assertEquals(3, administration.list(0, "", orders, false).items().size());
  }
}
