package dev.gatehouse.abuse.traffic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.Outcome;
import dev.gatehouse.core.Reason;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.EnumSet;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

/** Each signal rises with what it is a signal of, and with nothing else. */
final class TrafficWatchTest {

  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration DAY = Duration.ofDays(1);

  private final CallScript script = new CallScript();

  @Test
  void rates_steadyCalls_areWhatTheyAre() {
    script.calls(4, Duration.ofMinutes(30));
    TrafficSignals signals = script.read();
    for (TrafficSignals.Window window :
        new TrafficSignals.Window[] {signals.lastSeconds(), signals.lastMinutes()}) {
      assertEquals(4, window.callsPerSecond(), 0.1);
      assertEquals(40, window.rowsPerSecond(), 1);
      assertEquals(0.004, window.computePerSecond(), 0.0001);
    }
    assertEquals(7_200, signals.lastDay().calls());
    assertEquals(7_200, signals.calls());
    assertEquals(1_800, signals.historySeconds(), 1);
  }

  @Test
  void rates_acrossAGap_doNotSpike() {
    script.calls(4, Duration.ofMinutes(5));
    for (Duration gap : new Duration[] {Duration.ofSeconds(9), Duration.ofHours(1), DAY}) {
      script.pass(gap);
      script.call();
      assertTrue(script.read().lastSeconds().callsPerSecond() < 0.6, gap.toString());
    }
    assertTrue(script.read().lastMinutes().callsPerSecond() < 0.01);
  }

  @Test
  void rates_firstCall_doNotSpike() {
    script.call();
    assertTrue(script.read().lastSeconds().callsPerSecond() <= 1.0 / 9);
  }

  @Test
  void rates_timeRunsBack_goOn() {
    script.calls(4, Duration.ofMinutes(1));
    script.pass(Duration.ofSeconds(-3));
    script.calls(12);
    script.pass(Duration.ofSeconds(3));
    assertEquals(5.2, script.read().lastSeconds().callsPerSecond(), 0.5);
    script.pass(DAY);
    script.call();
    script.pass(DAY.negated());
    script.calls(4, Duration.ofMinutes(1));
    assertEquals(4, script.read().lastSeconds().callsPerSecond(), 0.1);
    script.pass(Duration.ofMinutes(20));
    assertEquals(0, script.read().lastMinutes().calls());
  }

  @Test
  void computeShare_twoCallers_isThePartOfEach() {
    CallerId other = new CallerId("other");
    assertTrue(computeShareOfNobody().isEmpty());
    for (int i = 0; i < 30; i++) {
      script.computeNanos = 3_000_000;
      script.caller = CallScript.CALLER;
      script.call();
      script.computeNanos = 1_000_000;
      script.caller = other;
      script.call();
      script.pass(SECOND);
    }
    script.caller = CallScript.CALLER;
    assertEquals(0.75, script.read().lastSeconds().computeShare().orElseThrow(), 0.01);
    assertEquals(0.75, script.read().lastDay().computeShare().orElseThrow(), 0.01);
    script.caller = other;
    assertEquals(0.25, script.read().lastMinutes().computeShare().orElseThrow(), 0.01);
  }

  private OptionalDouble computeShareOfNobody() {
    CallScript idle = new CallScript();
    idle.computeNanos = 0;
    idle.call();
    return idle.read().lastSeconds().computeShare();
  }

  @Test
  void models_enumeration_isCounted() {
    script.outcome = CallScript.DENIED;
    for (int i = 0; i < 50; i++) {
      script.model = "model-" + i;
      script.calls(2);
      script.pass(SECOND);
    }
    TrafficSignals.Models models = script.read().models();
    assertEquals(50, models.distinct());
    assertEquals(50, models.unknown());
    script.pass(Duration.ofMinutes(11));
    assertEquals(new TrafficSignals.Models(0, 0, 50), script.read().models());
  }

  @Test
  void unknownModels_firstNamedInCallsThatWereCutShort_countAllTheSame() {
    for (int i = 0; i < 20; i++) {
      script.model = "guess-" + i;
      script.outcome = Outcome.refused(Reason.DEADLINE_EXCEEDED);
      script.call();
      script.outcome = CallScript.DENIED;
      script.call();
    }
    assertEquals(20, script.read().models().unknown());
  }

