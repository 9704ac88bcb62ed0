package dev.gatehouse.abuse.response;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.abuse.Alarm;
import dev.gatehouse.abuse.CallerView;
import dev.gatehouse.abuse.Judge;
import dev.gatehouse.abuse.response.AlertCheck.Ignored;
import dev.gatehouse.abuse.response.Enforcement.Withheld;
import dev.gatehouse.abuse.response.Finding.Response;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.Restraint;
import dev.gatehouse.core.SystemTime;
import dev.gatehouse.core.Ticker;
import dev.gatehouse.metrics.HandState;
import dev.gatehouse.testing.Await;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The hand of one gateway, or of two, on one database; time is the test's. */
final class HandIT {

  private static final Instant START = Instant.parse("2026-11-22T12:00:00Z");
  private static final CallerId THIEF = new CallerId("thief");
  private static final CallerId OTHER = new CallerId("other");

  private static FindingsDatabase database;
  private static Findings findings;

  /** Of the clocks that all gateways of a test read. */
  private long seconds;

  @BeforeAll
  static void start() throws SQLException {
    database = new FindingsDatabase();
    findings = database.findings();
  }

  @AfterAll
  static void stop() {
    database.close();
  }

  @BeforeEach
  void empty() throws SQLException {
    database.empty();
  }

  private Instant now() {
    return START.plusSeconds(seconds);
  }

  /** A gateway: what it sees, what its hand asked for, and what becomes of that. */
  private final class Replica implements Enforcement, Judge {
    /** Rules whose condition holds here, of every caller that calls. */
    final Set<String> holding = new HashSet<>();

    final Set<CallerId> calling = new HashSet<>(Set.of(THIEF, OTHER));
    final List<Proposal> restricted = new ArrayList<>();
    final List<String> made = new ArrayList<>();
    final List<Withheld> withheld = Collections.synchronizedList(new ArrayList<>());
    Outcome outcome = new Outcome.Restricted("r-1");
    Set<String> excused = Set.of();
    long viewSecondsAgo;
    boolean databaseAway;

    /** What happens elsewhere while this gateway looks whether a finding holds. */
    Runnable meanwhile = () -> {};

    final Hand hand;

    Replica(ResponseMode mode) {
      this(mode, () -> Duration.ofSeconds(seconds).toNanos());
    }

    Replica(ResponseMode mode, Ticker ticker) {
      hand =
          new Hand(
              new Hand.Parts(
                  findings,
                  this,
                  caller ->
                      calling.contains(caller)
                          ? Optional.of(Views.of(caller, now().minusSeconds(viewSecondsAgo), 50))
                          : Optional.empty(),
                  this,
                  TestRules::find,
                  new ResponseSettings(mode, Duration.ofHours(1), 5, Duration.ofMinutes(10), false),
                  HandIT.this::now,
                  ticker));
    }

    @Override
    public List<Alarm> judge(CallerView view) {
      meanwhile.run();
      return holding.stream().sorted().map(rule -> alarmOf(rule, view.caller())).toList();
    }

    Alarm alarmOf(String rule, CallerId caller) {
      return new Alarm(
          rule, TestRules.find(rule).orElseThrow().severity(), caller, null, "20 rows/s", now());
    }

    /** The watch says that it holds, and the hand works. */
    void alarm(String rule) {
      hand.alarm(alarmOf(rule, THIEF));
      hand.round();
    }

    @Override
    public boolean registered(CallerId caller) {
      return caller.equals(THIEF);
    }

    @Override
    public Optional<Noted> record(Supplier<Optional<Noted>> note) {
      if (databaseAway) {
        throw new IllegalStateException("the database is away");
      }
      return database.in(note::get);
    }

    @Override
    public Outcome restrict(Proposal proposal, Function<Set<String>, Optional<Proposal>> without) {
      Optional<Proposal> left = without.apply(excused);
      left.ifPresent(restricted::add);
      return left.isPresent() ? outcome : new Outcome.Released();
    }

    @Override
    public void made(Finding finding) {
      made.add(finding.rule());
    }

    @Override
    public void withheld(Withheld why) {
      withheld.add(why);
    }
  }

