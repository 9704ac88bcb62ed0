package dev.gatehouse.boot;

import static dev.gatehouse.boot.GrantedGateway.dictionary;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Any;
import com.google.rpc.QuotaFailure;
import com.google.rpc.RetryInfo;
import dev.gatehouse.boot.GrantedGateway.Ended;
import dev.gatehouse.core.Reason;
import dev.gatehouse.stubs.admin.v1.Deployment;
import dev.gatehouse.stubs.inference.GRPCInferenceServiceGrpc;
import dev.gatehouse.stubs.inference.ModelInferRequest;
import dev.gatehouse.stubs.inference.ModelStreamInferResponse;
import dev.gatehouse.testing.Await;
import dev.gatehouse.testing.GatewayClient;
import dev.gatehouse.testing.Infer;
import dev.gatehouse.testing.InferStream;
import dev.gatehouse.testing.RawCalls;
import dev.gatehouse.testing.Refused;
import dev.gatehouse.testing.SampleModels;
import dev.gatehouse.testing.UtcDay;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Quotas of grants at the wire: trailers, refusals, streams, and a database that goes away. */
final class QuotasIT {

  private static final Duration SEEN_MAX = Duration.ofSeconds(60);

  /** More than a test takes, also where calls are tried again for {@link #SEEN_MAX}. */
  private static final Duration ROOM = Duration.ofMinutes(4);

  /** Some seconds of work for the model {@code slow}. */
  private static final float LONG = 150_000;

  private static GrantedGateway gateway;

