package dev.gatehouse.scheduling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.core.Deadline;
import dev.gatehouse.core.Reason;
import dev.gatehouse.core.Refusal;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The rules, one by one, on a time that the test sets. */
final class BatchQueueTest {

  private static final long DELAY = 1_000;
  private static final Refusal REJECTED = Harness.REJECTED;

  private Harness h = new Harness(Harness.settings(2, 4, Duration.ofNanos(DELAY), 20));

  @Test
  void poll_idleInstance_takesASingleRowWithoutDelay() {
    h.enqueue("a", "k", 1);
    assertEquals(List.of("a"), h.poll(0));
  }

  @Test
  void poll_rowsGatheredWhileAllWereBusy_takesThemInEnqueueOrderUpToTheMaximum() {
    for (String name : List.of("a", "b", "c", "d", "e")) {
      h.enqueue(name, "k", 1);
    }
    assertEquals(List.of("a", "b", "c", "d"), h.poll(0));
    assertEquals(List.of("e"), h.poll(1));
    assertFalse(h.queue.hasQueued());
  }

  @Test
  void poll_callThatDoesNotFit_isNotOvertakenByASmallerOne() {
    h.enqueue("a", "k", 3);
    h.enqueue("b", "k", 2);
    h.enqueue("c", "k", 1);
    assertEquals(List.of("a"), h.poll(0));
    assertEquals(List.of("b", "c"), h.poll(1));
  }

  @Test
  void poll_keysDiffer_neverShareABatch() {
    h.enqueue("a", "k", 1);
    h.enqueue("b", "l", 1);
    h.enqueue("c", "k", 1);
    assertEquals(List.of("a", "c"), h.poll(0));
    assertEquals(List.of("b"), h.poll(1));
  }

  @Test
  void poll_fullGroupAndYoungerThanTheDelay_passesOverTheOlderGatheringGroup() {
    h.enqueue("old", "k", 1);
    h.enqueue("full", "l", 4);
    h.now += DELAY - 1;
    assertEquals(List.of("full"), h.poll(0));
    assertEquals(List.of("old"), h.poll(1));
  }

  @Test
  void poll_oldestCallReachedTheDelay_goesBeforeTheFullGroup() {
    h.enqueue("old", "k", 1);
    h.enqueue("full", "l", 4);
    h.now += DELAY;
    assertEquals(List.of("old"), h.poll(0));
    assertEquals(List.of("full"), h.poll(1));
  }

  @Test
  void poll_delayCountsFromTheOldestEnqueue_notFromTheYoungestOrThePoll() {
    h.enqueue("old", "k", 1);
    h.now += DELAY - 1;
    h.enqueue("young", "k", 1);
    h.enqueue("full", "l", 4);
    h.now += 1;
    assertEquals(List.of("old", "young"), h.poll(0));
  }

  @Test
  void poll_noDelay_isStrictlyOldestFirst() {
    h = new Harness(Harness.settings(2, 4, Duration.ZERO, 20));
    h.enqueue("old", "k", 1);
    h.enqueue("full", "l", 4);
    assertEquals(List.of("old"), h.poll(0));
  }

  @Test
  void poll_severalFullGroups_takesTheOneWithTheOldestCall() {
    h.enqueue("a", "k", 1);
    h.enqueue("b", "l", 4);
    h.enqueue("c", "k", 3);
    assertEquals(List.of("a", "c"), h.poll(0));
    assertEquals(List.of("b"), h.poll(1));
  }

  @Test
  void poll_groupNoLongerFullAfterCancel_losesItsPrecedence() {
    h.enqueue("old", "k", 1);
    h.enqueue("a", "l", 3);
    h.enqueue("b", "l", 1);
    h.cancel("b");
    assertEquals(List.of("old"), h.poll(0));
  }

  @Test
  void poll_instanceStillRunning_throws() {
    h.enqueue("a", "k", 1);
    h.poll(0);
    assertThrows(IllegalStateException.class, () -> h.queue.poll(h.queue.slot(0), h.now));
  }

  @Test
  void finished_severalCalls_eachGetsItsOwnResultAndTiming() throws InterruptedException {
    h.enqueue("a", "k", 1);
    h.now += 10;
    h.enqueue("b", "k", 2);
    h.now += 5;
    Batch<String, String> batch = h.batch(0);
    h.now += 100;
    h.queue.finished(batch, List.of("A", "B"), h.now);
    h.deliver();
    assertEquals("A", h.answer("a").get());
    assertEquals("B", h.answer("b").get());
    assertEquals(new Timing(15, 100, 3), h.answer("a").timing());
    assertEquals(new Timing(5, 100, 3), h.answer("b").timing());
    assertNothingReserved();
  }

