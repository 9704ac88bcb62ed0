package dev.gatehouse.scheduling;

import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import dev.gatehouse.core.Ticker;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/** Runs batches so that nothing a runner or listener throws gets any further. */
final class GuardedRunner<P, R> {

  private static final Logger LOG = Logger.getLogger(GuardedRunner.class);

  /** How a run ended, and when. */
  sealed interface Outcome<R> {

    long endedNanos();

    /** One result for each call. */
    record Results<R>(List<R> results, long endedNanos) implements Outcome<R> {}

    /**
     * The batch failed.
     *
     * @param refusal the answer of a call that failed so alone
     * @param forAll whether it is the answer of each call of the batch
     */
    record Failure<R>(Refusal refusal, boolean forAll, long endedNanos) implements Outcome<R> {}

    /** The device had no memory for the batch. */
    record Exhausted<R>(long endedNanos) implements Outcome<R> {}

    /** The instance is lost. */
    record Lost<R>(long endedNanos) implements Outcome<R> {}
  }

  private final String label;
  private final BatchRunner<P, R> runner;
  private final BatchListener listener;
  private final Ticker ticker;
  private final FailureLog failureLog;

  GuardedRunner(String label, BatchRunner<P, R> runner, BatchListener listener, Ticker ticker) {
    this.label = label;
    this.runner = runner;
    this.listener = listener;
    this.ticker = ticker;
    this.failureLog = new FailureLog(label, ticker);
  }

  Outcome<R> run(Batch<P, R> batch) {
    int calls = batch.calls().size();
    try {
      List<R> results = List.copyOf(runner.run(batch.slot().instance, batch.payloads()));
      if (results.size() == calls) {
        return new Outcome.Results<>(results, ticker.nanos());
      }
      throw new IllegalStateException(results.size() + " results for " + calls + " calls");
    } catch (RefusedException refused) {
      return new Outcome.Failure<>(refused.refusal(), true, ticker.nanos());
    } catch (DeviceMemoryExhaustedException exhausted) {
      failureLog.runFailed(calls, exhausted);
      return new Outcome.Exhausted<>(ticker.nanos());
    } catch (InstanceLostException lost) {
      return new Outcome.Lost<>(ticker.nanos());
    } catch (Exception failure) {
      failureLog.runFailed(calls, failure);
      return new Outcome.Failure<>(new Refusal.ModelRejectedInput(), false, ticker.nanos());
    } catch (Throwable error) {
      String reference = UUID.randomUUID().toString();
      LOG.errorf(error, "%s: reference %s: a batch of %d calls failed", label, reference, calls);
      return new Outcome.Failure<>(new Refusal.Internal(reference), false, ticker.nanos());
    }
  }

  void tell(Batch<P, R> batch, Outcome<R> outcome) {
    long runNanos = outcome.endedNanos() - batch.startedNanos();
    boolean failed = !(outcome instanceof Outcome.Results<R>);
    tell(heard -> heard.batchRan(batch.calls().size(), batch.rows(), runNanos, failed));
  }

  void tell(Consumer<BatchListener> notice) {
    try {
      notice.accept(listener);
    } catch (Throwable fault) {
      LOG.errorf(fault, "%s: the batch listener threw", label);
    }
  }
}
