package dev.gatehouse.abuse.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.abuse.Alarm;
import dev.gatehouse.abuse.content.DigitsVictim;
import dev.gatehouse.abuse.content.Queries;
import dev.gatehouse.abuse.traffic.CallerFacts;
import dev.gatehouse.abuse.traffic.DeclaredHours;
import dev.gatehouse.abuse.traffic.ObservedCall;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.Outcome;
import dev.gatehouse.core.Reason;
import dev.gatehouse.core.TeamName;
import java.net.InetAddress;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each attack is told by its rule, and soon. Judged four times a second, as the watch does. */
final class AttacksTest {

  private static final DigitsVictim VICTIM = DigitsVictim.trained();
  private static final Duration JUDGED = Duration.ofMillis(250);
  private static final Duration HONEST = Duration.ofMillis(500);
  private static final int SEEDS = 10;

  private final Simulation simulation = new Simulation(VICTIM);
  private CallerId caller = new CallerId("stolen");
  private CallerFacts facts = new CallerFacts(new TeamName("team"), null);
  private @Nullable String model = "digits";
  private Outcome outcome = Outcome.OK;
  private long rows = 1;
  private long bytesPerRow = 256;
  private long latencyNanos = 5_000_000;
  private long computeNanos = 200_000;
  private String address = "192.0.2.1";
  private int calls;

  private void call() {
    calls++;
    simulation.observe(
        caller,
        facts,
        new ObservedCall(
            model,
            outcome,
            rows,
            rows * bytesPerRow,
            latencyNanos,
            computeNanos * rows,
            InetAddress.ofLiteral(address),
            "key",
            simulation.now(),
            simulation.nanos()));
  }

  /** Two calls a second; nothing may be said of them. */
  private void honest(Duration time) {
    for (long i = 0; i < time.toMillis(); i += HONEST.toMillis()) {
      simulation.pass(HONEST);
      call();
      if (i % 60_000 == 0) {
        assertEquals(List.of(), simulation.judge());
      }
    }
    calls = 0;
  }

  /** Calls evenly until a rule says something; the seconds until then. */
  private double until(String rule, int callsPerSecond, Duration limit, Runnable call) {
    long begin = simulation.nanos();
    Duration step = Duration.ofSeconds(1).dividedBy(callsPerSecond);
    Duration judged = Duration.ZERO;
    while (simulation.nanos() - begin < limit.toNanos()) {
      simulation.pass(step);
      call.run();
      judged = judged.plus(step);
      if (judged.compareTo(JUDGED) >= 0) {
        judged = Duration.ZERO;
        if (simulation.judge().stream().map(Alarm::rule).anyMatch(rule::equals)) {
          double seconds = (simulation.nanos() - begin) / 1e9;
          System.out.printf("%s: after %.1f s, %d calls%n", rule, seconds, calls);
          return seconds;
        }
      }
    }
    throw new AssertionError(rule + " said nothing within " + limit);
  }

  @Test
  void flood_ofAKnownCaller_isASurgeOnceItIsVisible() {
    honest(Duration.ofDays(3).plusHours(1));
    // 500 calls in 10 s are the least that is a surge, or 250 a second that are kept up
    assertTrue(until("row-rate-surge", 500, Duration.ofSeconds(10), this::call) <= 1);
  }

  @Test
  void flood_ofANewCaller_isASurgeByTheCeiling() {
    assertTrue(until("row-rate-surge", 5_000, Duration.ofSeconds(10), this::call) <= 1);
  }

  /** Wherever it begins between two quarters of a second. */
  @ParameterizedTest
  @ValueSource(ints = {0, 40, 90, 150, 210})
  void flood_twiceTheCeiling_isASurgeWithinAboutASecond(int millis) {
    simulation.pass(Duration.ofMillis(millis));
    assertTrue(until("row-rate-surge", 2_000, Duration.ofSeconds(10), this::call) <= 1.25);
  }