  private static List<Finding> all() {
    return findings.list(null, null, null, 100);
  }

  private static Finding only() {
    assertEquals(1, all().size());
    return all().getFirst();
  }

  private ReportedAlert alert(String fingerprint, String rule, String caller) {
    return new ReportedAlert(fingerprint, true, now().minusSeconds(20), null, rule, caller, "");
  }

  @Test
  void alarm_criticalThatHolds_restrictsTheCallerOnce() {
    Replica gateway = new Replica(ResponseMode.ACT);
    gateway.holding.add("surge");
    gateway.alarm("surge");
    assertEquals(1, gateway.restricted.size());
    Proposal proposal = gateway.restricted.getFirst();
    assertEquals(THIEF, proposal.caller());
    assertEquals(Restraint.THROTTLED, proposal.restraint());
    assertEquals(only().id(), proposal.finding());
    assertEquals(Response.RESTRICTED, only().response());
    assertEquals("r-1", only().restriction());
    assertEquals("20 rows/s", only().evidence());
    assertEquals(List.of("surge"), gateway.made);
    assertEquals(List.of(), gateway.withheld);
  }

  @Test
  void alarm_againAndAgain_isWrittenEveryTenSeconds() {
    Replica gateway = new Replica(ResponseMode.ACT);
    gateway.holding.add("surge");
    for (seconds = 0; seconds < 30; seconds++) {
      gateway.alarm("surge");
      gateway.alarm("surge");
    }
    assertEquals(3, gateway.restricted.size(), "once for each time it is written");
    assertEquals(1 + 20 + 20 - 1, only().repetitions());
    assertEquals(List.of("surge"), gateway.made);
    assertEquals(START.plusSeconds(20), only().lastTime());
  }

  @Test
  void alarm_thatHoldsNoMore_isNotActedOnUntilItHolds() {
    Replica gateway = new Replica(ResponseMode.ACT);
    gateway.alarm("surge");
    assertEquals(Response.UNCONFIRMED, only().response());
    assertEquals(List.of(Withheld.UNCONFIRMED), gateway.withheld);
    gateway.holding.add("drift");
    seconds++;
    gateway.hand.round();
    assertEquals(Response.UNCONFIRMED, only().response(), "another rule confirms none of ours");
    gateway.holding.add("surge");
    gateway.viewSecondsAgo = 61;
    seconds++;
    gateway.hand.round();
    assertEquals(List.of(), gateway.restricted, "what was seen long ago is not now");
    gateway.viewSecondsAgo = 0;
    seconds++;
    gateway.hand.round();
    assertEquals(1, gateway.restricted.size());
    assertEquals(Response.RESTRICTED, only().response());
  }

  @Test
  void alarm_warnings_takeTwoRulesToAct() {
    Replica gateway = new Replica(ResponseMode.ACT);
    gateway.holding.addAll(List.of("drift", "near-copies"));
    gateway.alarm("drift");
    assertEquals(Response.NONE, only().response());
    seconds = 15;
    gateway.alarm("drift");
    assertEquals(List.of(), gateway.restricted, "the same again is not another sign");
    gateway.alarm("near-copies");
    assertEquals(1, gateway.restricted.size());
    assertEquals(Restraint.DEGRADED, gateway.restricted.getFirst().restraint());
    assertEquals(List.of("drift", "near-copies"), gateway.restricted.getFirst().rules());
  }

  @Test
  void alarm_warningsOnTwoReplicas_countTogether() {
    Replica one = new Replica(ResponseMode.ACT);
    Replica two = new Replica(ResponseMode.ACT);
    one.holding.add("drift");
    two.holding.add("near-copies");
    one.alarm("drift");
    two.alarm("near-copies");
    assertEquals(List.of(), one.restricted);
    assertEquals(1, two.restricted.size());
  }

  @Test
  void alarm_unconfirmedWarning_isNoSecondSign() {
    Replica gateway = new Replica(ResponseMode.ACT);
    gateway.alarm("drift");
    gateway.holding.add("near-copies");
    gateway.alarm("near-copies");
    assertEquals(List.of(), gateway.restricted);
  }