  @Test
  void amounts_beyondAllReason_overflowNothing() {
    script.rows = Long.MAX_VALUE;
    script.requestBytes = Long.MAX_VALUE;
    script.latencyNanos = Long.MAX_VALUE;
    script.computeNanos = Long.MAX_VALUE;
    script.calls(1_000);
    TrafficSignals signals = script.read();
    assertTrue(signals.lastMinutes().rowsPerSecond() > 0, () -> "rows " + signals.lastMinutes());
    assertTrue(signals.lastDay().rowsPerSecond() > 0, () -> "rows " + signals.lastDay());
  }

  @Test
  void models_deniedOnOneItUses_isNoProbe() {
    script.calls(1, Duration.ofMinutes(1));
    script.outcome = CallScript.DENIED;
    script.calls(1, Duration.ofMinutes(1));
    assertEquals(new TrafficSignals.Models(1, 0, 0), script.read().models());
    script.outcome = Outcome.OK;
    script.model = "other";
    script.call();
    script.model = null;
    script.call();
    assertEquals(new TrafficSignals.Models(2, 0, 0), script.read().models());
  }

  @Test
  void ratios_fewCalls_areEmpty() {
    script.outcome = CallScript.DENIED;
    script.calls(TrafficSignals.Window.RATIO_CALLS_MIN - 1);
    assertTrue(script.read().lastSeconds().denied().isEmpty());
    script.call();
    assertEquals(1, script.read().lastSeconds().denied().orElseThrow());
  }

  @Test
  void ratios_eachEnding_countsInItsOwn() {
    script.calls(20);
    end(Reason.ACCESS_DENIED, 2);
    end(Reason.CREDENTIAL_INVALID, 2);
    end(Reason.TENSOR_INVALID, 1);
    end(Reason.NOT_FOUND, 1);
    end(Reason.CANCELLED, 3);
    end(Reason.DEADLINE_EXCEEDED, 6);
    end(Reason.QUEUE_FULL, 3);
    end(Reason.QUOTA_EXHAUSTED, 2);
    TrafficSignals signals = script.read();
    for (TrafficSignals.Window window :
        new TrafficSignals.Window[] {
          signals.lastSeconds(), signals.lastMinutes(), signals.lastDay()
        }) {
      assertEquals(40, window.calls());
      assertEquals(0.1, window.denied().orElseThrow());
      assertEquals(0.05, window.invalid().orElseThrow());
      assertEquals(0.075, window.cancelled().orElseThrow());
      assertEquals(0.15, window.deadline().orElseThrow());
    }
  }

  private void end(Reason reason, int calls) {
    script.outcome = Outcome.refused(reason);
    script.calls(calls);
  }

  @Test
  void payloadAndLatency_shifted_areTold() {
    script.calls(1, Duration.ofHours(2));
    assertEquals(1, script.read().payload().orElseThrow().factor(), 0.01);
    assertEquals(1, script.read().latency().orElseThrow().factor(), 0.01);
    script.requestBytes *= 5;
    script.calls(1, Duration.ofMinutes(1));
    assertEquals(5, script.read().payload().orElseThrow().factor(), 0.5);
    assertEquals(1, script.read().latency().orElseThrow().factor(), 0.01);
    script.requestBytes /= 5;
    script.latencyNanos *= 4;
    script.calls(1, Duration.ofMinutes(1));
    assertEquals(1, script.read().payload().orElseThrow().factor(), 0.5);
    assertEquals(4, script.read().latency().orElseThrow().factor(), 0.5);
  }

