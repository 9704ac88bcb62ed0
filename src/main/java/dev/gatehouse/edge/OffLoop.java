package dev.gatehouse.edge;

import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Predicate;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Moves calls that block off the event loop: everything of such a call runs on other threads, in
 * order and one thing at a time. All other calls stay where they are, and pay nothing for it.
 *
 * <p>grpc-java can choose an executor for each call, but then queues every event of every call.
 *
 * <p>What waits for a thread is bounded by the transport: a message comes only when one was asked
 * for, and of the other events there is one each.
 */
final class OffLoop implements ServerInterceptor {

  private static final Logger LOG = Logger.getLogger(OffLoop.class);

  private final Executor threads;
  private final Predicate<MethodDescriptor<?, ?>> blocks;

  /** Moves the calls of methods that {@code blocks} names to {@code threads}. */
  OffLoop(Executor threads, Predicate<MethodDescriptor<?, ?>> blocks) {
    this.threads = threads;
    this.blocks = blocks;
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    if (!blocks.test(call.getMethodDescriptor())) {
      return next.startCall(call, headers);
    }
    Moved<Q> moved = new Moved<>(call, Context.current());
    moved.later(() -> moved.begin(next.startCall(call, headers)));
    return moved;
  }

  /** A call whose events are handled elsewhere. */
  private final class Moved<Q> extends ServerCall.Listener<Q> {
    private final ServerCall<Q, ?> call;
    private final Context context;

    /** Guarded by this. */
    private final Queue<Runnable> waiting = new ArrayDeque<>();

    /** Whether a thread is at it, or will be; guarded by this. */
    private boolean busy;

    /** Only the thread that is at it uses this. */
    private ServerCall.Listener<Q> listener = CallGate.nothing();

    Moved(ServerCall<Q, ?> call, Context context) {
      this.call = call;
      this.context = context;
    }

    void begin(ServerCall.Listener<Q> started) {
      listener = started;
    }

    void later(Runnable step) {
      synchronized (this) {
        waiting.add(step);
        if (busy) {
          return;
        }
        busy = true;
      }
      try {
        threads.execute(() -> context.run(this::work));
      } catch (RejectedExecutionException stopping) {
        LOG.debug("a call came while the threads were being stopped", stopping);
        call.close(Status.UNAVAILABLE.withDescription("shutting down"), new Metadata());
      }
    }

    private void work() {
      for (Runnable step = next(); step != null; step = next()) {
        try {
          step.run();
        } catch (RuntimeException | Error e) {
          listener = CallGate.nothing();
          RefusalStatus.close(call, FaultBarrier.internal(e));
        }
      }
    }

    private synchronized @Nullable Runnable next() {
      Runnable step = waiting.poll();
      busy = step != null;
      return step;
    }

    @Override
    public void onMessage(Q message) {
      later(() -> listener.onMessage(message));
    }

    @Override
    public void onHalfClose() {
      later(() -> listener.onHalfClose());
    }

    @Override
    public void onCancel() {
      later(() -> listener.onCancel());
    }

    @Override
    public void onComplete() {
      later(() -> listener.onComplete());
    }

    @Override
    public void onReady() {
      later(() -> listener.onReady());
    }
  }
}
