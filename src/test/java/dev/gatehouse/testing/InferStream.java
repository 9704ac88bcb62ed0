package dev.gatehouse.testing;

import dev.gatehouse.stubs.inference.GRPCInferenceServiceGrpc;
import dev.gatehouse.stubs.inference.ModelInferRequest;
import dev.gatehouse.stubs.inference.ModelStreamInferResponse;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/** A stream of inferences from the client's side; it reads as much as it is told to. */
public final class InferStream extends ClientCall.Listener<ModelStreamInferResponse> {

  private static final Duration WAIT_MAX = Duration.ofSeconds(60);

  private final ClientCall<ModelInferRequest, ModelStreamInferResponse> call;
  private final List<ModelStreamInferResponse> answers = new CopyOnWriteArrayList<>();
  private final CompletableFuture<StatusRuntimeException> end = new CompletableFuture<>();

  private InferStream(ClientCall<ModelInferRequest, ModelStreamInferResponse> call) {
    this.call = call;
  }

  /** Opens one that reads {@code answersMax} answers. */
  public static InferStream open(Channel channel, Metadata headers, int answersMax) {
    return open(channel, headers, answersMax, CallOptions.DEFAULT);
  }

  /** Opens one that reads {@code answersMax} answers. */
  public static InferStream open(
      Channel channel, Metadata headers, int answersMax, CallOptions options) {
    InferStream stream =
        new InferStream(
            channel.newCall(GRPCInferenceServiceGrpc.getModelStreamInferMethod(), options));
    stream.call.start(stream, headers);
    if (answersMax > 0) {
      stream.read(answersMax);
    }
    return stream;
  }

  /** Reads {@code count} answers more. */
  public void read(int count) {
    call.request(count);
  }

  /** Sends a request. */
  public void send(ModelInferRequest request) {
    call.sendMessage(request);
  }

  /** No more requests come. */
  public void halfClose() {
    call.halfClose();
  }

  /** Goes away. */
  public void cancel() {
    call.cancel("the test wants it", null);
  }

  /** What was answered so far. */
  public List<ModelStreamInferResponse> answers() {
    return List.copyOf(answers);
  }

  /** Waits until there are as many answers. */
  public List<ModelStreamInferResponse> awaitAnswers(int count) {
    if (!Await.until(WAIT_MAX, () -> answers.size() >= count || end.isDone())
        || answers.size() < count) {
      throw new AssertionError(answers.size() + " of " + count + " answers, " + end);
    }
    return answers();
  }

  /** Waits for the end. */
  public StatusRuntimeException awaitEnd() {
    return end.orTimeout(WAIT_MAX.toSeconds(), TimeUnit.SECONDS).join();
  }

  /** Whether it has ended. */
  public boolean ended() {
    return end.isDone();
  }

  @Override
  public void onMessage(ModelStreamInferResponse message) {
    answers.add(message);
  }

  @Override
  public void onClose(Status status, Metadata trailers) {
    end.complete(status.asRuntimeException(trailers));
  }
}
