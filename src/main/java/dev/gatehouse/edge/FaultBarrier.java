package dev.gatehouse.edge;

import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.StatusRuntimeException;
import java.util.UUID;
import org.jboss.logging.Logger;

/** Turns what endpoints throw into refusals; the detail stays in the log, under a reference id. */
final class FaultBarrier implements ServerInterceptor {

  private static final Logger LOG = Logger.getLogger(FaultBarrier.class);

  /** The refusal for {@code fault}, which goes to the log under its reference. */
  static Refusal internal(Throwable fault) {
    String reference = UUID.randomUUID().toString();
    LOG.errorf(fault, "unexpected fault, reference %s", reference);
    return new Refusal.Internal(reference);
  }

  /** The status for whatever was thrown. */
  static StatusRuntimeException status(Throwable thrown) {
    return switch (thrown) {
      case RefusedException refused -> RefusalStatus.of(refused.refusal());
      case StatusRuntimeException status when RefusalStatus.reason(status.getStatus()) != null ->
          status;
      default -> RefusalStatus.of(internal(thrown));
    };
  }

  private static void close(ServerCall<?, ?> call, Throwable thrown) {
    StatusRuntimeException status = status(thrown);
    Metadata trailers = status.getTrailers();
    call.close(status.getStatus(), trailers == null ? new Metadata() : trailers);
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    ServerCall.Listener<Q> listener;
    try {
      listener = next.startCall(call, headers);
    } catch (RuntimeException | Error e) {
      close(call, e);
      return CallGate.nothing();
    }
    return new SimpleForwardingServerCallListener<Q>(listener) {
      @Override
      public void onMessage(Q message) {
        try {
          super.onMessage(message);
        } catch (RuntimeException | Error e) {
          close(call, e);
        }
      }

      @Override
      public void onHalfClose() {
        try {
          super.onHalfClose();
        } catch (RuntimeException | Error e) {
          close(call, e);
        }
      }
    };
  }
}
