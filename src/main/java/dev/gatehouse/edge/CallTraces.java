package dev.gatehouse.edge;

import dev.gatehouse.core.Caller;
import dev.gatehouse.core.Outcome;
import dev.gatehouse.core.Reason;
import io.grpc.MethodDescriptor;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Makes a span of each call that has ended, and of each message of a stream, for a tracing system;
 * or of none, and then costs nothing.
 *
 * <p>A span says who called what, with how many rows, and how it ended. It says nothing of what was
 * sent or answered, and the model only of a call that was taken in: what a caller writes there
 * otherwise is free text. Its parent is the one that the caller names, whose decision not to sample
 * holds; of the others a share is kept that the trace's id decides, so that all services with the
 * same share keep the same traces.
 *
 * <p>Spans wait in a bounded queue for a thread of their own, which sends them. What does not fit,
 * or cannot be sent in time, is lost: a call never waits.
 */
public final class CallTraces implements AutoCloseable {

  /** The most spans that wait to be sent. */
  static final int WAITING_MAX = 2_048;

  /** The most spans sent at once. */
  static final int BATCH_MAX = 512;

  /** How long they wait for others to be sent with. */
  static final Duration DELAY_MAX = Duration.ofSeconds(1);

  /** How long sending may take, also at the end of the process. */
  static final Duration SENDING_MAX = Duration.ofSeconds(5);

  /** The most spans a second of calls of nobody, which anybody can make. */
  static final int STRANGERS_PER_SECOND_MAX = 10;

  static final AttributeKey<String> CALLER = AttributeKey.stringKey("gatehouse.caller");
  static final AttributeKey<String> MODEL = AttributeKey.stringKey("gatehouse.model");
  static final AttributeKey<Long> ROWS = AttributeKey.longKey("gatehouse.rows");
  static final AttributeKey<String> OUTCOME = AttributeKey.stringKey("gatehouse.outcome");
  private static final AttributeKey<String> SYSTEM = AttributeKey.stringKey("rpc.system");

  /** What is the gateway's fault, not the caller's: as OpenTelemetry has it for gRPC servers. */
  private static final Set<Reason> OUR_FAULT =
      Set.of(
          Reason.INTERNAL,
          Reason.DEADLINE_EXCEEDED,
          Reason.UNIMPLEMENTED,
          Reason.QUEUE_FULL,
          Reason.DRAINING,
          Reason.MODEL_NOT_READY,
          Reason.DEPENDENCY_LOST,
          Reason.AUDIT_UNAVAILABLE);

  private final RateBound strangers = new RateBound(STRANGERS_PER_SECOND_MAX);
  private final @Nullable Spans spans;

  /** What spans are made with. */
  private record Spans(SdkTracerProvider provider, Tracer tracer, InstantSource clock) {}

  private CallTraces(@Nullable Spans spans) {
    this.spans = spans;
  }

  /** None: nothing is made, and no thread runs. */
  public static CallTraces off() {
    return new CallTraces(null);
  }

  /** Spans that go where the settings say. */
  public static CallTraces to(TraceSettings settings, InstantSource clock) {
    OtlpHttpSpanExporter exporter =
        OtlpHttpSpanExporter.builder()
            .setEndpoint(settings.endpoint())
            .setTimeout(SENDING_MAX)
            .setConnectTimeout(SENDING_MAX)
            .build();
    SpanProcessor processor =
        BatchSpanProcessor.builder(exporter)
            .setMaxQueueSize(WAITING_MAX)
            .setMaxExportBatchSize(BATCH_MAX)
            .setScheduleDelay(DELAY_MAX)
            .setExporterTimeout(SENDING_MAX)
            .build();
    return of(settings, processor, clock);
  }

  /** Spans that {@code processor} gets. */
  static CallTraces of(TraceSettings settings, SpanProcessor processor, InstantSource clock) {
    Sampler share = Sampler.traceIdRatioBased(settings.sampledPercent() / 100.0);
    SdkTracerProvider provider =
        SdkTracerProvider.builder()
            .addSpanProcessor(processor)
            .setSampler(Sampler.parentBasedBuilder(share).setRemoteParentSampled(share).build())
            .setResource(
                Resource.builder()
                    .put("service.name", "gatehouse")
                    .put("service.version", settings.version())
                    .build())
            .build();
    return new CallTraces(new Spans(provider, provider.get("dev.gatehouse"), clock));
  }

  /** A call, or a message of a stream, ended. */
  void callEnded(MethodDescriptor<?, ?> method, CallContext call, Outcome outcome, long nowNanos) {
    Spans made = spans;
    if (made == null || (call.caller() == null && !strangers.admit(nowNanos))) {
      return;
    }
    Instant end = made.clock().instant();
    Span span =
        made.tracer()
            .spanBuilder(method.getFullMethodName())
            .setSpanKind(SpanKind.SERVER)
            .setParent(parent(call.traceparent()))
            .setStartTimestamp(end.minusNanos(nowNanos - call.startNanos()))
            .startSpan();
    if (span.isRecording()) {
      describe(span, call, outcome);
    }
    span.end(end);
  }

  private static void describe(Span span, CallContext call, Outcome outcome) {
    span.setAttribute(SYSTEM, "grpc").setAttribute(OUTCOME, outcome.label());
    Caller caller = call.caller();
    if (caller != null) {
      span.setAttribute(CALLER, caller.id().value());
    }
    if (call.isTakenIn()) {
      span.setAttribute(MODEL, Objects.requireNonNull(call.resource()));
      span.setAttribute(ROWS, (long) call.rows());
    }
    if (outcome.refusal() != null && OUR_FAULT.contains(outcome.refusal())) {
      span.setStatus(StatusCode.ERROR);
    }
  }

  private static Context parent(@Nullable String traceparent) {
    return traceparent == null
        ? Context.root()
        : W3CTraceContextPropagator.getInstance()
            .extract(Context.root(), traceparent, new OneHeader());
  }

  /** The header {@code traceparent}, and no other. */
  private static final class OneHeader implements TextMapGetter<String> {
    @Override
    public Iterable<String> keys(String traceparent) {
      return List.of("traceparent");
    }

    @Override
    public @Nullable String get(@Nullable String traceparent, String key) {
      return key.equals("traceparent") ? traceparent : null;
    }
  }

  /** Sends what waits, for at most {@link #SENDING_MAX}, and ends. */
  @Override
  public void close() {
    if (spans != null) {
      var unused = spans.provider().shutdown().join(SENDING_MAX.toMillis(), TimeUnit.MILLISECONDS);
    }
  }
}
