package dev.gatehouse.edge;

import dev.gatehouse.audit.AuditEvent;
import dev.gatehouse.audit.AuditLog;
import dev.gatehouse.core.AuthenticationFailure;
import dev.gatehouse.core.Caller;
import dev.gatehouse.core.Outcome;
import dev.gatehouse.core.Reason;
import dev.gatehouse.metrics.GatewayMetrics;
import io.grpc.MethodDescriptor;
import org.jspecify.annotations.Nullable;

/**
 * Counts every call that needs a credential, and writes down those that were refused before a use
 * case could.
 */
final class CallRecorder {

  private final GatewayMetrics metrics;
  private final AuditLog audit;

  CallRecorder(GatewayMetrics metrics, AuditLog audit) {
    this.metrics = metrics;
    this.audit = audit;
  }

  /** A credential was not accepted. */
  void authenticationFailed(AuthenticationFailure cause) {
    metrics.authenticationFailed(cause);
  }

  /**
   * A call ended.
   *
   * @param reason why it was refused, or null if it was answered
   */
  void callEnded(
      MethodDescriptor<?, ?> method, CallContext call, @Nullable Reason reason, long nowNanos) {
    if (MethodRights.of(method) instanceof MethodRights.Demand.Open) {
      return;
    }
    Caller caller = call.caller();
    metrics.callEnded(
        caller == null ? null : caller.id(),
        reason == null ? Outcome.OK : Outcome.refused(reason),
        call.requestBytes());
    if (reason != null && !call.isRecorded()) {
      boolean ignored =
          audit.offer(
              new AuditEvent.RefusedCall(
                  caller,
                  method.getFullMethodName(),
                  call.resource(),
                  call.requestBytes(),
                  reason,
                  nowNanos - call.startNanos()));
    }
  }
}