  @Test
  void alarm_inShadowMode_saysOnceWhatItWouldDo() {
    Replica gateway = new Replica(ResponseMode.SHADOW);
    gateway.holding.add("surge");
    for (seconds = 0; seconds <= 20; seconds += 10) {
      gateway.alarm("surge");
    }
    assertEquals(List.of(), gateway.restricted);
    assertEquals(Response.SHADOW, only().response());
    assertEquals(List.of(Withheld.SHADOW), gateway.withheld);
  }

  @Test
  void alarm_whenOff_isAFindingAndNothingElse() {
    Replica gateway = new Replica(ResponseMode.OFF);
    gateway.holding.add("surge");
    gateway.alarm("surge");
    assertEquals(Response.NONE, only().response());
    assertEquals(List.of(), gateway.restricted);
    assertEquals(List.of(), gateway.withheld);
  }

  @Test
  void alarm_limitedOrSpared_isNotedAndCountedOnce() {
    Replica gateway = new Replica(ResponseMode.ACT);
    gateway.holding.add("surge");
    gateway.outcome = new Enforcement.Outcome.Limited();
    gateway.alarm("surge");
    seconds = 10;
    gateway.alarm("surge");
    assertEquals(Response.LIMITED, only().response());
    assertEquals(List.of(Withheld.LIMIT), gateway.withheld);
    gateway.outcome = new Enforcement.Outcome.Spared();
    seconds = 20;
    gateway.alarm("surge");
    assertEquals(Response.SPARED, only().response());
    gateway.outcome = new Enforcement.Outcome.Restricted("r-2");
    seconds = 30;
    gateway.alarm("surge");
    assertEquals(Response.RESTRICTED, only().response(), "once there is room");
    assertEquals(List.of(Withheld.LIMIT, Withheld.SPARED), gateway.withheld);
  }

  @Test
  void alarm_released_isActedOnForWhatTheReleaseDoesNotExcuse() {
    Replica gateway = new Replica(ResponseMode.ACT);
    gateway.excused = Set.of("surge");
    gateway.holding.addAll(List.of("surge", "near-copies", "probing-models"));
    gateway.alarm("surge");
    assertEquals(Response.RELEASED, only().response());
    gateway.alarm("near-copies");
    assertEquals(List.of(), gateway.restricted, "a warning and what is excused are one sign");
    assertEquals(List.of(Withheld.RELEASED, Withheld.RELEASED), gateway.withheld);
    gateway.alarm("probing-models");
    assertEquals(1, gateway.restricted.size());
    assertEquals(List.of("near-copies", "probing-models"), gateway.restricted.getFirst().rules());
  }

  @Test
  void alarm_ofANameThatStandsForMany_isNothing() {
    Replica gateway = new Replica(ResponseMode.ACT);
    gateway.holding.add("surge");
    gateway.hand.alarm(gateway.alarmOf("surge", OTHER));
    gateway.hand.round();
    assertEquals(List.of(), all());
    assertTrue(gateway.hand.report(List.of(alert("0a", "surge", "other"))));
    gateway.hand.round();
    assertEquals(List.of(), all());
    assertEquals(1, gateway.hand.ignored(Ignored.CALLER_UNKNOWN));
  }

  @Test
  void alarm_databaseAway_isWrittenWhenItIsBack() {
    Replica gateway = new Replica(ResponseMode.ACT);
    gateway.holding.add("surge");
    gateway.databaseAway = true;
    for (seconds = 0; seconds < 60; seconds++) {
      gateway.alarm("surge");
    }
    assertEquals(List.of(), all());
    gateway.databaseAway = false;
    seconds = 70;
    gateway.hand.round();
    assertEquals(59, only().repetitions());
    assertEquals(START, only().createTime());
    assertEquals(1, gateway.restricted.size());
  }

