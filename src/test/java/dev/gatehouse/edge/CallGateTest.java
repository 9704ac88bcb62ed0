package dev.gatehouse.edge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.gatehouse.abuse.watch.EndedCall;
import dev.gatehouse.audit.HeldControlLog;
import dev.gatehouse.core.Caller;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.Reason;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.SystemTime;
import dev.gatehouse.core.TeamName;
import dev.gatehouse.core.TraceId;
import dev.gatehouse.metrics.GatewayMetrics;
import dev.gatehouse.metrics.MetricsSettings;
import dev.gatehouse.stubs.admin.v1.ModelRegistryServiceGrpc;
import dev.gatehouse.stubs.inference.GRPCInferenceServiceGrpc;
import dev.gatehouse.testing.HeldJournal;
import dev.gatehouse.testing.HeldObservations;
import dev.gatehouse.testing.TestCallers;
import grpc.health.v1.HealthGrpc;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.Status;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class CallGateTest {

  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final MethodDescriptor<?, ?> INFER =
      GRPCInferenceServiceGrpc.getModelInferMethod();

  private final HeldJournal journal = new HeldJournal();
  private final HeldControlLog controlLog = new HeldControlLog();
  private CallGate gate;
  private final HeldObservations observations = new HeldObservations();
  private final InboundBudget budget = new InboundBudget(1_000, SECOND);

  @BeforeEach
  void open() {
    GatewayMetrics metrics =
        new GatewayMetrics(
            new SimpleMeterRegistry(),
            new MetricsSettings(10, 10, 10, Duration.ofMinutes(1)),
            SystemTime.ticker());
    EdgeSettings settings =
        new EdgeSettings(
            "localhost",
            0,
            null,
            1 << 20,
            8_192,
            1 << 22,
            2,
            10,
            SECOND,
            SECOND,
            SECOND,
            SECOND,
            SECOND,
            10,
            SECOND);
    CallRecorder recorder =
        new CallRecorder(
            metrics,
            journal,
            new AdministrationRecorder(controlLog),
            observations,
            CallTraces.off());
    gate = new CallGate(settings, recorder, SystemTime.ticker());
  }

  /** A call that remembers how it was closed. */
  private static final class Call extends ServerCall<Object, Object> {
    private final MethodDescriptor<Object, Object> method;
    private @Nullable Status closed;

    @SuppressWarnings("unchecked") // no message is ever made of it
    Call(MethodDescriptor<?, ?> method) {
      this.method = (MethodDescriptor<Object, Object>) method;
    }

    @Override
    public void request(int messages) {}

    @Override
    public void sendHeaders(Metadata headers) {}

    @Override
    public void sendMessage(Object message) {}

    @Override
    public void close(Status status, Metadata trailers) {
      closed = status;
    }

    @Override
    public boolean isCancelled() {
      return false;
    }

    @Override
    public MethodDescriptor<Object, Object> getMethodDescriptor() {
      return method;
    }

    @Nullable Reason refusal() {
      return closed == null ? null : RefusalStatus.reason(closed);
    }
  }

  /** A handler that keeps the call which it is given. */
  private static final class Endpoint implements ServerCallHandler<Object, Object> {
    private @Nullable ServerCall<Object, Object> given;

    @Override
    public ServerCall.Listener<Object> startCall(
        ServerCall<Object, Object> call, Metadata headers) {
      given = call;
      assertNotNull(CallContext.current());
      return CallGate.nothing();
    }

    void answer() {
      assertNotNull(given);
      given.close(Status.OK, new Metadata());
    }
  }

  private ServerCall.Listener<Object> enter(Call call, ServerCallHandler<Object, Object> handler) {
    return enter(call, new Metadata(), handler);
  }

  private ServerCall.Listener<Object> enter(
      Call call, Metadata headers, ServerCallHandler<Object, Object> handler) {
    Context context =
        budget
            .newServerStreamTracer(call.getMethodDescriptor().getFullMethodName(), new Metadata())
            .filterContext(Context.ROOT);
    Context before = context.attach();
    try {
      return gate.interceptCall(call, headers, handler);
    } finally {
      context.detach(before);
    }
  }

  @Test
  void call_answeredAndThenCancelled_isCountedOnce() {
    Endpoint endpoint = new Endpoint();
    ServerCall.Listener<Object> listener = enter(new Call(INFER), endpoint);
    assertEquals(1, gate.runningCalls());
    endpoint.answer();
    listener.onCancel();
    assertEquals(0, gate.runningCalls());
  }

  @Test
  void call_beyondTheMost_isRefusedAndMakesRoomForNone() {
    Endpoint one = new Endpoint();
    Endpoint two = new Endpoint();
    enter(new Call(INFER), one);
    ServerCall.Listener<Object> second = enter(new Call(INFER), two);
    Call third = new Call(INFER);
    Endpoint never = new Endpoint();
    enter(third, never);
    assertEquals(Reason.QUEUE_FULL, third.refusal());
    assertNull(never.given);
    assertEquals(2, gate.runningCalls());
    second.onCancel();
    assertEquals(1, gate.runningCalls());
    Call fourth = new Call(INFER);
    enter(fourth, new Endpoint());
    assertNull(fourth.refusal());
  }

  @Test
  void call_whileDraining_isRefusedButHealthIsNot() {
    Endpoint running = new Endpoint();
    enter(new Call(INFER), running);
    gate.drain();
    Call late = new Call(INFER);
    enter(late, new Endpoint());
    assertEquals(Reason.DRAINING, late.refusal());
    for (MethodDescriptor<?, ?> open :
        new MethodDescriptor<?, ?>[] {
          HealthGrpc.getCheckMethod(),
          HealthGrpc.getWatchMethod(),
          GRPCInferenceServiceGrpc.getServerReadyMethod()
        }) {
      Call health = new Call(open);
      Endpoint endpoint = new Endpoint();
      enter(health, endpoint);
      assertNotNull(endpoint.given, open.toString());
    }
    assertEquals(1, gate.runningCalls(), "health holds up no draining");
    running.answer();
    assertEquals(0, gate.runningCalls());
  }

  @Test
  void call_whoseHandlerThrows_isNotCountedForEver() {
    assertThrows(
        IllegalStateException.class,
        () ->
            enter(
                new Call(INFER),
                (call, headers) -> {
                  throw new IllegalStateException();
                }));
    assertEquals(0, gate.runningCalls());
  }

  @Test
  void call_ofACaller_isObservedOnceWithWhatItNamedAndRan() {
    Caller caller =
        TestCallers.caller(
            new CallerId("alice"), new TeamName("red"), Set.of(), "0011223344556677", Instant.MAX);
    for (boolean known : new boolean[] {false, true}) {
      Call call = new Call(INFER);
      ServerCall.Listener<Object> listener =
          enter(
              call,
              (running, headers) -> {
                CallContext context = CallContext.current();
                if (known) {
                  context.authenticated(caller);
                }
                context.names("digits");
                context.takenIn(3);
                context.ran(500);
                running.close(
                    RefusalStatus.of(new Refusal.AccessDenied()).getStatus(), new Metadata());
                return CallGate.nothing();
              });
      listener.onCancel();
    }

    assertEquals(1, observations.calls().size(), "those of nobody are not observed");
    EndedCall observed = observations.calls().getFirst();
    assertEquals(caller, observed.caller());
    assertEquals("digits", observed.model());
    assertEquals(3, observed.rows());
    assertEquals(500, observed.computeNanos());
  }

  @ParameterizedTest
  @CsvSource({
    "models/digits/versions/1, digits",
    "models/digits, digits",
    "callers/alice, ",
    "models/, ",
    " , ",
  })
  void call_ofAdministration_isObservedWithTheModelItNames(
      @Nullable String resource, @Nullable String model) {
    Call call = new Call(ModelRegistryServiceGrpc.getGetModelMethod());
    enter(
        call,
        (running, headers) -> {
          CallContext context = CallContext.current();
          context.authenticated(
              TestCallers.caller(
                  new CallerId("alice"), new TeamName("red"), Set.of(), "00", Instant.MAX));
          context.names(resource == null ? "" : resource);
          running.close(Status.OK, new Metadata());
          return CallGate.nothing();
        });

    assertEquals(model, observations.calls().getFirst().model());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "garbage",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01"
      })
  void trace_malformed_isIgnored(String header) {
    assertNull(recordedTrace(header));
  }

  @Test
  void trace_ofTheHeader_isRecorded() {
    assertEquals(
        new TraceId(0x4bf92f3577b34da6L, 0xa3ce929d0e0e4736L),
        recordedTrace("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"));
  }

  private @Nullable TraceId recordedTrace(String header) {
    Metadata headers = new Metadata();
    headers.put(CallGate.TRACE, header);
    Call call = new Call(INFER);
    Endpoint endpoint = new Endpoint();
    enter(call, headers, endpoint);
    endpoint.answer();
    assertEquals(Status.OK, call.closed, "the call is none the worse");
    assertEquals(1, journal.calls().size());
    return journal.calls().getFirst().trace();
  }
}
