package dev.gatehouse.scheduling;

import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The dynamic batcher of one deployed model: it admits calls within exact bounds, runs them in
 * batches on the model's instances and gives each its one answer. The package description has the
 * rules.
 *
 * <p>How it is synchronised: {@link #lock} guards the {@link BatchQueue} and every field marked so.
 * A thread changes the queue under the lock, wakes whom the change concerns ({@link #wake}), takes
 * the calls that were answered ({@link #collect}) and delivers them after it let go of the lock. An
 * answered call is taken by exactly one thread, which makes delivery exactly once; {@code
 * undelivered} counts what was taken and not yet handed over, so that a drained batcher has also
 * delivered everything.
 *
 * @param <P> what a call brings
 * @param <R> what a call gets
 */
public final class Batcher<P, R> implements AutoCloseable {

  private static final Logger LOG = Logger.getLogger(Batcher.class);

  private final String label;
  private final GuardedRunner<P, R> runner;
  private final Ticker ticker;
  private final ReentrantLock lock = new ReentrantLock();

  /** An idle instance waits here for work. */
  private final Condition workQueued = lock.newCondition();

  /** The deadline thread waits here for its deadline, or an earlier one. */
  private final Condition deadlineSooner = lock.newCondition();

  /** Those who drain or await the end wait here. */
  private final Condition settled = lock.newCondition();

  /** Guarded by lock. */
  private final BatchQueue<P, R> queue;

  /** Guarded by lock. */
  private final List<Thread> instanceThreads = new ArrayList<>();

  /** Threads waiting for work; guarded by lock. */
  private int idle;

  /** Instance threads that may still call the runner; guarded by lock. */
  private int live;

  /** Answers taken and not yet handed over; guarded by lock. */
  private int undelivered;

  /** Threads waiting at {@link #settled}; guarded by lock. */
  private int settling;

  /** Until when the deadline thread sleeps, if {@link #deadlineAwaited}; guarded by lock. */
  private long deadlineAwaitedNanos;

  /** Guarded by lock. */
  private boolean deadlineAwaited;

  private Batcher(
      String label, BatcherSettings settings, GuardedRunner<P, R> runner, Ticker ticker) {
    this.label = label;
    this.runner = runner;
    this.ticker = ticker;
    this.queue = new BatchQueue<>(settings);
  }

  /**
   * Starts a batcher and its threads.
   *
   * @param label names its threads and log lines, such as model and version
   * @param settings its bounds
   * @param runner computes batches
   * @param listener hears of them
   * @param ticker its time; deadlines are readings of it
   */
  public static <P, R> Batcher<P, R> start(
      String label,
      BatcherSettings settings,
      BatchRunner<P, R> runner,
      BatchListener listener,
      Ticker ticker) {
    GuardedRunner<P, R> guarded = new GuardedRunner<>(label, runner, listener, ticker);
    Batcher<P, R> batcher = new Batcher<>(label, settings, guarded, ticker);
    try {
      batcher.startThreads(settings.instances());
    } catch (Throwable cannotStart) {
      batcher.close();
      throw cannotStart;
    }
    return batcher;
  }

  private void startThreads(int instances) {
    lock.lock();
    try {
      for (int i = 0; i < instances; i++) {
        int instance = i;
        Thread thread = daemon(label + "-" + i, () -> serve(instance));
        thread.start();
        instanceThreads.add(thread);
        live++;
      }
      daemon(label + "-deadlines", this::watchDeadlines).start();
    } finally {
      lock.unlock();
    }
  }

  private static Thread daemon(String name, Runnable body) {
    return Thread.ofPlatform().name(name).daemon(true).unstarted(body);
  }

  /**
   * Takes a permit for one call, or tells why there is none. A reservation must be submitted or
   * released.
   *
   * @param rows its rows, at least 1
   * @param bytes its bytes, at least 0
   * @throws IllegalArgumentException for fewer
   */
  public Admission<P, R> reserve(int rows, long bytes) {
    Refusal refusal;
    List<Call<P, R>> answered;
    lock.lock();
    try {
      refusal = queue.reserve(rows, bytes, ticker.nanos());
      answered = collect();
    } finally {
      lock.unlock();
    }
    settle(answered);
    return refusal == null
        ? new Reservation<>(this, rows, bytes)
        : new Admission.Refused<>(refusal);
  }

  void release(Reservation<P, R> reservation) {
    change(
        () -> {
          reservation.use();
          queue.release(reservation.rows(), reservation.bytes());
        });
  }

  Submission submit(Reservation<P, R> reservation, Call<P, R> call) {
    change(
        () -> {
          reservation.use();
          queue.enqueue(call, ticker.nanos());
        });
    return () -> change(() -> queue.cancel(call));
  }

  /**
   * Gives up an instance whose runner does not return: its calls are refused with {@code
   * ModelNotReady}, its thread is interrupted and ends when the runner does, and what it returns is
   * dropped. With no instance left, everything queued and every new call is refused so. Doing it
   * again changes nothing.
   *
   * @throws IndexOutOfBoundsException if there is no such instance
   */
  public void abandon(int instance) {
    change(
        () -> {
          if (queue.abandon(instance)) {
            // Under the lock, and only while it runs: it can hit the runner, never a completion.
            instanceThreads.get(instance).interrupt();
          }
          workQueued.signalAll();
        });
    LOG.errorf("%s: instance %d was abandoned, %d left", label, instance, usableInstances());
  }

  /** The instances that still take work. */
  public int usableInstances() {
    lock.lock();
    try {
      return queue.usableInstances();
    } finally {
      lock.unlock();
    }
  }

  /** The rows of calls that are queued and not running. */
  public int pendingRows() {
    lock.lock();
    try {
      return queue.pendingRows();
    } finally {
      lock.unlock();
    }
  }

  /**
   * The rows admitted and not yet answered: reserved, queued or running. Zero once nothing is left.
   */
  public int reservedRows() {
    lock.lock();
    try {
      return queue.reservedRows();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Refuses new calls with {@code Draining} from now on, and waits until every reservation is
   * released or answered and every answer delivered. Not to be called from a completion.
   *
   * @return whether that came to pass within {@code max}
   * @throws InterruptedException if the waiting thread is interrupted
   */
  public boolean drain(Duration max) throws InterruptedException {
    lock.lock();
    try {
      queue.drain();
      long leftNanos = TimeUnit.NANOSECONDS.convert(max);
      while (!quiet()) {
        if (leftNanos <= 0) {
          return false;
        }
        leftNanos = awaitSettled(leftNanos);
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Ends the batcher: every call that is queued or running is refused with {@code Draining} before
   * this returns, and so is what comes later. Does not wait for runners that have not returned: see
   * {@link #awaitStopped}. Closing again changes nothing.
   */
  @Override
  public void close() {
    change(
        () -> {
          queue.close();
          workQueued.signalAll();
          deadlineSooner.signalAll();
        });
  }

  /**
   * Waits, after {@link #close}, until no instance is in the runner any more, abandoned ones
   * included: then what the runner uses may be freed.
   *
   * @return whether that came to pass within {@code max}
   * @throws InterruptedException if the waiting thread is interrupted
   */
  public boolean awaitStopped(Duration max) throws InterruptedException {
    lock.lock();
    try {
      long leftNanos = TimeUnit.NANOSECONDS.convert(max);
      while (live > 0) {
        if (leftNanos <= 0) {
          return false;
        }
        leftNanos = awaitSettled(leftNanos);
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  private long awaitSettled(long leftNanos) throws InterruptedException {
    settling++;
    try {
      return settled.awaitNanos(leftNanos);
    } finally {
      settling--;
    }
  }

  /** Whether everything admitted is answered and delivered; under the lock. */
  private boolean quiet() {
    return queue.reservedRows() == 0 && undelivered == 0;
  }

  /** Changes the queue under the lock, and delivers what that answered. */
  private void change(Runnable step) {
    List<Call<P, R>> answered;
    lock.lock();
    try {
      step.run();
      answered = collect();
      wake();
    } finally {
      lock.unlock();
    }
    settle(answered);
  }

  /** Wakes those whom the present state concerns; under the lock, after every change. */
  private void wake() {
    if (idle > 0 && queue.hasQueued()) {
      workQueued.signal();
    }
    Call<P, R> first = queue.firstToExpire();
    if (first != null && (!deadlineAwaited || first.deadline.nanos() - deadlineAwaitedNanos < 0)) {
      deadlineSooner.signal();
    }
    if (settling > 0 && (quiet() || live == 0)) {
      settled.signalAll();
    }
  }

  /** Takes what was answered, to be delivered without the lock; under the lock. */
  private List<Call<P, R>> collect() {
    List<Call<P, R>> answered = queue.takeAnswers();
    undelivered += answered.size();
    return answered;
  }

  /** Delivers, and counts it as delivered. */
  private void settle(List<Call<P, R>> answered) {
    if (answered.isEmpty()) {
      return;
    }
    deliver(answered);
    lock.lock();
    try {
      undelivered -= answered.size();
      wake();
    } finally {
      lock.unlock();
    }
  }

  private void deliver(List<Call<P, R>> answered) {
    for (Call<P, R> call : answered) {
      try {
        call.deliver();
      } catch (Throwable fault) {
        LOG.errorf(fault, "%s: a completion threw", label);
      }
    }
  }

  /** The life of an instance's thread. */
  private void serve(int instance) {
    try {
      while (step(instance)) {}
    } catch (Throwable fault) {
      LOG.errorf(fault, "%s: instance %d ended by a fault", label, instance);
      abandon(instance);
    } finally {
      lock.lock();
      try {
        live--;
        wake();
      } finally {
        lock.unlock();
      }
    }
  }

  /** Waits for one thing to do and does it; false when the instance has ended. */
  private boolean step(int instance) {
    Batch<P, R> batch = null;
    List<Call<P, R>> answered;
    lock.lock();
    try {
      while (true) {
        if (queue.closed() || queue.abandoned(instance)) {
          return false;
        }
        long now = ticker.nanos();
        queue.expire(now);
        answered = collect();
        if (!answered.isEmpty()) {
          break; // delivered before a batch is taken, since a batch in hand must run at once
        }
        // A completion's interrupt must not reach the runner; after poll it is abandon's to send.
        boolean _ = Thread.interrupted();
        batch = queue.poll(instance, now);
        if (batch != null) {
          wake(); // another idle instance, if there is more
          break;
        }
        idle++;
        workQueued.awaitUninterruptibly();
        idle--;
      }
    } finally {
      lock.unlock();
    }
    if (batch != null) {
      run(batch);
    }
    settle(answered);
    return true;
  }

  private void run(Batch<P, R> batch) {
    GuardedRunner.Outcome<R> outcome = runner.run(batch);
    List<Call<P, R>> answered;
    boolean abandoned;
    lock.lock();
    try {
      abandoned = queue.abandoned(batch.instance());
      switch (outcome) {
        case GuardedRunner.Outcome.Results<R>(List<R> results, long ended) ->
            queue.finished(batch, results, ended);
        case GuardedRunner.Outcome.Failure<R>(Refusal refusal, boolean forAll, long ended) ->
            queue.failed(batch, refusal, forAll, ended);
      }
      answered = collect();
      wake();
    } finally {
      lock.unlock();
    }
    boolean _ = Thread.interrupted(); // whoever interrupted, it was the runner's
    if (!abandoned) {
      runner.tell(batch, outcome);
    }
    settle(answered);
  }

  /**
   * The life of the deadline thread: while all instances are busy, only it sees a deadline pass.
   */
  private void watchDeadlines() {
    while (true) {
      List<Call<P, R>> expired;
      lock.lock();
      try {
        if (queue.closed()) {
          return;
        }
        queue.expire(ticker.nanos());
        expired = collect();
        if (expired.isEmpty()) {
          awaitDeadline(queue.firstToExpire());
        }
      } finally {
        lock.unlock();
      }
      settle(expired);
    }
  }

  private void awaitDeadline(@Nullable Call<P, R> first) {
    deadlineAwaited = first != null;
    if (first == null) {
      deadlineSooner.awaitUninterruptibly();
      return;
    }
    deadlineAwaitedNanos = first.deadline.nanos();
    try {
      long left = deadlineSooner.awaitNanos(first.deadline.remainingNanos(ticker.nanos()));
      LOG.tracef("%s: %d ns left to the deadline", label, left);
    } catch (InterruptedException nobodyAsked) {
      LOG.debugf("%s: the deadline thread was interrupted", label);
    }
  }
}
