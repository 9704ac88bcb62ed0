package dev.gatehouse.serving;

import dev.gatehouse.abuse.watch.CallObserver;
import dev.gatehouse.access.GrantPriority;
import dev.gatehouse.access.QuotaAnswer;
import dev.gatehouse.access.QuotaTicket;
import dev.gatehouse.access.QuotaWait;
import dev.gatehouse.access.Quotas;
import dev.gatehouse.core.Outcome;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import dev.gatehouse.core.Tensor;
import dev.gatehouse.core.Ticker;
import dev.gatehouse.metrics.GatewayMetrics;
import dev.gatehouse.scheduling.Admission;
import dev.gatehouse.scheduling.CallTerms;
import dev.gatehouse.scheduling.Priority;
import dev.gatehouse.scheduling.Reservation;
import dev.gatehouse.scheduling.Submission;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Takes allowed calls in: checks them, takes quota and a permit of the batcher, records that they
 * are about to run, in this order, and queues them. What was taken for a call that gets no further
 * is given back. Nothing here blocks: a call whose quota has to be asked for goes on when the
 * answer comes.
 */
final class Admittance {

  private static final Logger LOG = Logger.getLogger(Admittance.class);

  /** How many versions a call tries that finds the first ones being replaced. */
  private static final int TRIES_MAX = 3;

  private final VersionFinder versions;
  private final Quotas quotas;
  private final Recording recording;
  private final Digesting digesting;
  private final GatewayMetrics metrics;
  private final CallObserver watch;
  private final Ticker ticker;

  Admittance(
      VersionFinder versions,
      Quotas quotas,
      Recording recording,
      Digesting digesting,
      GatewayMetrics metrics,
      CallObserver watch,
      Ticker ticker) {
    this.versions = versions;
    this.quotas = quotas;
    this.recording = recording;
    this.digesting = digesting;
    this.metrics = metrics;
    this.watch = watch;
    this.ticker = ticker;
  }

  /**
   * Where large inputs are digested: that would keep the caller's thread, which serves others too.
   *
   * @param threads what does it
   * @param bytesMin so large are they at least
   */
  record Digesting(Executor threads, long bytesMin) {}

  /**
   * Takes a call in.
   *
   * @return cancels it if it has not ended
   * @throws RefusedException if it is refused at once; its observer hears nothing then
   */
  Runnable admit(AllowedCall call) {
    RunningVersion version =
        versions.requireReady(call.caller().id(), call.model(), call.request().version());
    CheckedCall checked = check(call, version);
    Refusal throttled = call.throttle() == null ? null : call.throttle().takeRest(checked.rows());
    if (throttled != null) {
      // Before its rows are told: what is refused for its rate is not to raise it.
      throw refused(checked, throttled);
    }
    call.request().rows(checked.rows());
    if (call.terms().quota().none()) {
      return take(checked, null);
    }
    QuotaAnswer answer =
        quotas.take(
            call.model(), call.grant(), call.terms().quota(), checked.rows(), call.deadline());
    return switch (answer) {
      case QuotaAnswer.Settled settled -> take(checked, granted(checked, settled));
      case QuotaWait wait -> {
        PendingCall pending = new PendingCall(wait::cancel);
        wait.whenSettled(
            settled -> goOn(checked, pending, () -> take(checked, granted(checked, settled))));
        yield pending::cancel;
      }
    };
  }

  /** Queues a call, here or where its inputs are digested. */
  private Runnable take(CheckedCall checked, @Nullable QuotaTicket ticket) {
    if (TensorChecks.bytes(checked.inputs()) < digesting.bytesMin()
        || !recording.digests(checked)) {
      return queue(checked, ticket);
    }
    PendingCall pending = new PendingCall(() -> {});
    digesting.threads().execute(() -> goOn(checked, pending, () -> queue(checked, ticket)));
    return pending::cancel;
  }

  /** The ticket of a call that has quota; the others are refused. */
  private QuotaTicket granted(CheckedCall checked, QuotaAnswer.Settled settled) {
    return switch (settled) {
      case QuotaTicket ticket -> {
        checked.call().request().quotas(ticket.standing());
        yield ticket;
      }
      case QuotaAnswer.Refused refused -> {
        if (refused.standing() != null) {
          checked.call().request().quotas(refused.standing());
        }
        if (refused.kind() != null) {
          metrics.quotaRefused(refused.kind());
        }
        throw refused(checked, refused.refusal());
      }
    };
  }

