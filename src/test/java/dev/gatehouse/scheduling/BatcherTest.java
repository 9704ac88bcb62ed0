package dev.gatehouse.scheduling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.core.Deadline;
import dev.gatehouse.core.Reason;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import dev.gatehouse.core.SystemTime;
import dev.gatehouse.core.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The threads around the rules, with a runner that waits for the test. */
@Timeout(120)
final class BatcherTest {

  private static final Duration LONG = Duration.ofSeconds(60);
  private static final Duration NOW = Duration.ZERO;
  private static final CallTerms TERMS = Harness.terms("caller");
  private static final Ticker TICKER = SystemTime.ticker();

  private final GatedRunner runner = new GatedRunner();
  private final List<Batcher<String, String>> started = new ArrayList<>();

  @AfterEach
  void closeAll() throws InterruptedException {
    runner.letOut(10_000);
    for (Batcher<String, String> batcher : started) {
      batcher.close();
      assertTrue(batcher.awaitStopped(LONG));
      assertEquals(0, batcher.reservedRows(), "a permit leaked");
    }
  }

  @Test
  void submit_instanceIdle_runsAtOnceAlthoughTheDelayIsLong() throws InterruptedException {
    Batcher<String, String> batcher = batcher(1, runner);
    runner.letOut(1);
    RecordedAnswer<String> a = submit(batcher, "a");
    assertEquals("A", a.get());
    assertEquals(1, a.timing().batchRows());
    assertTrue(a.timing().queueNanos() >= 0 && a.timing().runNanos() >= 0);
    drained(batcher);
  }

  @Test
  void submit_allBusy_gathersIntoTheNextBatch() throws InterruptedException {
    Batcher<String, String> batcher = batcher(1, runner);
    submit(batcher, "first");
    runner.awaitEntry();
    List<RecordedAnswer<String>> gathered = new ArrayList<>();
    for (String name : List.of("a", "b", "c")) {
      gathered.add(submit(batcher, name));
    }
    assertEquals(3, batcher.pendingRows());
    runner.letOut(2);
    assertEquals("A", gathered.get(0).get());
    assertEquals("B", gathered.get(1).get());
    assertEquals("C", gathered.get(2).get());
    assertEquals(List.of(List.of("first"), List.of("a", "b", "c")), runner.batches());
    drained(batcher);
  }

  @Test
  void submit_twoInstances_runAtTheSameTime() throws InterruptedException {
    Batcher<String, String> batcher = batcher(2, runner);
    submit(batcher, "a");
    runner.awaitEntry();
    submit(batcher, "b");
    runner.awaitEntry();
    runner.letOut(2);
    drained(batcher);
  }

