package dev.gatehouse.edge;

import static dev.gatehouse.testing.Infer.addSub;
import static dev.gatehouse.testing.Infer.floats;
import static dev.gatehouse.testing.Infer.input;
import static dev.gatehouse.testing.Infer.intsOf;
import static dev.gatehouse.testing.Infer.raw;
import static dev.gatehouse.testing.RecordedEntries.has;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.FieldMask;
import dev.gatehouse.audit.entry.Entry;
import dev.gatehouse.audit.entry.EntryKind;
import dev.gatehouse.audit.entry.Field;
import dev.gatehouse.core.Reason;
import dev.gatehouse.stubs.admin.v1.Caller;
import dev.gatehouse.stubs.admin.v1.UpdateCallerRequest;
import dev.gatehouse.stubs.inference.InferParameter;
import dev.gatehouse.stubs.inference.ModelInferRequest;
import dev.gatehouse.stubs.inference.ModelInferResponse;
import dev.gatehouse.stubs.inference.ModelStreamInferResponse;
import dev.gatehouse.testing.Await;
import dev.gatehouse.testing.GatewayClient;
import dev.gatehouse.testing.InferStream;
import dev.gatehouse.testing.ModelPublisher;
import dev.gatehouse.testing.PrometheusText;
import dev.gatehouse.testing.RawCalls;
import dev.gatehouse.testing.Realm;
import dev.gatehouse.testing.Refused;
import dev.gatehouse.testing.SampleModels;
import dev.gatehouse.testing.SharedGateway;
import io.grpc.CallOptions;
import io.grpc.Metadata;
import io.grpc.Status;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Streams of inferences against the packaged gateway. */
final class StreamingIT {

  private static final String METHOD = "inference.GRPCInferenceService/ModelStreamInfer";
  private static final Duration SEEN_MAX = Duration.ofSeconds(60);

  /** Some seconds of work for the model {@code slow}. */
  private static final float LONG = 150_000;

  private static SharedGateway gateway;

  @BeforeAll
  static void start() {
    gateway = SharedGateway.get();
  }

  private static Metadata headers(Realm.Service service) {
    return RawCalls.headers(gateway.tokens(service));
  }

  private static InferStream open(int answersMax) {
    return InferStream.open(gateway.client().channel(), headers(Realm.RETURNS), answersMax);
  }

  private static double calls(Realm.Service service, String outcome) {
    return new PrometheusText(gateway.process().metrics())
        .sum(
            "gatehouse_caller_requests_total",
            Map.of("caller", service.clientId(), "outcome", outcome));
  }

  private static double bytes(Realm.Service service) {
    return new PrometheusText(gateway.process().metrics())
        .sum("gatehouse_caller_request_bytes_total", Map.of("caller", service.clientId()));
  }

  private static double pendingRows(String model) {
    return new PrometheusText(gateway.process().metrics())
        .sum("gatehouse_queue_pending_rows", Map.of("model", model));
  }

  /** How many inferences of the caller are on record, of that model. */
  private static long inferences(Realm.Service caller, String model) {
    return gateway
        .recorded()
        .all(EntryKind.INTENT, has(Field.CALLER, caller.clientId()).and(has(Field.MODEL, model)))
        .size();
  }

  /** How many streams, or messages of them, of the caller are on record otherwise. */
  private static long calls(Realm.Service caller, Predicate<Entry> fits) {
    return gateway
        .recorded()
        .all(
            EntryKind.CALL,
            has(Field.CALLER, caller.clientId()).and(has(Field.ACTION, METHOD)).and(fits))
        .size();
  }

  @Test
  void stream_thousandRequestsInFlight_eachGetsItsOwnAnswer() {
    int messages = 1_000;
    Random random = new Random(20261205);
    Map<String, int[]> sums = new HashMap<>();
    InferStream stream = open(messages);
    for (int i = 0; i < messages; i++) {
      int a = random.nextInt();
      int b = random.nextInt();
      sums.put("id" + i, new int[] {a + b, a - b});
      stream.send(addSub(a, b).setId("id" + i).build());
    }
    stream.halfClose();
    assertEquals(Status.Code.OK, stream.awaitEnd().getStatus().getCode());
    assertEquals(messages, stream.answers().size());
    for (ModelStreamInferResponse answer : stream.answers()) {
      ModelInferResponse response = answer.getInferResponse();
      assertEquals("", answer.getErrorMessage());
      assertEquals("add-sub", response.getModelName());
      assertEquals("1", response.getModelVersion());
      assertTrue(response.getParametersOrThrow("triton_final_response").getBoolParam());
      int[] sum = sums.remove(response.getId());
      assertArrayEquals(
          sum, new int[] {intsOf(response, 0).getFirst(), intsOf(response, 1).getFirst()});
    }
    assertTrue(sums.isEmpty());
  }

