package dev.gatehouse.edge;

import dev.gatehouse.abuse.watch.CallObserver;
import dev.gatehouse.abuse.watch.EndedCall;
import dev.gatehouse.audit.AccessJournal;
import dev.gatehouse.audit.PlainCall;
import dev.gatehouse.core.AuthenticationFailure;
import dev.gatehouse.core.Caller;
import dev.gatehouse.core.Outcome;
import dev.gatehouse.core.Reason;
import dev.gatehouse.metrics.GatewayMetrics;
import dev.gatehouse.stubs.inference.GRPCInferenceServiceGrpc;
import io.grpc.MethodDescriptor;
import org.jspecify.annotations.Nullable;

/**
 * Counts every call that needs a credential, has a span made of it, and writes down those that no
 * use case does: reads and refusals. Of calls without an accepted credential, which anybody can
 * make, only so many a second are written down; all are counted.
 */
final class CallRecorder {

  /** The most lines a second about calls of nobody: strangers must not fill the disk. */
  static final int STRANGERS_PER_SECOND_MAX = 100;

  private static final String MODELS = "models/";

  private final RateBound strangers = new RateBound(STRANGERS_PER_SECOND_MAX);
  private final GatewayMetrics metrics;
  private final AccessJournal journal;
  private final AdministrationRecorder administration;
  private final CallObserver watch;
  private final CallTraces traces;

  CallRecorder(
      GatewayMetrics metrics,
      AccessJournal journal,
      AdministrationRecorder administration,
      CallObserver watch,
      CallTraces traces) {
    this.metrics = metrics;
    this.journal = journal;
    this.administration = administration;
    this.watch = watch;
    this.traces = traces;
  }

  /** A credential was not accepted. */
  void authenticationFailed(AuthenticationFailure cause) {
    metrics.authenticationFailed(cause);
  }

  /** A caller has logged in strongly enough for a method that asks for that. */
  void steppedUp(Caller caller) {
    administration.steppedUp(caller);
  }

  /**
   * A call ended.
   *
   * @param reason why it was refused, or null if it was answered
   */
  void callEnded(
      MethodDescriptor<?, ?> method, CallContext call, @Nullable Reason reason, long nowNanos) {
    if (MethodRights.of(method) instanceof MethodRights.Demand.Open
        || call.countedByMessages(reason)) {
      return;
    }
    Caller caller = call.caller();
    Outcome outcome = reason == null ? Outcome.OK : Outcome.refused(reason);
    metrics.callEnded(caller == null ? null : caller.id(), outcome, call.requestBytes());
    if (caller != null && watch != CallObserver.NOBODY) {
      watch.ended(ended(method, call, caller, outcome, nowNanos));
    }
    traces.callEnded(method, call, outcome, nowNanos);
    if (administration.refused(method, call, reason, nowNanos)) {
      return;
    }
    if (!call.isRecorded() && (caller != null || strangers.admit(nowNanos))) {
      boolean ignored =
          journal.offer(
              new PlainCall(
                  caller,
                  method.getFullMethodName(),
                  call.resource(),
                  call.requestBytes(),
                  call.trace(),
                  outcome,
                  nowNanos - call.startNanos()));
    }
  }

  private static EndedCall ended(
      MethodDescriptor<?, ?> method,
      CallContext call,
      Caller caller,
      Outcome outcome,
      long nowNanos) {
    return new EndedCall(
        caller,
        model(method, call.resource()),
        outcome,
        call.rows(),
        call.requestBytes(),
        nowNanos - call.startNanos(),
        call.computeNanos(),
        nowNanos);
  }

  /** The model that a call names, as its caller wrote it. */
  private static @Nullable String model(MethodDescriptor<?, ?> method, @Nullable String resource) {
    String named = resource;
    if (named != null && !GRPCInferenceServiceGrpc.SERVICE_NAME.equals(method.getServiceName())) {
      int end = named.indexOf('/', MODELS.length());
      named =
          named.startsWith(MODELS)
              ? named.substring(MODELS.length(), end < 0 ? named.length() : end)
              : null;
    }
    return named == null || named.isEmpty() ? null : named;
  }
}