  @Test
  void reserve_burstFromManyThreads_admitsExactlyTheBound() throws Exception {
    int threads = 8;
    Batcher<String, String> batcher = batcher(1, runner);
    CyclicBarrier barrier = new CyclicBarrier(threads);
    List<Future<List<Reservation<String, String>>>> futures = new ArrayList<>();
    try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
      for (int t = 0; t < threads; t++) {
        futures.add(executor.submit(() -> reserveMany(batcher, barrier)));
      }
      List<Reservation<String, String>> taken = new ArrayList<>();
      for (Future<List<Reservation<String, String>>> future : futures) {
        taken.addAll(future.get());
      }
      assertEquals(100, taken.size());
      assertEquals(100, batcher.reservedRows());
      assertEquals(Reason.QUEUE_FULL, refusedReason(batcher.reserve(TERMS, 1, 0)));
      taken.forEach(Reservation::release);
    }
    assertEquals(0, batcher.reservedRows());
  }

  private static List<Reservation<String, String>> reserveMany(
      Batcher<String, String> batcher, CyclicBarrier barrier) throws Exception {
    barrier.await(60, TimeUnit.SECONDS);
    List<Reservation<String, String>> taken = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      if (batcher.reserve(TERMS, 1, 10) instanceof Reservation<String, String> reservation) {
        taken.add(reservation);
      }
    }
    return taken;
  }

  @Test
  void reserve_tooLargeForTheQueue_isRefusedAsInvalid() {
    Batcher<String, String> batcher = batcher(1, runner);
    assertEquals(Reason.TENSOR_INVALID, refusedReason(batcher.reserve(TERMS, 9, 1)));
  }

  @Test
  void reservation_usedTwice_throwsAndKeepsTheCount() throws InterruptedException {
    Batcher<String, String> batcher = batcher(1, runner);
    Reservation<String, String> released = reserve(batcher);
    released.release();
    assertThrows(IllegalStateException.class, released::release);
    assertThrows(
        IllegalStateException.class,
        () -> released.submit("k", 1, Deadline.NONE, "a", new RecordedAnswer<>()));

    Reservation<String, String> submitted = reserve(batcher);
    submitted.submit("k", 1, Deadline.NONE, "a", new RecordedAnswer<>());
    runner.awaitEntry();
    assertThrows(IllegalStateException.class, submitted::release);
    assertEquals(1, batcher.reservedRows());
    runner.letOut(1);
    drained(batcher);
    assertEquals(List.of(List.of("a")), runner.batches());
  }

  @Test
  void run_oneCallPoisonsTheBatch_theInnocentAreAnswered() throws InterruptedException {
    Batcher<String, String> batcher = batcher(1, runner);
    submit(batcher, "first");
    runner.awaitEntry();
    RecordedAnswer<String> a = submit(batcher, "a");
    RecordedAnswer<String> bad = submit(batcher, "bad");
    RecordedAnswer<String> b = submit(batcher, "b");
    runner.letOut(6);
    assertEquals("A", a.get());
    assertEquals(Reason.MODEL_REJECTED_INPUT, bad.reason());
    assertEquals("B", b.get());
    assertEquals(
        List.of(
            List.of("first"),
            List.of("a", "bad", "b"),
            List.of("a", "bad"),
            List.of("b"),
            List.of("a"),
            List.of("bad")),
        runner.batches());
    drained(batcher);
  }

  @Test
  void run_poisonedBatchWithIdleInstances_isRepeatedByAllOfThem() throws InterruptedException {
    Semaphore busy = new Semaphore(0);
    CountDownLatch oneFree = new CountDownLatch(1);
    CountDownLatch allFree = new CountDownLatch(1);
    CountDownLatch poisonFails = new CountDownLatch(1);
    CyclicBarrier allAtOnce = new CyclicBarrier(2);
    Batcher<String, String> batcher =
        batcher(
            2,
            (instance, payloads) -> {
              if (payloads.size() > 1) {
                allFree.countDown();
                poisonFails.await();
                throw new IllegalArgumentException("bad input");
              }
              busy.release();
              switch (payloads.getFirst()) {
                case "x" -> oneFree.await();
                case "y" -> allFree.await();
                default -> allAtOnce.await(60, TimeUnit.SECONDS);
              }
              return payloads;
            });
    List<RecordedAnswer<String>> alone = new ArrayList<>();
    for (String name : List.of("x", "y")) {
      alone.add(submit(batcher, name));
      assertTrue(busy.tryAcquire(60, TimeUnit.SECONDS));
    }
    List<RecordedAnswer<String>> together = new ArrayList<>();
    for (String name : List.of("a", "b")) {
      together.add(submit(batcher, name));
    }
    oneFree.countDown();
    for (RecordedAnswer<String> answer : alone) {
      answer.get();
    }
    poisonFails.countDown();
    assertEquals("a", together.get(0).get());
    assertEquals("b", together.get(1).get());
    drained(batcher);
  }

  @Test
  void run_wrongResults_countAsFailure() throws InterruptedException {
    Queue<List<String>> results = new ConcurrentLinkedQueue<>();
    results.add(List.of());
    Batcher<String, String> batcher = batcher(1, (instance, payloads) -> results.remove());
    assertEquals(Reason.MODEL_REJECTED_INPUT, submit(batcher, "a").reason());
    results.add(List.of("1", "2"));
    assertEquals(Reason.MODEL_REJECTED_INPUT, submit(batcher, "a").reason());
    results.add(Arrays.asList((String) null));
    assertEquals(Reason.MODEL_REJECTED_INPUT, submit(batcher, "a").reason());
    results.add(List.of("1"));
    assertEquals("1", submit(batcher, "a").get());
    drained(batcher);
  }

  @Test
  void run_errorsOfAllKinds_areAnsweredAndTheInstanceGoesOn() throws InterruptedException {
    List<Throwable> errors =
        List.of(new OutOfMemoryError(), new StackOverflowError(), new LinkageError());
    AtomicInteger next = new AtomicInteger();
    Batcher<String, String> batcher =
        batcher(
            1,
            (instance, payloads) -> {
              int at = next.getAndIncrement();
              if (at < errors.size()) {
                throw (Error) errors.get(at);
              }
              return payloads;
            });
    for (int i = 0; i < errors.size(); i++) {
      assertEquals(Reason.INTERNAL, submit(batcher, "a").reason());
    }
    assertEquals("a", submit(batcher, "a").get());
    assertEquals(1, batcher.usableInstances());
    drained(batcher);
  }

  @Test
  void run_refusedException_isTheAnswerOfEachAndNothingRunsAgain() throws InterruptedException {
    CountDownLatch gathered = new CountDownLatch(1);
    AtomicInteger runs = new AtomicInteger();
    Batcher<String, String> batcher =
        batcher(
            1,
            (instance, payloads) -> {
              runs.incrementAndGet();
              gathered.await();
              throw new RefusedException(new Refusal.ModelNotReady(LONG));
            });
    List<RecordedAnswer<String>> answers = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      answers.add(submit(batcher, "a" + i));
    }
    gathered.countDown();
    for (RecordedAnswer<String> answer : answers) {
      assertEquals(new Refusal.ModelNotReady(LONG), answer.get());
    }
    drained(batcher);
    assertTrue(runs.get() <= 2, "one batch while idle, one gathered");
  }

  @Test
  void cancel_queued_freesThePermitAndNeverRuns() throws InterruptedException {
    Batcher<String, String> batcher = batcher(1, runner);
    submit(batcher, "first");
    runner.awaitEntry();
    RecordedAnswer<String> gone = new RecordedAnswer<>();
    Submission submission = reserve(batcher).submit("k", 1, Deadline.NONE, "gone", gone);
    RecordedAnswer<String> kept = submit(batcher, "kept");
    submission.cancel();
    submission.cancel();
    assertEquals(1, gone.count(), "answered before cancel returned");
    assertEquals(Reason.CANCELLED, gone.reason());
    assertEquals(2, batcher.reservedRows());
    runner.letOut(2);
    assertEquals("KEPT", kept.get());
    assertEquals(List.of(List.of("first"), List.of("kept")), runner.batches());
    drained(batcher);
    assertEquals(1, gone.count());
  }

  @Test
  void cancel_running_isAnsweredAtOnceAndTheResultDiscarded() throws InterruptedException {
    Batcher<String, String> batcher = batcher(1, runner);
    RecordedAnswer<String> gone = new RecordedAnswer<>();
    Submission submission = reserve(batcher).submit("k", 1, Deadline.NONE, "gone", gone);
    runner.awaitEntry();
    submission.cancel();
    assertEquals(1, gone.count());
    assertEquals(0, batcher.reservedRows());
    RecordedAnswer<String> next = submit(batcher, "next");
    runner.letOut(2);
    assertEquals("NEXT", next.get());
    drained(batcher);
    assertEquals(Reason.CANCELLED, gone.reason());
  }

  @Test
  void deadline_passesWhileAllAreBusy_isAnsweredWithoutAnInstance() throws InterruptedException {
    Batcher<String, String> batcher = batcher(1, runner);
    submit(batcher, "first");
    runner.awaitEntry();
    RecordedAnswer<String> later = new RecordedAnswer<>();
    RecordedAnswer<String> sooner = new RecordedAnswer<>();
    Deadline soon = Deadline.after(Duration.ofMillis(20), TICKER);
    reserve(batcher).submit("k", 1, Deadline.after(LONG, TICKER), "later", later);
    reserve(batcher).submit("k", 1, soon, "sooner", sooner);
    assertEquals(Reason.DEADLINE_EXCEEDED, sooner.reason());
    assertTrue(soon.passed(TICKER.nanos()), "not before its time");
    assertEquals(0, later.count());
    runner.letOut(2);
    assertEquals("LATER", later.get());
    assertEquals(List.of(List.of("first"), List.of("later")), runner.batches());
    drained(batcher);
  }

  @Test
  void abandon_stuckInstance_answersItsCallsAndTheOtherGoesOn() throws InterruptedException {
    CompletableFuture<Integer> stuckInstance = new CompletableFuture<>();
    CompletableFuture<Thread> stuckThread = new CompletableFuture<>();
    Batcher<String, String> batcher =
        batcher(
            2,
            (instance, payloads) -> {
              if (payloads.contains("stuck")) {
                stuckInstance.complete(instance);
                stuckThread.complete(Thread.currentThread());
                return runner.run(instance, payloads);
              }
              return payloads;
            });
    RecordedAnswer<String> stuck = submit(batcher, "stuck");
    batcher.abandon(stuckInstance.join());
    assertEquals(Reason.MODEL_NOT_READY, stuck.reason());
    assertEquals(1, batcher.usableInstances());
    assertEquals("next", submit(batcher, "next").get());
    drained(batcher);

    runner.letOut(1);
    stuckThread.join().join();
    assertTrue(runner.interrupted());
    assertEquals(Reason.MODEL_NOT_READY, stuck.reason(), "the late result is dropped");
    assertEquals(1, batcher.usableInstances());
  }

  @Test
  void replace_abandonedInstance_takesWorkAgainWhileTheOldRunIsStuck() throws InterruptedException {
    CompletableFuture<Thread> stuckThread = new CompletableFuture<>();
    Batcher<String, String> batcher =
        batcher(
            1,
            (instance, payloads) -> {
              if (payloads.contains("stuck")) {
                stuckThread.complete(Thread.currentThread());
                return runner.run(instance, payloads);
              }
              return List.of(instance + Thread.currentThread().getName());
            });
    RecordedAnswer<String> stuck = submit(batcher, "stuck");
    runner.awaitEntry();
    assertFalse(batcher.replace(0), "not abandoned");
    batcher.abandon(0);
    assertEquals(Reason.MODEL_NOT_READY, refusedReason(batcher.reserve(TERMS, 1, 1)));
    assertTrue(batcher.replace(0));
    assertFalse(batcher.replace(0));
    assertEquals(1, batcher.usableInstances());
    assertEquals("0test-0", submit(batcher, "next").get());
    runner.letOut(1);
    stuckThread.join().join();
    assertEquals(Reason.MODEL_NOT_READY, stuck.reason(), "the late result is dropped");
    assertEquals(1, batcher.usableInstances());
    assertEquals("0test-0", submit(batcher, "again").get());
    batcher.close();
    assertFalse(batcher.replace(0));
    assertThrows(IndexOutOfBoundsException.class, () -> batcher.replace(1));
  }

  @Test
  void cancel_manyWhileAllAreBusy_areClearedAwayWithoutAnInstance() throws InterruptedException {
    Batcher<String, String> batcher = batcher(1, runner);
    submit(batcher, "first");
    runner.awaitEntry();
    for (int i = 0; i < 50 * Scheduler.CANCELLED_MAX; i++) {
      RecordedAnswer<String> gone = new RecordedAnswer<>();
      reserve(batcher).submit("k", 1, Deadline.NONE, "gone", gone).cancel();
      assertEquals(1, gone.count());
    }
    assertEquals(1, batcher.reservedRows());
    assertEquals(0, batcher.pendingRows());
    runner.letOut(1);
    drained(batcher);
    assertEquals(List.of(List.of("first")), runner.batches());
  }

  @Test
  void abandon_lastInstance_refusesEverythingQueuedAndNew() throws InterruptedException {
    Batcher<String, String> batcher = batcher(1, runner);
    RecordedAnswer<String> stuck = submit(batcher, "stuck");
    runner.awaitEntry();
    RecordedAnswer<String> queued = submit(batcher, "queued");
    Reservation<String, String> reserved = reserve(batcher);
    batcher.abandon(0);
    batcher.abandon(0);
    RecordedAnswer<String> late = new RecordedAnswer<>();
    reserved.submit("k", 1, Deadline.NONE, "late", late);
    for (RecordedAnswer<String> answer : List.of(stuck, queued, late)) {
      assertEquals(Reason.MODEL_NOT_READY, answer.reason());
    }
    assertEquals(Reason.MODEL_NOT_READY, refusedReason(batcher.reserve(TERMS, 1, 1)));
    assertEquals(0, batcher.usableInstances());
    assertEquals(0, batcher.reservedRows());
    assertThrows(IndexOutOfBoundsException.class, () -> batcher.abandon(1));
  }

  @Test
  void drain_finishesWhatWasAdmittedAndRefusesNew() throws InterruptedException {
    Batcher<String, String> batcher = batcher(1, runner);
    RecordedAnswer<String> running = submit(batcher, "running");
    runner.awaitEntry();
    RecordedAnswer<String> queued = submit(batcher, "queued");
    Reservation<String, String> reserved = reserve(batcher);
    assertFalse(batcher.drain(NOW));
    assertEquals(Reason.DRAINING, refusedReason(batcher.reserve(TERMS, 1, 1)));
    runner.letOut(3);
    assertEquals("RUNNING", running.get());
    assertEquals("QUEUED", queued.get());
    assertFalse(batcher.drain(NOW), "one reservation is open");
    RecordedAnswer<String> last = new RecordedAnswer<>();
    reserved.submit("k", 1, Deadline.NONE, "last", last);
    drained(batcher);
    assertEquals(1, last.count(), "drained means delivered");
    assertEquals("LAST", last.get());
  }

  @Test
  void drain_reservationReleased_ends() throws Exception {
    Batcher<String, String> batcher = batcher(1, runner);
    Reservation<String, String> reserved = reserve(batcher);
    try (ExecutorService executor = Executors.newSingleThreadExecutor()) {
      Future<Boolean> drained = executor.submit(() -> batcher.drain(LONG));
      reserved.release();
      assertTrue(drained.get());
    }
  }

  @Test
  void close_answersEverythingAndTellsWhenTheRunnerIsLeft() throws InterruptedException {
    Batcher<String, String> batcher = batcher(1, runner);
    RecordedAnswer<String> running = submit(batcher, "running");
    runner.awaitEntry();
    RecordedAnswer<String> queued = submit(batcher, "queued");
    Reservation<String, String> reserved = reserve(batcher);
    batcher.close();
    batcher.close();
    RecordedAnswer<String> late = new RecordedAnswer<>();
    reserved.submit("k", 1, Deadline.NONE, "late", late);
    for (RecordedAnswer<String> answer : List.of(running, queued, late)) {
      assertEquals(1, answer.count());
      assertEquals(Reason.DRAINING, answer.reason());
    }
    assertEquals(Reason.DRAINING, refusedReason(batcher.reserve(TERMS, 1, 1)));
    assertFalse(batcher.awaitStopped(NOW), "the runner has not returned");
    runner.letOut(1);
    assertTrue(batcher.awaitStopped(LONG));
    assertEquals(Reason.DRAINING, running.reason(), "the late result is dropped");
  }

  @Test
  void completion_throwsOrCallsBack_doesNoHarm() throws InterruptedException {
    Batcher<String, String> batcher = batcher(1, runner);
    RecordedAnswer<String> inner = new RecordedAnswer<>();
    reserve(batcher)
        .submit(
            "k",
            1,
            Deadline.NONE,
            "outer",
            new Completion<>() {
              @Override
              public void completed(String result, Timing timing) {
                reserve(batcher).submit("k", 1, Deadline.NONE, "inner", inner);
                Thread.currentThread().interrupt();
                throw new AssertionError("on purpose");
              }

              @Override
              public void refused(Refusal refusal) {}
            });
    runner.letOut(2);
    assertEquals("INNER", inner.get());
    drained(batcher);
    assertFalse(runner.interrupted(), "a completion's interrupt reached the runner");
  }

  @Test
  void completion_whoeverCallsIt_isCalledWithoutTheLock() throws InterruptedException {
    Batcher<String, String> batcher = batcher(1, runner);
    RecordedAnswer<String> completed = new RecordedAnswer<>();
    RecordedAnswer<String> refused = new RecordedAnswer<>();
    reserve(batcher).submit("k", 1, Deadline.NONE, "a", usingTheBatcher(batcher, completed));
    runner.awaitEntry();
    reserve(batcher).submit("k", 1, Deadline.NONE, "b", usingTheBatcher(batcher, refused)).cancel();
    assertEquals(Reason.CANCELLED, refused.reason());
    runner.letOut(1);
    assertEquals("A", completed.get());
    drained(batcher);
  }

  /** A completion which needs the lock on another thread before it passes its answer on. */
  private static Completion<String> usingTheBatcher(
      Batcher<String, String> batcher, Completion<String> next) {
    return new Completion<>() {
      @Override
      public void completed(String result, Timing timing) {
        CompletableFuture.supplyAsync(batcher::pendingRows).orTimeout(60, TimeUnit.SECONDS).join();
        next.completed(result, timing);
      }

      @Override
      public void refused(Refusal refusal) {
        CompletableFuture.supplyAsync(batcher::pendingRows).orTimeout(60, TimeUnit.SECONDS).join();
        next.refused(refusal);
      }
    };
  }

  @Test
  void listener_hearsOfBatchesAndItsFaultsDoNoHarm() throws InterruptedException {
    List<String> heard = new ArrayList<>();
    Batcher<String, String> batcher =
        Batcher.start(
            "test",
            settings(1),
            runner,
            null,
            new BatchListener() {
              @Override
              public void batchRan(int calls, int rows, long runNanos, boolean failed) {
                heard.add(calls + " calls, " + rows + " rows, " + (failed ? "failed" : "ran"));
                throw new IllegalStateException("on purpose");
              }
            },
            TICKER);
    started.add(batcher);
    submit(batcher, "first");
    runner.awaitEntry();
    submit(batcher, "a");
    submit(batcher, "bad");
    runner.letOut(4);
    drained(batcher);
    assertEquals(
        List.of(
            "1 calls, 1 rows, ran",
            "2 calls, 2 rows, failed",
            "1 calls, 1 rows, ran",
            "1 calls, 1 rows, failed"),
        heard);
  }

  @Test
  void threads_areDaemonsNamedAfterTheLabel() throws InterruptedException {
    CompletableFuture<Thread> thread = new CompletableFuture<>();
    Batcher<String, String> batcher =
        batcher(
            1,
            (instance, payloads) -> {
              thread.complete(Thread.currentThread());
              return payloads;
            });
    assertEquals("a", submit(batcher, "a").get());
    assertEquals("test-0", thread.join().getName());
    assertTrue(thread.join().isDaemon());
  }

  private Batcher<String, String> batcher(int instances, BatchRunner<String, String> batchRunner) {
    Batcher<String, String> batcher =
        Batcher.start("test", settings(instances), batchRunner, null, BatchListener.NONE, TICKER);
    started.add(batcher);
    return batcher;
  }

  private static BatcherSettings settings(int instances) {
    return new BatcherSettings(
        instances, 8, List.of(), Duration.ofSeconds(10), 100, 1_000, 100, 100, Duration.ZERO);
  }

  private static Reservation<String, String> reserve(Batcher<String, String> batcher) {
    return switch (batcher.reserve(TERMS, 1, 10)) {
      case Reservation<String, String> reservation -> reservation;
      case Admission.Refused<String, String> refused ->
          throw new AssertionError("refused: " + refused.refusal());
    };
  }

  private static Reason refusedReason(Admission<String, String> admission) {
    return assertInstanceOf(Admission.Refused.class, admission).refusal().reason();
  }

  private static RecordedAnswer<String> submit(Batcher<String, String> batcher, String payload) {
    RecordedAnswer<String> answer = new RecordedAnswer<>();
    reserve(batcher).submit("k", 1, Deadline.NONE, payload, answer);
    return answer;
  }

  private static void drained(Batcher<String, String> batcher) throws InterruptedException {
    assertTrue(batcher.drain(LONG));
    assertEquals(0, batcher.reservedRows());
    assertEquals(0, batcher.pendingRows());
  }
}
