package dev.gatehouse.scheduling;

import dev.gatehouse.core.Deadline;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.Ticker;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * What stands between callers and the {@link BatchQueue}: two stacks, one lock, and those who wait.
 *
 * <p>A caller never waits for the lock. It pushes its call on the stack of the submitted, or the
 * call that it gave up on the stack of the cancelled, and goes. Whoever holds the lock takes both
 * stacks in first ({@link #absorb}); that is done by instances before each batch and by the
 * deadline thread, by callers only if too many cancelled calls lie about and the lock is free. Only
 * abandoning, replacing and closing wait for it, and a submission that finds nothing left to run
 * it.
 *
 * <p>Who leaves the lock with calls waiting wakes an instance ({@link IdleInstances}). Answers are
 * claimed under the lock or without it, by the {@link CallLedger}, and always delivered without.
 */
final class Scheduler<P, R> {

  /** How many cancelled calls may lie in the queue before a caller tries to clear them away. */
  static final int CANCELLED_MAX = 256;

  private static final Logger LOG = Logger.getLogger(Scheduler.class);

  private final String label;
  private final AdmissionGate<P, R> gate;
  private final GuardedRunner<P, R> runner;
  private final Ticker ticker;
  private final Settlement settlement;
  private final IdleInstances<P, R> idle = new IdleInstances<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final CallStack<P, R> submitted = new CallStack<>(CallStack.Link.SUBMITTED);
  private final CallStack<P, R> cancelled = new CallStack<>(CallStack.Link.CANCELLED);
  private final AtomicInteger cancelledCalls = new AtomicInteger();

  /** Guarded by lock, but for what it says is safe without. */
  private final BatchQueue<P, R> queue;

  /**
   * The deadline that the deadline thread awaits. Written under the lock, and while the stack of
   * the submitted is empty after it: so one who pushed a call and then reads an older value here
   * has its call seen.
   */
  private volatile Deadline awaited = Deadline.NONE;

  private volatile @Nullable Thread deadlineThread;

  Scheduler(
      String label,
      BatcherSettings settings,
      AdmissionGate<P, R> gate,
      GuardedRunner<P, R> runner,
      Settlement settlement,
      Ticker ticker) {
    this.label = label;
    this.gate = gate;
    this.runner = runner;
    this.settlement = settlement;
    this.ticker = ticker;
    this.queue = new BatchQueue<>(settings, gate);
  }

  BatchQueue<P, R> queue() {
    return queue;
  }

  IdleInstances<P, R> idle() {
    return idle;
  }

  void deadlineThread(Thread thread) {
    deadlineThread = thread;
  }

  /** Queues a call that is counted as pending, or answers it at once if its deadline passed. */
  void submit(Call<P, R> call) {
    if (call.deadline.passed(call.enqueuedNanos)) {
      expired(call);
      return;
    }
    submitted.push(call);
    if (gate.ended() != null) {
      change(() -> {}); // those who ended it may have looked for calls before this one came
      return;
    }
    if (call.deadline.finite()) {
      hurry(call.deadline);
    }
    idle.wakeOne();
  }

  private void expired(Call<P, R> call) {
    if (queue.ledger().answer(call) != null) {
      call.refuse(new Refusal.DeadlineExceeded());
      runner.tell(listener -> listener.callDropped(DropReason.EXPIRED));
      deliver(call);
    }
  }

  /** Wakes the deadline thread if it awaits a later deadline. */
  private void hurry(Deadline deadline) {
    Deadline present = awaited;
    if (deadline.finite() && (!present.finite() || deadline.nanos() - present.nanos() < 0)) {
      LockSupport.unpark(deadlineThread);
    }
  }

  /** Refuses a call with {@code Cancelled} unless it was answered before. */
  void cancel(Call<P, R> call) {
    cancel(call, true);
  }

  /** The same; {@code told} says whether it counts as dropped because it was cancelled. */
  void cancel(Call<P, R> call, boolean told) {
    Call.State was = queue.claimCancelled(call);
    if (was == null) {
      return;
    }
    if (told && was == Call.State.QUEUED) {
      runner.tell(listener -> listener.callDropped(DropReason.CANCELLED));
    }
    if (was != Call.State.RUNNING) {
      cancelled.push(call);
      if (cancelledCalls.incrementAndGet() > CANCELLED_MAX) {
        tidy();
      }
    }
    deliver(call);
  }

  /** Clears away what is in the way, if nobody holds the lock; never waits. */
  void tidy() {
    Outbox<P, R> outbox;
    if (!lock.tryLock()) {
      return;
    }
    try {
      absorb();
      if (gate.flows().many()) {
        gate.flows().sweep(ticker.nanos());
      }
      outbox = queue.takeOutbox();
    } finally {
      lock.unlock();
    }
    afterwards(outbox);
  }

  /** Changes the queue under the lock, and delivers what that answered. */
  void change(Runnable step) {
    Outbox<P, R> outbox;
    lock.lock();
    try {
      absorb();
      step.run();
      absorb();
      outbox = queue.takeOutbox();
    } finally {
      lock.unlock();
    }
    afterwards(outbox);
  }

  /** Takes in what callers left on the stacks; under the lock. */
  private void absorb() {
    Call<P, R> call = submitted.takeAll();
    while (call != null) {
      Call<P, R> after = submitted.unlink(call);
      queue.enqueue(call);
      call = after;
    }
    call = cancelled.takeAll();
    while (call != null) {
      Call<P, R> after = cancelled.unlink(call);
      cancelledCalls.decrementAndGet();
      queue.unlink(call);
      call = after;
    }
  }

  /** What whoever held the lock owes to others once it is free. */
  private void afterwards(Outbox<P, R> outbox) {
    if (queue.hasQueued()) {
      idle.wakeOne();
    }
    outbox.notices().forEach(runner::tell);
    outbox.answers().forEach(this::deliver);
  }

  private void deliver(Call<P, R> call) {
    try {
      call.deliver();
    } catch (Throwable fault) {
      LOG.errorf(fault, "%s: a completion threw", label);
    } finally {
      if (call.calls > 0) { // a part leaves that to its whole
        settlement.settled();
      }
    }
  }

  /** Gives a permit back that no call holds. */
  void giveBack(Flow<P, R> flow, int rows, long bytes, int calls) {
    gate.giveBack(flow, rows, bytes, calls);
  }

  /** What was admitted ended and was told. */
  void settled() {
    settlement.settled();
  }

  /** Does one thing that is to be done on an instance, or waits; false when the slot has ended. */
  boolean serve(Slot<P, R> slot) {
    Batch<P, R> batch = null;
    Outbox<P, R> outbox;
    lock.lock();
    try {
      absorb();
      queue.expire(ticker.nanos());
      outbox = queue.takeOutbox();
      // Delivered before a batch is taken, since a batch in hand must run at once.
      if (outbox.isEmpty()) {
        if (ended(slot)) {
          return false;
        }
        // A completion's interrupt must not reach the runner; after poll it is abandon's to send.
        boolean _ = Thread.interrupted();
        batch = queue.poll(slot, ticker.nanos());
      }
    } finally {
      lock.unlock();
    }
    afterwards(outbox);
    if (batch != null) {
      run(batch);
    } else if (outbox.isEmpty()) {
      idle.await(slot, () -> !submitted.isEmpty() || queue.hasQueued() || ended(slot));
    }
    return true;
  }

  private boolean ended(Slot<P, R> slot) {
    return slot.abandoned || gate.closed();
  }

  /** Runs a batch that was polled, and ends it by what came of it. */
  void run(Batch<P, R> batch) {
    GuardedRunner.Outcome<R> outcome = runner.run(batch);
    Outbox<P, R> outbox;
    boolean abandoned;
    lock.lock();
    try {
      abandoned = batch.slot().abandoned;
      switch (outcome) {
        case GuardedRunner.Outcome.Results<R> ran ->
            queue.finished(batch, ran.results(), ran.endedNanos());
        case GuardedRunner.Outcome.Failure<R> failure ->
            queue.failed(batch, failure.refusal(), failure.forAll(), failure.endedNanos());
        case GuardedRunner.Outcome.Exhausted<R> exhausted ->
            queue.exhausted(batch, exhausted.endedNanos());
        case GuardedRunner.Outcome.Lost<R> _ -> queue.abandon(batch.slot());
      }
      outbox = queue.takeOutbox();
      hurry(queue.firstDeadline()); // that of a call which is to run again is back in the queue
    } finally {
      lock.unlock();
    }
    boolean _ = Thread.interrupted(); // whoever interrupted, it was the runner's
    if (!abandoned) {
      runner.tell(batch, outcome);
    }
    afterwards(outbox);
  }

  /** Answers expired calls until the batcher is closed: the life of the deadline thread. */
  void watchDeadlines() {
    while (!gate.closed()) {
      Outbox<P, R> outbox;
      long certainNanos;
      lock.lock();
      try {
        do {
          absorb();
          queue.expire(ticker.nanos());
          awaited = queue.firstDeadline();
        } while (!submitted.isEmpty());
        certainNanos = queue.certainNanos(ticker.nanos());
        outbox = queue.takeOutbox();
      } finally {
        lock.unlock();
      }
      afterwards(outbox);
      if (outbox.isEmpty() && !gate.closed()) {
        awaitDeadline(certainNanos);
      }
    }
  }

  private void awaitDeadline(long certainNanos) {
    Deadline first = awaited;
    if (first.finite()) {
      LockSupport.parkNanos(this, first.remainingNanos(ticker.nanos()) - certainNanos);
    } else {
      LockSupport.park(this);
    }
    boolean _ = Thread.interrupted(); // nobody's to send; it must not make this spin
  }

  /** Wakes everybody who may have to end. */
  void wakeAll() {
    idle.wakeAll();
    LockSupport.unpark(deadlineThread);
  }
}