  @Test
  void origins_newNetworks_areCountedWithTheirRows() {
    script.calls(1, Duration.ofHours(2));
    assertEquals(new TrafficSignals.Origins(1, 0, 0, 0), script.read().origins());
    script.from("198.51.100.7");
    script.calls(10);
    script.from("198.51.100.8");
    script.calls(10);
    script.from("2001:db8::1");
    script.calls(10);
    TrafficSignals.Origins origins = script.read().origins();
    assertEquals(3, origins.networks());
    assertEquals(2, origins.fresh());
    assertEquals(2, origins.freshTotal());
    assertEquals(0.5, origins.freshRowsPerSecond(), 0.02);
    script.from("192.0.2.1");
    script.pass(DAY);
    script.call();
    assertEquals(1, script.read().origins().networks());
    script.from("198.51.100.7");
    script.call();
    assertEquals(2, script.read().origins().freshTotal());
    assertEquals(0, script.read().origins().freshRowsPerSecond());
  }

  @Test
  void origins_networksOfTheFirstCalls_areItsOwn() {
    for (int i = 0; i < 1_000; i++) {
      script.from(i % 2 == 0 ? "192.0.2.1" : "203.0.113.1");
      script.call();
      script.pass(SECOND);
    }
    assertEquals(new TrafficSignals.Origins(2, 0, 0, 0), script.read().origins());
    assertEquals(new TrafficSignals.Credentials(1, 0), script.read().credentials());
  }

  @Test
  void rate_burstOfTwoNightsBesideSteadyDays_isUsualInTheThird() {
    for (int day = 0; day < 4; day++) {
      script.calls(500);
      Rate burst = script.read().rowRate();
      assertEquals(day == 1, burst.excess() > 1, "day " + day + ": " + burst);
      for (int i = 0; i < RateMeter.MEMORY_PERIODS; i++) {
        script.calls(4);
        script.pass(Duration.ofMinutes(10));
      }
    }
  }

  @Test
  void cost_callerOfTwoModels_votesOnBoth() {
    for (int i = 0; i < 400; i++) {
      script.model = "first";
      script.call();
      script.model = "second";
      script.call();
      script.pass(SECOND);
    }
    // half of it would be compared if only the first had its votes
    script.computeNanos *= 4;
    script.calls(1_200);
    assertTrue(script.read().cost().factor().orElseThrow() > 2);
  }

  @Test
  void offHours_noneDeclared_isEmpty() {
    script.call();
    assertTrue(script.read().offHours().isEmpty());
  }

  @Test
  void offHours_declared_countsCallsOutside() {
    DeclaredHours hours =
        new DeclaredHours(
            ZoneOffset.UTC,
            EnumSet.allOf(DayOfWeek.class),
            LocalTime.of(8, 0),
            LocalTime.of(11, 0));
    script.facts = new CallerFacts(CallScript.FACTS.team(), hours);
    script.calls(1, Duration.ofHours(1));
    assertEquals(new TrafficSignals.OffHours(0, 0), script.read().offHours().orElseThrow());
    script.calls(1, Duration.ofMinutes(5));
    assertEquals(new TrafficSignals.OffHours(300, 300), script.read().offHours().orElseThrow());
    script.pass(Duration.ofHours(22));
    script.call();
    assertEquals(new TrafficSignals.OffHours(0, 300), script.read().offHours().orElseThrow());
    script.facts = CallScript.FACTS;
    script.call();
    assertTrue(script.read().offHours().isEmpty());
  }

  @Test
  void credentials_spreadAndShared_areTold() {
    for (int i = 0; i < 6; i++) {
      script.credential = "key-" + i;
      script.call();
    }
    assertEquals(new TrafficSignals.Credentials(6, 0), script.read().credentials());
    script.pass(Duration.ofHours(2));
    script.credential = "key-1";
    script.calls(TrafficWatch.BEGINNING_CALLS);
    script.pass(SECOND);
    for (int i = 0; i < 6; i++) {
      script.from(i % 2 == 0 ? "192.0.2.1" : "203.0.113.1");
      script.call();
      script.pass(SECOND);
    }
    assertEquals(new TrafficSignals.Credentials(1, 1), script.read().credentials());
  }

  @Test
  void cost_cancelledWork_isWasted() {
    script.calls(30);
    script.outcome = Outcome.refused(Reason.CANCELLED);
    script.computeNanos *= 3;
    script.calls(30);
    TrafficSignals.Cost cost = script.read().cost();
    assertEquals(0.75, cost.wasted().orElseThrow(), 1e-9);
    assertEquals(30.0 / 590, cost.cancelsPerSecond(), 0.001);
  }

