package dev.gatehouse.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.core.Deadline;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.QuotaKind;
import dev.gatehouse.core.Refusal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** One replica on a time of its own, with shared buckets that answer when the test says so. */
final class QuotasTest {

  private static final ModelName MODEL = new ModelName("digits");
  private static final GrantId GRANT = new GrantId("orders");
  private static final int PERCENT = 10;

  private long nanos;
  private final MemoryBuckets buckets = new MemoryBuckets(() -> nanos);
  private final LaterThreads threads = new LaterThreads();
  private final Quotas quotas =
      new Quotas(buckets, new QuotaSettings(PERCENT), () -> nanos, threads);
  private final List<QuotaAnswer.Settled> settled = new ArrayList<>();

  private static Quota calls(int perSecond, int burst) {
    return new Quota(perSecond, burst, 0, 0, 0);
  }

  private QuotaAnswer ask(Quota quota, int rows) {
    return quotas.take(MODEL, GRANT, quota, rows, Deadline.NONE);
  }

  /** The answer, after the shared buckets have answered if need be. */
  private QuotaAnswer.Settled take(Quota quota, int rows) {
    return switch (ask(quota, rows)) {
      case QuotaAnswer.Settled now -> {
        threads.run();
        yield now;
      }
      case QuotaWait wait -> {
        List<QuotaAnswer.Settled> answers = new ArrayList<>();
        wait.whenSettled(answers::add);
        threads.run();
        yield answers.getFirst();
      }
    };
  }

  private int granted(Quota quota, int calls) {
    int granted = 0;
    for (int i = 0; i < calls; i++) {
      if (take(quota, 1) instanceof QuotaTicket ticket) {
        ticket.spend();
        granted++;
      }
    }
    return granted;
  }

  private QuotaAnswer.Refused refused(Quota quota, int rows) {
    return assertInstanceOf(QuotaAnswer.Refused.class, take(quota, rows));
  }

  private static Refusal.QuotaExhausted exhausted(QuotaAnswer.Refused refused) {
    return assertInstanceOf(Refusal.QuotaExhausted.class, refused.refusal());
  }

  private void pass(Duration time) {
    nanos += time.toNanos();
  }

  @Test
  void take_coldTank_waitsForTheSharedBucket() {
    QuotaAnswer answer = ask(calls(100, 200), 1);
    QuotaWait wait = assertInstanceOf(QuotaWait.class, answer);
    wait.whenSettled(settled::add);
    assertTrue(settled.isEmpty());
    assertEquals(0, buckets.draws.get());
    threads.run();
    assertInstanceOf(QuotaTicket.class, settled.getFirst());
    assertEquals(1, buckets.draws.get());
    assertEquals(200 - 1 - 20, buckets.left("digits/orders/calls:200:100"));
  }

  @Test
  void take_tankFilled_needsNoSharedBucket() {
    take(calls(100, 200), 1);
    int draws = buckets.draws.get();
    for (int i = 0; i < 9; i++) {
      assertInstanceOf(QuotaTicket.class, ask(calls(100, 200), 1));
    }
    assertEquals(draws, buckets.draws.get());
  }

  @Test
  void take_tankLow_isFilledBeforeAnybodyWaits() {
    take(calls(100, 200), 1);
    for (int i = 0; i < 150; i++) {
      assertInstanceOf(QuotaTicket.class, ask(calls(100, 200), 1), "call " + i);
      threads.run();
    }
  }

  @Test
  void take_wholeBurst_isGrantedAndNoMore() {
    assertEquals(200, granted(calls(100, 200), 300));
    pass(Duration.ofSeconds(1));
    assertEquals(100, granted(calls(100, 200), 300));
    pass(Duration.ofSeconds(10));
    assertEquals(200, granted(calls(100, 200), 300));
  }

  @Test
  void take_burstUnset_isTheRate() {
    assertEquals(7, granted(calls(7, 0), 50));
  }