  /** Also between two attempts, when there is nothing to be done. */
  @Test
  void health_alarmThatCannotBeWritten_isFailingUntilItIs() {
    Replica gateway = new Replica(ResponseMode.ACT);
    HandState health = gateway.hand.health();
    assertTrue(health.available());
    gateway.databaseAway = true;
    for (seconds = 0; seconds < 130; seconds++) {
      gateway.alarm("surge");
      assertFalse(health.available(), () -> "after " + seconds);
      assertEquals(Duration.ofSeconds(seconds), health.roundAge());
      assertEquals(1, health.waitingAlarms());
    }
    assertTrue(gateway.hand.report(List.of(alert("0a", "surge", "thief"))));
    assertEquals(1, health.waitingMessages());
    gateway.databaseAway = false;
    seconds = 140;
    gateway.hand.round();
    assertTrue(health.available());
    assertEquals(Duration.ZERO, health.roundAge());
    assertEquals(0, health.waitingAlarms());
    assertEquals(0, health.waitingMessages());
    assertEquals(0, health.droppedAlarms());
  }

  @Test
  void alarm_databaseAwayForMoreThanTenMinutes_isDropped() {
    Replica gateway = new Replica(ResponseMode.ACT);
    gateway.holding.add("surge");
    gateway.databaseAway = true;
    gateway.alarm("surge");
    seconds = 601;
    gateway.hand.round();
    gateway.databaseAway = false;
    seconds = 610;
    gateway.hand.round();
    assertEquals(List.of(), all(), "it is too long ago");
    assertEquals(1, gateway.hand.health().droppedAlarms());
    assertTrue(gateway.hand.health().available());
    assertEquals(List.of(), gateway.restricted);
  }

  @Test
  void accused_notHeardOfForTenMinutes_isForgotten() {
    Replica gateway = new Replica(ResponseMode.ACT);
    gateway.alarm("surge");
    seconds = 600;
    gateway.hand.round();
    assertEquals(Set.of(THIEF), gateway.hand.accused());
    seconds = 661;
    gateway.hand.round();
    assertEquals(Set.of(), gateway.hand.accused());
  }

  @Test
  void report_alertThatThisGatewaySees_isActedOn() {
    Replica gateway = new Replica(ResponseMode.ACT);
    gateway.holding.add("surge");
    assertTrue(gateway.hand.report(List.of(alert("0a", "surge", "thief"))));
    gateway.hand.round();
    assertEquals(Response.RESTRICTED, only().response());
    assertEquals(Finding.Source.ALERTMANAGER, only().source());
    assertEquals("fires in Prometheus since 2026-11-22T11:59:40Z", only().evidence());
    assertEquals(List.of("surge"), gateway.made);
  }

  @Test
  void report_alertThatAnotherReplicaSees_isConfirmedThere() {
    Replica reached = new Replica(ResponseMode.ACT);
    Replica busy = new Replica(ResponseMode.ACT);
    reached.calling.clear();
    reached.holding.add("surge");
    busy.holding.add("surge");
    assertTrue(reached.hand.report(List.of(alert("0a", "surge", "thief"))));
    reached.hand.round();
    assertEquals(Response.UNCONFIRMED, only().response());
    assertEquals(List.of(Withheld.UNCONFIRMED), reached.withheld);
    busy.hand.round();
    assertEquals(List.of(), reached.restricted);
    assertEquals(1, busy.restricted.size());
    assertEquals(Response.RESTRICTED, only().response());
  }

  @Test
  void report_alertThatTwoReplicasConfirmAtOnce_isCountedByOne() {
    Replica reached = new Replica(ResponseMode.SHADOW);
    Replica slow = new Replica(ResponseMode.SHADOW);
    Replica fast = new Replica(ResponseMode.SHADOW);
    reached.calling.clear();
    slow.holding.add("surge");
    fast.holding.add("surge");
    slow.meanwhile = fast.hand::round;
    assertTrue(reached.hand.report(List.of(alert("0a", "surge", "thief"))));
    reached.hand.round();
    slow.hand.round();
    assertEquals(Response.SHADOW, only().response());
    assertEquals(List.of(Withheld.SHADOW), fast.withheld);
    assertEquals(List.of(), slow.withheld, "the other was faster");
  }

  @Test
  void report_nobodySeesItForTenMinutes_isLeft() {
    Replica gateway = new Replica(ResponseMode.ACT);
    assertTrue(gateway.hand.report(List.of(alert("0a", "surge", "thief"))));
    gateway.hand.round();
    gateway.holding.add("surge");
    seconds = Hand.CONFIRMED_WITHIN.toSeconds() + 1;
    gateway.hand.round();
    assertEquals(List.of(), gateway.restricted);
  }

