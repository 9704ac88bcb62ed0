package dev.gatehouse.edge;

import dev.gatehouse.access.QuotaStanding;
import dev.gatehouse.core.Reason;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.Ticker;
import dev.gatehouse.core.TraceId;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The outermost interceptor: lets a call in unless the gateway drains or too many are in flight,
 * and reports how every call ended, exactly once.
 */
final class CallGate implements ServerInterceptor {

  /** Names the trace that a call is part of: W3C Trace Context. */
  static final Metadata.Key<String> TRACE =
      Metadata.Key.of("traceparent", Metadata.ASCII_STRING_MARSHALLER);

  private static final ServerCall.Listener<Object> NOTHING = new ServerCall.Listener<>() {};

  private final int callsMax;
  private final Duration retryAfter;
  private final CallRecorder recorder;
  private final Ticker ticker;
  private final AtomicInteger running = new AtomicInteger();
  private volatile boolean draining;

  CallGate(EdgeSettings settings, CallRecorder recorder, Ticker ticker) {
    this.callsMax = settings.callsMax();
    this.retryAfter = settings.retryAfter();
    this.recorder = recorder;
    this.ticker = ticker;
  }

  /** From now on new calls are refused with {@code DRAINING}. */
  void drain() {
    draining = true;
  }

  /** How many calls are in flight. */
  int runningCalls() {
    return running.get();
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    String traceparent = headers.get(TRACE);
    CallContext context = new CallContext(ticker, InboundBudget.current(), trace(traceparent));
    context.tracedAs(traceparent);
    if (health(call)) {
      return next.startCall(call, headers);
    }
    Observed<Q, A> observed = new Observed<>(call, context);
    int inFlight = running.incrementAndGet();
    if (inFlight > callsMax || draining) {
      RefusalStatus.close(
          observed,
          draining ? new Refusal.Draining(retryAfter) : new Refusal.QueueFull(retryAfter));
      return nothing();
    }
    ServerCall.Listener<Q> listener;
    try {
      listener = next.startCall(observed, headers);
    } catch (RuntimeException | Error e) {
      observed.ended(Reason.INTERNAL);
      throw e;
    }
    Deadline deadline = Context.current().getDeadline();
    return new SimpleForwardingServerCallListener<Q>(listener) {
      @Override
      public void onCancel() {
        boolean late = deadline != null && deadline.isExpired();
        Reason given = late ? Reason.DEADLINE_EXCEEDED : Reason.CANCELLED;
        observed.ended(context.overBudget() ? Reason.QUEUE_FULL : given);
        super.onCancel();
      }

      /** Comes without a close where the transport ended the call after a fault of ours. */
      @Override
      public void onComplete() {
        observed.ended(Reason.INTERNAL);
        super.onComplete();
      }
    };
  }

  /** The trace that the header names, or null: one that is malformed names none. */
  private static @Nullable TraceId trace(@Nullable String named) {
    return named == null ? null : TraceId.ofTraceparent(named).orElse(null);
  }

  /**
   * Health is asked for while draining too: that is how the draining is seen. Nor is it counted,
   * since a watch of it lasts as long as its connection and would hold up the draining.
   */
  private static boolean health(ServerCall<?, ?> call) {
    return MethodRights.of(call.getMethodDescriptor()) instanceof MethodRights.Demand.Open;
  }

  /** The listener of a call that is closed already. */
  @SuppressWarnings("unchecked") // it never looks at a message
  static <Q> ServerCall.Listener<Q> nothing() {
    return (ServerCall.Listener<Q>) NOTHING;
  }

  private static @Nullable Reason reason(Status status) {
    if (status.isOk()) {
      return null;
    }
    Reason ours = RefusalStatus.reason(status);
    if (ours != null) {
      return ours;
    }
    return switch (status.getCode()) {
      case CANCELLED -> Reason.CANCELLED;
      case DEADLINE_EXCEEDED -> Reason.DEADLINE_EXCEEDED;
      case UNIMPLEMENTED -> Reason.UNIMPLEMENTED;
      // The transport's word for a message that is too large.
      case RESOURCE_EXHAUSTED -> Reason.ARGUMENT_INVALID;
      default -> Reason.INTERNAL;
    };
  }

  private final class Observed<Q, A> extends SimpleForwardingServerCall<Q, A> {
    private final CallContext context;
    private final AtomicBoolean ended = new AtomicBoolean();

    Observed(ServerCall<Q, A> call, CallContext context) {
      super(call);
      this.context = context;
    }

    @Override
    public void close(Status status, Metadata trailers) {
      ended(reason(status));
      QuotaStanding standing = context.quotas();
      if (standing != null) {
        RateLimitFields.add(standing, trailers);
      }
      super.close(status, trailers);
    }

    void ended(@Nullable Reason reason) {
      if (ended.compareAndSet(false, true)) {
        running.decrementAndGet();
        recorder.callEnded(getMethodDescriptor(), context, reason, ticker.nanos());
      }
    }
  }
}