  @Test
  void take_spent_saysWhenThereIsMore() {
    granted(calls(2, 4), 10);
    QuotaAnswer.Refused refused = refused(calls(2, 4), 1);
    Refusal.QuotaExhausted refusal = exhausted(refused);
    assertEquals("models/digits/grants/orders", refusal.subject());
    assertEquals(
        "the grant's quota of 2 calls a second, and 4 at once, is spent", refusal.description());
    assertEquals(Duration.ofMillis(500), refusal.retryAfter());
    assertEquals(QuotaKind.CALLS, refused.kind());
    pass(refusal.retryAfter());
    assertInstanceOf(QuotaTicket.class, take(calls(2, 4), 1));
    exhausted(refused(calls(2, 4), 1));
  }

  @Test
  void take_spent_doesNotAskAgainBeforeThereMayBeMore() {
    granted(calls(2, 4), 10);
    int draws = buckets.draws.get();
    pass(Duration.ofMillis(400));
    for (int i = 0; i < 100; i++) {
      assertInstanceOf(QuotaAnswer.Refused.class, ask(calls(2, 4), 1));
      threads.run();
    }
    assertEquals(draws, buckets.draws.get());
  }

  @Test
  void take_spentForLong_isAskedAgainAtTimes() {
    Quota daily = new Quota(0, 0, 0, 5, 0);
    take(daily, 5);
    exhausted(refused(daily, 1));
    buckets.forget("digits/orders/rows-day:5:0");
    exhausted(refused(daily, 1));
    pass(QuotaLevel.SPENT_AGE_MAX);
    assertInstanceOf(QuotaTicket.class, take(daily, 5));
  }

  @Test
  void take_rows_countsRows() {
    Quota rows = new Quota(0, 0, 100, 0, 0);
    assertInstanceOf(QuotaTicket.class, take(rows, 60));
    Refusal.QuotaExhausted refusal = exhausted(refused(rows, 60));
    assertEquals("the grant's quota of 100 rows a second is spent", refusal.description());
    assertEquals(Duration.ofMillis(200), refusal.retryAfter());
    assertInstanceOf(QuotaTicket.class, take(rows, 40));
    exhausted(refused(rows, 1));
  }

  @Test
  void take_moreRowsThanALease_isGrantedAtOnceFromTheBucket() {
    Quota rows = new Quota(0, 0, 100, 0, 0);
    assertInstanceOf(QuotaTicket.class, take(rows, 100));
    pass(Duration.ofSeconds(1));
    assertInstanceOf(QuotaTicket.class, take(rows, 100));
  }

  @Test
  void take_moreThanTheBucketHolds_neverFits() {
    QuotaAnswer.Refused refused =
        assertInstanceOf(QuotaAnswer.Refused.class, ask(new Quota(0, 0, 100, 0, 0), 101));
    assertEquals(
        "101 rows never fit the grant's quota of 100 rows a second",
        exhausted(refused).description());
    assertEquals(Duration.ofDays(1), exhausted(refused).retryAfter());
  }

  @Test
  void take_rowsOfTheDay_comeBackAtMidnight() {
    Quota daily = new Quota(0, 0, 0, 1_000, 0);
    assertInstanceOf(QuotaTicket.class, take(daily, 1_000));
    QuotaAnswer.Refused refused = refused(daily, 1);
    assertEquals(Duration.ofHours(12), exhausted(refused).retryAfter());
    assertEquals(QuotaKind.ROWS_DAY, refused.kind());
    pass(Duration.ofHours(12).minusMillis(1));
    exhausted(refused(daily, 1));
    pass(Duration.ofMinutes(2));
    assertInstanceOf(QuotaTicket.class, take(daily, 1_000));
    assertEquals(
        Duration.ofHours(24).minusMinutes(2).plusMillis(1),
        exhausted(refused(daily, 1)).retryAfter());
  }

