package dev.gatehouse.demo;

import com.google.common.util.concurrent.ListenableFuture;
import com.google.protobuf.ByteString;
import com.google.rpc.ErrorInfo;
import dev.gatehouse.stubs.inference.GRPCInferenceServiceGrpc;
import dev.gatehouse.stubs.inference.GRPCInferenceServiceGrpc.GRPCInferenceServiceFutureStub;
import dev.gatehouse.stubs.inference.ModelInferRequest;
import dev.gatehouse.stubs.inference.ModelInferResponse;
import dev.gatehouse.testing.GatewayClient;
import dev.gatehouse.testing.OidcLogin;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * Calls of several callers to all sample models, some of them cancelled and some poisoned, each
 * answer compared with what the same request got when it ran alone.
 */
final class SoakTraffic {

  /** Loops of one caller, each with one call in flight. */
  static final int LOOPS_A_CALLER = 6;

  /** Different requests of each model. */
  static final int REQUESTS_A_MODEL = 8;

  /** One call in so many is cancelled. */
  static final int CANCELLED_ONE_IN = 100;

  /** One call in so many holds an input that its model fails on. */
  static final int POISONED_ONE_IN = 100;

  /** How far apart two results of the same row may lie, relatively: batches add in other orders. */
  private static final float TOLERANCE = 1e-3f;

  private static final int CALL_SECONDS_MAX = 60;
  private static final int CANCEL_MICROS_MAX = 3_000;
  private static final int UNEXPECTED_KEPT_MAX = 20;

  /** A request, and its answer. */
  private record Known(ModelInferRequest request, ModelInferResponse answer) {}

  private final GRPCInferenceServiceFutureStub stub;
  private final Map<SoakModel, List<Known>> known = new EnumMap<>(SoakModel.class);
  private final AtomicLong answered = new AtomicLong();
  private final AtomicLong cancelled = new AtomicLong();
  private final AtomicLong poisoned = new AtomicLong();
  private final AtomicLong unexpected = new AtomicLong();
  private final List<String> examples = new ArrayList<>();
  private final List<Thread> loops = new ArrayList<>();
  private volatile boolean stopped;

  /** Asks each request once, alone, as the caller of {@code tokens}. */
  SoakTraffic(GatewayClient client, OidcLogin.Tokens tokens, long seed) {
    stub = GRPCInferenceServiceGrpc.newFutureStub(client.channel());
    RandomGenerator random = random(seed);
    for (SoakModel model : SoakModel.values()) {
      List<Known> all = new ArrayList<>();
      for (int i = 0; i < REQUESTS_A_MODEL; i++) {
        ModelInferRequest request = model.request(random);
        all.add(new Known(request, client.inference(tokens).modelInfer(request)));
      }
      known.put(model, all);
    }
  }

  private static RandomGenerator random(long seed) {
    return RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
  }

  /** Starts the loops of one caller; its tokens are asked for before each call. */
  void start(Supplier<OidcLogin.Tokens> tokens, long seed) {
    stopped = false;
    for (int i = 0; i < LOOPS_A_CALLER; i++) {
      RandomGenerator random = random(seed * LOOPS_A_CALLER + i);
      loops.add(Thread.ofVirtual().start(() -> loop(tokens, random)));
    }
  }

  /** Lets the calls in flight end and begins no others. */
  void stop() throws InterruptedException {
    stopped = true;
    for (Thread loop : loops) {
      loop.join();
    }
    loops.clear();
  }

