package dev.gatehouse.scheduling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.core.Deadline;
import dev.gatehouse.core.Reason;
import dev.gatehouse.core.Refusal;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The rules, one by one, on a time that the test sets. */
final class BatchQueueTest {

  private static final long DELAY = 1_000;
  private static final Refusal REJECTED = new Refusal.ModelRejectedInput();

  private BatchQueue<String, String> queue = queue(2, 4, 20, 1_000);
  private final Map<String, Call<String, String>> calls = new HashMap<>();
  private final Map<String, RecordedAnswer<String>> answers = new HashMap<>();

  /** Near the wrap-around of a long, where comparing readings by size would go wrong. */
  private long now = Long.MAX_VALUE - 500;

  @Test
  void poll_idleInstance_takesASingleRowWithoutDelay() {
    enqueue("a", "k", 1);
    assertEquals(List.of("a"), poll(0));
  }

  @Test
  void poll_rowsGatheredWhileAllWereBusy_takesThemInEnqueueOrderUpToTheMaximum() {
    for (String name : List.of("a", "b", "c", "d", "e")) {
      enqueue(name, "k", 1);
    }
    assertEquals(List.of("a", "b", "c", "d"), poll(0));
    assertEquals(List.of("e"), poll(1));
    assertFalse(queue.hasQueued());
  }

  @Test
  void poll_callThatDoesNotFit_isNotOvertakenByASmallerOne() {
    enqueue("a", "k", 3);
    enqueue("b", "k", 2);
    enqueue("c", "k", 1);
    assertEquals(List.of("a"), poll(0));
    assertEquals(List.of("b", "c"), poll(1));
  }

  @Test
  void poll_keysDiffer_neverShareABatch() {
    enqueue("a", "k", 1);
    enqueue("b", "l", 1);
    enqueue("c", "k", 1);
    assertEquals(List.of("a", "c"), poll(0));
    assertEquals(List.of("b"), poll(1));
  }

  @Test
  void poll_fullGroupAndYoungerThanTheDelay_passesOverTheOlderGatheringGroup() {
    enqueue("old", "k", 1);
    enqueue("full", "l", 4);
    now += DELAY - 1;
    assertEquals(List.of("full"), poll(0));
    assertEquals(List.of("old"), poll(1));
  }

  @Test
  void poll_oldestCallReachedTheDelay_goesBeforeTheFullGroup() {
    enqueue("old", "k", 1);
    enqueue("full", "l", 4);
    now += DELAY;
    assertEquals(List.of("old"), poll(0));
    assertEquals(List.of("full"), poll(1));
  }

  @Test
  void poll_delayCountsFromTheOldestEnqueue_notFromTheYoungestOrThePoll() {
    enqueue("old", "k", 1);
    now += DELAY - 1;
    enqueue("young", "k", 1);
    enqueue("full", "l", 4);
    now += 1;
    assertEquals(List.of("old", "young"), poll(0));
  }

  @Test
  void poll_noDelay_isStrictlyOldestFirst() {
    queue = new BatchQueue<>(new BatcherSettings(2, 4, Duration.ZERO, 20, 1_000));
    enqueue("old", "k", 1);
    enqueue("full", "l", 4);
    assertEquals(List.of("old"), poll(0));
  }

  @Test
  void poll_severalFullGroups_takesTheOneWithTheOldestCall() {
    enqueue("a", "k", 1);
    enqueue("b", "l", 4);
    enqueue("c", "k", 3);
    assertEquals(List.of("a", "c"), poll(0));
    assertEquals(List.of("b"), poll(1));
  }

  @Test
  void poll_groupNoLongerFullAfterCancel_losesItsPrecedence() {
    enqueue("old", "k", 1);
    enqueue("a", "l", 3);
    enqueue("b", "l", 1);
    queue.cancel(call("b"));
    assertEquals(List.of("old"), poll(0));
  }

  @Test
  void poll_instanceStillRunning_throws() {
    enqueue("a", "k", 1);
    poll(0);
    assertThrows(IllegalStateException.class, () -> queue.poll(0, now));
  }

