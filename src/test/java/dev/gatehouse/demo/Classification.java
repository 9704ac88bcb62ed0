package dev.gatehouse.demo;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.gatehouse.core.SystemTime;
import dev.gatehouse.core.Ticker;
import dev.gatehouse.stubs.inference.GRPCInferenceServiceGrpc.GRPCInferenceServiceStub;
import dev.gatehouse.stubs.inference.ModelInferRequest;
import dev.gatehouse.stubs.inference.ModelInferResponse;
import io.grpc.stub.StreamObserver;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * One service's share of the images, classified with several calls in flight.
 *
 * @param calls the calls that were sent
 * @param rows the images that came back classified
 * @param correct those classified as what they show
 * @param latencyNanos how long each call took
 */
record Classification(int calls, int rows, int correct, List<Long> latencyNanos) {

  /** The most calls of one service in flight. */
  static final int IN_FLIGHT_MAX = 8;

  /** The most images in one call; calls take one image, two, and so on, and then one again. */
  static final int ROWS_MAX = 8;

  /** The deadline of one call. */
  static final int CALL_SECONDS_MAX = 30;

  private static final int CLASSES = 10;

  /** Copies the list. */
  Classification {
    latencyNanos = List.copyOf(latencyNanos);
  }

  /**
   * Classifies every image and waits for the last.
   *
   * @throws java.util.concurrent.CompletionException if a call fails
   */
  static Classification of(Digits digits, GRPCInferenceServiceStub stub) {
    Semaphore inFlight = new Semaphore(IN_FLIGHT_MAX);
    List<CompletableFuture<Answer>> answers = new ArrayList<>();
    int first = 0;
    for (int size = 1; first < digits.rows().size(); size = size % ROWS_MAX + 1) {
      int last = Math.min(first + size, digits.rows().size());
      inFlight.acquireUninterruptibly();
      Call call = new Call(digits.rows().subList(first, last), inFlight);
      answers.add(call.answer);
      stub.withDeadlineAfter(CALL_SECONDS_MAX, TimeUnit.SECONDS).modelInfer(call.request(), call);
      first = last;
    }
    List<Answer> all = answers.stream().map(CompletableFuture::join).toList();
    return new Classification(
        all.size(),
        all.stream().mapToInt(Answer::rows).sum(),
        all.stream().mapToInt(Answer::correct).sum(),
        all.stream().map(Answer::nanos).toList());
  }

  /** The request that asks what {@code rows} show. */
  static ModelInferRequest request(List<Digits.Row> rows) {
    return ModelInferRequest.newBuilder()
        .setModelName(Quickstart.MODEL)
        .addInputs(
            ModelInferRequest.InferInputTensor.newBuilder()
                .setName(Quickstart.INPUT)
                .setDatatype("FP32")
                .addShape(rows.size())
                .addShape(Digits.PIXELS))
        .addRawInputContents(raw(rows))
        .build();
  }

  private static ByteString raw(List<Digits.Row> rows) {
    ByteBuffer buffer =
        ByteBuffer.allocate(rows.size() * Digits.PIXELS * Float.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN);
    for (Digits.Row row : rows) {
      for (float pixel : row.pixels()) {
        buffer.putFloat(pixel);
      }
    }
    return UnsafeByteOperations.unsafeWrap(buffer.flip());
  }

  private record Answer(int rows, int correct, long nanos) {}

  /** A call in flight. */
  private static final class Call implements StreamObserver<ModelInferResponse> {
    private final List<Digits.Row> rows;
    private final Semaphore inFlight;
    private final Ticker ticker = SystemTime.ticker();
    private final long startNanos = ticker.nanos();
    private final CompletableFuture<Answer> answer = new CompletableFuture<>();

    Call(List<Digits.Row> rows, Semaphore inFlight) {
      this.rows = rows;
      this.inFlight = inFlight;
    }

    ModelInferRequest request() {
      return Classification.request(rows);
    }

    @Override
    public void onNext(ModelInferResponse response) {
      long nanos = ticker.nanos() - startNanos;
      int correct = 0;
      int[] digits = digits(response);
      for (int i = 0; i < rows.size(); i++) {
        if (digits[i] == rows.get(i).label()) {
          correct++;
        }
      }
      answer.complete(new Answer(rows.size(), correct, nanos));
    }

    private int[] digits(ModelInferResponse response) {
      ByteBuffer logits =
          response.getRawOutputContents(0).asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
      if (logits.remaining() != rows.size() * CLASSES * Float.BYTES) {
        throw new IllegalStateException("not one row of logits for each row of pixels");
      }
      int[] digits = new int[rows.size()];
      for (int i = 0; i < digits.length; i++) {
        digits[i] = largest(logits);
      }
      return digits;
    }

    private static int largest(ByteBuffer logits) {
      int digit = 0;
      float best = Float.NEGATIVE_INFINITY;
      for (int candidate = 0; candidate < CLASSES; candidate++) {
        float logit = logits.getFloat();
        if (logit > best) {
          best = logit;
          digit = candidate;
        }
      }
      return digit;
    }

    @Override
    public void onError(Throwable failure) {
      answer.completeExceptionally(failure);
      inFlight.release();
    }

    @Override
    public void onCompleted() {
      answer.completeExceptionally(new IllegalStateException("a call ended without an answer"));
      inFlight.release();
    }
  }
}
