package dev.gatehouse.abuse.watch;

import static dev.gatehouse.abuse.watch.WatchScript.ANNA;
import static dev.gatehouse.abuse.watch.WatchScript.BERT;
import static dev.gatehouse.abuse.watch.WatchScript.MILLI;
import static dev.gatehouse.abuse.watch.WatchScript.MODEL;
import static dev.gatehouse.abuse.watch.WatchScript.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.abuse.CallerView;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.Datatype;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Outcome;
import dev.gatehouse.core.Reason;
import dev.gatehouse.core.Shape;
import dev.gatehouse.core.SystemTime;
import dev.gatehouse.core.Tensor;
import dev.gatehouse.metrics.ContentSeen;
import dev.gatehouse.testing.Await;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class WatchTest {

  private final WatchScript script = new WatchScript(WatchScript.settings());

  @Test
  void view_ofACallerThatCalled_isThereWithinHalfASecond() {
    script.call(ANNA);
    script.call(ANNA, "secrets", Outcome.refused(Reason.ACCESS_DENIED));
    script.answer(ANNA, MODEL, 3);
    assertTrue(script.watch.view(ANNA).isEmpty());

    script.run(500 * MILLI);

    CallerView view = script.view(ANNA);
    assertEquals(2, view.traffic().calls());
    assertEquals(2, view.traffic().models().distinct());
    assertEquals(1, view.traffic().models().unknownTotal());
    assertEquals(Set.of(MODEL), view.contents().keySet());
    assertEquals(3, script.looked(ANNA));
    assertTrue(script.watch.view(BERT).isEmpty());
  }

  @Test
  void judge_ofWhoIsActive_isAskedAndItsAlarmsAreTold() {
    script.call(ANNA);
    script.run(2 * SECOND);

    assertEquals(1, script.judged.size(), "once: it has done nothing since");
    assertEquals(ANNA, script.alarms.getFirst().caller());

    script.call(ANNA);
    script.run(500 * MILLI);
    assertEquals(2, script.alarms.size());
  }

  @Test
  void board_afterTwoReadings_isToldWhatCameBetween() {
    script.call(ANNA, "a", Outcome.refused(Reason.ACCESS_DENIED));
    script.answer(ANNA, MODEL, 3);
    script.run(500 * MILLI);
    assertEquals(1, script.traffic(ANNA).unknownModels());
    assertEquals(3, script.contents(ANNA).getFirst().observedRows());

    script.call(ANNA, "b", Outcome.refused(Reason.ACCESS_DENIED));
    script.call(ANNA, "c", Outcome.refused(Reason.ACCESS_DENIED));
    script.pass(SECOND);
    script.answer(ANNA, MODEL, 1);
    script.run(500 * MILLI);

    assertEquals(2, script.traffic(ANNA).unknownModels());
    assertEquals(3, script.traffic(ANNA).models());
    assertEquals(1, script.contents(ANNA).getLast().observedRows());
  }

  @Test
  void board_onceWhatIsUsualIsKnown_isToldLatencyAndCostOverIt() {
    script.call(ANNA);
    script.run(500 * MILLI);
    assertTrue(script.traffic(ANNA).latencyFactor().isEmpty());
    assertTrue(script.traffic(ANNA).rowCostFactor().isEmpty());

    for (int i = 0; i < 370; i++) {
      script.call(ANNA);
      script.pass(9 * SECOND);
      script.run(SECOND);
    }
    assertEquals(1, script.traffic(ANNA).latencyFactor().orElseThrow(), 1e-6);
    assertEquals(1, script.traffic(ANNA).rowCostFactor().orElseThrow(), 1e-6);

    for (int i = 0; i < 60; i++) {
      script.call(ANNA, 8 * MILLI, MILLI);
      script.pass(9 * SECOND);
      script.run(SECOND);
    }
    assertTrue(script.traffic(ANNA).latencyFactor().orElseThrow() > 4);
    assertTrue(script.traffic(ANNA).rowCostFactor().orElseThrow() > 1.5);

    script.pass(3_600 * SECOND);
    script.run(500 * MILLI);
    assertTrue(script.traffic(ANNA).latencyFactor().isEmpty(), "nobody calls");
    assertTrue(script.traffic(ANNA).rowCostFactor().isEmpty(), "nobody calls");
  }

  @Test
  void board_ofACallerThatStopped_fades() {
    script.call(ANNA);
    script.run(500 * MILLI);
    assertEquals(1, script.traffic(ANNA).models());
    assertEquals(1, script.traffic(ANNA).networks());

    script.pass(2 * 3_600 * SECOND);
    script.run(500 * MILLI);

    assertEquals(0, script.traffic(ANNA).models());
    assertEquals(0, script.traffic(ANNA).networks());
    assertEquals(1, script.judged.size(), "it has done nothing");
  }

  /** Who is active waits for none of the idle callers that are due beside it. */
  @Test
  void view_ofWhoIsActiveBesideManyIdle_isThereWithinHalfASecond() {
    WatchScript many = new WatchScript(new WatchSettings(2_048, 64, 2_000, 1_000, Map.of(), null));
    List<CallerId> idle = new ArrayList<>();
    for (int i = 0; i < 2_000; i++) {
      idle.add(new CallerId("idle-" + i));
    }
    idle.forEach(many::call);
    many.run(SECOND);
    Instant read = many.view(idle.getFirst()).traffic().at();
    many.pass(60 * SECOND);
    many.run(200 * MILLI);
    many.call(ANNA);
    many.run(500 * MILLI);

    assertEquals(1, many.view(ANNA).traffic().calls());
    assertTrue(readSince(many, idle, read) < 700, "few of them in one go");
    many.run(5 * SECOND);
    assertEquals(2_000, readSince(many, idle, read));
    assertEquals(2_001, many.judged.size(), "none of them again");
  }

  private static long readSince(WatchScript watch, List<CallerId> callers, Instant then) {
    return callers.stream()
        .filter(caller -> watch.view(caller).traffic().at().isAfter(then.plusSeconds(30)))
        .count();
  }

  @Test
  void ended_moreThanTheQueueHolds_areDroppedAndCounted() {
    for (int i = 0; i < Watch.OBSERVATIONS_MAX + 10; i++) {
      script.call(ANNA);
    }
    script.run(500 * MILLI);

    assertEquals(10, script.dropped);
    assertEquals(Watch.OBSERVATIONS_MAX, script.view(ANNA).traffic().calls());

    script.call(ANNA);
    script.run(SECOND);
    assertEquals(10, script.dropped, "counted once");
  }

  @Test
  void answered_moreBytesThanMayWait_areDroppedAndCounted() {
    int large = 8 << 20;
    for (int round = 1; round <= 2; round++) {
      for (int i = 0; i < 6; i++) {
        answerBytes("model-" + i, large);
      }
      assertEquals(Watch.HELD_BYTES_MAX, script.watch.heldBytes());
      script.pass(30 * SECOND);
      script.watch.tick();
      assertEquals(2 * round, script.dropped);
      assertEquals(0, script.watch.heldBytes());
    }
    answerBytes("large", 40 << 20);
    script.watch.tick();
    assertEquals(4, script.dropped, "a call that is larger than all that may wait is looked at");
  }

  private void answerBytes(String model, int bytes) {
    Tensor input = new Tensor("x", Datatype.UINT8, Shape.of(1, bytes), ByteBuffer.allocate(bytes));
    script.watch.answered(ANNA, new ModelName(model), List.of(input), List.of(input));
  }

  /** Thirty callers flood, and one asks once a second. */
  @Test
  void answered_inAFlood_isBoundedAndTheQuietPairIsSeen() {
    WatchScript flood = new WatchScript(new WatchSettings(64, 64, 2_000, 1_000, Map.of(), null));
    List<CallerId> callers = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      callers.add(new CallerId("loud-" + i));
    }
    callers.forEach(flood::call);
    Tensor rows = flood.input(8);
    int seconds = 40;
    for (int milli = 0; milli < 1_000 * seconds; milli++) {
      for (CallerId caller : callers) {
        flood.watch.answered(caller, MODEL, List.of(rows), List.of());
      }
      if (milli % 1_000 == 500) {
        flood.call(BERT);
        flood.answer(BERT, MODEL, 1);
      }
      flood.pass(MILLI);
      if (milli % 20 == 0) {
        flood.watch.tick();
      }
    }
    callers.forEach(flood::call);
    flood.run(500 * MILLI);

    assertEquals(seconds, flood.looked(BERT), "each row of the quiet pair");
    long total = flood.looked(BERT);
    for (CallerId caller : callers) {
      long looked = flood.looked(caller);
      assertTrue(looked > 20L * seconds, caller + ": " + looked);
      assertTrue(looked < 120L * seconds, caller + ": " + looked);
      total += looked;
    }
    assertTrue(total <= 2_000L * (seconds + 1), total + " rows");
    assertTrue(total > 1_000L * seconds, total + " rows");
    assertEquals(0, flood.dropped);
  }

  @Test
  void tick_judgeOrBoardFails_othersAreReadAndLaterAllAre() {
    script.judgeFault = new IllegalStateException("a fault of the test's");
    script.boardFault = new IllegalStateException("another");
    script.call(ANNA);
    script.call(BERT);
    script.run(500 * MILLI);
    assertEquals(BERT, script.judged.getFirst().caller());
    assertEquals(1, script.judged.size());
    assertTrue(script.watch.view(ANNA).isPresent());

    script.judgeFault = null;
    script.boardFault = null;
    script.call(ANNA);
    script.run(500 * MILLI);
    assertEquals(ANNA, script.judged.getLast().caller());
    assertEquals(1, script.traffic(ANNA).models());
  }

  @Test
  void pin_aCallerInAFloodOfOthers_isNotForgotten() {
    script.watch.pin(List.of(ANNA));
    script.call(ANNA);
    script.answer(ANNA, MODEL, 1);
    script.call(BERT);
    script.run(500 * MILLI);
    for (int i = 0; i < 100; i++) {
      CallerId other = new CallerId("other-" + i);
      script.call(other);
      script.answer(other, MODEL, 1);
      script.run(500 * MILLI);
    }

    script.call(ANNA);
    script.call(BERT);
    script.run(500 * MILLI);
    assertEquals(2, script.view(ANNA).traffic().calls());
    assertEquals(1, script.looked(ANNA));
    assertEquals(1, script.view(BERT).traffic().calls(), "it was forgotten");
    int views = 0;
    for (int i = 0; i < 100; i++) {
      views += script.watch.view(new CallerId("other-" + i)).isPresent() ? 1 : 0;
    }
    assertTrue(views <= 16, views + " views");
    assertEquals(0, script.traffic(new CallerId("other-0")).models(), "shown no more");

    script.watch.pin(List.of());
    for (int i = 0; i < 100; i++) {
      script.call(new CallerId("other-" + i));
      script.run(500 * MILLI);
    }
    script.call(ANNA);
    script.run(500 * MILLI);
    assertEquals(1, script.view(ANNA).traffic().calls(), "it was forgotten");
  }

  @Test
  void board_ofAPairThatWasForgotten_isZero() {
    script.answer(ANNA, MODEL, 1);
    script.call(ANNA);
    script.run(500 * MILLI);
    script.pass(2 * RowTable.TENURE_NANOS);
    for (int i = 0; i < 4; i++) {
      script.answer(BERT, new ModelName("model-" + i), 1);
    }
    script.call(ANNA);
    script.run(500 * MILLI);

    assertEquals(Board.NO_CONTENTS, script.contents(ANNA).getLast());
    assertTrue(script.view(ANNA).contents().isEmpty());
    ContentSeen first = script.contents(ANNA).getFirst();
    assertEquals(1, first.observedRows());
  }

  /** On its own thread, with a judge that fails with an error each time. */
  @Test
  void thread_judgeThatFails_goesOnUntilItIsClosed() {
    AtomicInteger asked = new AtomicInteger();
    WatchScript board = new WatchScript(WatchScript.settings());
    Watch watch =
        new Watch(
            WatchScript.settings(),
            board,
            view -> {
              asked.incrementAndGet();
              throw new AssertionError("a fault of the test's");
            },
            alarm -> {},
            SystemTime.ticker(),
            SystemTime.wall(),
            new Random(5));
    watch.start();
    for (int i = 1; i <= 2; i++) {
      int times = i;
      watch.ended(
          new EndedCall(
              WatchScript.caller(ANNA),
              "digits",
              Outcome.OK,
              1,
              1,
              1,
              1,
              SystemTime.ticker().nanos()));
      assertTrue(Await.until(Duration.ofSeconds(30), () -> asked.get() >= times));
    }
    assertTrue(watch.view(ANNA).isPresent());

    watch.close();
    // Closing waits for a while only, and not for a machine that stands still.
    assertTrue(
        Await.until(
            Duration.ofSeconds(30),
            () ->
                Thread.getAllStackTraces().keySet().stream()
                    .noneMatch(
                        thread -> thread.isAlive() && thread.getName().equals("gatehouse-watch"))));
  }
}
