package dev.gatehouse.metrics;

import dev.gatehouse.core.Outcome;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The meters of one open version of a model. Whoever opened it closes it when the version is
 * closed; its series go when nobody has that version, or that model, open any more. What is counted
 * after that is not shown.
 *
 * <p>Safe for any number of threads; counting takes no lock but on the first use of an outcome.
 */
public final class ModelMeters implements AutoCloseable {

  private final VersionSeries version;
  private final ModelSeries model;
  private final Runnable onClose;
  private final AtomicBoolean closed = new AtomicBoolean();

  ModelMeters(VersionSeries version, ModelSeries model, Runnable onClose) {
    this.version = version;
    this.model = model;
    this.onClose = onClose;
  }

  /** Counts a call that was for this version. */
  public void requestEnded(Outcome outcome) {
    version.addRequest(outcome);
  }

  /** Counts a batch of {@code rows} rows that ran. */
  public void batchExecuted(int rows) {
    version.addExecution();
    model.recordBatch(rows);
  }

  /** Records that a phase of a batch took {@code nanos}. */
  public void phaseEnded(Phase phase, long nanos) {
    model.recordPhase(phase, nanos);
  }

  /** Counts a queued call that never ran. */
  public void callDropped(Drop reason) {
    model.addDrop(reason);
  }

  /** Counts calls that run again because their batch failed. */
  public void callsRetried(int calls) {
    model.addRetries(calls);
  }

  /** Counts a caller whose rows run alone for a while. */
  public void callerPenalised() {
    model.addPenalty();
  }

  /** Counts a batch for which a device had no memory. */
  public void memoryExhausted() {
    model.addMemoryExhausted();
  }

  /** Counts rows added to fill up a batch. */
  public void rowsPadded(int rows) {
    model.addPaddedRows(rows);
  }

  /**
   * Shows which share of the calls that name no version this one gets as a canary.
   *
   * @param percent 0 to 100; 0 if it is none
   */
  public void canary(int percent) {
    version.showCanary(percent);
  }

  /** Gives the series up; only the first call does anything. */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      onClose.run();
    }
  }
}
