package dev.gatehouse.edge;

import dev.gatehouse.access.Authentication;
import dev.gatehouse.access.Authenticator;
import dev.gatehouse.core.AuthenticationFailure;
import dev.gatehouse.core.Refusal;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import java.util.Iterator;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Function;

/**
 * Finds out who calls and whether it holds the right that the method is listed with. Deny is the
 * default: for a method that is not listed, for no credential, and for more than one.
 */
final class CallerCheck implements ServerInterceptor {

  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  private final Authenticator authenticator;
  private final CallRecorder recorder;
  private final Function<MethodDescriptor<?, ?>, Executor> placement;

  /**
   * The check.
   *
   * @param placement where a method may run, for calls whose check ends on a thread of others
   */
  CallerCheck(
      Authenticator authenticator,
      CallRecorder recorder,
      Function<MethodDescriptor<?, ?>, Executor> placement) {
    this.authenticator = authenticator;
    this.recorder = recorder;
    this.placement = placement;
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    return switch (MethodRights.of(call.getMethodDescriptor())) {
      case null -> refuse(call, new Refusal.AccessDenied());
      case MethodRights.Demand.Open open -> next.startCall(call, headers);
      case MethodRights.Demand.Holding demand -> check(call, headers, next, demand);
    };
  }

  private <Q, A> ServerCall.Listener<Q> check(
      ServerCall<Q, A> call,
      Metadata headers,
      ServerCallHandler<Q, A> next,
      MethodRights.Demand.Holding demand) {
    Iterable<String> values = headers.removeAll(AUTHORIZATION);
    String credential = null;
    if (values != null) {
      Iterator<String> each = values.iterator();
      credential = each.next();
      if (each.hasNext()) {
        recorder.authenticationFailed(AuthenticationFailure.MALFORMED);
        return refuse(call, new Refusal.CredentialInvalid());
      }
    }
    try {
      Authentication known = authenticator.known(credential);
      return known == null
          ? checkLater(authenticator.authenticate(credential), call, headers, next, demand)
          : proceed(known, call, headers, next, demand);
    } catch (RuntimeException e) {
      return refuse(call, FaultBarrier.internal(e));
    }
  }

  /** A token that was not seen before, and perhaps keys that must be fetched first. */
  private <Q, A> ServerCall.Listener<Q> checkLater(
      CompletionStage<Authentication> checking,
      ServerCall<Q, A> call,
      Metadata headers,
      ServerCallHandler<Q, A> next,
      MethodRights.Demand.Holding demand) {
    DelayedListener<Q> delayed = new DelayedListener<>();
    Context context = Context.current();
    CompletionStage<Void> ignored =
        checking
            .thenAcceptAsync(
                checked ->
                    context.run(
                        () -> delayed.become(proceed(checked, call, headers, next, demand))),
                placement.apply(call.getMethodDescriptor()))
            .exceptionally(
                failure -> {
                  delayed.become(refuse(call, FaultBarrier.internal(failure)));
                  return null;
                });
    return delayed;
  }

  private <Q, A> ServerCall.Listener<Q> proceed(
      Authentication authentication,
      ServerCall<Q, A> call,
      Metadata headers,
      ServerCallHandler<Q, A> next,
      MethodRights.Demand.Holding demand) {
    return switch (authentication) {
      case Authentication.Refused refused -> {
        recorder.authenticationFailed(refused.cause());
        yield refuse(call, refused.refusal());
      }
      case Authentication.Accepted accepted -> {
        CallContext.current().authenticated(accepted.caller());
        yield accepted.caller().holds(demand.right())
            ? next.startCall(call, headers)
            : refuse(call, new Refusal.AccessDenied());
      }
    };
  }

  private static <Q> ServerCall.Listener<Q> refuse(ServerCall<Q, ?> call, Refusal refusal) {
    RefusalStatus.close(call, refusal);
    return CallGate.nothing();
  }
}