  @Test
  void stream_quickRequestBehindASlowOne_overtakesIt() {
    InferStream stream = open(2);
    stream.send(floats("slow", "work", LONG).setId("slow").build());
    stream.send(addSub(1, 2).setId("quick").build());
    stream.halfClose();
    assertEquals(Status.Code.OK, stream.awaitEnd().getStatus().getCode());
    assertEquals(
        List.of("quick", "slow"),
        stream.answers().stream().map(answer -> answer.getInferResponse().getId()).toList());
  }

  @Test
  void stream_errorsOfMessages_areInTheirResponsesAndTheStreamGoesOn() {
    InferStream stream = open(6);
    stream.send(addSub(1, 2).setId("none").setModelName("no-such-model").build());
    stream.send(addSub(1, 2).setId("version").setModelVersion("9").build());
    stream.send(addSub(1, 2).setId("shape").clearRawInputContents().build());
    stream.send(floats("picky", "x", -1).setId("poison").build());
    stream.send(
        addSub(1, 2)
            .setId("sequence")
            .putParameters("sequence_id", InferParameter.newBuilder().setInt64Param(7).build())
            .build());
    stream.send(addSub(1, 2).setId("good").build());
    stream.halfClose();
    assertEquals(Status.Code.OK, stream.awaitEnd().getStatus().getCode());
    Map<String, ModelStreamInferResponse> answers = new HashMap<>();
    stream.answers().forEach(answer -> answers.put(answer.getInferResponse().getId(), answer));
    assertEquals(6, answers.size());
    assertError("ACCESS_DENIED: not there, or not yours to use", of(answers, "none"));
    assertEquals("no-such-model", of(answers, "none").getInferResponse().getModelName());
    assertError("NOT_FOUND: ", of(answers, "version"));
    assertEquals("9", of(answers, "version").getInferResponse().getModelVersion());
    assertError("TENSOR_INVALID: inputs[0]", of(answers, "shape"));
    assertError("MODEL_REJECTED_INPUT: ", of(answers, "poison"));
    assertError("ARGUMENT_INVALID: parameters.sequence_id", of(answers, "sequence"));
    assertEquals("", of(answers, "good").getErrorMessage());
  }

  private static ModelStreamInferResponse of(
      Map<String, ModelStreamInferResponse> answers, String id) {
    ModelStreamInferResponse answer = answers.get(id);
    if (answer == null) {
      throw new AssertionError("no answer to " + id);
    }
    return answer;
  }

  private static void assertError(String start, ModelStreamInferResponse answer) {
    assertTrue(answer.getErrorMessage().startsWith(start), answer.getErrorMessage());
    assertEquals(0, answer.getInferResponse().getOutputsCount());
  }

  @Test
  void stream_errorsWantedAsStatus_endsWithTheFirst() {
    Metadata headers = headers(Realm.RETURNS);
    headers.put(StreamErrors.HEADER, "true");
    InferStream stream = InferStream.open(gateway.client().channel(), headers, 10);
    stream.send(addSub(1, 2).build());
    assertEquals("", stream.awaitAnswers(1).getFirst().getErrorMessage());
    stream.send(addSub(1, 2).clearRawInputContents().build());
    Refused.is(Status.Code.INVALID_ARGUMENT, Reason.TENSOR_INVALID, stream.awaitEnd());
    assertEquals(1, stream.answers().size());
  }

  @Test
  void stream_clientDoesNotRead_isSoonNotReadFrom() {
    int messages = 400;
    int width = 64 * 1024;
    byte[] values = new byte[4 * width];
    double before = calls(Realm.RETURNS, "OK");
    InferStream stream = open(0);
    for (int i = 0; i < messages; i++) {
      ByteBuffer.wrap(values).putInt(i);
      stream.send(
          raw(SampleModels.identityModel("FP32"), input("x", "FP32", 1, width), values)
              .setId("id" + i)
              .build());
    }
    stream.halfClose();
    int accepted = settled(before);
    // Those that have a place, and what the transport had room for.
    int transport = 2 * (1 << 20) / values.length;
    assertTrue(
        accepted > 0 && accepted <= InferenceStream.IN_FLIGHT_MAX + transport,
        accepted + " accepted");
    assertEquals(0, stream.answers().size());
    stream.read(messages);
    assertEquals(Status.Code.OK, stream.awaitEnd().getStatus().getCode());
    assertEquals(messages, stream.answers().size());
    for (ModelStreamInferResponse answer : stream.answers()) {
      ModelInferResponse response = answer.getInferResponse();
      ByteBuffer.wrap(values).putInt(Integer.parseInt(response.getId().substring(2)));
      assertArrayEquals(values, response.getRawOutputContents(0).toByteArray());
    }
    assertEquals(messages, calls(Realm.RETURNS, "OK") - before);
  }