  @Test
  void report_replayedOrRepeated_changesNothing() {
    Replica gateway = new Replica(ResponseMode.ACT);
    gateway.holding.add("surge");
    ReportedAlert alert = alert("0a", "surge", "thief");
    for (seconds = 0; seconds < 5; seconds++) {
      assertTrue(gateway.hand.report(List.of(alert, alert)));
      gateway.hand.round();
    }
    assertEquals(0, only().repetitions());
    assertEquals(1, gateway.restricted.size());
    assertEquals(9, gateway.hand.ignored(Ignored.REPEATED));
    Replica another = new Replica(ResponseMode.ACT);
    another.holding.add("surge");
    assertTrue(another.hand.report(List.of(alert)));
    another.hand.round();
    assertEquals(List.of(), another.restricted, "also on another replica");
  }

  @Test
  void report_repeatedButNotSeenAnyMore_supportsNothing() {
    Replica gateway = new Replica(ResponseMode.ACT);
    gateway.holding.add("near-copies");
    ReportedAlert alert = alert("0a", "near-copies", "thief");
    assertTrue(gateway.hand.report(List.of(alert)));
    gateway.hand.round();
    assertEquals(START, only().confirmTime());
    gateway.holding.remove("near-copies");
    for (seconds = 240; seconds <= 720; seconds += 240) {
      assertTrue(gateway.hand.report(List.of(alert)));
      gateway.hand.round();
    }
    assertEquals(3, only().repetitions());
    assertEquals(START, only().confirmTime());
    gateway.holding.add("drift");
    gateway.alarm("drift");
    assertEquals(List.of(), gateway.restricted, "what was seen long ago is no second sign");
    gateway.holding.add("near-copies");
    assertTrue(gateway.hand.report(List.of(alert("0b", "near-copies", "thief"))));
    gateway.hand.round();
    assertEquals(1, gateway.restricted.size());
  }

  @Test
  void report_ofARuleThatOnlyPrometheusKnows_isConfirmedByWhatLooksAtTheSameThing() {
    Replica gateway = new Replica(ResponseMode.ACT);
    gateway.holding.add("near-copies");
    assertTrue(gateway.hand.report(List.of(alert("0a", "burn", "thief"))));
    gateway.hand.round();
    assertEquals(Response.UNCONFIRMED, only().response());
    gateway.holding.add("drift");
    seconds = 2;
    gateway.hand.round();
    assertEquals(Response.RESTRICTED, only().response());
  }

  @Test
  void report_ofAnAlertThatGoesOn_repeatsItsFinding() {
    Replica gateway = new Replica(ResponseMode.ACT);
    ReportedAlert alert = alert("0a", "surge", "thief");
    for (seconds = 0; seconds <= 20 * 60; seconds += 240) {
      assertTrue(gateway.hand.report(List.of(alert)));
      gateway.hand.round();
    }
    assertEquals(5, only().repetitions());
    gateway.holding.add("surge");
    assertTrue(gateway.hand.report(List.of(alert)));
    gateway.hand.round();
    assertEquals(1, gateway.restricted.size(), "as soon as it is seen here");
  }

  @Test
  void report_unknownCallerRuleOrOldAlert_isIgnored() {
    Replica gateway = new Replica(ResponseMode.ACT);
    gateway.holding.add("surge");
    ReportedAlert old =
        new ReportedAlert(
            "0c",
            true,
            now().minus(AlertCheck.AGE_MAX).minusSeconds(1),
            null,
            "surge",
            "thief",
            "");
    assertTrue(
        gateway.hand.report(
            List.of(alert("0a", "surge", "nobody"), alert("0b", "invented", "thief"), old)));
    gateway.hand.round();
    assertEquals(List.of(), all());
    assertEquals(1, gateway.hand.ignored(Ignored.CALLER_UNKNOWN));
    assertEquals(1, gateway.hand.ignored(Ignored.RULE_UNKNOWN));
    assertEquals(1, gateway.hand.ignored(Ignored.STALE));
    Map<String, Long> ignored = gateway.hand.health().ignoredAlerts();
    assertEquals(Ignored.values().length, ignored.size());
    assertEquals(1, ignored.get("RULE_UNKNOWN"));
    assertEquals(0, ignored.get("REPEATED"));
  }