  @Test
  void finished_severalCalls_eachGetsItsOwnResultAndTiming() throws InterruptedException {
    enqueue("a", "k", 1);
    now += 10;
    enqueue("b", "k", 2);
    now += 5;
    Batch<String, String> batch = batch(0);
    now += 100;
    queue.finished(batch, List.of("A", "B"), now);
    deliver();
    assertEquals("A", answer("a").get());
    assertEquals("B", answer("b").get());
    assertEquals(new Timing(15, 100, 3), answer("a").timing());
    assertEquals(new Timing(5, 100, 3), answer("b").timing());
    assertNothingReserved();
  }

  @Test
  void failed_severalCalls_eachRunsAgainAloneBeforeEverythingElse() throws InterruptedException {
    enqueue("a", "k", 1);
    enqueue("bad", "k", 1);
    enqueue("b", "k", 1);
    Batch<String, String> together = batch(0);
    enqueue("later", "l", 4);
    now += DELAY;
    queue.failed(together, REJECTED, false, now);
    deliver();
    assertEquals(0, answer("a").count());
    assertEquals(7, queue.pendingRows());

    Batch<String, String> a = batch(0);
    assertEquals(List.of("a"), a.payloads());
    Batch<String, String> bad = batch(1);
    assertEquals(List.of("bad"), bad.payloads());
    queue.finished(a, List.of("A"), now);
    queue.failed(bad, REJECTED, false, now);
    assertEquals(List.of("b"), poll(0));
    assertEquals(List.of("later"), poll(1));
    deliver();
    assertEquals("A", answer("a").get());
    assertEquals(Reason.MODEL_REJECTED_INPUT, answer("bad").reason());
  }

  @Test
  void failed_singleCall_isRefusedAndDoesNotRunAgain() throws InterruptedException {
    enqueue("bad", "k", 1);
    queue.failed(batch(0), REJECTED, false, now);
    deliver();
    assertEquals(Reason.MODEL_REJECTED_INPUT, answer("bad").reason());
    assertNull(queue.poll(0, now));
    assertNothingReserved();
  }

  @Test
  void failed_twoCallsOneCancelled_theOtherStillRunsAgainAlone() throws InterruptedException {
    enqueue("a", "k", 1);
    enqueue("gone", "k", 1);
    Batch<String, String> together = batch(0);
    queue.cancel(call("gone"));
    queue.failed(together, REJECTED, false, now);
    assertEquals(List.of("a"), poll(0));
    assertNull(queue.poll(1, now));
    deliver();
    assertEquals(Reason.CANCELLED, answer("gone").reason());
  }

  @Test
  void failed_forAll_refusesEachWithoutAnotherRun() throws InterruptedException {
    enqueue("a", "k", 1);
    enqueue("b", "k", 1);
    queue.failed(batch(0), new Refusal.Internal("r"), true, now);
    deliver();
    assertEquals(Reason.INTERNAL, answer("a").reason());
    assertEquals(Reason.INTERNAL, answer("b").reason());
    assertNothingReserved();
  }

  @Test
  void failed_waitingToRunAlone_canBeCancelledAndCanExpire() throws InterruptedException {
    enqueue("a", "k", 1);
    enqueue("b", "k", 1, Deadline.at(now + 100));
    enqueue("c", "k", 1, Deadline.at(now + 50));
    Batch<String, String> together = batch(0);
    now += 50;
    queue.failed(together, REJECTED, false, now);
    queue.cancel(call("a"));
    now += 50;
    assertNull(queue.poll(0, now));
    deliver();
    assertEquals(Reason.CANCELLED, answer("a").reason());
    assertEquals(Reason.DEADLINE_EXCEEDED, answer("b").reason());
    assertEquals(Reason.DEADLINE_EXCEEDED, answer("c").reason());
    assertNothingReserved();
  }

  @Test
  void poll_expiredInTheMiddle_isAnsweredAndNeverRuns() throws InterruptedException {
    enqueue("a", "k", 1);
    enqueue("late", "k", 1, Deadline.at(now + 10));
    enqueue("b", "k", 1);
    now += 10;
    assertEquals(List.of("a", "b"), poll(0));
    deliver();
    assertEquals(Reason.DEADLINE_EXCEEDED, answer("late").reason());
  }