  @Test
  void take_secondQuotaSpent_leavesTheFirst() {
    Quota both = new Quota(10, 10, 0, 5, 0);
    assertInstanceOf(QuotaTicket.class, take(both, 5));
    for (int i = 0; i < 50; i++) {
      assertEquals(QuotaKind.ROWS_DAY, refused(both, 1).kind());
    }
    pass(QuotaLevel.SPENT_AGE_MAX);
    buckets.forget("digits/orders/rows-day:5:0");
    assertEquals(5, granted(both, 5));
  }

  @Test
  void fly_tooMany_areRefusedUntilOneEnds() {
    Quota two = new Quota(0, 0, 0, 0, 2);
    QuotaTicket first = assertInstanceOf(QuotaTicket.class, ask(two, 1));
    assertInstanceOf(QuotaTicket.class, ask(two, 1));
    QuotaAnswer.Refused refused = refused(two, 1);
    assertEquals(QuotaKind.CONCURRENT, refused.kind());
    assertEquals(
        "the grant's quota of 2 calls in flight on a replica is spent",
        exhausted(refused).description());
    first.spend();
    assertInstanceOf(QuotaTicket.class, ask(two, 1));
    assertEquals(0, buckets.draws.get());
  }

  @Test
  void ticket_endedTwice_countsOnce() {
    Quota one = new Quota(1, 10, 0, 0, 1);
    QuotaTicket ticket = assertInstanceOf(QuotaTicket.class, take(one, 1));
    ticket.spend();
    ticket.spend();
    ticket.giveBack();
    QuotaTicket next = assertInstanceOf(QuotaTicket.class, take(one, 1));
    assertEquals(QuotaKind.CONCURRENT, refused(one, 1).kind());
    next.giveBack();
    next.giveBack();
    next.spend();
    assertInstanceOf(QuotaTicket.class, take(one, 1));
    assertEquals(QuotaKind.CONCURRENT, refused(one, 1).kind());
  }

  @Test
  void giveBack_callThatNeverRan_leavesWhatItTook() {
    Quota quota = calls(1, 10);
    for (int i = 0; i < 100; i++) {
      assertInstanceOf(QuotaTicket.class, take(quota, 1)).giveBack();
    }
    assertEquals(10, granted(quota, 100));
  }

  @Test
  void giveBack_moreThanTheTankHolds_goesToTheBucket() {
    Quota rows = new Quota(0, 0, 100, 0, 0);
    QuotaTicket ticket = assertInstanceOf(QuotaTicket.class, take(rows, 90));
    ticket.giveBack();
    threads.run();
    assertEquals(90, buckets.left("digits/orders/rows:100:100"));
    assertInstanceOf(QuotaTicket.class, take(rows, 100));
  }

  @Test
  void cancel_whileWaiting_takesNothing() {
    QuotaWait wait = assertInstanceOf(QuotaWait.class, ask(calls(1, 10), 1));
    wait.whenSettled(settled::add);
    wait.cancel();
    threads.run();
    wait.cancel();
    assertEquals(1, settled.size());
    assertEquals(new Refusal.Cancelled(), ((QuotaAnswer.Refused) settled.getFirst()).refusal());
    assertEquals(10, granted(calls(1, 10), 100));
  }

  /** Between any two readings of the clock while the answer comes. */
  @Test
  void cancel_whileTheAnswerComes_givesEverythingBack() {
    Quota quota = new Quota(1, 10, 10, 0, 1);
    for (int at = 1; at <= 12; at++) {
      MemoryBuckets shared = new MemoryBuckets(() -> nanos);
      LaterThreads later = new LaterThreads();
      int[] readings = {Integer.MIN_VALUE};
      List<QuotaWait> waiting = new ArrayList<>();
      int cancelAt = at;
      Quotas cancelled =
          new Quotas(
              shared,
              new QuotaSettings(PERCENT),
              () -> {
                if (++readings[0] == cancelAt) {
                  waiting.getFirst().cancel();
                }
                return nanos;
              },
              later);
      QuotaAnswer first = cancelled.take(MODEL, GRANT, quota, 3, Deadline.NONE);
      waiting.add(assertInstanceOf(QuotaWait.class, first));
      List<QuotaAnswer.Settled> answers = new ArrayList<>();
      waiting.getFirst().whenSettled(answers::add);
      readings[0] = 0;
      later.run();
      if (answers.getFirst() instanceof QuotaTicket ticket) {
        ticket.giveBack();
        later.run();
      }
      pass(Duration.ofMillis(50));
      switch (cancelled.take(MODEL, GRANT, quota, 10, Deadline.NONE)) {
        case QuotaAnswer.Settled settled -> answers.add(settled);
        case QuotaWait wait -> wait.whenSettled(answers::add);
      }
      later.run();
      assertInstanceOf(QuotaTicket.class, answers.getLast(), "cancelled at " + at);
    }
  }

