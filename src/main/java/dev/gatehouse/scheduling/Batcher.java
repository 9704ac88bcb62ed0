package dev.gatehouse.scheduling;

import dev.gatehouse.core.Deadline;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.Ticker;
import java.time.Duration;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The dynamic batcher of one deployed model: it admits calls within exact bounds, runs them in
 * batches on the model's instances, fairly among callers, and gives each its one answer. The
 * package description has the rules.
 *
 * <p>Reserving, submitting, cancelling and releasing never wait for anybody: see {@link
 * AdmissionGate} and {@link Scheduler}.
 *
 * @param <P> what a call brings
 * @param <R> what a call gets
 */
public final class Batcher<P, R> implements AutoCloseable {

  private static final Logger LOG = Logger.getLogger(Batcher.class);

  private final String label;
  private final int batchRowsMax;
  private final @Nullable PayloadParts<P, R> parts;
  private final Ticker ticker;
  private final AdmissionGate<P, R> gate;
  private final Settlement settlement;
  private final Scheduler<P, R> scheduler;
  private final InstanceThreads<P, R> threads;

  private Batcher(
      String label,
      BatcherSettings settings,
      GuardedRunner<P, R> runner,
      @Nullable PayloadParts<P, R> parts,
      Ticker ticker) {
    this.label = label;
    this.batchRowsMax = settings.batchRowsMax();
    this.parts = parts;
    this.ticker = ticker;
    this.gate =
        new AdmissionGate<>(
            settings, parts == null ? settings.batchRowsMax() : settings.queueRowsMax());
    this.settlement = new Settlement(ticker);
    this.scheduler = new Scheduler<>(label, settings, gate, runner, settlement, ticker);
    this.threads = new InstanceThreads<>(label, scheduler, settlement);
  }

  /**
   * Starts a batcher and its threads.
   *
   * @param label names its threads and log lines, such as model and version
   * @param settings its bounds and goals
   * @param runner computes batches
   * @param parts cuts calls with more rows than a batch; without it they are refused with {@code
   *     TensorInvalid}
   * @param listener hears of what it does
   * @param ticker its time; deadlines are readings of it
   */
  public static <P, R> Batcher<P, R> start(
      String label,
      BatcherSettings settings,
      BatchRunner<P, R> runner,
      @Nullable PayloadParts<P, R> parts,
      BatchListener listener,
      Ticker ticker) {
    GuardedRunner<P, R> guarded = new GuardedRunner<>(label, runner, listener, ticker);
    Batcher<P, R> batcher = new Batcher<>(label, settings, guarded, parts, ticker);
    try {
      batcher.threads.start(settings.instances());
    } catch (Throwable cannotStart) {
      batcher.close();
      throw cannotStart;
    }
    return batcher;
  }

  /**
   * Takes a permit for one call, or tells why there is none. A reservation must be submitted or
   * released.
   *
   * @param terms whose call it is
   * @param rows its rows, at least 1
   * @param bytes its bytes, at least 0
   * @throws IllegalArgumentException for fewer
   */
  public Admission<P, R> reserve(CallTerms terms, int rows, long bytes) {
    return switch (gate.reserve(terms, rows, bytes)) {
      case Flow<P, R> flow -> {
        settlement.admitted();
        if (gate.flows().many()) {
          scheduler.tidy();
        }
        yield new Reservation<>(this, new Call.Permit<>(flow, terms, rows, bytes, 1));
      }
      case Place.None<P, R>(Refusal refusal) -> {
        if (!gate.open()) {
          settlement.wake(); // whoever drains may have seen what this attempt held for an instant
        }
        yield new Admission.Refused<>(refusal);
      }
    };
  }

  void release(Call.Permit<P, R> permit) {
    gate.giveBack(permit.flow(), permit.rows(), permit.bytes(), permit.calls());
    settlement.settled();
  }

  Submission submit(
      Reservation<P, R> reservation,
      Object batchKey,
      int rowCost,
      Deadline deadline,
      P payload,
      Completion<R> completion) {
    Call.Permit<P, R> permit = reservation.permit();
    long now = ticker.nanos();
    if (parts != null && permit.rows() > batchRowsMax) {
      SplitCall<P, R> split =
          new SplitCall<>(scheduler, permit, parts, batchRowsMax, payload, completion);
      reservation.use();
      split.submit(batchKey, rowCost, deadline, now);
      return split;
    }
    reservation.use();
    Call<P, R> call = new Call<>(permit, rowCost, batchKey, deadline, now, payload, completion);
    scheduler.queue().ledger().queued(call);
    scheduler.submit(call);
    return () -> scheduler.cancel(call);
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
    threads.abandon(() -> scheduler.queue().slot(instance));
    LOG.errorf("%s: instance %d was abandoned, %d left", label, instance, usableInstances());
  }

  /**
   * Puts a fresh instance in the place of an abandoned one, under the same number and with a thread
   * of its own. The old thread may still be in the runner; what it returns stays dropped.
   *
   * @return false if the instance was not abandoned, or the batcher is closed: nothing changed
   * @throws IndexOutOfBoundsException if there is no such instance
   */
  public boolean replace(int instance) {
    return threads.replace(instance);
  }

  /** The instances that take work. */
  public int usableInstances() {
    return gate.usableInstances();
  }

  /** The rows of calls that are queued and not running; exact while nothing moves. */
  public int pendingRows() {
    return scheduler.queue().ledger().pendingRows();
  }

  /**
   * The rows admitted and not yet answered: reserved, queued or running. Zero once nothing is left.
   */
  public int reservedRows() {
    return gate.permits().rows();
  }

  /** The bytes admitted and not yet answered. */
  public long reservedBytes() {
    return gate.permits().bytes();
  }

  /** The calls admitted and not yet answered. */
  public int reservedCalls() {
    return gate.permits().calls();
  }

  /** The most rows of a batch, as chosen for the objective and the device's memory. */
  public int batchRowsLimit() {
    return scheduler.queue().batchRowsLimit();
  }

  /** The most rows admitted and not yet answered, as chosen for the objective. */
  public int inFlightRowsLimit() {
    return gate.inFlightRows();
  }

  /** The callers whose calls share no batch with others now, since too many were rejected. */
  public int penalisedCallers() {
    return scheduler.queue().penalisedCallers();
  }

  /**
   * Refuses new calls with {@code Draining} from now on, and waits until every reservation is
   * released or answered and every answer delivered. Not to be called from a completion.
   *
   * @return whether that came to pass within {@code max}
   * @throws InterruptedException if the waiting thread is interrupted
   */
  public boolean drain(Duration max) throws InterruptedException {
    gate.drain();
    return settlement.await(() -> gate.permits().none() && settlement.allSettled(), max);
  }

  /**
   * Ends the batcher: every call that is queued or running is refused with {@code Draining} before
   * this returns, and so is what comes later. Does not wait for runners that have not returned: see
   * {@link #awaitStopped}. Closing again changes nothing.
   */
  @Override
  public void close() {
    scheduler.change(scheduler.queue()::close);
    scheduler.wakeAll();
  }

  /**
   * Waits, after {@link #close}, until no instance is in the runner any more, abandoned ones
   * included: then what the runner uses may be freed.
   *
   * @return whether that came to pass within {@code max}
   * @throws InterruptedException if the waiting thread is interrupted
   */
  public boolean awaitStopped(Duration max) throws InterruptedException {
    return settlement.await(settlement::allEnded, max);
  }
}