  @Test
  void failed_severalCalls_halvesRunAgainBeforeEverythingElse() throws InterruptedException {
    h.enqueue("a", "k", 1);
    h.enqueue("bad", "k", 1);
    h.enqueue("b", "k", 1);
    Batch<String, String> together = h.batch(0);
    h.enqueue("later", "k", 1);
    h.enqueue("full", "l", 4);
    h.now += DELAY;
    h.queue.failed(together, REJECTED, false, h.now);
    h.deliver();
    assertEquals(0, h.answer("a").count());
    assertEquals(8, h.queue.ledger().pendingRows());
    assertEquals(List.of("retried 3"), h.told);

    Batch<String, String> first = h.batch(0);
    assertEquals(List.of("a", "bad"), first.payloads());
    assertEquals(List.of("b"), h.poll(1));
    h.queue.failed(first, REJECTED, false, h.now);
    Batch<String, String> a = h.batch(0);
    assertEquals(List.of("a"), a.payloads());
    h.finish(a);
    Batch<String, String> bad = h.batch(0);
    assertEquals(List.of("bad"), bad.payloads());
    h.queue.failed(bad, REJECTED, false, h.now);
    assertEquals(List.of("later"), h.poll(0));
    h.deliver();
    assertEquals("A", h.answer("a").get());
    assertEquals(Reason.MODEL_REJECTED_INPUT, h.answer("bad").reason());
  }

  @Test
  void failed_singleCall_isRefusedAndDoesNotRunAgain() throws InterruptedException {
    h.enqueue("bad", "k", 1);
    h.queue.failed(h.batch(0), REJECTED, false, h.now);
    h.deliver();
    assertEquals(Reason.MODEL_REJECTED_INPUT, h.answer("bad").reason());
    assertTrue(h.idle(0));
    assertNothingReserved();
  }

  @Test
  void failed_twoCallsOneCancelled_theOtherStillRunsAgainAlone() throws InterruptedException {
    h.enqueue("a", "k", 1);
    h.enqueue("gone", "k", 1);
    Batch<String, String> together = h.batch(0);
    h.cancel("gone");
    h.queue.failed(together, REJECTED, false, h.now);
    assertEquals(List.of("a"), h.poll(0));
    assertTrue(h.idle(1));
    h.deliver();
    assertEquals(Reason.CANCELLED, h.answer("gone").reason());
  }

  @Test
  void failed_forAll_refusesEachWithoutAnotherRun() throws InterruptedException {
    h.enqueue("a", "k", 1);
    h.enqueue("b", "k", 1);
    h.queue.failed(h.batch(0), new Refusal.Internal("r"), true, h.now);
    h.deliver();
    assertEquals(Reason.INTERNAL, h.answer("a").reason());
    assertEquals(Reason.INTERNAL, h.answer("b").reason());
    assertNothingReserved();
  }

  @Test
  void failed_waitingToRunAlone_canBeCancelledAndCanExpire() throws InterruptedException {
    h.enqueue("a", "k", 1);
    h.enqueue("b", "k", 1, Deadline.at(h.now + 100));
    h.enqueue("c", "k", 1, Deadline.at(h.now + 50));
    Batch<String, String> together = h.batch(0);
    h.now += 50;
    h.queue.failed(together, REJECTED, false, h.now);
    h.cancel("a");
    h.now += 50;
    assertTrue(h.idle(0));
    h.deliver();
    assertEquals(Reason.CANCELLED, h.answer("a").reason());
    assertEquals(Reason.DEADLINE_EXCEEDED, h.answer("b").reason());
    assertEquals(Reason.DEADLINE_EXCEEDED, h.answer("c").reason());
    assertNothingReserved();
  }

  @Test
  void poll_expiredInTheMiddle_isAnsweredAndNeverRuns() throws InterruptedException {
    h.enqueue("a", "k", 1);
    h.enqueue("late", "k", 1, Deadline.at(h.now + 10));
    h.enqueue("b", "k", 1);
    h.now += 10;
    assertEquals(List.of("a", "b"), h.poll(0));
    h.deliver();
    assertEquals(Reason.DEADLINE_EXCEEDED, h.answer("late").reason());
  }

  @Test
  void expire_noInstanceFree_answersAndFreesThePermit() throws InterruptedException {
    h.enqueue("late", "k", 3, Deadline.at(h.now + 10));
    assertEquals(h.call("late").deadline, h.queue.firstDeadline());
    h.now += 9;
    h.queue.expire(h.now);
    h.deliver();
    assertEquals(0, h.answer("late").count());
    h.now += 1;
    h.queue.expire(h.now);
    h.deliver();
    assertEquals(Reason.DEADLINE_EXCEEDED, h.answer("late").reason());
    assertNothingReserved();
    assertEquals(Deadline.NONE, h.queue.firstDeadline());
  }

