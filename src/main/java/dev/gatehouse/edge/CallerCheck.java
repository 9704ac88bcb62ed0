package dev.gatehouse.edge;

import dev.gatehouse.access.Authentication;
import dev.gatehouse.access.Authenticator;
import dev.gatehouse.core.AuthenticationFailure;
import dev.gatehouse.core.Refusal;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/**
 * Finds out who calls and whether it holds the right that the method is listed with. Deny is the
 * default: for a method that is not listed, for no credential, and for more than one.
 */
final class CallerCheck implements ServerInterceptor {

  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  private final Authenticator authenticator;
  private final CallRecorder recorder;

  CallerCheck(Authenticator authenticator, CallRecorder recorder) {
    this.authenticator = authenticator;
    this.recorder = recorder;
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
    Authentication known = authenticator.known(credential);
    if (known != null) {
      return proceed(known, call, headers, next, demand);
    }
    return checkLater(credential, call, headers, next, demand);
  }

  /** A token that was not seen before: its signature is checked off this thread. */
  private <Q, A> ServerCall.Listener<Q> checkLater(
      @Nullable String credential,
      ServerCall<Q, A> call,
      Metadata headers,
      ServerCallHandler<Q, A> next,
      MethodRights.Demand.Holding demand) {
    DelayedListener<Q> delayed = new DelayedListener<>();
    io.grpc.Context context = io.grpc.Context.current();
    authenticator
        .authenticate(credential)
        .whenComplete(
            (authentication, failure) ->
                context.run(
                    () -> {
                      if (failure != null) {
                        delayed.become(refuse(call, FaultBarrier.internal(failure)));
                      } else {
                        delayed.become(proceed(authentication, call, headers, next, demand));
                      }
                    }));
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
