package dev.gatehouse.edge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.gatehouse.access.HeldCallers;
import dev.gatehouse.access.RowThrottle;
import dev.gatehouse.audit.HeldControlLog;
import dev.gatehouse.core.Reason;
import dev.gatehouse.core.Restraint;
import dev.gatehouse.core.SystemTime;
import dev.gatehouse.metrics.GatewayMetrics;
import dev.gatehouse.metrics.MetricsSettings;
import dev.gatehouse.stubs.admin.v1.AbuseServiceGrpc;
import dev.gatehouse.stubs.admin.v1.CallersServiceGrpc;
import dev.gatehouse.stubs.inference.GRPCInferenceServiceGrpc;
import dev.gatehouse.testing.HeldJournal;
import dev.gatehouse.testing.HeldObservations;
import grpc.health.v1.HealthGrpc;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a throttled caller may call, whatever becomes of it beyond the check. */
final class ThrottledCallsTest {

  private static final int BURST =
      HeldCallers.ROWS_PER_SECOND * (int) RowThrottle.BURST.toSeconds();

  /** Asks, is denied, and brings tensors that nothing here looks at: so they may be invalid. */
  private static final List<MethodDescriptor<?, ?>> METHODS =
      List.of(
          GRPCInferenceServiceGrpc.getModelMetadataMethod(),
          CallersServiceGrpc.getListCallersMethod(),
          GRPCInferenceServiceGrpc.getModelInferMethod());

  private final InboundBudget budget = new InboundBudget(1L << 40, Duration.ofSeconds(1));
  private HeldCallers held = new HeldCallers(Restraint.THROTTLED, null);
  private int passed;

  @AfterEach
  void stop() {
    held.close();
  }

  private CallerCheck check() {
    return new CallerCheck(
        held.authenticator(),
        new CallRecorder(
            new GatewayMetrics(
                new SimpleMeterRegistry(), MetricsSettings.DEFAULTS, SystemTime.ticker()),
            new HeldJournal(),
            new AdministrationRecorder(new HeldControlLog()),
            new HeldObservations(),
            CallTraces.off()),
        method -> Runnable::run);
  }

  /** A call of which nothing but its end is of interest. */
  private static final class Ending<Q, A> extends ServerCall<Q, A> {
    private final MethodDescriptor<Q, A> method;
    private @Nullable Status status;

    Ending(MethodDescriptor<Q, A> method) {
      this.method = method;
    }

    @Override
    public void request(int messages) {}

    @Override
    public void sendHeaders(Metadata headers) {}

    @Override
    public void sendMessage(A message) {}

    @Override
    public void close(Status end, Metadata trailers) {
      status = end;
    }

    @Override
    public boolean isCancelled() {
      return false;
    }

    @Override
    public MethodDescriptor<Q, A> getMethodDescriptor() {
      return method;
    }
  }

  /** Why the check refuses a call, or null if it lets it pass. */
  private <Q, A> @Nullable Reason call(String caller, MethodDescriptor<Q, A> method) {
    Metadata headers = new Metadata();
    headers.put(
        Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER),
        held.authorization(caller));
    InboundBudget.Share share =
        budget.newServerStreamTracer(method.getFullMethodName(), new Metadata());
    var unused = new CallContext(SystemTime.ticker(), share, null);
    Ending<Q, A> call = new Ending<>(method);
    int before = passed;
    share
        .filterContext(Context.ROOT)
        .run(
            () -> {
              var ignored =
                  check()
                      .interceptCall(
                          call,
                          headers,
                          (let, through) -> {
                            passed++;
                            return CallGate.nothing();
                          });
            });
    Status status = call.status;
    assertEquals(status == null, passed > before, "either refused or let pass");
    return status == null ? null : RefusalStatus.reason(status);
  }

  private static @Nullable Reason unthrottled(MethodDescriptor<?, ?> method) {
    return method == CallersServiceGrpc.getListCallersMethod() ? Reason.ACCESS_DENIED : null;
  }

  @ParameterizedTest
  @EnumSource(
      value = Restraint.class,
      names = {"THROTTLED", "DEGRADED"})
  void throttled_floodOfAnyKind_isRefusedAfterItsRate(Restraint restraint) {
    for (MethodDescriptor<?, ?> method : METHODS) {
      held.close();
      held = new HeldCallers(restraint, null);
      for (int i = 0; i < BURST; i++) {
        assertEquals(unthrottled(method), call("alice", method), method + ", call " + i);
      }
      for (int i = 0; i < BURST; i++) {
        assertEquals(Reason.QUOTA_EXHAUSTED, call("alice", method), method + ", call " + i);
        assertEquals(unthrottled(method), call("bob", method), "who is held to nothing");
      }
      held.advance(Duration.ofSeconds(2));
      for (int i = 0; i < 2 * HeldCallers.ROWS_PER_SECOND; i++) {
        assertEquals(unthrottled(method), call("alice", method), method + ", later call " + i);
      }
      assertEquals(Reason.QUOTA_EXHAUSTED, call("alice", method));
    }
  }

  @Test
  void throttled_changingItsMethods_hasOneRateForAll() {
    for (int i = 0; i < BURST; i++) {
      MethodDescriptor<?, ?> method = METHODS.get(i % METHODS.size());
      assertEquals(unthrottled(method), call("alice", method));
    }
    for (MethodDescriptor<?, ?> method : METHODS) {
      assertEquals(Reason.QUOTA_EXHAUSTED, call("alice", method));
    }
  }

  @Test
  void throttled_restrictionEnds_isNotThrottledAnyMore() {
    MethodDescriptor<?, ?> method = GRPCInferenceServiceGrpc.getModelMetadataMethod();
    for (int i = 0; i <= BURST; i++) {
      var unused = call("alice", method);
    }
    assertEquals(Reason.QUOTA_EXHAUSTED, call("alice", method));
    held.advance(HeldCallers.END);
    for (int i = 0; i < 3 * BURST; i++) {
      assertNull(call("alice", method));
    }
  }

  @Test
  void throttled_whoMayStopCallers_isNotKeptFromThat() {
    held.close();
    held = new HeldCallers(Restraint.THROTTLED, Restraint.THROTTLED);
    MethodDescriptor<?, ?> denied = GRPCInferenceServiceGrpc.getModelMetadataMethod();
    for (int i = 0; i < BURST; i++) {
      assertEquals(Reason.ACCESS_DENIED, call("rosa", denied));
    }
    assertEquals(Reason.QUOTA_EXHAUSTED, call("rosa", denied));
    for (int i = 0; i < 2 * BURST; i++) {
      assertNull(call("rosa", AbuseServiceGrpc.getListRestrictionsMethod()));
      assertNull(call("rosa", AbuseServiceGrpc.getRestrictCallerMethod()));
      assertEquals(
          Reason.ACCESS_DENIED,
          call("rosa", AbuseServiceGrpc.getReleaseCallerMethod()),
          "for want of a step-up, which this program lacks");
    }
  }

  @Test
  void throttled_healthChecks_areAnsweredAndTakeNothing() {
    for (int i = 0; i < 2 * BURST; i++) {
      assertNull(call("alice", HealthGrpc.getCheckMethod()));
      assertNull(call("alice", GRPCInferenceServiceGrpc.getServerReadyMethod()));
    }
    assertNull(call("alice", GRPCInferenceServiceGrpc.getModelMetadataMethod()));
  }
}
