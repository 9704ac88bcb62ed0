package dev.gatehouse.serving;

import dev.gatehouse.abuse.watch.CallObserver;
import dev.gatehouse.access.QuotaTicket;
import dev.gatehouse.audit.AccessJournal;
import dev.gatehouse.core.Outcome;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.Tensor;
import dev.gatehouse.core.Ticker;
import dev.gatehouse.metrics.GatewayMetrics;
import dev.gatehouse.metrics.Phase;
import dev.gatehouse.scheduling.Completion;
import dev.gatehouse.scheduling.Timing;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * An inference between its admission and its end, which comes once.
 *
 * <p>When the model has answered, the journal is told, and the answer waits for its word: that goes
 * on while a commit is under way, on the journal's thread, where nothing may block. A refusal waits
 * for nothing.
 */
final class Execution implements Completion<Outputs>, AccessJournal.Release {

  private static final Logger LOG = Logger.getLogger(Execution.class);

  /** In the batcher. */
  private static final int OPEN = 0;

  /** Its end is being made. */
  private static final int ENDING = 1;

  /** Its answer waits for the journal's word. */
  private static final int WAITING = 2;

  /** Its observer has heard, or is about to hear, all there is. */
  private static final int ENDED = 3;

  private static final VarHandle STATE;

  static {
    try {
      STATE = MethodHandles.lookup().findVarHandle(Execution.class, "state", int.class);
    } catch (ReflectiveOperationException impossible) {
      throw new ExceptionInInitializerError(impossible);
    }
  }

  private final CheckedCall checked;
  private final AllowedCall call;
  private final RunningVersion version;
  private final @Nullable QuotaTicket ticket;
  private final Recording.Begun begun;
  private final GatewayMetrics metrics;
  private final CallObserver watch;
  private final Ticker ticker;

  /** Changed through {@link #STATE} only, but for {@link #WAITING}. */
  private volatile int state = OPEN;

  /** Written before the state becomes {@link #WAITING}, read after. */
  private @Nullable List<Tensor> outputs;

  /** As {@link #outputs}. */
  private @Nullable Timing timing;

  /**
   * A call that is to be queued.
   *
   * @param ticket what it has taken of its grant's quotas; null if there are none
   * @param begun its use as recorded, which it ends
   */
  Execution(
      CheckedCall checked,
      @Nullable QuotaTicket ticket,
      Recording.Begun begun,
      GatewayMetrics metrics,
      CallObserver watch,
      Ticker ticker) {
    this.checked = checked;
    this.call = checked.call();
    this.version = checked.version();
    this.ticket = ticket;
    this.begun = begun;
    this.metrics = metrics;
    this.watch = watch;
    this.ticker = ticker;
  }

  @Override
  public void completed(Outputs result, Timing resultTiming) {
    if (!STATE.compareAndSet(this, OPEN, ENDING)) {
      return;
    }
    if (result.refused()) {
      endRefused(new Refusal.ModelRejectedInput());
      return;
    }
    try {
      outputs = given(result.tensors());
    } catch (RuntimeException | Error e) {
      // Rather no answer than one that gives more than is granted.
      String reference = UUID.randomUUID().toString();
      LOG.errorf(e, "an answer could not be made, reference %s", reference);
      endRefused(new Refusal.Internal(reference));
      return;
    }
    timing = resultTiming;
    observe(result);
    if (ticket != null) {
      ticket.spend();
    }
    state = WAITING;
    release();
  }

  /** Shows the watch what the model gave, of which the caller may get less. */
  private void observe(Outputs result) {
    try {
      watch.answered(call.caller().id(), version.model(), checked.inputs(), result.tensors());
    } catch (RuntimeException | Error e) {
      LOG.errorf(e, "%s: an answer could not be observed", version.model());
    }
  }

  /** Has the answer go as soon as it may. */
  private void release() {
    AccessJournal.Use use = begun.use();
    if (use == null) {
      durable();
      return;
    }
    try {
      long replyBytes = TensorChecks.bytes(Objects.requireNonNull(outputs));
      use.answered(
          replyBytes, ticker.nanos() - call.startNanos(), begun.awaited() ? this : Unheard.ONE);
    } catch (RuntimeException | Error e) {
      LOG.errorf(e, "%s: an answer could not be recorded", version.model());
      lost();
      return;
    }
    if (!begun.awaited()) {
      durable();
    }
  }

  /** Of a use whose answer does not wait. */
  private enum Unheard implements AccessJournal.Release {
    ONE;

    @Override
    public void durable() {}

    @Override
    public void lost() {}
  }

  @Override
  public void durable() {
    if (!STATE.compareAndSet(this, WAITING, ENDED)) {
      return;
    }
    List<Tensor> answer = Objects.requireNonNull(outputs);
    try {
      // Before the answer, so that who has it finds it counted.
      countAnswered();
    } catch (RuntimeException | Error e) {
      LOG.errorf(e, "%s: an answer could not be counted", version.model());
    }
    try {
      call.observer().answered(new InferenceAnswer(version.model(), version.version(), answer));
    } catch (RuntimeException | Error e) {
      LOG.errorf(e, "%s: an answer could not be sent", version.model());
    }
  }

  @Override
  public void lost() {
    if (!STATE.compareAndSet(this, WAITING, ENDED)) {
      return;
    }
    try {
      countRun();
      tellRefused(Recording.unavailable());
    } catch (RuntimeException | Error e) {
      LOG.errorf(e, "%s: a lost answer could not be told", version.model());
    }
  }

  private void countAnswered() {
    int rows = checked.rows();
    Timing ran = Objects.requireNonNull(timing);
    version.statistics().answered(rows, ticker.nanos() - call.startNanos(), ran.queueNanos());
    version.meters().requestEnded(Outcome.OK);
    metrics.rowsServed(call.caller().id(), version.model(), rows);
    countRun();
  }

  /** What it cost is counted whether it was answered or not. */
  private void countRun() {
    Timing ran = Objects.requireNonNull(timing);
    version.meters().phaseEnded(Phase.QUEUE, ran.queueNanos());
    long computeNanos = ran.runNanos() * checked.rows() / ran.batchRows();
    metrics.computeSpent(call.caller().id(), computeNanos);
    call.request().ran(computeNanos);
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
    if (STATE.compareAndSet(this, OPEN, ENDING)) {
      endRefused(asSeen(refusal));
    }
  }

  private void endRefused(Refusal seen) {
    state = ENDED;
    giveBack(seen);
    AccessJournal.Use use = begun.use();
    try {
      if (use != null) {
        use.refused(Outcome.refused(seen.reason()), ticker.nanos() - call.startNanos());
      }
    } finally {
      tellRefused(seen);
    }
  }

  private void tellRefused(Refusal seen) {
    try {
      version.statistics().refused(ticker.nanos() - call.startNanos());
      version.meters().requestEnded(Outcome.refused(seen.reason()));
    } finally {
      call.observer().refused(seen);
    }
  }

  /** A call that waited in the queue may have run, unless its version went. */
  private void giveBack(Refusal seen) {
    if (ticket == null) {
      return;
    }
    if (seen instanceof Refusal.ModelNotReady) {
      ticket.giveBack();
    } else {
      ticket.spend();
    }
  }

  /** A version that drains is being undeployed: it is the model that goes, not the gateway. */
  static Refusal asSeen(Refusal refusal) {
    return refusal instanceof Refusal.Draining draining
        ? new Refusal.ModelNotReady(draining.retryAfter())
        : refusal;
  }
}
