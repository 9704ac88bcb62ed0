package dev.gatehouse.abuse.traffic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.TeamName;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Who has no history is judged by peers: those of its team first, then all. */
final class PeersTest {

  private static final CallerFacts OTHER_TEAM = new CallerFacts(new TeamName("other"), null);

  private final CallScript script = new CallScript();

  @Test
  void rate_firstHour_isJudgedByTheTeam() {
    history("big", OTHER_TEAM, 20, 400);
    history("small", CallScript.FACTS, Peers.CALLERS_MIN, 40);
    newcomer(CallScript.FACTS, 30);
    Rate honest = script.read().rowRate();
    assertEquals(Rate.Basis.PEERS, honest.basis());
    assertEquals(60, honest.limit(), 2);
    assertTrue(honest.excess() < 1);
    newcomer(CallScript.FACTS, 400);
    assertTrue(script.read().rowRate().excess() > 5);
    newcomer(OTHER_TEAM, 400);
    assertTrue(script.read().rowRate().excess() < 1);
  }

  @Test
  void rate_teamTooSmall_isJudgedByAll() {
    history("small", CallScript.FACTS, Peers.CALLERS_MIN, 40);
    newcomer(OTHER_TEAM, 30);
    assertEquals(Rate.Basis.PEERS, script.read().rowRate().basis());
  }

  @Test
  void rate_fourPeers_areTooFew() {
    history("small", CallScript.FACTS, Peers.CALLERS_MIN - 1, 40);
    newcomer(CallScript.FACTS, 30);
    assertEquals(Rate.Basis.CEILING, script.read().rowRate().basis());
  }

  @Test
  void rate_pinnedPeers_areNoMeasure() {
    history("small", CallScript.FACTS, Peers.CALLERS_MIN, 40);
    script.table.pin(new CallerId("small-0"));
    newcomer(CallScript.FACTS, 30);
    assertEquals(Rate.Basis.CEILING, script.read().rowRate().basis());
  }

  @Test
  void rate_attackFromTheFirstDay_isNotLearned() {
    history("small", CallScript.FACTS, Peers.CALLERS_MIN, 40);
    script.caller = new CallerId("thief");
    for (int i = 0; i < RateMeter.MEMORY_PERIODS + 1; i++) {
      script.calls(400);
      script.pass(Duration.ofMinutes(10));
      keepPeers();
    }
    script.calls(400);
    Rate rate = script.read().rowRate();
    assertEquals(Rate.Basis.OWN, rate.basis());
    assertTrue(rate.excess() > 3, rate.toString());
  }

  private void keepPeers() {
    CallerId thief = script.caller;
    for (int i = 0; i < Peers.CALLERS_MIN; i++) {
      script.caller = new CallerId("small-" + i);
      script.calls(40);
    }
    script.caller = thief;
  }

  /** A day and more of bursts that are {@code calls × rows / 10 s} at their peaks. */
  private void history(String name, CallerFacts facts, int callers, int calls) {
    script.facts = facts;
    for (int period = 0; period < RateMeter.MEMORY_PERIODS + 1; period++) {
      for (int i = 0; i < callers; i++) {
        script.caller = new CallerId(name + "-" + i);
        script.calls(calls);
      }
      script.pass(Duration.ofMinutes(10));
    }
    for (int i = 0; i < callers; i++) {
      script.caller = new CallerId(name + "-" + i);
      script.call();
    }
    script.pass(Duration.ofMinutes(2));
  }

  private void newcomer(CallerFacts facts, int calls) {
    script.facts = facts;
    script.caller = new CallerId("new-" + facts.team().value() + "-" + calls);
    script.calls(calls);
  }
}
