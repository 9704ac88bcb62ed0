package dev.gatehouse.boot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnknownFieldSet;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.gatehouse.stubs.admin.v1.Deployment;
import dev.gatehouse.stubs.inference.ModelInferRequest;
import dev.gatehouse.stubs.inference.ModelInferResponse;
import dev.gatehouse.testing.Await;
import dev.gatehouse.testing.Infer;
import dev.gatehouse.testing.InferStream;
import dev.gatehouse.testing.RawCalls;
import dev.gatehouse.testing.SampleModels;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Spans of a packaged gateway, as a collector gets them by OTLP: each call one, with the caller's
 * trace for a parent, and nothing of what was sent.
 */
final class TracesIT {

  private static final Duration SENT_MAX = Duration.ofMinutes(1);
  private static final Metadata.Key<String> TRACEPARENT =
      Metadata.Key.of("traceparent", Metadata.ASCII_STRING_MARSHALLER);
  private static final String PARENT = "b7ad6b7169203331";
  private static final String INVENTED = "my-invented-name";

  /** In no id, and four bytes of a tensor. */
  private static final int SECRET_VALUE = 0x5E_C2_E7_17;

  private static final Queue<ByteString> BODIES = new ConcurrentLinkedQueue<>();

  private static HttpServer collector;
  private static GrantedGateway gateway;

  /** A span as the collector has it. */
  private record Span(String name, String trace, String parent, Map<String, String> attributes) {}

  @BeforeAll
  static void start() throws IOException {
    collector = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    collector.createContext("/v1/traces", TracesIT::collect);
    collector.start();
    int port = collector.getAddress().getPort();
    gateway =
        new GrantedGateway(
            Map.of("gatehouse.traces.endpoint", "http://127.0.0.1:" + port + "/v1/traces"));
    gateway.publish("add-sub", "add_sub.pt", SampleModels.ADD_SUB, Deployment.getDefaultInstance());
    gateway.grant("add-sub", "all", Map.of());
  }

  @AfterAll
  static void stop() {
    if (gateway != null) {
      gateway.close();
    }
    if (collector != null) {
      collector.stop(0);
    }
  }

  private static void collect(HttpExchange exchange) throws IOException {
    BODIES.add(ByteString.readFrom(exchange.getRequestBody()));
    exchange.sendResponseHeaders(200, -1);
    exchange.close();
  }

  @Test
  void call_answered_isASpanInTheTraceOfItsCaller() {
    String trace = "0af7651916cd43dd8448eb211c803101";
    ModelInferRequest request = Infer.addSub(SECRET_VALUE, 2).build();
    assertEquals("add-sub", infer(trace, gateway.orders().accessToken(), request).getModelName());
    Span span = span(trace);
    assertEquals("inference.GRPCInferenceService/ModelInfer", span.name());
    assertEquals(PARENT, span.parent());
    assertEquals(
        Map.of(
            "rpc.system", "grpc",
            "gatehouse.caller", "orders-service",
            "gatehouse.model", "add-sub",
            "gatehouse.rows", "1",
            "gatehouse.outcome", "OK"),
        span.attributes());
    assertNothingSecret();
  }

  @Test
  void call_refused_isASpanThatSaysWhyOnly() {
    String unknown = "0af7651916cd43dd8448eb211c803102";
    refused(unknown, gateway.orders().accessToken(), Infer.floats(INVENTED, "x", 1).build());
    assertEquals(
        Map.of(
            "rpc.system", "grpc",
            "gatehouse.caller", "orders-service",
            "gatehouse.outcome", "ACCESS_DENIED"),
        span(unknown).attributes());
    String stranger = "0af7651916cd43dd8448eb211c803103";
    refused(stranger, "no.such.token", Infer.addSub(1, 2).build());
    assertEquals(
        Map.of("rpc.system", "grpc", "gatehouse.outcome", "CREDENTIAL_INVALID"),
        span(stranger).attributes());
    assertNothingSecret();
  }

