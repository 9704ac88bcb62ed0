package dev.gatehouse.serving;

import dev.gatehouse.access.GrantId;
import dev.gatehouse.audit.AuditEvent;
import dev.gatehouse.audit.AuditLog;
import dev.gatehouse.core.Caller;
import dev.gatehouse.core.Outcome;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.Tensor;
import dev.gatehouse.core.Ticker;
import dev.gatehouse.metrics.GatewayMetrics;
import dev.gatehouse.metrics.Phase;
import dev.gatehouse.scheduling.Completion;
import dev.gatehouse.scheduling.Timing;
import java.util.ArrayList;
import java.util.List;

/** An inference between its admission and its end, which comes once. */
final class Execution implements Completion<Outputs> {

  private final Caller caller;
  private final GrantId grant;
  private final RunningVersion version;
  private final int rows;
  private final long requestBytes;
  private final int[] wanted;
  private final AuditLog.Reservation place;
  private final InferenceObserver observer;
  private final GatewayMetrics metrics;
  private final Ticker ticker;
  private final long startNanos;

  Execution(
      Caller caller,
      GrantId grant,
      RunningVersion version,
      int rows,
      long requestBytes,
      int[] wanted,
      AuditLog.Reservation place,
      InferenceObserver observer,
      GatewayMetrics metrics,
      Ticker ticker,
      long startNanos) {
    this.caller = caller;
    this.grant = grant;
    this.version = version;
    this.rows = rows;
    this.requestBytes = requestBytes;
    this.wanted = wanted;
    this.place = place;
    this.observer = observer;
    this.metrics = metrics;
    this.ticker = ticker;
    this.startNanos = startNanos;
  }

  @Override
  public void completed(Outputs result, Timing timing) {
    if (result.refused()) {
      refused(new Refusal.ModelRejectedInput());
      return;
    }
    List<Tensor> outputs = wanted(result.tensors());
    // Before the answer, so that who has it finds it counted.
    version.statistics().answered(rows, ticker.nanos() - startNanos, timing.queueNanos());
    try {
      record(Outcome.OK, TensorChecks.bytes(outputs));
    } finally {
      observer.answered(new InferenceAnswer(version.model(), version.version(), outputs));
    }
    version.meters().requestEnded(Outcome.OK);
    version.meters().phaseEnded(Phase.QUEUE, timing.queueNanos());
    metrics.rowsServed(caller.id(), version.model(), rows);
    metrics.computeSpent(caller.id(), timing.runNanos() * rows / timing.batchRows());
  }

  private List<Tensor> wanted(List<Tensor> result) {
    if (wanted.length == 0) {
      return result;
    }
    List<Tensor> outputs = new ArrayList<>(wanted.length);
    for (int position : wanted) {
      outputs.add(result.get(position));
    }
    return outputs;
  }

  @Override
  public void refused(Refusal refusal) {
    Refusal seen = asSeen(refusal);
    Outcome outcome = Outcome.refused(seen.reason());
    version.statistics().refused(ticker.nanos() - startNanos);
    try {
      record(outcome, 0);
    } finally {
      observer.refused(seen);
    }
    version.meters().requestEnded(outcome);
  }

  private void record(Outcome outcome, long replyBytes) {
    place.record(
        new AuditEvent.InferenceCall(
            caller,
            version.model(),
            version.version(),
            grant.value(),
            rows,
            requestBytes,
            replyBytes,
            outcome,
            ticker.nanos() - startNanos));
  }

  /** A version that drains is being undeployed: it is the model that goes, not the gateway. */
  static Refusal asSeen(Refusal refusal) {
    return refusal instanceof Refusal.Draining draining
        ? new Refusal.ModelNotReady(draining.retryAfter())
        : refusal;
  }
}