  @Test
  void flood_ofRowsTwiceTheCeiling_isASurgeWithinASecond() {
    rows = 100;
    assertTrue(until("row-rate-surge", 20, Duration.ofSeconds(10), this::call) <= 1);
  }

  @Test
  void flood_ofANewcomerAmongPeers_isASurge() {
    for (int i = 0; i < 5; i++) {
      CallerId peer = new CallerId("peer-" + i);
      for (int period = 0; period < 26 * 6; period++) {
        simulation.pass(Duration.ofMinutes(10));
        sustained(peer, 200, Duration.ofMillis(1_500));
      }
    }
    simulation.pass(Duration.ofMinutes(10));
    sustained(caller, 800, Duration.ofMillis(200));
    assertEquals(List.of(), simulation.judge());
    simulation.pass(Duration.ofMinutes(1));
    calls = 0;
    assertTrue(until("row-rate-surge", 1_000, Duration.ofSeconds(10), this::call) <= 1);
  }

  @Test
  void burst_atOnce_isNone() {
    honest(Duration.ofDays(3).plusHours(1));
    rows = 200;
    for (int i = 0; i < 10; i++) {
      call();
    }
    silent(Duration.ofSeconds(12));
  }

  @Test
  void burst_atOnceOfANewCaller_isNone() {
    rows = 200;
    for (int i = 0; i < 40; i++) {
      call();
    }
    silent(Duration.ofSeconds(12));
  }

  @Test
  void burst_ofWhoOftenKeepsItUp_isNone() {
    for (int i = 0; i < 3 * 144 + 6; i++) {
      sustained(caller, 600, Duration.ofSeconds(1));
      simulation.pass(Duration.ofMinutes(10));
      assertEquals(List.of(), simulation.judge());
    }
    sustained(caller, 1_500, Duration.ofSeconds(1));
    silent(Duration.ofSeconds(12));
  }

  /** Fewer than half of what is a surge in ten seconds. */
  @Test
  void burst_smallOfWhoNeverBursts_isNone() {
    honest(Duration.ofDays(3).plusHours(1));
    sustained(caller, 200, Duration.ofSeconds(1));
    silent(Duration.ofSeconds(12));
  }

  /** Three quarters of a second at most, each time at the same moment of it. */
  @Test
  void burst_ofWhoOftenKeepsItUpForShort_isNone() {
    for (int i = 0; i < 3 * 144 + 6; i++) {
      sustained(caller, 600, Duration.ofMillis(740));
      simulation.pass(Duration.ofMinutes(10).minusMillis(740));
      assertEquals(List.of(), simulation.judge());
    }
    sustained(caller, 1_200, Duration.ofMillis(740));
    simulation.pass(Duration.ofMillis(30));
    assertEquals(List.of(), simulation.judge());
  }

  @Test
  void backlog_thatIsLetGo_isNone() {
    honest(Duration.ofDays(3).plusHours(1));
    latencyNanos = 3_000_000_000L;
    sustained(caller, 400, Duration.ofSeconds(1));
    silent(Duration.ofSeconds(12));
    latencyNanos = 5_000_000;
    sustained(caller, 400, Duration.ofSeconds(1));
    assertEquals(List.of("row-rate-surge"), simulation.judge().stream().map(Alarm::rule).toList());
  }

  /** So many calls a second, evenly. */
  private void sustained(CallerId by, int callsPerSecond, Duration time) {
    CallerId before = caller;
    caller = by;
    for (long i = 0; i < time.toMillis() * callsPerSecond / 1_000; i++) {
      simulation.pass(Duration.ofSeconds(1).dividedBy(callsPerSecond));
      call();
    }
    caller = before;
  }

  /** Passes time in which nothing may be said. */
  private void silent(Duration time) {
    for (long i = 0; i < time.toMillis(); i += JUDGED.toMillis()) {
      assertEquals(List.of(), simulation.judge());
      simulation.pass(JUDGED);
    }
  }