  /** How many calls were answered since {@code before}, once it stays the same for a while. */
  private static int settled(double before) {
    int[] last = {-1, 0};
    boolean stays =
        Await.until(
            SEEN_MAX,
            () -> {
              int now = (int) (calls(Realm.RETURNS, "OK") - before);
              last[1] = now == last[0] ? last[1] + 1 : 0;
              last[0] = now;
              return now > 0 && last[1] >= 25;
            });
    assertTrue(stays, "it goes on and on");
    return last[0];
  }

  @Test
  void stream_clientGoesAway_cancelsWhatWaits() {
    InferStream stream = open(100);
    for (int i = 0; i < 64; i++) {
      stream.send(floats("slow", "work", LONG).build());
    }
    assertTrue(Await.until(SEEN_MAX, () -> pendingRows("slow") >= 10));
    stream.cancel();
    assertTrue(Await.until(SEEN_MAX, () -> pendingRows("slow") == 0), "rows are pending for ever");
    InferStream next = open(1);
    next.send(addSub(1, 2).build());
    assertEquals(3, intsOf(next.awaitAnswers(1).getFirst().getInferResponse(), 0).getFirst());
    next.cancel();
  }

  @Test
  void stream_deadlinePasses_endsWithIt() {
    InferStream stream =
        InferStream.open(
            gateway.client().channel(),
            headers(Realm.RETURNS),
            10,
            CallOptions.DEFAULT.withDeadlineAfter(500, TimeUnit.MILLISECONDS));
    stream.send(floats("slow", "work", LONG).build());
    assertEquals(Status.Code.DEADLINE_EXCEEDED, stream.awaitEnd().getStatus().getCode());
    assertTrue(Await.until(SEEN_MAX, () -> pendingRows("slow") == 0));
  }

  @Test
  void stream_emptyFinalResponseWanted_everyAnswerIsMarkedFinal() {
    InferStream stream = open(2);
    stream.send(
        addSub(1, 2)
            .putParameters(
                "triton_enable_empty_final_response",
                InferParameter.newBuilder().setBoolParam(true).build())
            .build());
    stream.halfClose();
    assertEquals(Status.Code.OK, stream.awaitEnd().getStatus().getCode());
    assertEquals(1, stream.answers().size());
    ModelInferResponse answer = stream.answers().getFirst().getInferResponse();
    assertTrue(answer.getParametersOrThrow("triton_final_response").getBoolParam());
    assertEquals(2, answer.getOutputsCount());
  }

  @Test
  void stream_messageThatCannotBeDecoded_endsItAsTheTransportWould() {
    RawCalls.Running call =
        RawCalls.start(
            gateway.client().channel(), METHOD, headers(Realm.RETURNS), CallOptions.DEFAULT);
    call.call().sendMessage(addSub(1, 2).build().toByteArray());
    assertTrue(call.first().join().length > 0);
    call.call().sendMessage(new byte[] {(byte) 0xff, 1, 2});
    Refused.is(Status.Code.INVALID_ARGUMENT, Reason.ARGUMENT_INVALID, call.await().failure());
  }

  @Test
  void stream_withoutGrantOrCredential_isRefused() {
    InferStream stranger = InferStream.open(gateway.client().channel(), headers(Realm.STRANGER), 1);
    stranger.send(addSub(1, 2).build());
    assertError("ACCESS_DENIED: ", stranger.awaitAnswers(1).getFirst());
    stranger.cancel();
    InferStream nobody = InferStream.open(gateway.client().channel(), new Metadata(), 1);
    Refused.is(Status.Code.UNAUTHENTICATED, Reason.CREDENTIAL_INVALID, nobody.awaitEnd());
  }

  /** Each message is a call: counted with its outcome and bytes, recorded once; the stream not. */
  @Test
  void stream_messagesAndTheStream_areCountedAndRecordedOnce() {
    ModelInferRequest good = addSub(1, 2).build();
    ModelInferRequest bad = addSub(1, 2).clearRawInputContents().build();
    double answered = calls(Realm.RETURNS, "OK");
    double refused = calls(Realm.RETURNS, "TENSOR_INVALID");
    double cancelled = calls(Realm.RETURNS, "CANCELLED");
    double sentBytes = bytes(Realm.RETURNS);
    // What was answered is on disk, but what need not be may not be there yet.
    long inferences = inferences(Realm.RETURNS, "add-sub");
    Predicate<Entry> invalid = has(Field.OUTCOME, "TENSOR_INVALID");
    long refusals = calls(Realm.RETURNS, invalid);
    long streams = calls(Realm.RETURNS, entry -> true);
    InferStream stream = open(10);
    for (int i = 0; i < 7; i++) {
      stream.send(good);
    }
    stream.send(bad);
    stream.send(bad);
    List<ModelStreamInferResponse> nine = stream.awaitAnswers(9);
    assertEquals(9, nine.size());
    stream.cancel();
    assertTrue(
        Await.until(
            SEEN_MAX,
            () ->
                inferences(Realm.RETURNS, "add-sub") == inferences + 7
                    && calls(Realm.RETURNS, entry -> true) == streams + 2),
        "records");
    assertEquals(refusals + 2, calls(Realm.RETURNS, invalid));
    assertEquals(7, calls(Realm.RETURNS, "OK") - answered);
    assertEquals(2, calls(Realm.RETURNS, "TENSOR_INVALID") - refused);
    assertEquals(0, calls(Realm.RETURNS, "CANCELLED") - cancelled);
    assertEquals(
        7 * good.getSerializedSize() + 2 * bad.getSerializedSize(),
        bytes(Realm.RETURNS) - sentBytes,
        "bytes without the five that frame each message");
  }