  /** Goes on with a call that has waited; nobody is left to throw at, so its observer hears all. */
  private void goOn(CheckedCall checked, PendingCall pending, Supplier<Runnable> queueing) {
    InferenceObserver observer = checked.call().observer();
    try {
      pending.queued(queueing.get());
    } catch (RefusedException e) {
      observer.refused(e.refusal());
    } catch (RuntimeException | Error e) {
      observer.refused(internal(checked.call(), e));
    }
  }

  private Runnable queue(CheckedCall checked, @Nullable QuotaTicket ticket) {
    Execution execution;
    Admitted admitted;
    try {
      admitted = reserve(checked);
      try {
        execution = begin(admitted, ticket);
      } catch (RuntimeException | Error e) {
        admitted.permit().release();
        throw e;
      }
    } catch (RuntimeException | Error e) {
      if (ticket != null) {
        ticket.giveBack();
      }
      throw e;
    }
    return submit(admitted, execution);
  }

  /** The call is recorded as about to run; from here on the execution ends what was begun. */
  private Execution begin(Admitted admitted, @Nullable QuotaTicket ticket) {
    CheckedCall checked = admitted.checked();
    Recording.Begun begun;
    try {
      begun = recording.begin(checked, admitted.bytes());
    } catch (RefusedException e) {
      throw refused(checked, e.refusal());
    }
    return new Execution(checked, ticket, begun, metrics, watch, ticker);
  }

  /** Whatever happens, the execution ends the call, and gives everything back. */
  private Runnable submit(Admitted admitted, Execution execution) {
    CheckedCall checked = admitted.checked();
    AllowedCall call = checked.call();
    try {
      call.request().admitted();
      List<Tensor> inputs = checked.inputs();
      RunningVersion version = checked.version();
      Submission submission =
          admitted
              .permit()
              .submit(
                  version.batchKey(inputs),
                  version.rowCost(inputs),
                  call.deadline(),
                  inputs,
                  execution);
      return submission::cancel;
    } catch (RuntimeException | Error e) {
      boolean unused = admitted.permit().releaseIfOpen();
      // Does nothing if the batcher has it, and ends it.
      execution.refused(internal(call, e));
      return () -> {};
    }
  }

  private static Refusal internal(AllowedCall call, Throwable fault) {
    String reference = UUID.randomUUID().toString();
    LOG.errorf(fault, "%s could not be queued, reference %s", call.model(), reference);
    return new Refusal.Internal(reference);
  }

  /** A call with a place at the version that is to run it. */
  private record Admitted(
      CheckedCall checked, long bytes, Reservation<List<Tensor>, Outputs> permit) {}

  /**
   * Takes a place at the version that is to run the call. One that was found may drain before the
   * place is taken, because another took over from it: then that one is asked.
   */
  private Admitted reserve(CheckedCall first) {
    AllowedCall call = first.call();
    InferenceRequest request = call.request();
    CallTerms terms = new CallTerms(call.caller().id(), call.terms().weight(), priority(call));
    CheckedCall checked = first;
    for (int triesLeft = TRIES_MAX - 1; ; triesLeft--) {
      RunningVersion version = checked.version();
      long bytes = TensorChecks.bytes(checked.inputs());
      switch (version.batcher().reserve(terms, checked.rows(), bytes)) {
        case Reservation<List<Tensor>, Outputs> permit -> {
          return new Admitted(checked, bytes, permit);
        }
        case Admission.Refused<List<Tensor>, Outputs>(Refusal refusal) -> {
          RunningVersion other =
              triesLeft > 0 && refusal instanceof Refusal.Draining
                  ? versions.find(call.caller().id(), call.model(), request.version())
                  : version;
          if (other == version || other == null || !other.ready()) {
            throw refused(checked, Execution.asSeen(refusal));
          }
          checked = check(call, other);
        }
      }
    }
  }

  private CheckedCall check(AllowedCall call, RunningVersion version) {
    try {
      return CheckedCall.of(call, version);
    } catch (RefusedException e) {
      throw refused(version, e.refusal(), call.startNanos());
    }
  }

  /** A caller never goes before what its grant allows. */
  private static Priority priority(AllowedCall call) {
    return call.terms().priority() == GrantPriority.BULK || call.request().bulk()
        ? Priority.BULK
        : Priority.INTERACTIVE;
  }

  private RefusedException refused(CheckedCall checked, Refusal refusal) {
    return refused(checked.version(), refusal, checked.call().startNanos());
  }

  private RefusedException refused(RunningVersion version, Refusal refusal, long startNanos) {
    version.statistics().refused(ticker.nanos() - startNanos);
    version.meters().requestEnded(Outcome.refused(refusal.reason()));
    return new RefusedException(refusal);
  }
}