  @Test
  void expire_noInstanceFree_answersAndFreesThePermit() throws InterruptedException {
    enqueue("late", "k", 3, Deadline.at(now + 10));
    assertEquals(call("late"), queue.firstToExpire());
    now += 9;
    queue.expire(now);
    deliver();
    assertEquals(0, answer("late").count());
    now += 1;
    queue.expire(now);
    deliver();
    assertEquals(Reason.DEADLINE_EXCEEDED, answer("late").reason());
    assertNothingReserved();
    assertNull(queue.firstToExpire());
  }

  @Test
  void enqueue_deadlinePassed_isAnsweredAtOnce() throws InterruptedException {
    enqueue("late", "k", 1, Deadline.at(now));
    deliver();
    assertEquals(Reason.DEADLINE_EXCEEDED, answer("late").reason());
    assertNothingReserved();
  }

  @Test
  void finished_deadlinePassedWhileRunning_isAnsweredWithItsResult() throws InterruptedException {
    enqueue("a", "k", 1, Deadline.at(now + 10));
    Batch<String, String> batch = batch(0);
    now += 20;
    queue.expire(now);
    queue.finished(batch, List.of("A"), now);
    deliver();
    assertEquals("A", answer("a").get());
  }

  @Test
  void reserve_rowsOrBytesBeyondTheBound_takesNeither() {
    assertNull(queue.reserve(4, 999, now));
    assertInstanceOf(Refusal.QueueFull.class, queue.reserve(1, 2, now));
    assertEquals(4, queue.reservedRows());
    assertEquals(999, queue.reservedBytes());
    assertNull(queue.reserve(1, 1, now));
    queue.release(1, 1);
    queue.release(4, 999);
    for (int i = 0; i < 5; i++) {
      assertNull(queue.reserve(4, 1, now));
    }
    assertInstanceOf(Refusal.QueueFull.class, queue.reserve(1, 0, now));
    assertEquals(20, queue.reservedRows());
    assertEquals(5, queue.reservedBytes());
  }

  @Test
  void reserve_wouldNotFitAnEmptyQueue_isRefusedAsTooLarge() {
    assertInstanceOf(Refusal.TensorInvalid.class, queue.reserve(5, 1, now));
    assertInstanceOf(Refusal.TensorInvalid.class, queue.reserve(1, 1_001, now));
    assertInstanceOf(Refusal.TensorInvalid.class, queue.reserve(1, Long.MAX_VALUE, now));
    assertThrows(IllegalArgumentException.class, () -> queue.reserve(0, 1, now));
    assertThrows(IllegalArgumentException.class, () -> queue.reserve(1, -1, now));
    assertNothingReserved();
  }

  @Test
  void reserve_fullOfExpiredCalls_makesRoom() throws InterruptedException {
    for (int i = 0; i < 5; i++) {
      enqueue("late" + i, "k", 4, Deadline.at(now + 10));
    }
    assertInstanceOf(Refusal.QueueFull.class, queue.reserve(1, 1, now));
    now += 10;
    assertNull(queue.reserve(1, 1, now));
    deliver();
    assertEquals(Reason.DEADLINE_EXCEEDED, answer("late4").reason());
  }

  @Test
  void release_moreThanReserved_throws() {
    assertThrows(IllegalStateException.class, () -> queue.release(1, 0));
  }

  @Test
  void cancel_running_answersAtOnceAndDiscardsTheResult() throws InterruptedException {
    enqueue("a", "k", 1);
    enqueue("gone", "k", 1);
    Batch<String, String> batch = batch(0);
    queue.cancel(call("gone"));
    deliver();
    assertEquals(Reason.CANCELLED, answer("gone").reason());
    assertEquals(1, queue.reservedRows());
    queue.finished(batch, List.of("A", "GONE"), now);
    queue.cancel(call("a"));
    deliver();
    assertEquals("A", answer("a").get());
    assertEquals(Reason.CANCELLED, answer("gone").reason());
    assertNothingReserved();
  }