  @Test
  void stream_ofTwoMessages_isASpanForEach() {
    String trace = "0af7651916cd43dd8448eb211c803104";
    Metadata headers = headers(trace, gateway.orders().accessToken());
    InferStream stream = InferStream.open(gateway.client().channel(), headers, 10);
    stream.send(Infer.addSub(1, 2).build());
    stream.send(Infer.floats(INVENTED, "x", 1).build());
    assertEquals(2, stream.awaitAnswers(2).size());
    stream.halfClose();
    assertEquals(Status.Code.OK, stream.awaitEnd().getStatus().getCode());
    assertTrue(Await.until(SENT_MAX, () -> spans(trace).size() == 2));
    assertEquals(
        List.of("ACCESS_DENIED", "OK"),
        spans(trace).stream()
            .map(span -> span.attributes().get("gatehouse.outcome"))
            .sorted()
            .toList());
    assertNothingSecret();
  }

  private static Metadata headers(String trace, String token) {
    Metadata headers = RawCalls.headers("Bearer " + token);
    headers.put(TRACEPARENT, "00-" + trace + "-" + PARENT + "-01");
    return headers;
  }

  private static ModelInferResponse infer(String trace, String token, ModelInferRequest request) {
    return gateway
        .client()
        .inference()
        .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers(trace, token)))
        .modelInfer(request);
  }

  private static void refused(String trace, String token, ModelInferRequest request) {
    try {
      throw new AssertionError(infer(trace, token, request));
    } catch (StatusRuntimeException refused) {
      // As it should be; the span says why.
    }
  }

  private static Span span(String trace) {
    assertTrue(Await.until(SENT_MAX, () -> !spans(trace).isEmpty()));
    assertEquals(1, spans(trace).size());
    return spans(trace).getFirst();
  }

  private static List<Span> spans(String trace) {
    return BODIES.stream()
        .flatMap(body -> messages(body, 1).stream())
        .flatMap(resource -> messages(resource, 2).stream())
        .flatMap(scope -> messages(scope, 2).stream())
        .map(TracesIT::span)
        .filter(span -> span.trace().equals(trace))
        .toList();
  }

  /** Field numbers are those of opentelemetry.proto.trace.v1.Span. */
  private static Span span(ByteString span) {
    HexFormat hex = HexFormat.of();
    Map<String, String> attributes = new TreeMap<>();
    for (ByteString attribute : messages(span, 9)) {
      UnknownFieldSet.Field value = field(messages(attribute, 2).getFirst(), 1);
      attributes.put(
          text(attribute, 1),
          value.getLengthDelimitedList().isEmpty()
              ? field(messages(attribute, 2).getFirst(), 3).getVarintList().getFirst().toString()
              : value.getLengthDelimitedList().getFirst().toStringUtf8());
    }
    return new Span(
        text(span, 5),
        hex.formatHex(messages(span, 1).getFirst().toByteArray()),
        // A root has none.
        messages(span, 4).stream()
            .map(id -> hex.formatHex(id.toByteArray()))
            .findFirst()
            .orElse(""),
        attributes);
  }

  private static String text(ByteString message, int number) {
    return messages(message, number).getFirst().toStringUtf8();
  }

  private static List<ByteString> messages(ByteString message, int number) {
    return field(message, number).getLengthDelimitedList();
  }

  private static UnknownFieldSet.Field field(ByteString message, int number) {
    try {
      return UnknownFieldSet.parseFrom(message).getField(number);
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }

  /** Neither credentials nor tensors nor what callers call models that are none. */
  private static void assertNothingSecret() {
    byte[] tensor = Infer.addSub(SECRET_VALUE, 2).build().getRawInputContents(0).toByteArray();
    HexFormat hex = HexFormat.of();
    for (ByteString body : BODIES) {
      String all = hex.formatHex(body.toByteArray());
      assertFalse(all.contains(hex.formatHex(tensor, 0, Integer.BYTES)));
      for (String text : List.of(gateway.orders().accessToken(), INVENTED, "no.such.token")) {
        assertFalse(all.contains(hex.formatHex(ByteString.copyFromUtf8(text).toByteArray())));
      }
    }
  }
}
