package dev.gatehouse.edge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.access.Authentication;
import dev.gatehouse.audit.HeldControlLog;
import dev.gatehouse.audit.PlainCall;
import dev.gatehouse.core.AuthenticationFailure;
import dev.gatehouse.core.Caller;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.Datatype;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Outcome;
import dev.gatehouse.core.Reason;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import dev.gatehouse.core.Role;
import dev.gatehouse.core.Shape;
import dev.gatehouse.core.SystemTime;
import dev.gatehouse.core.TeamName;
import dev.gatehouse.core.Tensor;
import dev.gatehouse.core.TraceId;
import dev.gatehouse.core.VersionId;
import dev.gatehouse.metrics.GatewayMetrics;
import dev.gatehouse.metrics.MetricsSettings;
import dev.gatehouse.serving.InferenceAnswer;
import dev.gatehouse.serving.InferenceObserver;
import dev.gatehouse.serving.InferenceRequest;
import dev.gatehouse.stubs.inference.ModelInferRequest;
import dev.gatehouse.stubs.inference.ModelStreamInferResponse;
import dev.gatehouse.testing.Await;
import dev.gatehouse.testing.HeldJournal;
import dev.gatehouse.testing.HeldObservations;
import dev.gatehouse.testing.TestCallers;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class InferenceStreamTest {

  private static final Caller CALLER =
      TestCallers.caller(
          new CallerId("alice"),
          new TeamName("red"),
          Set.of(Role.CALLER),
          "0011223344556677",
          Instant.MAX);
  private static final Authentication WELCOME = new Authentication.Accepted(CALLER);
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final TraceId TRACE = new TraceId(1, 2);

  private final HeldJournal journal = new HeldJournal();
  private final MeterRegistry meters = new SimpleMeterRegistry();
  private final InboundBudget budget = new InboundBudget(1L << 40, SECOND);
  private static final long UNSENT_BYTES_MAX = 1L << 30;

  private final OpenStreams streams = new OpenStreams(SECOND, UNSENT_BYTES_MAX);
  private final FakeStreamCall call = new FakeStreamCall();
  private final Queue<Asked> running = new ConcurrentLinkedQueue<>();
  private final AtomicInteger cancelled = new AtomicInteger();
  private final InboundBudget.Share share =
      budget.newServerStreamTracer(
          "inference.GRPCInferenceService/ModelStreamInfer", new Metadata());
  private final CallContext context = new CallContext(SystemTime.ticker(), share, TRACE);
  private final HeldObservations observations = new HeldObservations();
  private volatile Authentication now = WELCOME;
  private volatile Refusal refuseAtOnce = new Refusal.Unimplemented();
  private volatile @Nullable Refusal throttled;
  private volatile boolean refusing;
  private InferenceStream stream;
  private int came;

  /** An inference that runs until the test ends it. */
  private record Asked(String id, InferenceObserver observer) {}

  @BeforeEach
  void open() {
    GatewayMetrics metrics =
        new GatewayMetrics(
            meters, new MetricsSettings(10, 10, 10, Duration.ofMinutes(1)), SystemTime.ticker());
    context.authenticated(CALLER);
    stream =
        new InferenceStream(
            new InferenceStream.Parts(
                this::infer,
                caller -> throttled,
                new CallRecorder(
                    metrics,
                    journal,
                    new AdministrationRecorder(new HeldControlLog()),
                    observations,
                    CallTraces.off()),
                streams,
                new OutputHeads(),
                SystemTime.ticker()),
            context,
            () -> now,
            null,
            call);
  }

  private Runnable infer(Caller caller, InferenceRequest request, InferenceObserver observer) {
    if (refusing) {
      throw new RefusedException(refuseAtOnce);
    }
    request.rows(1);
    request.admitted();
    running.add(new Asked(request.model(), observer));
    return cancelled::incrementAndGet;
  }

  private static InferenceAnswer answer(int bytes) {
    return new InferenceAnswer(
        new ModelName("m"),
        new VersionId("1"),
        List.of(new Tensor("y", Datatype.UINT8, Shape.of(1, bytes), ByteBuffer.allocate(bytes))));
  }

  /** A message comes, as far as it was asked for. */
  private boolean come(int bytes) {
    if (call.asked() == 0) {
      return false;
    }
    call.come();
    share.inboundWireSize(bytes);
    stream.onNext(
        ModelInferRequest.newBuilder()
            .setModelName("m")
            .setModelVersion("7")
            .setId("id" + came++)
            .addRawInputContents(com.google.protobuf.ByteString.EMPTY)
            .build());
    return true;
  }

  private int comeAll(int bytes) {
    int before = came;
    while (come(bytes)) {
      assertTrue(came - before <= 1_000, "never stops asking");
    }
    return came - before;
  }

  private double counted(String outcome) {
    return meters
        .find("gatehouse.caller.requests")
        .tags("outcome", outcome)
        .functionCounters()
        .stream()
        .mapToDouble(counter -> counter.count())
        .sum();
  }

  private static Reason reason(Throwable failure) {
    Reason reason =
        RefusalStatus.reason(assertInstanceOf(StatusRuntimeException.class, failure).getStatus());
    if (reason == null) {
      throw new AssertionError(failure);
    }
    return reason;
  }

  private Reason ended() {
    Throwable failure = call.failure();
    if (failure == null) {
      throw new AssertionError("the stream goes on");
    }
    return reason(failure);
  }

  @Test
  void onNext_nothingAnswered_asksForNoMoreThanThePlaces() {
    stream.open();
    assertEquals(InferenceStream.IN_FLIGHT_MAX, comeAll(10));
    assertEquals(10L * InferenceStream.IN_FLIGHT_MAX, budget.heldBytes());
    running.remove().observer().answered(answer(1));
    assertEquals(1, call.sentCount());
    assertEquals(1, comeAll(10));
  }

  @Test
  void answered_clientDoesNotRead_keepsTheirPlacesAndBytes() {
    stream.open();
    comeAll(10);
    call.ready(false);
    while (!running.isEmpty()) {
      running.remove().observer().answered(answer(1));
    }
    assertEquals(0, call.sentCount());
    assertEquals(0, comeAll(10));
    assertEquals(10L * InferenceStream.IN_FLIGHT_MAX, budget.heldBytes());
    call.ready(true);
    assertEquals(InferenceStream.IN_FLIGHT_MAX, call.sentCount());
    assertEquals(0, budget.heldBytes());
    assertEquals(InferenceStream.IN_FLIGHT_MAX, comeAll(10));
  }

  @Test
  void answered_noPlaceForUnsentAnswers_endsTheStreamAndLeavesNothing() {
    stream.open();
    comeAll(10);
    call.ready(false);
    running.remove().observer().answered(answer(1));
    assertTrue(streams.unsentBytes() > 0);
    assertTrue(streams.hold(UNSENT_BYTES_MAX - streams.unsentBytes()));
    long others = UNSENT_BYTES_MAX - streams.unsentBytes();
    assertEquals(0, others);
    running.remove().observer().answered(answer(1));
    assertEquals(Reason.QUEUE_FULL, ended());
    assertTrue(streams.unsentBytes() < UNSENT_BYTES_MAX, "its own answer is let go");
    assertEquals(0, streams.count());
  }

  @Test
  void onNext_throttled_isRefusedBeforeItIsLookedAtAndTheStreamStays() {
    stream.open();
    throttled =
        new Refusal.QuotaExhausted("callers/alice", "as the test wants it", Duration.ofSeconds(1));
    for (int i = 0; i < 3; i++) {
      assertTrue(come(1));
    }
    assertEquals(0, running.size());
    assertEquals(3, counted("QUOTA_EXHAUSTED"));
    throttled = null;
    assertTrue(come(1));
    assertEquals(1, running.size());
  }

  @Test
  void onNext_largeMessagesOrAnswers_leaveFewerPlaces() {
    stream.open();
    int mebibytes = 1 << 20;
    assertEquals(4, comeAll((int) (InferenceStream.BYTES_MAX / 4)));
    while (!running.isEmpty()) {
      running.remove().observer().answered(answer(12 * mebibytes));
    }
    assertEquals(2, comeAll(1));
  }

  @Test
  void onNext_notReadyYet_asksForNothing() {
    call.ready(false);
    stream.open();
    assertEquals(0, call.asked());
    call.ready(true);
    assertEquals(1, call.asked());
  }

  @Test
  void onCompleted_answersOutstanding_endsOnceAllAreSent() {
    stream.open();
    assertTrue(come(1));
    assertTrue(come(1));
    stream.onCompleted();
    assertFalse(call.completed());
    Asked first = running.remove();
    running.remove().observer().answered(answer(1));
    assertFalse(call.completed());
    first.observer().refused(new Refusal.ModelRejectedInput());
    assertTrue(call.completed());
    assertEquals(
        List.of("id1", "id0"),
        call.sent().stream().map(response -> response.getInferResponse().getId()).toList());
    assertEquals(0, streams.count());
    assertEquals(0, cancelled.get());
  }

  @Test
  void refused_byDefault_isToldInTheResponseAndTheStreamGoesOn() {
    stream.open();
    refusing = true;
    refuseAtOnce = new Refusal.TensorInvalid("inputs[0].shape", "too odd");
    assertTrue(come(1));
    refusing = false;
    assertTrue(come(1));
    ModelStreamInferResponse told = call.sent().getFirst();
    assertEquals("TENSOR_INVALID: inputs[0].shape: too odd", told.getErrorMessage());
    assertEquals("id0", told.getInferResponse().getId());
    assertEquals("m", told.getInferResponse().getModelName());
    assertEquals("7", told.getInferResponse().getModelVersion());
    assertEquals(1, running.size());
    assertNull(call.failure());
  }

  @Test
  void messages_answeredAndRefused_areObservedEachAsACall() {
    stream.open();
    assertTrue(come(11));
    assertTrue(come(13));
    running.remove().observer().answered(answer(1));
    running.remove().observer().refused(new Refusal.ModelRejectedInput());

    assertEquals(
        List.of(Outcome.OK, Outcome.refused(Reason.MODEL_REJECTED_INPUT)),
        observations.calls().stream().map(call -> call.outcome()).toList());
    assertEquals(
        List.of(11L, 13L), observations.calls().stream().map(call -> call.requestBytes()).toList());
    assertTrue(observations.calls().stream().allMatch(call -> "m".equals(call.model())));
  }

  @Test
  void refused_wantedAsStatus_endsTheStreamWithIt() {
    context.wantsErrorsAsStatus();
    stream.open();
    assertTrue(come(1));
    assertTrue(come(1));
    running.remove().observer().refused(new Refusal.ModelRejectedInput());
    assertEquals(Reason.MODEL_REJECTED_INPUT, ended());
    assertEquals(0, call.sentCount());
    // One is cancelled because it still runs; its end is told to nobody.
    assertEquals(1, cancelled.get());
    running.remove().observer().refused(new Refusal.Cancelled());
    assertEquals(0, call.sentCount());
    assertTrue(context.countedByMessages(Reason.MODEL_REJECTED_INPUT));
  }

  @Test
  void check_credentialEnds_endsAnIdleStream() {
    stream.open();
    streams.sweep();
    assertNull(call.failure());
    now =
        new Authentication.Refused(new Refusal.CredentialInvalid(), AuthenticationFailure.EXPIRED);
    streams.sweep();
    assertEquals(Reason.CREDENTIAL_INVALID, ended());
    assertEquals(0, streams.count());
    streams.sweep();
  }

  @Test
  void check_credentialEnds_cancelsWhatRuns() {
    stream.open();
    comeAll(1);
    call.ready(false);
    now =
        new Authentication.Refused(
            new Refusal.CredentialInvalid(), AuthenticationFailure.SUSPENDED);
    streams.sweep();
    assertEquals(Reason.CREDENTIAL_INVALID, ended());
    assertEquals(InferenceStream.IN_FLIGHT_MAX, cancelled.get());
    assertFalse(context.countedByMessages(Reason.CREDENTIAL_INVALID));
  }

  @Test
  void onNext_credentialEnded_runsNothingAndEndsTheStream() {
    stream.open();
    now =
        new Authentication.Refused(
            new Refusal.CredentialInvalid(), AuthenticationFailure.SUSPENDED);
    assertTrue(come(1));
    assertEquals(0, running.size());
    assertEquals(Reason.CREDENTIAL_INVALID, ended());
    assertTrue(context.countedByMessages(Reason.CREDENTIAL_INVALID), "once, with its message");
  }

  @Test
  void onNext_roleTakenAway_refusesTheMessage() {
    stream.open();
    now =
        new Authentication.Accepted(
            TestCallers.caller(CALLER.id(), CALLER.team(), Set.of(), "00", Instant.MAX));
    assertTrue(come(1));
    assertEquals(0, running.size());
    assertTrue(call.sent().getFirst().getErrorMessage().startsWith("ACCESS_DENIED: "));
    now = WELCOME;
    assertTrue(come(1));
    assertEquals(1, running.size());
  }

  @Test
  void onNext_cannotBeDecided_refusesTheMessageAndKeepsTheStream() {
    stream.open();
    now =
        new Authentication.Refused(
            new Refusal.DependencyLost(SECOND), AuthenticationFailure.REGISTRATIONS_STALE);
    assertTrue(come(1));
    streams.sweep();
    assertEquals(0, running.size());
    assertTrue(call.sent().getFirst().getErrorMessage().startsWith("DEPENDENCY_LOST: "));
    assertNull(call.failure());
  }

  @Test
  void drain_messagesInFlight_areAnsweredAndLaterOnesRefused() {
    stream.open();
    assertTrue(come(1));
    streams.drain();
    assertNull(call.failure());
    assertTrue(come(1));
    assertTrue(call.sent().getFirst().getErrorMessage().startsWith("DRAINING: "));
    running.remove().observer().answered(answer(1));
    assertEquals(2, call.sentCount());
    assertEquals(Reason.DRAINING, ended());
  }

  @Test
  void drain_idle_endsAtOnce() {
    stream.open();
    streams.drain();
    assertEquals(Reason.DRAINING, ended());
  }

  @Test
  void cancel_byTheClient_cancelsWhatRunsAndSendsNothingMore() {
    stream.open();
    comeAll(1);
    call.cancel();
    assertEquals(InferenceStream.IN_FLIGHT_MAX, cancelled.get());
    assertEquals(0, streams.count());
    while (!running.isEmpty()) {
      running.remove().observer().refused(new Refusal.Cancelled());
    }
    assertEquals(0, call.sentCount());
    assertNull(call.failure());
  }

  @Test
  void endsStream_forAMessageThatCannotBeDecoded_closesWithItsStatus() {
    stream.open();
    assertTrue(come(1));
    assertTrue(context.endsStream(RefusalStatus.of(Refusal.ArgumentInvalid.of("message", "odd"))));
    assertEquals(Reason.ARGUMENT_INVALID, ended());
    assertEquals(1, cancelled.get());
    assertFalse(context.countedByMessages(Reason.ARGUMENT_INVALID));
  }

  @Test
  void answered_twiceOrRefusedAfterwards_isHeardOnce() {
    stream.open();
    assertTrue(come(1));
    InferenceObserver observer = running.remove().observer();
    observer.answered(answer(1));
    observer.answered(answer(1));
    observer.refused(new Refusal.Cancelled());
    assertEquals(1, call.sentCount());
  }

  /** Random arrivals, ends, cancels of reading; what must hold is looked at after every step. */
  @Test
  void stream_randomSchedules_answersEachMessageOnceWithinItsBounds() {
    long seed = 20261203;
    Random random = new Random(seed);
    stream.open();
    boolean ready = true;
    for (int step = 0; step < 50_000; step++) {
      switch (random.nextInt(8)) {
        case 0, 1, 2, 3 -> {
          refusing = random.nextInt(10) == 0;
          boolean unused = come(1 + random.nextInt(100));
        }
        case 4, 5, 6 -> end(random);
        default -> {
          ready = random.nextInt(3) > 0;
          call.ready(ready);
        }
      }
      int open = came - call.sentCount();
      assertTrue(open <= InferenceStream.IN_FLIGHT_MAX, () -> "seed " + seed);
      assertTrue(call.asked() <= 1, () -> "seed " + seed);
      if (step % 1_000 == 0) {
        finish(random);
      }
    }
    finish(random);
    stream.onCompleted();
    assertTrue(call.completed());
    assertEquals(0, budget.heldBytes());
    Set<String> ids = new HashSet<>();
    for (ModelStreamInferResponse response : call.sent()) {
      assertTrue(ids.add(response.getInferResponse().getId()), "answered twice");
    }
    assertEquals(came, ids.size());
  }

  private void end(Random random) {
    List<Asked> all = new ArrayList<>(running);
    if (!all.isEmpty()) {
      Asked one = all.get(random.nextInt(all.size()));
      running.remove(one);
      if (random.nextInt(5) == 0) {
        one.observer().refused(new Refusal.ModelRejectedInput());
      } else {
        one.observer().answered(answer(1 + random.nextInt(50)));
      }
    }
  }

  private void finish(Random random) {
    call.ready(true);
    while (!running.isEmpty()) {
      end(random);
    }
    assertEquals(came, call.sentCount());
    assertEquals(0, budget.heldBytes());
  }

  /** Answers come on several threads; the fake sees to it that they speak one at a time. */
  @Test
  void answered_onManyThreads_isSentOnceEachByOneThreadAtATime() throws Exception {
    int messages = 10_000;
    stream.open();
    ExecutorService batchers = Executors.newFixedThreadPool(4);
    try {
      AtomicInteger ended = new AtomicInteger();
      List<Future<?>> workers = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        workers.add(
            batchers.submit(
                () -> {
                  while (ended.get() < messages) {
                    Asked asked = running.poll();
                    if (asked == null) {
                      Thread.onSpinWait();
                    } else {
                      ended.incrementAndGet();
                      asked.observer().answered(answer(1));
                    }
                  }
                }));
      }
      while (came < messages) {
        if (!come(1)) {
          Thread.onSpinWait();
        }
      }
      stream.onCompleted();
      for (Future<?> worker : workers) {
        worker.get(60, TimeUnit.SECONDS);
      }
    } finally {
      batchers.shutdownNow();
    }
    assertTrue(Await.until(Duration.ofSeconds(30), call::completed));
    Set<String> ids = new HashSet<>();
    call.sent().forEach(response -> ids.add(response.getInferResponse().getId()));
    assertEquals(messages, call.sentCount());
    assertEquals(messages, ids.size());
    assertEquals(0, budget.heldBytes());
  }

  @Test
  void messages_ofAnyEnd_areCountedAndRecordedEachOnce() {
    stream.open();
    assertTrue(come(30));
    assertTrue(come(12));
    running.remove().observer().answered(answer(1));
    running.remove().observer().refused(new Refusal.QueueFull(SECOND));
    refusing = true;
    refuseAtOnce = new Refusal.AccessDenied();
    assertTrue(come(5));
    stream.onCompleted();
    assertEquals(0, context.requestBytes(), "all bytes were counted with messages");
    assertTrue(context.countedByMessages(null));
    // The use case records what it admitted; the edge only what never got there.
    assertEquals(1, journal.calls().size());
    PlainCall recorded = journal.calls().getFirst();
    assertEquals(5, recorded.requestBytes());
    assertEquals(Outcome.refused(Reason.ACCESS_DENIED), recorded.outcome());
    assertEquals("m", recorded.resource());
    assertEquals(TRACE, recorded.trace());
    assertEquals(1, counted("OK"));
    assertEquals(1, counted("QUEUE_FULL"));
    assertEquals(1, counted("ACCESS_DENIED"));
  }
}