  @Test
  void sweep_deadlinePassed_refusesTheCall() {
    QuotaWait wait =
        (QuotaWait)
            quotas.take(
                MODEL, GRANT, calls(1, 10), 1, Deadline.after(Duration.ofMillis(5), () -> nanos));
    wait.whenSettled(settled::add);
    pass(Duration.ofMillis(4));
    quotas.sweep();
    assertTrue(settled.isEmpty());
    pass(Duration.ofMillis(1));
    quotas.sweep();
    assertEquals(
        new Refusal.DeadlineExceeded(), ((QuotaAnswer.Refused) settled.getFirst()).refusal());
  }

  @Test
  void sweep_noAnswerForLong_refusesAndLetsNobodyWaitMore() {
    QuotaWait wait = assertInstanceOf(QuotaWait.class, ask(calls(1, 10), 1));
    wait.whenSettled(settled::add);
    pass(Quotas.WAIT_MAX);
    quotas.sweep();
    assertInstanceOf(
        Refusal.DependencyLost.class, ((QuotaAnswer.Refused) settled.getFirst()).refusal());
    pass(Duration.ofMillis(1));
    QuotaAnswer.Refused next = assertInstanceOf(QuotaAnswer.Refused.class, ask(calls(1, 10), 1));
    assertInstanceOf(Refusal.DependencyLost.class, next.refusal());
    threads.run();
    assertEquals(10, granted(calls(1, 10), 100));
  }

  @Test
  void take_tooManyWait_isRefused() {
    for (int i = 0; i < QuotaTank.WAITING_MAX; i++) {
      assertInstanceOf(QuotaWait.class, ask(calls(1, 10), 1));
    }
    exhausted(assertInstanceOf(QuotaAnswer.Refused.class, ask(calls(1, 10), 1)));
    threads.run();
    exhausted(refused(calls(1, 10), 1));
  }

  @Test
  void take_manyWait_oneQuestionServesAll() {
    Quota quota = calls(1, 100);
    for (int i = 0; i < 150; i++) {
      assertInstanceOf(QuotaWait.class, ask(quota, 1), "call " + i);
      ((QuotaWait) ask(quota, 1)).whenSettled(settled::add);
    }
    threads.runOnce();
    assertEquals(1, buckets.draws.get());
    assertEquals(50, settled.stream().filter(QuotaTicket.class::isInstance).count());
    assertEquals(150, settled.size());
  }

  @Test
  void take_databaseLost_spendsTheTankAndRefusesThen() {
    Quota quota = calls(100, 100);
    take(quota, 1);
    buckets.lost = true;
    for (int i = 0; i < 10; i++) {
      assertInstanceOf(QuotaTicket.class, take(quota, 1));
    }
    assertInstanceOf(Refusal.DependencyLost.class, refused(quota, 1).refusal());
    int draws = buckets.draws.get();
    assertInstanceOf(QuotaAnswer.Refused.class, ask(quota, 1));
    assertEquals(draws, buckets.draws.get());
    buckets.lost = false;
    pass(QuotaLeasing.LOST_PAUSE);
    assertInstanceOf(QuotaTicket.class, take(quota, 1));
  }