  @Test
  void enqueue_deadlinePassed_isAnsweredWithTheNextExpiry() throws InterruptedException {
    h.enqueue("late", "k", 1, Deadline.at(h.now));
    h.expire();
    assertEquals(Reason.DEADLINE_EXCEEDED, h.answer("late").reason());
    assertNothingReserved();
  }

  @Test
  void finished_deadlinePassedWhileRunning_isAnsweredWithItsResult() throws InterruptedException {
    h.enqueue("a", "k", 1, Deadline.at(h.now + 10));
    Batch<String, String> batch = h.batch(0);
    h.now += 20;
    h.queue.expire(h.now);
    h.queue.finished(batch, List.of("A"), h.now);
    h.deliver();
    assertEquals("A", h.answer("a").get());
  }

  @Test
  void cancel_running_answersAtOnceAndDiscardsTheResult() throws InterruptedException {
    h.enqueue("a", "k", 1);
    h.enqueue("gone", "k", 1);
    Batch<String, String> batch = h.batch(0);
    h.cancel("gone");
    h.deliver();
    assertEquals(Reason.CANCELLED, h.answer("gone").reason());
    assertEquals(1, h.gate.permits().rows());
    h.queue.finished(batch, List.of("A", "GONE"), h.now);
    h.cancel("a");
    h.deliver();
    assertEquals("A", h.answer("a").get());
    assertEquals(Reason.CANCELLED, h.answer("gone").reason());
    assertNothingReserved();
  }

  @Test
  void abandon_oneOfTwo_answersItsCallsAndTheOtherGoesOn() throws InterruptedException {
    h.enqueue("stuck", "k", 1);
    Batch<String, String> stuck = h.batch(0);
    h.enqueue("next", "k", 1);
    assertTrue(h.queue.abandon(h.queue.slot(0)));
    assertFalse(h.queue.abandon(h.queue.slot(0)));
    assertEquals(1, h.gate.usableInstances());
    assertTrue(h.idle(0));
    h.deliver();
    assertEquals(Reason.MODEL_NOT_READY, h.answer("stuck").reason());
    h.now += 5;
    h.queue.finished(stuck, List.of("LATE"), h.now);
    assertEquals(0, h.queue.certainNanos(h.now), "a late run tells nothing");
    h.queue.finished(h.batch(1), List.of("N"), h.now);
    h.deliver();
    assertEquals(Reason.MODEL_NOT_READY, h.answer("stuck").reason());
    assertEquals("N", h.answer("next").get());
    assertNothingReserved();
  }

  @Test
  void abandon_lateFailureOfSeveral_runsNothingAgain() {
    h.enqueue("a", "k", 1);
    h.enqueue("b", "k", 1);
    Batch<String, String> stuck = h.batch(0);
    h.queue.abandon(h.queue.slot(0));
    h.queue.failed(stuck, REJECTED, false, h.now);
    assertTrue(h.idle(1));
    assertNothingReserved();
  }

  @Test
  void abandon_last_refusesEverythingQueuedReservedAndNew() throws InterruptedException {
    h.enqueue("a", "k", 1);
    h.enqueue("b", "l", 2);
    Flow<String, String> reserved = h.reserve(1);
    h.queue.abandon(h.queue.slot(0));
    h.queue.abandon(h.queue.slot(1));
    assertEquals(Reason.MODEL_NOT_READY, h.refused(1, 1));
    h.enqueueReserved(reserved, "c", "k", 1, Deadline.NONE);
    h.deliver();
    for (String name : List.of("a", "b", "c")) {
      assertEquals(Reason.MODEL_NOT_READY, h.answer(name).reason());
    }
    assertNothingReserved();
  }

  @Test
  void drain_reservedAndQueued_stillRunAndNewIsRefused() {
    h.enqueue("a", "k", 1);
    Flow<String, String> reserved = h.reserve(1);
    h.gate.drain();
    assertEquals(Reason.DRAINING, h.refused(1, 1));
    h.enqueueReserved(reserved, "b", "k", 1, Deadline.NONE);
    assertEquals(List.of("a", "b"), h.poll(0));
  }

  @Test
  void close_queuedRunningAndReserved_areAllRefused() throws InterruptedException {
    h.enqueue("running", "k", 1);
    Batch<String, String> batch = h.batch(0);
    h.enqueue("queued", "k", 1);
    Flow<String, String> reserved = h.reserve(1);
    h.queue.close();
    h.enqueueReserved(reserved, "reserved", "k", 1, Deadline.NONE);
    h.queue.finished(batch, List.of("LATE"), h.now);
    h.deliver();
    for (String name : List.of("running", "queued", "reserved")) {
      assertEquals(Reason.DRAINING, h.answer(name).reason());
    }
    assertEquals(Reason.DRAINING, h.refused(1, 1));
    assertNothingReserved();
  }

  private void assertNothingReserved() {
    assertTrue(h.nothingReserved());
  }
}