  @Test
  void cost_spongeInputs_areDearerThanUsualWhileOthersAreNot() {
    CallerId sponge = new CallerId("sponge");
    for (int i = 0; i < 1_200; i++) {
      script.caller = new CallerId("honest-" + i % 4);
      script.computeNanos = 1_000_000;
      script.call();
      script.pass(SECOND);
    }
    for (int i = 0; i < 120; i++) {
      script.caller = new CallerId("honest-" + i % 4);
      script.computeNanos = 1_000_000;
      script.call();
      script.caller = sponge;
      script.computeNanos = 8_000_000;
      script.calls(20);
      script.pass(SECOND);
    }
    TrafficSignals.Cost cost = script.read().cost();
    assertEquals(8, cost.factor().orElseThrow(), 1);
    assertEquals(1, cost.others().orElseThrow(), 0.1);
    script.caller = new CallerId("honest-0");
    assertEquals(1, script.read().cost().factor().orElseThrow(), 0.1);
  }

  @Test
  void rate_burstBeyondTheOwnBand_isExcessAtOnce() {
    for (int i = 0; i < RateMeter.MEMORY_PERIODS + 1; i++) {
      script.calls(40);
      script.pass(Duration.ofMinutes(10));
    }
    Rate quiet = script.read().rowRate();
    assertEquals(Rate.Basis.OWN, quiet.basis());
    assertEquals(40, quiet.usual(), 1);
    assertTrue(quiet.excess() < 1);
    script.calls(40);
    assertTrue(script.read().rowRate().excess() < 1);
    script.calls(360);
    Rate burst = script.read().rowRate();
    assertTrue(burst.excess() > 5, burst.toString());
    assertTrue(script.read().callRate().excess() > 5);
    assertTrue(script.read().computeRate().excess() > 0.5);
  }

  @Test
  void rate_firstHourWithoutPeers_isJudgedByTheCeiling() {
    script.calls(3, Duration.ofMinutes(30));
    Rate rate = script.read().rowRate();
    assertEquals(Rate.Basis.CEILING, rate.basis());
    assertEquals(TrafficSettings.ROWS_CEILING, rate.limit());
    assertFalse(rate.excess() >= 1);
  }

  /** Who calls evenly keeps up what its rate is, and not what came in ten seconds. */
  @Test
  void sustained_ofSteadyCalls_areTheirRate() {
    for (int i = 0; i < RateMeter.MEMORY_PERIODS + 1; i++) {
      script.calls(8, Duration.ofSeconds(20));
      script.pass(Duration.ofMinutes(10));
    }
    TrafficSignals.Sustained sustained = script.read().sustained();
    assertEquals(Rate.Basis.OWN, sustained.calls().basis());
    assertEquals(8, sustained.calls().usual(), 2);
    assertEquals(80, sustained.rows().usual(), 20);
    assertEquals(0, sustained.calls().perSecond(), "nothing comes now");
    script.calls(80, Duration.ofSeconds(1));
    assertTrue(script.read().sustained().calls().excess() > 5);
    assertTrue(script.read().sustained().rows().excess() > 5);
  }

  @Test
  void rate_idleDaysThatAreRead_teachNothing() {
    for (int i = 0; i < RateMeter.MEMORY_PERIODS + 1; i++) {
      script.calls(40);
      script.pass(Duration.ofMinutes(10));
    }
    double usual = script.read().rowRate().usual();
    for (int i = 0; i < 2 * RateMeter.MEMORY_PERIODS; i++) {
      script.pass(Duration.ofMinutes(10));
      script.read();
    }
    assertEquals(usual, script.read().rowRate().usual());
  }

  @Test
  void cost_busySpongeFromTheStart_doesNotDecideWhatIsUsual() {
    for (int i = 0; i < 900; i++) {
      script.caller = new CallerId("honest-" + i % 4);
      script.computeNanos = 1_000_000;
      script.call();
      script.caller = new CallerId("sponge");
      script.computeNanos = 8_000_000;
      script.calls(20);
      script.pass(SECOND);
    }
    assertTrue(script.read().cost().factor().orElseThrow() > 4);
  }
}