  @Test
  void flood_ofFewHugeCalls_isASurge() {
    honest(Duration.ofDays(3).plusHours(1));
    rows = 20_000;
    assertTrue(until("row-rate-surge", 2, Duration.ofSeconds(30), this::call) <= 2);
  }

  @Test
  void drip_threeTimesItsLimit_isADriftWithinTenMinutes() {
    honest(Duration.ofDays(3).plusHours(1));
    // 40 calls a second: below what is a surge
    double seconds = until("row-rate-drift", 40, Duration.ofMinutes(15), this::call);
    assertTrue(seconds < 600);
  }

  @Test
  void enumeration_ofModels_isToldAfterElevenNames() {
    honest(Duration.ofMinutes(5));
    outcome = Outcome.refused(Reason.ACCESS_DENIED);
    double seconds =
        until(
            "model-enumeration",
            10,
            Duration.ofMinutes(1),
            () -> {
              model = "model-" + calls;
              call();
            });
    assertTrue(seconds <= 1.6);
  }

  @Test
  void denied_mostOfIt_isTold() {
    honest(Duration.ofMinutes(5));
    outcome = Outcome.refused(Reason.ACCESS_DENIED);
    assertTrue(until("denied-ratio", 50, Duration.ofMinutes(1), this::call) <= 2.5);
  }

  @Test
  void keySharing_ownerGoesOn_isTold() {
    honest(Duration.ofMinutes(5));
    double seconds =
        until(
            "credential-sharing",
            4,
            Duration.ofMinutes(1),
            () -> {
              address = calls % 2 == 0 ? "192.0.2.1" : "203.0.113.9";
              call();
            });
    assertTrue(seconds <= 1.5);
  }

  @Test
  void keyTaken_moreRowsFromANewNetwork_isTold() {
    honest(Duration.ofDays(3).plusHours(1));
    address = "203.0.113.9";
    rows = 20;
    assertTrue(until("new-network-volume", 10, Duration.ofMinutes(1), this::call) <= 4);
  }

  @Test
  void keyPublished_usedFromManyNetworks_isTold() {
    honest(Duration.ofMinutes(5));
    double seconds =
        until(
            "network-spread",
            4,
            Duration.ofMinutes(1),
            () -> {
              address = "203.0." + calls % 40 + ".9";
              call();
            });
    assertTrue(seconds <= 10);
  }

  @Test
  void cancels_ofManyCalls_areTold() {
    honest(Duration.ofMinutes(5));
    outcome = Outcome.refused(Reason.CANCELLED);
    assertTrue(until("cancel-abuse", 100, Duration.ofMinutes(1), this::call) <= 2.5);
  }

  @Test
  void offHours_atNight_areTold() {
    facts =
        new CallerFacts(
            facts.team(),
            new DeclaredHours(
                ZoneOffset.UTC,
                EnumSet.of(DayOfWeek.MONDAY),
                LocalTime.of(0, 0),
                LocalTime.of(1, 0)));
    honest(Duration.ofMinutes(30));
    simulation.pass(Duration.ofHours(2));
    assertTrue(until("off-hours", 2, Duration.ofMinutes(1), this::call) <= 16);
  }

  @Test
  void payload_tenTimesAsLarge_isTold() {
    honest(Duration.ofHours(2));
    bytesPerRow *= 10;
    assertTrue(until("payload-shift", 2, Duration.ofMinutes(2), this::call) <= 60);
  }

  @Test
  void sponge_tenTimesAsDear_isTold() {
    honest(Duration.ofHours(1));
    computeNanos *= 10;
    assertTrue(until("latency-abuse", 20, Duration.ofMinutes(5), this::call) <= 60);
  }