  @Test
  void abandon_oneOfTwo_answersItsCallsAndTheOtherGoesOn() throws InterruptedException {
    enqueue("stuck", "k", 1);
    Batch<String, String> stuck = batch(0);
    enqueue("next", "k", 1);
    assertTrue(queue.abandon(0));
    assertFalse(queue.abandon(0));
    assertEquals(1, queue.usableInstances());
    assertNull(queue.poll(0, now));
    deliver();
    assertEquals(Reason.MODEL_NOT_READY, answer("stuck").reason());
    queue.finished(stuck, List.of("LATE"), now);
    queue.finished(batch(1), List.of("N"), now);
    deliver();
    assertEquals(Reason.MODEL_NOT_READY, answer("stuck").reason());
    assertEquals("N", answer("next").get());
    assertNothingReserved();
  }

  @Test
  void abandon_lateFailureOfSeveral_runsNothingAgain() {
    enqueue("a", "k", 1);
    enqueue("b", "k", 1);
    Batch<String, String> stuck = batch(0);
    queue.abandon(0);
    queue.failed(stuck, REJECTED, false, now);
    assertNull(queue.poll(1, now));
    assertNothingReserved();
  }

  @Test
  void abandon_last_refusesEverythingQueuedReservedAndNew() throws InterruptedException {
    enqueue("a", "k", 1);
    enqueue("b", "l", 2);
    assertNull(queue.reserve(1, 1, now));
    queue.abandon(0);
    queue.abandon(1);
    assertInstanceOf(Refusal.ModelNotReady.class, queue.reserve(1, 1, now));
    enqueueReserved("c", "k", 1, Deadline.NONE);
    deliver();
    for (String name : List.of("a", "b", "c")) {
      assertEquals(Reason.MODEL_NOT_READY, answer(name).reason());
    }
    assertNothingReserved();
  }

  @Test
  void drain_reservedAndQueued_stillRunAndNewIsRefused() {
    enqueue("a", "k", 1);
    assertNull(queue.reserve(1, 1, now));
    queue.drain();
    assertInstanceOf(Refusal.Draining.class, queue.reserve(1, 1, now));
    enqueueReserved("b", "k", 1, Deadline.NONE);
    assertEquals(List.of("a", "b"), poll(0));
  }

  @Test
  void close_queuedRunningAndReserved_areAllRefused() throws InterruptedException {
    enqueue("running", "k", 1);
    Batch<String, String> batch = batch(0);
    enqueue("queued", "k", 1);
    assertNull(queue.reserve(1, 1, now));
    queue.close();
    enqueueReserved("reserved", "k", 1, Deadline.NONE);
    queue.finished(batch, List.of("LATE"), now);
    deliver();
    for (String name : List.of("running", "queued", "reserved")) {
      assertEquals(Reason.DRAINING, answer(name).reason());
    }
    assertInstanceOf(Refusal.Draining.class, queue.reserve(1, 1, now));
    assertNothingReserved();
  }

  private static BatchQueue<String, String> queue(int instances, int batch, int rows, long bytes) {
    return new BatchQueue<>(
        new BatcherSettings(instances, batch, Duration.ofNanos(DELAY), rows, bytes));
  }

  private void enqueue(String name, String key, int rows) {
    enqueue(name, key, rows, Deadline.NONE);
  }

  private void enqueue(String name, String key, int rows, Deadline deadline) {
    assertNull(queue.reserve(rows, 1, now));
    enqueueReserved(name, key, rows, deadline);
  }

  private void enqueueReserved(String name, String key, int rows, Deadline deadline) {
    RecordedAnswer<String> answer = new RecordedAnswer<>();
    Call<String, String> call = new Call<>(rows, 1, key, deadline, name, answer);
    calls.put(name, call);
    answers.put(name, answer);
    queue.enqueue(call, now);
  }

  private Call<String, String> call(String name) {
    return Objects.requireNonNull(calls.get(name));
  }

  private RecordedAnswer<String> answer(String name) {
    return Objects.requireNonNull(answers.get(name));
  }

  private Batch<String, String> batch(int instance) {
    @Nullable Batch<String, String> batch = queue.poll(instance, now);
    return Objects.requireNonNull(batch);
  }

  private List<String> poll(int instance) {
    return batch(instance).payloads();
  }

  private void deliver() {
    queue.takeAnswers().forEach(Call::deliver);
  }

  private void assertNothingReserved() {
    assertEquals(0, queue.reservedRows());
    assertEquals(0, queue.reservedBytes());
    assertEquals(0, queue.pendingRows());
  }
}
