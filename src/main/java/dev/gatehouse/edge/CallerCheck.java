package dev.gatehouse.edge;

import dev.gatehouse.access.Authentication;
import dev.gatehouse.access.Authenticator;
import dev.gatehouse.access.CallerConnection;
import dev.gatehouse.core.AuthenticationFailure;
import dev.gatehouse.core.Caller;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.Right;
import io.grpc.Attributes;
import io.grpc.Context;
import io.grpc.Grpc;
import io.grpc.InternalMetadata;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerTransportFilter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Finds out who calls, what it is held to, whether it holds the right that the method is listed
 * with, and whether it has logged in as that asks for. Deny is the default: for a method that is
 * not listed, for no credential, and for more than one.
 */
final class CallerCheck implements ServerInterceptor {

  /** As the bytes that came, which are most often those of the last call: no copy is made. */
  private static final Metadata.Key<byte[]> AUTHORIZATION =
      InternalMetadata.keyOf("authorization", new Unparsed());

  /** The connection a call comes on. */
  private static final Attributes.Key<CallerConnection> CONNECTION =
      Attributes.Key.create("gatehouse-connection");

  /** Of what comes from no network: a test within the process. */
  private static final CallerConnection NO_NETWORK =
      new CallerConnection(InetAddress.getLoopbackAddress(), null);

  private final Authenticator authenticator;
  private final Function<Caller, @Nullable Refusal> quarantine;
  private final Function<Caller, @Nullable Refusal> throttle;
  private final Function<Caller, @Nullable Refusal> stepUp;
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
    this.quarantine = authenticator::quarantine;
    this.throttle = authenticator::throttle;
    this.stepUp = authenticator::stepUp;
    this.recorder = recorder;
    this.placement = placement;
  }

  /** Gives every connection a memory of its own, with the certificate that the client showed. */
  static ServerTransportFilter connections() {
    return new ServerTransportFilter() {
      @Override
      public Attributes transportReady(Attributes transport) {
        return transport.toBuilder()
            .set(
                CONNECTION,
                new CallerConnection(address(transport), ClientCertificate.thumbprint(transport)))
            .build();
      }
    };
  }

  private static InetAddress address(Attributes transport) {
    return transport.get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR) instanceof InetSocketAddress socket
        ? socket.getAddress()
        : InetAddress.getLoopbackAddress();
  }

  /** Leaves a value as it is on the wire. */
  private static final class Unparsed implements InternalMetadata.TrustedAsciiMarshaller<byte[]> {
    @Override
    public byte[] toAsciiString(byte[] value) {
      return value;
    }

    @Override
    public byte[] parseAsciiString(byte[] serialized) {
      return serialized;
    }
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
    Iterable<byte[]> values = headers.getAll(AUTHORIZATION);
    byte[] credential = null;
    if (values != null) {
      Iterator<byte[]> each = values.iterator();
      credential = each.next();
      if (each.hasNext()) {
        recorder.authenticationFailed(AuthenticationFailure.MALFORMED);
        return refuse(call, new Refusal.CredentialInvalid());
      }
      headers.discardAll(AUTHORIZATION);
    }
    try {
      Authentication known = known(credential, connection(call));
      return known == null
          ? checkLater(
              authenticator.authenticate(text(credential), connection(call)),
              call,
              headers,
              next,
              demand)
          : proceed(known, call, headers, next, demand);
    } catch (RuntimeException e) {
      return refuse(call, FaultBarrier.internal(e));
    }
  }

  private static CallerConnection connection(ServerCall<?, ?> call) {
    CallerConnection connection = call.getAttributes().get(CONNECTION);
    return connection == null ? NO_NETWORK : connection;
  }

  private @Nullable Authentication known(
      byte @Nullable [] credential, CallerConnection connection) {
    return credential == null
        ? authenticator.known((String) null, connection)
        : authenticator.known(credential, connection);
  }

  private static @Nullable String text(byte @Nullable [] credential) {
    return credential == null ? null : new String(credential, StandardCharsets.US_ASCII);
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
        Refusal refusal = refusal(accepted.caller(), demand, quarantine, throttle, stepUp);
        if (refusal == null && demand.stepUp()) {
          recorder.steppedUp(accepted.caller());
        }
        yield refusal == null ? next.startCall(call, headers) : refuse(call, refusal);
      }
    };
  }

  /**
   * Why the caller may not use a method that demands this, or null. A quarantine comes first: what
   * it may do is not told to whom nothing is left. Then the throttle, so that asking for what it
   * may not do is slowed as well; but not stopping and releasing callers, for who may: somebody
   * else with the same credential could keep it from that. Then the right: who lacks it is not told
   * to log in again, for nothing.
   */
  static @Nullable Refusal refusal(
      Caller caller,
      MethodRights.Demand.Holding demand,
      Function<Caller, @Nullable Refusal> quarantine,
      Function<Caller, @Nullable Refusal> throttle,
      Function<Caller, @Nullable Refusal> stepUp) {
    Refusal quarantined = quarantine.apply(caller);
    if (quarantined != null) {
      return quarantined;
    }
    boolean held = caller.holds(demand.right());
    Refusal throttled = held && stops(demand.right()) ? null : throttle.apply(caller);
    if (throttled != null) {
      return throttled;
    }
    if (!held) {
      return new Refusal.AccessDenied();
    }
    return demand.stepUp() ? stepUp.apply(caller) : null;
  }

  /** Whether it is for seeing who is held to what, and for holding and releasing. */
  private static boolean stops(Right right) {
    return right == Right.READ_CALLERS || right == Right.SUSPEND_CALLERS;
  }

  private static <Q> ServerCall.Listener<Q> refuse(ServerCall<Q, ?> call, Refusal refusal) {
    RefusalStatus.close(call, refusal);
    return CallGate.nothing();
  }
}
