package dev.gatehouse.edge;

import dev.gatehouse.access.Authentication;
import dev.gatehouse.access.Authenticator;
import dev.gatehouse.core.RefusedException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * An answer in pieces, sent as fast as the client takes it: what is not yet sent is not yet read.
 * It ends when the credential does. The call's events come one at a time.
 */
final class Pieces<A> implements Runnable {

  /** Where pieces come from. */
  interface Source<A> {
    /** The next piece; null after the last. May block. */
    @Nullable A next();
  }

  private final ServerCallStreamObserver<A> client;
  private final Supplier<Authentication> watch;
  private final Source<A> source;
  private boolean over;

  private Pieces(
      ServerCallStreamObserver<A> client, Supplier<Authentication> watch, Source<A> source) {
    this.client = client;
    this.watch = watch;
    this.source = source;
  }

  /** Begins to send to the caller of the present call. */
  static <A> void send(StreamObserver<A> observer, Authenticator authenticator, Source<A> source) {
    ServerCallStreamObserver<A> client = (ServerCallStreamObserver<A>) observer;
    Supplier<Authentication> watch =
        authenticator.watch(CallContext.current().requireCaller())::check;
    client.setOnReadyHandler(new Pieces<>(client, watch, source));
  }

  @Override
  public void run() {
    try {
      if (!over && watch.get() instanceof Authentication.Refused refused) {
        throw new RefusedException(refused.refusal());
      }
      while (!over && client.isReady()) {
        A piece = source.next();
        if (piece == null) {
          over = true;
          client.onCompleted();
        } else {
          client.onNext(piece);
        }
      }
    } catch (RuntimeException e) {
      over = true;
      client.onError(FaultBarrier.status(e));
    }
  }
}