  @Test
  void take_databaseLostAndCold_isRefused() {
    buckets.lost = true;
    assertInstanceOf(Refusal.DependencyLost.class, refused(calls(100, 100), 1).refusal());
  }

  @Test
  void take_secondBucketLost_keepsWhatTheFirstGave() {
    Quota both = new Quota(10, 10, 10, 0, 0);
    take(both, 10);
    buckets.lost = true;
    pass(Duration.ofMinutes(5));
    assertNotNull(refused(both, 10));
    buckets.lost = false;
    pass(QuotaLeasing.LOST_PAUSE);
    assertInstanceOf(QuotaTicket.class, take(both, 10));
  }

  @Test
  void sweep_idleTank_givesItsTokensBack() {
    take(calls(1, 100), 1);
    assertEquals(89, buckets.left("digits/orders/calls:100:1"));
    assertEquals(1, quotas.tankCount());
    pass(Quotas.IDLE_MAX.minusMillis(1));
    quotas.sweep();
    assertEquals(1, quotas.tankCount());
    pass(Duration.ofMillis(2));
    quotas.sweep();
    assertEquals(1, quotas.tankCount(), "a call is in flight");
  }

  @Test
  void sweep_idleTankWithoutCalls_isDropped() {
    assertEquals(1, granted(calls(1, 100), 1));
    pass(Quotas.IDLE_MAX.plusMillis(1));
    quotas.sweep();
    assertEquals(0, quotas.tankCount());
    threads.run();
    assertEquals(100, buckets.left("digits/orders/calls:100:1"));
  }

  @Test
  void sweep_callsWait_keepsTheTank() {
    assertInstanceOf(QuotaWait.class, ask(calls(1, 100), 1));
    pass(Quotas.IDLE_MAX.multipliedBy(2));
    quotas.sweep();
    assertEquals(1, quotas.tankCount());
  }

  @Test
  void stop_tanksHoldTokens_givesThemBack() {
    granted(calls(1, 100), 30);
    quotas.stop();
    assertEquals(70, buckets.left("digits/orders/calls:100:1"));
    assertInstanceOf(
        Refusal.DependencyLost.class,
        assertInstanceOf(QuotaAnswer.Refused.class, ask(calls(1, 100), 1)).refusal());
  }

  @Test
  void take_anotherGrantOfTheName_hasABucketOfItsOwn() {
    granted(calls(1, 10), 20);
    assertEquals(20, granted(calls(1, 20), 50));
    assertEquals(1, quotas.tankCount());
  }

  @Test
  void standing_afterCalls_saysWhatIsLeft() {
    Quota all = new Quota(100, 200, 1_000, 50_000, 3);
    take(all, 10);
    QuotaTicket ticket = assertInstanceOf(QuotaTicket.class, take(all, 10));
    assertEquals(
        List.of(
            new QuotaStanding.Part(QuotaKind.CALLS, 200, 2, 198, 1),
            new QuotaStanding.Part(QuotaKind.ROWS, 1_000, 1, 980, 1),
            new QuotaStanding.Part(QuotaKind.ROWS_DAY, 50_000, 86_400, 49_980, 43_200),
            new QuotaStanding.Part(QuotaKind.CONCURRENT, 3, 0, 1, 0)),
        ticket.standing().parts());
  }

  @Test
  void standing_ofARefusal_saysThatNothingIsLeft() {
    granted(calls(1, 2), 5);
    QuotaStanding standing = refused(calls(1, 2), 1).standing();
    assertNotNull(standing);
    assertEquals(List.of(new QuotaStanding.Part(QuotaKind.CALLS, 2, 2, 0, 1)), standing.parts());
  }

  @Test
  void none_withoutAnyBound_isSaid() {
    assertTrue(Quota.NONE.none());
    assertTrue(calls(0, 5).none());
    assertFalse(calls(1, 0).none());
    assertFalse(new Quota(0, 0, 1, 0, 0).none());
    assertFalse(new Quota(0, 0, 0, 1, 0).none());
    assertFalse(new Quota(0, 0, 0, 0, 1).none());
  }
}