  @Test
  void report_failsInTheMiddle_goesOnThereAndCountsNothingTwice() {
    Replica gateway = new Replica(ResponseMode.ACT);
    assertTrue(
        gateway.hand.report(
            List.of(alert("0a", "surge", "nobody"), alert("0b", "surge", "thief"))));
    gateway.databaseAway = true;
    for (seconds = 0; seconds < 10; seconds += 2) {
      gateway.hand.round();
    }
    gateway.databaseAway = false;
    gateway.hand.round();
    assertEquals("surge", only().rule());
    assertEquals(1, gateway.hand.ignored(Ignored.CALLER_UNKNOWN));
    assertTrue(gateway.hand.report(List.of(alert("0c", "drift", "thief"))));
    gateway.hand.round();
    assertEquals(2, all().size(), "the next message is taken from its start");
  }

  @Test
  void report_whileTheDatabaseIsAway_waitsUpToItsBounds() {
    Replica gateway = new Replica(ResponseMode.ACT);
    gateway.holding.add("surge");
    gateway.databaseAway = true;
    for (int i = 0; i < Hand.MESSAGES_MAX; i++) {
      assertTrue(gateway.hand.report(List.of(alert("0a" + i, "surge", "thief"))));
    }
    assertFalse(gateway.hand.report(List.of(alert("0b", "surge", "thief"))), "come again");
    assertTrue(gateway.hand.report(List.of()), "what does not count takes no place");
    gateway.hand.round();
    seconds = 601;
    gateway.databaseAway = false;
    gateway.hand.round();
    assertEquals(List.of(), all(), "they came too long ago");
    assertEquals(Hand.MESSAGES_MAX, gateway.hand.ignored(Ignored.STALE));
    assertTrue(gateway.hand.report(List.of(alert("0b", "surge", "thief"))));
    gateway.hand.round();
    assertEquals(1, gateway.restricted.size());
  }

  @Test
  void report_moreAlertsThanAMessageMayHave_ignoresTheRest() {
    Replica gateway = new Replica(ResponseMode.SHADOW);
    List<ReportedAlert> many = new ArrayList<>();
    for (int i = 0; i < Hand.ALERTS_MAX + 7; i++) {
      many.add(alert("0" + Integer.toHexString(i), "surge", "nobody"));
    }
    assertTrue(gateway.hand.report(many));
    assertEquals(7, gateway.hand.ignored(Ignored.TOO_MANY));
  }

  @Test
  void thread_alarmAndClose_worksAndEnds() {
    Replica gateway = new Replica(ResponseMode.SHADOW);
    gateway.holding.add("surge");
    gateway.hand.start();
    gateway.hand.alarm(gateway.alarmOf("surge", THIEF));
    assertTrue(Await.until(Duration.ofSeconds(60), () -> !gateway.withheld.isEmpty()));
    gateway.hand.close();
    assertEquals(Response.SHADOW, only().response());
  }

  @Test
  void thread_alertThatReachedAnotherReplica_isConfirmedWithoutBeingAsked() {
    Replica busy = new Replica(ResponseMode.SHADOW, SystemTime.ticker());
    busy.holding.add("surge");
    busy.hand.start();
    busy.hand.alarm(busy.alarmOf("surge", THIEF));
    assertTrue(Await.until(Duration.ofSeconds(60), () -> busy.withheld.size() == 1));
    Replica reached = new Replica(ResponseMode.SHADOW);
    reached.calling.clear();
    assertTrue(reached.hand.report(List.of(alert("0a", "surge", "thief"))));
    reached.hand.round();
    assertTrue(Await.until(Duration.ofSeconds(60), () -> busy.withheld.size() == 2));
    busy.hand.close();
    assertTrue(all().stream().allMatch(finding -> finding.response() == Response.SHADOW));
  }
}
