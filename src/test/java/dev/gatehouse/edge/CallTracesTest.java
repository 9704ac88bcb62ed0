package dev.gatehouse.edge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.gatehouse.core.Caller;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.Outcome;
import dev.gatehouse.core.Reason;
import dev.gatehouse.core.Role;
import dev.gatehouse.core.TeamName;
import dev.gatehouse.stubs.inference.GRPCInferenceServiceGrpc;
import dev.gatehouse.testing.TestCallers;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class CallTracesTest {

  private static final Caller ALICE =
      TestCallers.caller(
          new CallerId("alice"),
          new TeamName("red"),
          Set.of(Role.CALLER),
          "0011223344556677",
          Instant.MAX);
  private static final MethodDescriptor<?, ?> INFER =
      GRPCInferenceServiceGrpc.getModelInferMethod();
  private static final Instant NOW = Instant.parse("2026-05-01T12:00:00Z");
  private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
  private static final String PARENT = "b7ad6b7169203331";
  private static final long STARTED_NANOS = 1_000;
  private static final long TOOK_NANOS = 7_000_000;
  private static final int CALLS = 100_000;

  private final List<SpanData> sent = new ArrayList<>();

  /** Keeps what it is given. */
  private final class Kept implements SpanExporter {
    @Override
    public CompletableResultCode export(Collection<SpanData> spans) {
      sent.addAll(spans);
      return CompletableResultCode.ofSuccess();
    }

    @Override
    public CompletableResultCode flush() {
      return CompletableResultCode.ofSuccess();
    }

    @Override
    public CompletableResultCode shutdown() {
      return CompletableResultCode.ofSuccess();
    }
  }

  private CallTraces traces(int percent) {
    return CallTraces.of(
        new TraceSettings("http://127.0.0.1:1", percent, "1.2.3"),
        SimpleSpanProcessor.create(new Kept()),
        () -> NOW);
  }

  private static CallContext call() {
    InboundBudget budget = new InboundBudget(1 << 20, Duration.ofSeconds(1));
    return new CallContext(
        () -> STARTED_NANOS,
        budget.newServerStreamTracer(INFER.getFullMethodName(), new Metadata()),
        null);
  }

  private static CallContext calledBy(Caller caller, String model) {
    CallContext call = call();
    call.authenticated(caller);
    call.names(model);
    return call;
  }

  private static void end(CallTraces traces, CallContext call, Outcome outcome) {
    traces.callEnded(INFER, call, outcome, STARTED_NANOS + TOOK_NANOS);
  }

  private SpanData only() {
    assertEquals(1, sent.size());
    return sent.getFirst();
  }

  @Test
  void callEnded_takenIn_saysWhoWhatAndHow() {
    CallContext call = calledBy(ALICE, "digits");
    call.takenIn(5);
    call.tracedAs("00-" + TRACE + "-" + PARENT + "-01");
    end(traces(100), call, Outcome.OK);
    SpanData span = only();
    assertEquals("inference.GRPCInferenceService/ModelInfer", span.getName());
    assertEquals(TRACE, span.getTraceId());
    assertEquals(PARENT, span.getParentSpanId());
    assertEquals("alice", span.getAttributes().get(CallTraces.CALLER));
    assertEquals("digits", span.getAttributes().get(CallTraces.MODEL));
    assertEquals(5, span.getAttributes().get(CallTraces.ROWS));
    assertEquals("OK", span.getAttributes().get(CallTraces.OUTCOME));
    assertEquals(StatusCode.UNSET, span.getStatus().getStatusCode());
    assertEquals(TimeUnit.SECONDS.toNanos(NOW.getEpochSecond()), span.getEndEpochNanos());
    assertEquals(TOOK_NANOS, span.getEndEpochNanos() - span.getStartEpochNanos());
  }

  /** What a caller writes is free text until it is known to name a model of its own. */
  @Test
  void callEnded_refusedBeforeItIsTakenIn_repeatsNothingTheCallerWrote() {
    CallContext call = calledBy(ALICE, "a password, say");
    call.tracedAs("x-" + TRACE);
    end(traces(100), call, Outcome.refused(Reason.ACCESS_DENIED));
    SpanData span = only();
    assertFalse(span.toString().contains("password"), span.toString());
    assertFalse(span.getParentSpanContext().isValid());
    Set<String> keys = new TreeSet<>();
    span.getAttributes().forEach((key, value) -> keys.add(key.getKey()));
    assertEquals(Set.of("gatehouse.caller", "gatehouse.outcome", "rpc.system"), keys);
    assertEquals("ACCESS_DENIED", span.getAttributes().get(CallTraces.OUTCOME));
  }

  @Test
  void callEnded_messageOfAStream_hasTheParentOfItsStream() {
    CallContext stream = call();
    stream.tracedAs("00-" + TRACE + "-" + PARENT + "-01");
    CallContext message = stream.message(ALICE, () -> STARTED_NANOS);
    end(traces(100), message, Outcome.OK);
    assertEquals(PARENT, only().getParentSpanId());
  }

  @ParameterizedTest
  @EnumSource(Reason.class)
  void callEnded_ourFault_isAnError(Reason reason) {
    end(traces(100), calledBy(ALICE, "digits"), Outcome.refused(reason));
    boolean ours =
        switch (reason) {
          case CREDENTIAL_INVALID,
              STEP_UP_REQUIRED,
              ACCESS_DENIED,
              NOT_FOUND,
              ALREADY_EXISTS,
              TENSOR_INVALID,
              ARGUMENT_INVALID,
              ARTIFACT_INVALID,
              QUOTA_EXHAUSTED,
              CANCELLED,
              STATE_INVALID,
              ETAG_MISMATCH,
              MODEL_REJECTED_INPUT,
              CALLER_QUARANTINED ->
              false;
          case QUEUE_FULL,
              DRAINING,
              MODEL_NOT_READY,
              DEPENDENCY_LOST,
              AUDIT_UNAVAILABLE,
              DEADLINE_EXCEEDED,
              UNIMPLEMENTED,
              INTERNAL ->
              true;
        };
    assertEquals(ours ? StatusCode.ERROR : StatusCode.UNSET, only().getStatus().getStatusCode());
  }

  @Test
  void callEnded_callerDoesNotSample_isNotKept() {
    CallContext call = calledBy(ALICE, "digits");
    call.tracedAs("00-" + TRACE + "-" + PARENT + "-00");
    end(traces(100), call, Outcome.OK);
    assertEquals(List.of(), sent);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 10, 50})
  void callEnded_share_isKept(int percent) {
    CallTraces traces = traces(percent);
    int calls = 10_000;
    for (int i = 0; i < calls; i++) {
      end(traces, calledBy(ALICE, "digits"), Outcome.OK);
    }
    int expected = calls * percent / 100;
    // Nine standard deviations: ids are random.
    double off = 9 * Math.sqrt(expected);
    assertEquals(expected, sent.size(), off);
  }

  @Test
  void callEnded_ofNobody_isBounded() {
    CallTraces traces = traces(100);
    for (int i = 0; i < 1_000; i++) {
      end(traces, call(), Outcome.refused(Reason.CREDENTIAL_INVALID));
    }
    assertEquals(CallTraces.STRANGERS_PER_SECOND_MAX, sent.size());
    end(traces, calledBy(ALICE, "digits"), Outcome.OK);
    assertEquals(CallTraces.STRANGERS_PER_SECOND_MAX + 1, sent.size());
  }

  @Test
  void callEnded_off_makesNothing() {
    CallTraces off = CallTraces.off();
    CallContext call = calledBy(ALICE, "digits");
    call.takenIn(1);
    call.tracedAs("00-" + TRACE + "-" + PARENT + "-01");
    end(off, call, Outcome.OK);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < CALLS; i++) {
      end(off, call, Outcome.OK);
    }
    long bytes = threads.getCurrentThreadAllocatedBytes() - before;
    assertTrue(bytes < CALLS, bytes + " bytes for " + CALLS + " calls");
    assertFalse(sendingThreadRuns());
    off.close();
  }

  /** So that looking for a thread proves something. */
  @Test
  void to_somewhere_runsAThreadUntilItIsClosed() {
    try (CallTraces traces =
        CallTraces.to(new TraceSettings("http://127.0.0.1:1", 100, "1"), () -> NOW)) {
      end(traces, calledBy(ALICE, "digits"), Outcome.OK);
      assertTrue(sendingThreadRuns());
    }
  }

  private static boolean sendingThreadRuns() {
    return Thread.getAllStackTraces().keySet().stream()
        .anyMatch(thread -> thread.getName().startsWith("BatchSpanProcessor"));
  }
}