  /**
   * A camera before something that the model was not made for: all is novel, and it is one thing.
   */
  @Test
  void thingAtRest_unlikeTheReference_isNearDuplicatesAlone() {
    Random random = new Random(3);
    float[] thing = VICTIM.natural().getFirst().clone();
    for (int i = 0; i < thing.length; i++) {
      thing[i] = 16 - thing[i];
    }
    Set<String> told = new TreeSet<>();
    double novel = 0;
    for (int i = 0; i < 400; i++) {
      float[] row = thing.clone();
      for (int j = 0; j < row.length; j++) {
        row[j] += (float) random.nextGaussian() * 0.3f;
      }
      simulation.pass(Duration.ofSeconds(2));
      call();
      novel = simulation.row(caller, row).novelShare();
      simulation.judge().forEach(alarm -> told.add(alarm.rule()));
    }
    assertTrue(novel > 0.9, novel + " novel");
    assertEquals(Set.of("near-duplicate-flood"), told);
  }

  /** How many rows until the rule speaks, in the worst of some seeds; -1 if it never did. */
  private static int rowsUntil(String rule, Queries queries, int most) {
    int worst = 0;
    for (int seed = 0; seed < SEEDS; seed++) {
      Supplier<float[]> rows = queries.from(VICTIM, new Random(seed));
      int until = new AttacksTest().rowsUntil(rule, rows, most);
      if (until < 0) {
        return -1;
      }
      worst = Math.max(worst, until);
    }
    System.out.println(queries + ": " + rule + " after " + worst + " rows in the worst seed");
    return worst;
  }

  private int rowsUntil(String rule, Supplier<float[]> queries, int most) {
    for (int i = 1; i <= most; i++) {
      simulation.pass(Duration.ofMillis(100));
      call();
      simulation.row(caller, queries.get());
      if (simulation.judge().stream().anyMatch(alarm -> alarm.rule().equals(rule))) {
        return i;
      }
    }
    return -1;
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NATURAL")
  void extraction_anyWayButNaturalRows_isToldWithin500Rows(Queries queries) {
    if (queries == Queries.NEAR_DUPLICATES) {
      // variations of one row after another are of few classes: a probe, or a thing at rest
      assertTrue(rowsUntil("near-duplicate-flood", queries, 500) > 0);
      return;
    }
    int rows = rowsUntil("extraction", queries, 500);
    assertTrue(rows >= 100 && rows <= 500, queries + " " + rows);
  }

  /** What else the caller does has its rows of long ago read again; they are no news. */
  @Test
  void extraction_rowsOfLongAgo_areNotToldAgain() {
    assertTrue(rowsUntil("extraction", Queries.NOISE.from(VICTIM, new Random(1)), 500) > 0);
    simulation.pass(Duration.ofMinutes(9));
    call();
    assertTrue(told("extraction"), "of what it does lately");
    simulation.pass(Duration.ofMinutes(2));
    call();
    assertFalse(told("extraction"));
  }

  private boolean told(String rule) {
    return simulation.judge().stream().anyMatch(alarm -> alarm.rule().equals(rule));
  }

  @Test
  void extraction_byNaturalRows_isNotTold() {
    for (int seed = 0; seed < SEEDS; seed++) {
      AttacksTest honest = new AttacksTest();
      Supplier<float[]> rows = Queries.NATURAL.from(VICTIM, new Random(seed));
      assertEquals(-1, honest.rowsUntil("extraction", rows, 1_000));
      assertTrue(honest.simulation.found.isEmpty(), () -> honest.simulation.found.toString());
    }
  }

  @Test
  void contents_ofProbes_areToldByTheirOwnRules() {
    assertTrue(rowsUntil("boundary-probing", Queries.BOUNDARY, 500) <= 200);
    assertTrue(rowsUntil("query-distances", Queries.BOUNDARY, 500) <= 300);
    assertTrue(rowsUntil("novelty-shift", Queries.NOISE, 500) <= 100);
    assertTrue(rowsUntil("near-duplicate-flood", Queries.AUGMENTED, 500) <= 300);
  }
}