  private void loop(Supplier<OidcLogin.Tokens> tokens, RandomGenerator random) {
    while (!stopped) {
      try {
        one(GatewayClient.withToken(stub, tokens.get()), random);
      } catch (RuntimeException e) {
        unexpected("a loop: " + e);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private void one(GRPCInferenceServiceFutureStub stub, RandomGenerator random)
      throws InterruptedException {
    var limited = stub.withDeadlineAfter(CALL_SECONDS_MAX, TimeUnit.SECONDS);
    if (random.nextInt(POISONED_ONE_IN) == 0) {
      poison(limited);
      return;
    }
    List<Known> choice = known.get(choose(random));
    if (choice == null) {
      throw new IllegalStateException("no requests");
    }
    Known one = choice.get(random.nextInt(choice.size()));
    ListenableFuture<ModelInferResponse> call = limited.modelInfer(one.request());
    if (random.nextInt(CANCELLED_ONE_IN) == 0) {
      TimeUnit.MICROSECONDS.sleep(random.nextInt(CANCEL_MICROS_MAX));
      if (call.cancel(true)) {
        cancelled.incrementAndGet();
        return;
      }
    }
    try {
      ModelInferResponse answer = await(call);
      answered.incrementAndGet();
      if (!alike(one.answer(), answer)) {
        unexpected("another answer of " + one.request().getModelName());
      }
    } catch (StatusRuntimeException e) {
      unexpected(one.request().getModelName() + ": " + e.getStatus() + " " + reason(e));
    }
  }

  private void poison(GRPCInferenceServiceFutureStub stub) throws InterruptedException {
    try {
      ModelInferResponse answer = await(stub.modelInfer(SoakModel.poison()));
      unexpected("a poisoned call was answered, outputs: " + answer.getOutputsCount());
    } catch (StatusRuntimeException e) {
      if (reason(e).equals("MODEL_REJECTED_INPUT")) {
        poisoned.incrementAndGet();
      } else {
        unexpected("a poisoned call: " + e.getStatus() + " " + reason(e));
      }
    }
  }

  private static String reason(StatusRuntimeException e) {
    return GatewayClient.errorInfo(e).map(ErrorInfo::getReason).orElse("no reason");
  }

  private static ModelInferResponse await(ListenableFuture<ModelInferResponse> call)
      throws InterruptedException {
    try {
      return call.get(2L * CALL_SECONDS_MAX, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof StatusRuntimeException refused) {
        throw refused;
      }
      throw new IllegalStateException(e.getCause());
    } catch (TimeoutException | CancellationException e) {
      throw new StatusRuntimeException(Status.UNKNOWN.withDescription("no answer at all"));
    }
  }

  private static SoakModel choose(RandomGenerator random) {
    int sum = 0;
    for (SoakModel model : SoakModel.values()) {
      sum += model.weight();
    }
    int left = random.nextInt(sum);
    for (SoakModel model : SoakModel.values()) {
      left -= model.weight();
      if (left < 0) {
        return model;
      }
    }
    throw new IllegalStateException("weights");
  }

  private static boolean alike(ModelInferResponse expected, ModelInferResponse actual) {
    if (expected.getOutputsList().size() != actual.getOutputsList().size()) {
      return false;
    }
    for (int i = 0; i < expected.getOutputsCount(); i++) {
      if (!expected.getOutputs(i).equals(actual.getOutputs(i))) {
        return false;
      }
      boolean floats = expected.getOutputs(i).getDatatype().equals("FP32");
      ByteString left = expected.getRawOutputContents(i);
      ByteString right = actual.getRawOutputContents(i);
      if (floats ? !close(left, right) : !left.equals(right)) {
        return false;
      }
    }
    return true;
  }

  private static boolean close(ByteString expected, ByteString actual) {
    if (expected.size() != actual.size()) {
      return false;
    }
    ByteBuffer left = expected.asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    ByteBuffer right = actual.asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    while (left.hasRemaining()) {
      float value = left.getFloat();
      if (Math.abs(value - right.getFloat()) > TOLERANCE * Math.max(1, Math.abs(value))) {
        return false;
      }
    }
    return true;
  }

  /** Something that should not have happened. */
  void unexpected(String what) {
    unexpected.incrementAndGet();
    synchronized (examples) {
      if (examples.size() < UNEXPECTED_KEPT_MAX) {
        examples.add(what);
      }
    }
  }

  long answered() {
    return answered.get();
  }

  long cancelled() {
    return cancelled.get();
  }

  long poisoned() {
    return poisoned.get();
  }

  long unexpected() {
    return unexpected.get();
  }

  /** The first of what should not have happened. */
  List<String> examples() {
    synchronized (examples) {
      return List.copyOf(examples);
    }
  }
}
