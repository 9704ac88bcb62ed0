package dev.gatehouse.edge;

import dev.gatehouse.access.Authentication;
import dev.gatehouse.core.Caller;
import dev.gatehouse.core.Reason;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import dev.gatehouse.core.Right;
import dev.gatehouse.core.Ticker;
import dev.gatehouse.serving.Inference;
import dev.gatehouse.serving.InferenceObserver;
import dev.gatehouse.serving.InferenceRequest;
import dev.gatehouse.stubs.inference.GRPCInferenceServiceGrpc;
import dev.gatehouse.stubs.inference.ModelInferRequest;
import dev.gatehouse.stubs.inference.ModelStreamInferResponse;
import io.grpc.Deadline;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One stream of inferences: many messages in flight, each a call of its own, answered as they
 * finish.
 *
 * <p><b>Flow.</b> A message is asked for only while a place is free and the transport takes
 * answers. A message has its place, and its bytes of the inbound budget, until its answer is handed
 * to the transport; so a client that does not read is soon not read from either, and what it can
 * make us hold is {@link #IN_FLIGHT_MAX} messages and answers. Of large ones there are fewer: with
 * the largest request or answer seen so far in every place, {@link #BYTES_MAX} must do. Answers may
 * still turn out larger than those before; what is unsent is therefore bounded over all streams,
 * and a stream ends whose answer finds no place.
 *
 * <p><b>Threads.</b> Messages come one at a time on the call's thread; answers come from batchers
 * and from the journal. The transport may be spoken to by one thread at a time: that is whoever is
 * in {@link #turn}, which sends what is there, asks for the next message, or closes. A thread that
 * comes meanwhile leaves a mark and goes, and the one inside goes round again.
 */
final class InferenceStream implements StreamObserver<ModelInferRequest> {

  /** The most messages of one stream that are not answered yet, or whose answers are unsent. */
  static final int IN_FLIGHT_MAX = 64;

  /** The bytes that the messages in flight, or their answers, may come to if there are several. */
  static final long BYTES_MAX = 32L << 20;

  /**
   * What all streams work with.
   *
   * @param runner runs models
   * @param throttle says why a caller may not send one more message now, or null
   * @param recorder counts and records messages
   * @param streams those that are open
   * @param heads what responses say of outputs
   * @param ticker monotonic time
   */
  record Parts(
      Runner runner,
      Function<Caller, @Nullable Refusal> throttle,
      CallRecorder recorder,
      OpenStreams streams,
      OutputHeads heads,
      Ticker ticker) {}

  /** Runs a model: {@link Inference#infer}. */
  @FunctionalInterface
  interface Runner {
    Runnable infer(Caller caller, InferenceRequest request, InferenceObserver observer);
  }

  private final Parts parts;
  private final CallContext stream;
  private final Supplier<Authentication> watch;
  private final @Nullable Deadline deadline;
  private final ServerCallStreamObserver<ModelStreamInferResponse> call;

  private final Set<StreamedMessage> running = ConcurrentHashMap.newKeySet();
  private final Queue<Answer> unsent = new ConcurrentLinkedQueue<>();
  private final AtomicInteger unanswered = new AtomicInteger();
  private final AtomicLong largestBytes = new AtomicLong();
  private final AtomicInteger turns = new AtomicInteger();

  /** The status to end with, once there is one; the first stays. */
  private final AtomicReference<@Nullable StatusRuntimeException> end = new AtomicReference<>();

  private volatile boolean asked;
  private volatile boolean halfClosed;
  private volatile boolean over;

  /** An answer, and the message whose place and bytes go with it. */
  private record Answer(CallContext message, ModelStreamInferResponse response, int bytes) {}

  /**
   * A stream.
   *
   * @param watch says what the credential is worth now
   * @param deadline of the whole stream, and so of each message
   */
  InferenceStream(
      Parts parts,
      CallContext stream,
      Supplier<Authentication> watch,
      @Nullable Deadline deadline,
      ServerCallStreamObserver<ModelStreamInferResponse> call) {
    this.parts = parts;
    this.stream = stream;
    this.watch = watch;
    this.deadline = deadline;
    this.call = call;
  }

  /** Begins; to be called while the call starts. */
  InferenceStream open() {
    call.disableAutoRequest();
    call.setOnReadyHandler(this::turn);
    call.setOnCancelHandler(this::abandon);
    stream.streams(this::endWith);
    parts.streams().add(this);
    turn();
    return this;
  }

  @Override
  public void onNext(ModelInferRequest request) {
    if (over) {
      return;
    }
    CallContext context = stream.message(stream.requireCaller(), parts.ticker());
    context.names(request.getModelName());
    // In this order: who sees that nothing is asked for must see this message counted.
    unanswered.incrementAndGet();
    asked = false;
    largestBytes.accumulateAndGet(context.requestBytes(), Math::max);
    StreamedMessage message = new StreamedMessage(this, request, context);
    running.add(message);
    start(message);
    if (over) {
      message.cancel();
    }
    turn();
  }

  OutputHeads heads() {
    return parts.heads();
  }

  private void start(StreamedMessage message) {
    try {
      Caller caller = requireWelcome();
      message.runs(
          parts
              .runner()
              .infer(
                  caller,
                  new ProtocolRequest(
                      message.request(), deadline, parts.ticker(), message.context()),
                  message));
    } catch (RefusedException e) {
      message.refused(e.refusal());
    } catch (RuntimeException | Error e) {
      message.refused(FaultBarrier.internal(e));
    }
  }

  /** The caller as it stands now; each message is decided anew. */
  private Caller requireWelcome() {
    if (parts.streams().draining()) {
      throw new RefusedException(parts.streams().drained());
    }
    return switch (watch.get()) {
      case Authentication.Accepted(Caller caller) -> {
        Refusal throttled = parts.throttle().apply(caller);
        if (throttled != null) {
          throw new RefusedException(throttled);
        }
        if (!caller.holds(Right.INFER)) {
          throw new RefusedException(new Refusal.AccessDenied());
        }
        yield caller;
      }
      case Authentication.Refused refused -> {
        if (mustGo(refused)) {
          parts.recorder().authenticationFailed(refused.cause());
          stream.endCounted();
          endWith(RefusalStatus.of(refused.refusal()));
        }
        throw new RefusedException(refused.refusal());
      }
    };
  }

  /** Not for want of knowledge, which may come back. */
  private static boolean mustGo(Authentication.Refused refused) {
    return !(refused.refusal() instanceof Refusal.DependencyLost);
  }

  /** Ends the stream if its caller may not stay, whether anything is in flight or not. */
  void check() {
    if (watch.get() instanceof Authentication.Refused refused && mustGo(refused) && !over) {
      parts.recorder().authenticationFailed(refused.cause());
      endWith(RefusalStatus.of(refused.refusal()));
    }
  }

  /** A message has ended: it is counted, and its answer waits for its turn. */
  void ended(
      StreamedMessage message,
      ModelStreamInferResponse response,
      @Nullable Refusal refusal,
      @Nullable Reason reason) {
    running.remove(message);
    parts
        .recorder()
        .callEnded(
            GRPCInferenceServiceGrpc.getModelStreamInferMethod(),
            message.context(),
            reason,
            parts.ticker().nanos());
    if (refusal != null && stream.errorsAsStatus()) {
      stream.endCounted();
      endWith(RefusalStatus.of(refusal));
    } else if (!over) {
      int bytes = response.getSerializedSize();
      largestBytes.accumulateAndGet(bytes, Math::max);
      if (parts.streams().hold(bytes)) {
        unsent.add(new Answer(message.context(), response, bytes));
        turn();
      } else {
        stream.endCounted();
        endWith(RefusalStatus.of(parts.streams().full()));
      }
    }
  }

  @Override
  public void onCompleted() {
    halfClosed = true;
    turn();
  }

  @Override
  public void onError(Throwable cancelled) {
    abandon();
  }

  /** The client or the transport has gone: nothing can be said any more. */
  private void abandon() {
    over = true;
    parts.streams().remove(this);
    cancelRunning();
    turn();
  }

  private void endWith(StatusRuntimeException status) {
    end.compareAndSet(null, status);
    turn();
  }

  /** Does what there is to do, by one thread at a time. */
  void turn() {
    if (turns.getAndIncrement() != 0) {
      return;
    }
    int seen = 1;
    do {
      try {
        step();
      } catch (RuntimeException | Error e) {
        failed(e);
      }
      seen = turns.addAndGet(-seen);
    } while (seen != 0);
  }

  private void step() {
    if (over) {
      discard();
      return;
    }
    StatusRuntimeException last = end.get();
    if (last != null) {
      close();
      call.onError(last);
      return;
    }
    send();
    // Read before what is unanswered: once it is set, no message comes to it.
    boolean noMore = halfClosed;
    boolean none = unanswered.get() == 0;
    if (none && noMore) {
      close();
      call.onCompleted();
    } else if (none && parts.streams().draining()) {
      stream.endCounted();
      close();
      call.onError(RefusalStatus.of(parts.streams().drained()));
    } else if (!asked && !noMore && place() && call.isReady()) {
      asked = true;
      call.request(1);
    }
  }

  private void send() {
    while (call.isReady()) {
      Answer answer = unsent.poll();
      if (answer == null) {
        return;
      }
      parts.streams().sent(answer.bytes());
      call.onNext(answer.response());
      answer.message().messageDone();
      unanswered.decrementAndGet();
    }
  }

  /** Whether one more message has a place. */
  private boolean place() {
    long waiting = unanswered.get();
    return waiting == 0
        || (waiting < IN_FLIGHT_MAX && (waiting + 1) * largestBytes.get() <= BYTES_MAX);
  }

  private void close() {
    over = true;
    parts.streams().remove(this);
    discard();
    cancelRunning();
  }

  /** What was not sent will not be. */
  private void discard() {
    for (Answer answer = unsent.poll(); answer != null; answer = unsent.poll()) {
      parts.streams().sent(answer.bytes());
    }
  }

  private void cancelRunning() {
    running.forEach(StreamedMessage::cancel);
  }

  /** A fault of ours must not leave a stream that nothing will ever end. */
  private void failed(Throwable fault) {
    boolean open = !over;
    Refusal refusal = FaultBarrier.internal(fault);
    close();
    if (open) {
      call.onError(RefusalStatus.of(refusal));
    }
  }
}