  @Test
  void stream_callerSuspended_endsWithinSecondsThoughIdle() {
    ModelPublisher publisher = gateway.publisher();
    var unused = publisher.grantInfer("add-sub", SharedGateway.SUSPECT.clientId());
    InferStream stream =
        InferStream.open(gateway.client().channel(), headers(SharedGateway.SUSPECT), 10);
    stream.send(addSub(1, 2).build());
    assertEquals("", stream.awaitAnswers(1).getFirst().getErrorMessage());
    assertFalse(stream.ended());
    try {
      standing(Caller.Standing.STANDING_SUSPENDED);
      Refused.is(Status.Code.UNAUTHENTICATED, Reason.CREDENTIAL_INVALID, stream.awaitEnd());
    } finally {
      standing(Caller.Standing.STANDING_ACTIVE);
    }
  }

  private static void standing(Caller.Standing standing) {
    Caller changed =
        gateway
            .client()
            .callers(gateway.administrator())
            .updateCaller(
                UpdateCallerRequest.newBuilder()
                    .setCaller(Caller.newBuilder().setName("callers/suspect").setStanding(standing))
                    .setUpdateMask(FieldMask.newBuilder().addPaths("standing"))
                    .build());
    assertEquals(standing, changed.getStanding());
  }

  /** A grant that is taken away counts from the next message on. */
  @Test
  void stream_grantTakenAway_refusesTheNextMessage() {
    ModelPublisher publisher = gateway.publisher();
    var model = publisher.createModel("streamed-grant", "streamed-grant");
    publisher.upload(
        "streamed-grant", "1", SharedGateway.sample("add_sub.pt"), SampleModels.ADD_SUB);
    publisher.deploy(
        model.getName() + "/versions/1",
        dev.gatehouse.stubs.admin.v1.Deployment.getDefaultInstance());
    var grant = publisher.grantInfer("streamed-grant", Realm.RETURNS.clientId());
    InferStream stream = open(10);
    ModelInferRequest request = addSub(1, 2).setModelName("streamed-grant").build();
    stream.send(request);
    assertEquals("", stream.awaitAnswers(1).getFirst().getErrorMessage());
    var gone =
        gateway
            .client()
            .grants(gateway.tokens(Realm.PAUL))
            .deleteGrant(
                dev.gatehouse.stubs.admin.v1.DeleteGrantRequest.newBuilder()
                    .setName(grant.getName())
                    .build());
    assertEquals(0, gone.getSerializedSize());
    stream.send(request);
    assertError("ACCESS_DENIED: ", stream.awaitAnswers(2).get(1));
    stream.halfClose();
    assertEquals(Status.Code.OK, stream.awaitEnd().getStatus().getCode());
  }

  @Test
  void streams_manyAtOnce_areAllAnswered() {
    try (GatewayClient client = new GatewayClient(gateway.process().grpcPort())) {
      List<InferStream> streams =
          java.util.stream.IntStream.range(0, 16)
              .mapToObj(i -> InferStream.open(client.channel(), headers(Realm.RETURNS), 100))
              .toList();
      for (int i = 0; i < 100; i++) {
        for (int s = 0; s < streams.size(); s++) {
          streams.get(s).send(addSub(i, s).setId(i + "/" + s).build());
        }
      }
      for (int s = 0; s < streams.size(); s++) {
        streams.get(s).halfClose();
        assertEquals(Status.Code.OK, streams.get(s).awaitEnd().getStatus().getCode());
        for (ModelStreamInferResponse answer : streams.get(s).awaitAnswers(100)) {
          String[] id = answer.getInferResponse().getId().split("/", -1);
          assertEquals(s, Integer.parseInt(id[1]));
          assertEquals(
              Integer.parseInt(id[0]) + s, intsOf(answer.getInferResponse(), 0).getFirst());
        }
      }
    }
  }
}
