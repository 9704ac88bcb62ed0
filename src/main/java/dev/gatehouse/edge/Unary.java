package dev.gatehouse.edge;

import dev.gatehouse.core.Caller;
import dev.gatehouse.core.CurrentTrace;
import io.grpc.stub.StreamObserver;
import java.util.function.Function;

/** Answers one administrative call; what is thrown is left to {@link FaultBarrier}. */
final class Unary {

  private Unary() {}

  /**
   * Answers with what {@code work} makes for the caller.
   *
   * @param resource what the call names, as the caller wrote it
   */
  static <A> void answer(StreamObserver<A> observer, String resource, Function<Caller, A> work) {
    CallContext call = CallContext.current();
    call.names(resource);
    A response = CurrentTrace.during(call.trace(), () -> work.apply(call.requireCaller()));
    observer.onNext(response);
    observer.onCompleted();
  }

  /** As {@link #answer}, for work that has recorded itself once it is done. */
  static <A> void change(StreamObserver<A> observer, String resource, Function<Caller, A> work) {
    answer(
        observer,
        resource,
        caller -> {
          A response = work.apply(caller);
          CallContext.current().recorded();
          return response;
        });
  }
}