  @BeforeAll
  static void start() {
    gateway = new GrantedGateway(Map.of());
    Deployment defaults = Deployment.getDefaultInstance();
    gateway.publish("dictionary", "dict_output.pt", SampleModels.DICTIONARY, defaults);
    gateway.publish("slow", "slow.pt", SampleModels.SLOW, defaults);
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  /** An answer that does not depend on whether this machine stood still for a second. */
  private static Ended infer(ModelInferRequest request) {
    Ended[] last = new Ended[1];
    Await.until(
        SEEN_MAX,
        () -> {
          last[0] = gateway.infer(request);
          StatusRuntimeException refusal = last[0].refusal();
          return refusal == null || refusal.getStatus().getCode() != Status.Code.UNAVAILABLE;
        });
    return last[0];
  }

  /** What is left of a day would be whole again if the day ended during a test. */
  @BeforeEach
  void stayClearOfMidnight() {
    UtcDay.awaitRoom(ROOM);
  }

  private static StatusRuntimeException assertExhausted(Ended ended) {
    return Refused.is(Status.Code.RESOURCE_EXHAUSTED, Reason.QUOTA_EXHAUSTED, ended.refused());
  }

  private static <T extends com.google.protobuf.Message> T detail(
      StatusRuntimeException refusal, Class<T> type) throws Exception {
    com.google.rpc.Status status = StatusProto.fromThrowable(refusal);
    assertNotNull(status);
    for (Any detail : status.getDetailsList()) {
      if (detail.is(type)) {
        return detail.unpack(type);
      }
    }
    throw new AssertionError("no " + type, refusal);
  }

  private static ModelInferRequest slow(float work) {
    return Infer.floats("slow", "work", work).build();
  }

  @Test
  void infer_grantWithoutQuota_saysNothingOfIt() {
    gateway.grant("dictionary", "free", Map.of());
    Ended ended = infer(dictionary(1));
    assertNotNull(ended.answer());
    assertNull(ended.policy());
    assertNull(ended.standing());
  }

  @Test
  void infer_callsASecond_areCountedAndRefused() throws Exception {
    gateway.grant("dictionary", "calls", Map.of("calls_per_second", "1", "calls_burst", "5"));
    Ended first = infer(dictionary(3));
    assertNotNull(first.answer());
    assertEquals("\"calls\";q=5;w=5", first.policy());
    assertTrue(first.left("calls") <= 4, first.standing());
    assertEquals(1, first.reset("calls"));
    Ended last = first;
    for (int i = 0; i < 200 && last.refusal() == null; i++) {
      last = infer(dictionary(1));
    }
    StatusRuntimeException refusal = assertExhausted(last);
    assertEquals("\"calls\";q=5;w=5", last.policy());
    assertEquals("\"calls\";r=0;t=1", last.standing());
    QuotaFailure.Violation violation = detail(refusal, QuotaFailure.class).getViolations(0);
    assertEquals("models/dictionary/grants/calls", violation.getSubject());
    assertEquals(
        "the grant's quota of 1 calls a second, and 5 at once, is spent",
        violation.getDescription());
    com.google.protobuf.Duration delay = detail(refusal, RetryInfo.class).getRetryDelay();
    long millis = delay.getSeconds() * 1_000 + delay.getNanos() / 1_000_000;
    assertTrue(millis > 0 && millis <= 1_000, delay.toString());
  }

  @Test
  void infer_rowsOfTheDay_areCountedExactlyAndComeBackAtMidnight() throws Exception {
    double before = refusals("rows-day");
    gateway.grant("dictionary", "day", Map.of("rows_per_day", "10"));
    // What is being leased at that moment is not counted as left.
    double left = infer(dictionary(6)).left("rows-day");
    assertTrue(left == 4 || left == 3, () -> left + " rows left");
    assertExhausted(infer(dictionary(6)));
    // What fits a version's signature alone is charged.
    Refused.is(
        Status.Code.INVALID_ARGUMENT,
        Reason.TENSOR_INVALID,
        infer(dictionary(4).toBuilder().clearRawInputContents().build()).refused());
    Ended last = infer(dictionary(4));
    assertEquals(0, last.left("rows-day"));
    assertEquals("\"rows-day\";q=10;w=86400", last.policy());
    Ended refused = infer(dictionary(1));
    StatusRuntimeException refusal = assertExhausted(refused);
    long seconds = detail(refusal, RetryInfo.class).getRetryDelay().getSeconds();
    assertTrue(seconds <= 86_400, "" + seconds);
    assertTrue(refused.reset("rows-day") <= 86_400, refused.standing());
    StatusRuntimeException never = assertExhausted(infer(dictionary(11)));
    assertEquals(
        "11 rows never fit the grant's quota of 10 rows a day", never.getStatus().getDescription());
    assertEquals(3, refusals("rows-day") - before);
  }

  private static double refusals(String quota) {
    return gateway.metric("gatehouse_quota_refusals_total", Map.of("quota", quota));
  }

  @Test
  void infer_callsInFlight_areFreeAgainHoweverTheyEnd() throws Exception {
    gateway.grant("slow", "one", Map.of("concurrent_calls", "1"));
    var stub =
        GatewayClient.withToken(
            GRPCInferenceServiceGrpc.newFutureStub(gateway.client().channel()), gateway.orders());
    Future<?> cancelled = stub.modelInfer(slow(LONG));
    Ended refused = awaitRefusal();
    assertExhausted(refused);
    assertEquals("\"concurrent\";q=1", refused.policy());
    assertEquals("\"concurrent\";r=0", refused.standing());
    cancelled.cancel(true);
    awaitAnswer();
    for (int i = 0; i < 20; i++) {
      assertEquals("\"concurrent\";r=0", infer(slow(1)).standing());
      Refused.is(
          Status.Code.INVALID_ARGUMENT,
          Reason.TENSOR_INVALID,
          infer(slow(1).toBuilder().clearRawInputContents().build()).refused());
    }
    Future<?> answered = stub.modelInfer(slow(LONG / 30));
    assertNotNull(answered.get());
    assertNotNull(infer(slow(1)).answer());
  }

  /** As soon as the long call runs, others are refused. */
  private static Ended awaitRefusal() {
    Ended[] last = new Ended[1];
    assertTrue(
        Await.until(
            SEEN_MAX,
            () -> {
              last[0] = gateway.infer(slow(1));
              return last[0].refusal() != null;
            }));
    return last[0];
  }

  private static void awaitAnswer() {
    assertTrue(Await.until(SEEN_MAX, () -> gateway.infer(slow(1)).refusal() == null));
  }

  @Test
  void stream_messages_countLikeCalls() {
    gateway.grant("dictionary", "streamed", Map.of("rows_per_day", "5"));
    Metadata headers = RawCalls.headers("Bearer " + gateway.orders().accessToken());
    InferStream stream = InferStream.open(gateway.client().channel(), headers, 10);
    for (int i = 1; i <= 4; i++) {
      stream.send(dictionary(2));
      List<ModelStreamInferResponse> answers = stream.awaitAnswers(i);
      String error = answers.getLast().getErrorMessage();
      assertEquals(i <= 2, error.isEmpty(), error);
      if (i > 2) {
        assertTrue(error.startsWith("QUOTA_EXHAUSTED: "), error);
      }
    }
    stream.halfClose();
    StatusRuntimeException end = stream.awaitEnd();
    assertEquals(Status.Code.OK, end.getStatus().getCode());
    Metadata trailers = end.getTrailers();
    assertNotNull(trailers);
    assertEquals("\"rows-day\";q=5;w=86400", trailers.get(GrantedGateway.POLICY));
    String standing = trailers.get(GrantedGateway.STANDING);
    assertNotNull(standing);
    assertEquals(1, Ended.parameter(standing, "rows-day", 'r'));
  }

  @Test
  void grant_madeAnewUnderItsName_hasItsWholeQuota() {
    gateway.grant("dictionary", "again", Map.of("rows_per_day", "3"));
    assertNotNull(infer(dictionary(3)).answer());
    assertExhausted(infer(dictionary(1)));
    gateway.grant("dictionary", "again", Map.of("rows_per_day", "4"));
    assertNotNull(infer(dictionary(4)).answer());
    assertExhausted(infer(dictionary(1)));
  }

  @Test
  void database_stopped_callsBeyondTheLeaseAreRefused() {
    gateway.grant("dictionary", "lost", Map.of("calls_per_second", "1", "calls_burst", "100"));
    assertNotNull(infer(dictionary(1)).answer());
    gateway.postgres().stop();
    try {
      Ended ended = gateway.infer(dictionary(1));
      int granted = 0;
      while (ended.refusal() == null) {
        granted++;
        ended = gateway.infer(dictionary(1));
      }
      assertTrue(granted <= 10, granted + " calls without the database");
      Refused.is(Status.Code.UNAVAILABLE, Reason.DEPENDENCY_LOST, ended.refused());
      assertTrue(gateway.metric("gatehouse_quota_lease_failures_total", Map.of()) > 0);
    } finally {
      gateway.postgres().restart();
    }
    assertTrue(Await.until(SEEN_MAX, () -> gateway.infer(dictionary(1)).refusal() == null));
  }
}
