package dev.gatehouse.serving;

import dev.gatehouse.access.QuotaTicket;
import dev.gatehouse.audit.AuditEvent;
import dev.gatehouse.audit.AuditLog;
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
import java.util.UUID;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** An inference between its admission and its end, which comes once. */
final class Execution implements Completion<Outputs> {

  private static final Logger LOG = Logger.getLogger(Execution.class);

  private final CheckedCall checked;
  private final AllowedCall call;
  private final RunningVersion version;
  private final long requestBytes;
  private final @Nullable QuotaTicket ticket;
  private final AuditLog.Reservation place;
  private final GatewayMetrics metrics;
  private final Ticker ticker;

  /**
   * A call that is to be queued.
   *
   * @param ticket what it has taken of its grant's quotas; null if there are none
   * @param place its place in the record
   */
  Execution(
      CheckedCall checked,
      long requestBytes,
      @Nullable QuotaTicket ticket,
      AuditLog.Reservation place,
      GatewayMetrics metrics,
      Ticker ticker) {
    this.checked = checked;
    this.call = checked.call();
    this.version = checked.version();
    this.requestBytes = requestBytes;
    this.ticket = ticket;
    this.place = place;
    this.metrics = metrics;
    this.ticker = ticker;
  }

  @Override
  public void completed(Outputs result, Timing timing) {
    if (result.refused()) {
      refused(new Refusal.ModelRejectedInput());
      return;
    }
    List<Tensor> outputs;
    try {
      outputs = given(result.tensors());
    } catch (RuntimeException | Error e) {
      // Rather no answer than one that gives more than is granted.
      String reference = UUID.randomUUID().toString();
      LOG.errorf(e, "an answer could not be made, reference %s", reference);
      refused(new Refusal.Internal(reference));
      return;
    }
    int rows = checked.rows();
    if (ticket != null) {
      ticket.spend();
    }
    // Before the answer, so that who has it finds it counted.
    version.statistics().answered(rows, ticker.nanos() - call.startNanos(), timing.queueNanos());
    try {
      record(Outcome.OK, TensorChecks.bytes(outputs));
    } finally {
      call.observer().answered(new InferenceAnswer(version.model(), version.version(), outputs));
    }
    version.meters().requestEnded(Outcome.OK);
    version.meters().phaseEnded(Phase.QUEUE, timing.queueNanos());
    metrics.rowsServed(call.caller().id(), version.model(), rows);
    metrics.computeSpent(call.caller().id(), timing.runNanos() * rows / timing.batchRows());
  }

  /** The outputs wanted, as far as the grant gives them. */
  private List<Tensor> given(List<Tensor> result) {
    List<Tensor> outputs = wanted(result, checked.wanted());
    OutputPolicies policies = checked.policies();
    return policies == null ? outputs : policies.apply(outputs);
  }

  private static List<Tensor> wanted(List<Tensor> result, int[] wanted) {
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
    release(seen);
    version.statistics().refused(ticker.nanos() - call.startNanos());
    try {
      record(outcome, 0);
    } finally {
      call.observer().refused(seen);
    }
    version.meters().requestEnded(outcome);
  }

  /** A call that waited in the queue may have run, unless its version went. */
  private void release(Refusal seen) {
    if (ticket == null) {
      return;
    }
    if (seen instanceof Refusal.ModelNotReady) {
      ticket.giveBack();
    } else {
      ticket.spend();
    }
  }

  private void record(Outcome outcome, long replyBytes) {
    place.record(
        new AuditEvent.InferenceCall(
            call.caller(),
            version.model(),
            version.version(),
            call.grant().value(),
            checked.rows(),
            requestBytes,
            replyBytes,
            outcome,
            ticker.nanos() - call.startNanos()));
  }

  /** A version that drains is being undeployed: it is the model that goes, not the gateway. */
  static Refusal asSeen(Refusal refusal) {
    return refusal instanceof Refusal.Draining draining
        ? new Refusal.ModelNotReady(draining.retryAfter())
        : refusal;
  }
}
