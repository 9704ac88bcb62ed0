package dev.gatehouse.boot;

import static dev.gatehouse.testing.Infer.addSub;
import static dev.gatehouse.testing.Infer.intsOf;

import dev.gatehouse.stubs.inference.GRPCInferenceServiceGrpc;
import dev.gatehouse.stubs.inference.ModelInferRequest;
import dev.gatehouse.stubs.inference.ModelInferResponse;
import dev.gatehouse.testing.GatewayClient;
import dev.gatehouse.testing.OidcLogin;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * Calls of the {@code add-sub} model, as many as the gateway takes, each with a trace id of its
 * own; it remembers those that were answered. A gateway that is away is tried again.
 */
final class TracedLoad implements AutoCloseable {

  private static final Metadata.Key<String> TRACEPARENT =
      Metadata.Key.of("traceparent", Metadata.ASCII_STRING_MARSHALLER);
  private static final long DEADLINE_SECONDS = 10;
  private static final long PAUSE_MILLIS = 20;

  private final Set<String> answered = ConcurrentHashMap.newKeySet();
  private final AtomicInteger wrong = new AtomicInteger();
  private final CountDownLatch over = new CountDownLatch(1);
  private final List<Thread> threads = new ArrayList<>();
  private final GatewayClient client;
  private final Supplier<OidcLogin.Tokens> tokens;

  /** Begins, with {@code concurrency} calls in flight. */
  TracedLoad(GatewayClient client, Supplier<OidcLogin.Tokens> tokens, int concurrency, long seed) {
    this.client = client;
    this.tokens = tokens;
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < concurrency; i++) {
      SplittableRandom own = random.split();
      threads.add(Thread.ofVirtual().start(() -> run(own)));
    }
  }

  private void run(SplittableRandom random) {
    while (over.getCount() > 0) {
      String trace = "%016x%016x".formatted(random.nextLong() | 1, random.nextLong());
      int a = random.nextInt(1_000);
      try {
        ModelInferResponse response = call(trace, addSub(a, 1).build());
        answered.add(trace);
        if (intsOf(response, 0).getFirst() != a + 1) {
          wrong.incrementAndGet();
        }
      } catch (StatusRuntimeException e) {
        pause();
      }
    }
  }

  private ModelInferResponse call(String trace, ModelInferRequest request) {
    Metadata headers = new Metadata();
    headers.put(TRACEPARENT, "00-" + trace + "-00000000000000aa-01");
    return GatewayClient.withToken(
            GRPCInferenceServiceGrpc.newBlockingStub(client.channel()), tokens.get())
        .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
        .withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS)
        .modelInfer(request);
  }

  private void pause() {
    try {
      if (over.await(PAUSE_MILLIS, TimeUnit.MILLISECONDS)) {
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** How many calls were answered so far. */
  int answeredCount() {
    return answered.size();
  }

  /** How many answers were not those of their call. */
  int wrongCount() {
    return wrong.get();
  }

  /** The trace ids of the calls that were answered. */
  Set<String> answered() {
    return Set.copyOf(answered);
  }

  /** Ends, and waits for the calls in flight. */
  @Override
  public void close() {
    over.countDown();
    for (Thread thread : threads) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }
}
