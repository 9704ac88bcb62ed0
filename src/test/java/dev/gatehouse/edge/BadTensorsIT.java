package dev.gatehouse.edge;

import static dev.gatehouse.testing.Infer.addSub;
import static dev.gatehouse.testing.Infer.bytes;
import static dev.gatehouse.testing.Infer.input;
import static dev.gatehouse.testing.Infer.listed;
import static dev.gatehouse.testing.Infer.raw;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.gatehouse.core.Reason;
import dev.gatehouse.stubs.admin.v1.Deployment;
import dev.gatehouse.stubs.inference.GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub;
import dev.gatehouse.stubs.inference.InferParameter;
import dev.gatehouse.stubs.inference.InferTensorContents;
import dev.gatehouse.stubs.inference.ModelInferRequest;
import dev.gatehouse.stubs.inference.ModelInferRequest.InferInputTensor;
import dev.gatehouse.stubs.inference.ModelInferRequest.InferRequestedOutputTensor;
import dev.gatehouse.stubs.inference.ModelMetadataRequest;
import dev.gatehouse.stubs.inference.ModelReadyRequest;
import dev.gatehouse.testing.GatewayClient;
import dev.gatehouse.testing.Infer;
import dev.gatehouse.testing.ModelPublisher;
import dev.gatehouse.testing.OidcLogin;
import dev.gatehouse.testing.Realm;
import dev.gatehouse.testing.Refused;
import dev.gatehouse.testing.SampleModels;
import dev.gatehouse.testing.SharedGateway;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Requests that no model may see, against the packaged gateway: each gets its refusal, while
 * another caller's good calls go on in the background and none of them is hurt.
 */
final class BadTensorsIT {

  /** What one caller may hold of a queue by default: half of its rows. */
  private static final int CALL_ROWS_MAX = 2048;

  private static final String[] NOT_TAKEN = {
    "BF16", "INT16", "UINT16", "UINT32", "UINT64", "BYTES", "", "fp32", "FP32 ", "STRING", "FP8"
  };

  private static SharedGateway gateway;
  private static GRPCInferenceServiceBlockingStub stub;
  private static final AtomicBoolean OVER = new AtomicBoolean();
  private static CompletableFuture<Integer> innocent;
  private static ExecutorService background;

  @BeforeAll
  static void start() {
    gateway = SharedGateway.get();
    stub = gateway.client().inference(gateway.tokens(Realm.ORDERS));
    background = Executors.newVirtualThreadPerTaskExecutor();
    innocent = CompletableFuture.supplyAsync(BadTensorsIT::goodCalls, background);
  }

  private static int goodCalls() {
    OidcLogin.Tokens tokens = gateway.tokens(Realm.RETURNS);
    int calls = 0;
    while (!OVER.get()) {
      goodCall(gateway.client().inference(tokens), calls++);
    }
    return calls;
  }

  private static void goodCall(GRPCInferenceServiceBlockingStub with, int seed) {
    var response = with.modelInfer(addSub(seed, 1).build());
    assertEquals(seed + 1, Infer.intsOf(response, 0).getFirst());
  }

  @AfterAll
  static void nobodyElseWasHurt() {
    OVER.set(true);
    assertTrue(innocent.join() > 0);
    background.close();
    assertTrue(gateway.process().alive());
  }

  static Stream<Arguments> badTensors() {
    InferInputTensor.Builder good = input("x", "FP32", 1, 4);
    byte[] row = bytes(1f, 2f, 3f, 4f);
    Stream<Arguments> shapes =
        Stream.of(
            bad("no dimensions", raw("dictionary", input("x", "FP32"), row)),
            bad("fewer dimensions", raw("dictionary", input("x", "FP32", 4), row)),
            bad("more dimensions", raw("dictionary", input("x", "FP32", 1, 4, 1), row)),
            bad(
                "nine dimensions",
                raw("dictionary", input("x", "FP32", 1, 1, 1, 1, 1, 1, 1, 1, 4), row)),
            bad(
                "a million dimensions",
                raw(
                    "dictionary",
                    input("x", "FP32", LongStream.generate(() -> 1).limit(1_000_000).toArray()),
                    row)),
            bad("other trailing shape", raw("dictionary", input("x", "FP32", 2, 2), row)),
            bad("negative rows", raw("dictionary", input("x", "FP32", -1, 4), row)),
            bad("negative dimension", raw("dictionary", input("x", "FP32", -1, -4), row)),
            bad("least dimension", raw("dictionary", input("x", "FP32", Long.MIN_VALUE, 4), row)),
            bad("no rows", raw("dictionary", input("x", "FP32", 0, 4), new byte[0])),
            bad("empty dimension", raw("picky", input("x", "FP32", 1, 0), new byte[0])),
            bad("overflow to 0", raw("dictionary", input("x", "FP32", 1L << 62, 4), new byte[0])),
            bad("overflow to 16", raw("dictionary", input("x", "FP32", (1L << 62) + 1, 4), row)),
            bad(
                "overflow by the type",
                raw("picky", input("x", "FP32", 1, (1L << 62) + 1), bytes(1f))),
            bad(
                "largest dimensions",
                raw("picky", input("x", "FP32", Long.MAX_VALUE, Long.MAX_VALUE), bytes(1f))),
            bad("int overflow", raw("picky", input("x", "FP32", 1, 1L << 32), new byte[0])),
            bad("too few bytes", raw("dictionary", good.clone(), Arrays.copyOf(row, 15))),
            bad("too many bytes", raw("dictionary", good.clone(), Arrays.copyOf(row, 17))),
            bad("no bytes", raw("dictionary", good.clone(), new byte[0])),
            bad("a whole row more", raw("dictionary", good.clone(), Arrays.copyOf(row, 32))),
            bad(
                "too many rows",
                raw(
                    "dictionary",
                    input("x", "FP32", CALL_ROWS_MAX + 1, 4),
                    new byte[(CALL_ROWS_MAX + 1) * 4 * 4])));
    return Stream.of(shapes, types(row), inputs(row), contents()).flatMap(all -> all);
  }

  private static Stream<Arguments> types(byte[] row) {
    Stream<Arguments> unknown =
        Arrays.stream(NOT_TAKEN)
            .map(type -> bad("type " + type, raw("dictionary", input("x", type, 1, 4), row)));
    Stream<Arguments> wrong =
        Stream.of("INT32", "FP64", "FP16", "BOOL")
            .map(type -> bad("type " + type, raw("dictionary", input("x", type, 1, 4), row)));
    return Stream.concat(unknown, wrong);
  }

  private static Stream<Arguments> inputs(byte[] row) {
    ByteString raw = ByteString.copyFrom(row);
    ModelInferRequest both = addSub(1, 2).build();
    return Stream.of(
        bad("empty request", ModelInferRequest.newBuilder().setModelName("dictionary")),
        bad("wrong name", raw("dictionary", input("X", "FP32", 1, 4), row)),
        bad("no name", raw("dictionary", input("", "FP32", 1, 4), row)),
        bad(
            "missing input",
            both.toBuilder()
                .removeInputs(1)
                .clearRawInputContents()
                .addRawInputContents(both.getRawInputContents(0))),
        bad(
            "extra input",
            raw("dictionary", input("x", "FP32", 1, 4), row)
                .addInputs(input("z", "FP32", 1, 4))
                .addRawInputContents(raw)),
        bad("input twice", both.toBuilder().setInputs(1, both.getInputs(0))),
        bad(
            "different rows",
            both.toBuilder()
                .setInputs(1, input("b", "INT32", 2, 16))
                .setRawInputContents(1, ByteString.copyFrom(new byte[128]))),
        bad(
            "raw but no input",
            ModelInferRequest.newBuilder().setModelName("dictionary").addRawInputContents(raw)),
        bad(
            "more raw than inputs",
            raw("dictionary", input("x", "FP32", 1, 4), row).addRawInputContents(raw)),
        bad(
            "fewer raw than inputs",
            both.toBuilder()
                .clearRawInputContents()
                .addRawInputContents(both.getRawInputContents(0))),
        bad(
            "raw mixed with contents",
            raw(
                "dictionary",
                input("x", "FP32", 1, 4)
                    .setContents(InferTensorContents.newBuilder().addFp32Contents(1)),
                row)),
        bad(
            "raw mixed with empty contents",
            raw(
                "dictionary",
                input("x", "FP32", 1, 4).setContents(InferTensorContents.getDefaultInstance()),
                row)),
        bad(
            "neither raw nor contents",
            ModelInferRequest.newBuilder()
                .setModelName("dictionary")
                .addInputs(input("x", "FP32", 1, 4))),
        bad(
            "unknown output",
            raw("dictionary", input("x", "FP32", 1, 4), row)
                .addOutputs(InferRequestedOutputTensor.newBuilder().setName("nothing"))),
        bad(
            "output twice",
            raw("dictionary", input("x", "FP32", 1, 4), row)
                .addOutputs(InferRequestedOutputTensor.newBuilder().setName("logits"))
                .addOutputs(InferRequestedOutputTensor.newBuilder().setName("logits"))),
        bad(
            "more outputs than there are",
            raw("dictionary", input("x", "FP32", 1, 4), row)
                .addOutputs(InferRequestedOutputTensor.newBuilder().setName("logits"))
                .addOutputs(InferRequestedOutputTensor.newBuilder().setName("probabilities"))
                .addOutputs(InferRequestedOutputTensor.newBuilder().setName("logits"))));
  }

  private static Stream<Arguments> contents() {
    return Stream.of(
        bad("a BOOL of 2", raw("identity-bool", input("x", "BOOL", 1, 2), new byte[] {1, 2})),
        bad("a BOOL of 255", raw("identity-bool", input("x", "BOOL", 1, 1), new byte[] {-1})),
        list("INT8 too large", "INT8", InferTensorContents.newBuilder().addIntContents(128)),
        list("INT8 too small", "INT8", InferTensorContents.newBuilder().addIntContents(-129)),
        list("UINT8 too large", "UINT8", InferTensorContents.newBuilder().addUintContents(256)),
        list("UINT8 negative", "UINT8", InferTensorContents.newBuilder().addUintContents(-1)),
        list("UINT8 in int", "UINT8", InferTensorContents.newBuilder().addIntContents(1)),
        list("FP16 in contents", "FP16", InferTensorContents.newBuilder().addFp32Contents(1)),
        list(
            "FP16 in bytes",
            "FP16",
            InferTensorContents.newBuilder().addBytesContents(ByteString.copyFrom(new byte[2]))),
        list("FP32 in fp64", "FP32", InferTensorContents.newBuilder().addFp64Contents(1)),
        list("INT64 in int", "INT64", InferTensorContents.newBuilder().addIntContents(1)),
        list(
            "too many",
            "INT64",
            InferTensorContents.newBuilder().addInt64Contents(1).addInt64Contents(2)),
        list(
            "in two lists",
            "INT64",
            InferTensorContents.newBuilder().addInt64Contents(1).addFp32Contents(2)));
  }

  private static Arguments list(String what, String type, InferTensorContents.Builder contents) {
    return bad(what, listed(SampleModels.identityModel(type), input("x", type, 1, 1), contents));
  }

  private static Arguments bad(String what, ModelInferRequest.Builder request) {
    return Arguments.of(what, request.build());
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("badTensors")
  void modelInfer_badTensors_areRefusedBeforeTheModel(String what, ModelInferRequest request) {
    StatusRuntimeException refusal =
        Refused.with(
            Status.Code.INVALID_ARGUMENT, Reason.TENSOR_INVALID, () -> stub.modelInfer(request));
    assertTrue(String.valueOf(refusal.getStatus().getDescription()).length() < 300, what);
    goodCall(stub, 7);
  }

  static Stream<Arguments> badArguments() {
    return Stream.of(
        Arguments.of("id too long", addSub(1, 2).setId("é".repeat(129)).build()),
        Arguments.of("timeout of 0", timeout(InferParameter.newBuilder().setInt64Param(0))),
        Arguments.of("timeout negative", timeout(InferParameter.newBuilder().setInt64Param(-1))),
        Arguments.of("timeout huge", timeout(InferParameter.newBuilder().setUint64Param(-1))),
        Arguments.of(
            "timeout two days",
            timeout(InferParameter.newBuilder().setInt64Param(2L * 86_400_000_000L))),
        Arguments.of("timeout text", timeout(InferParameter.newBuilder().setStringParam("1"))),
        Arguments.of("timeout unset", timeout(InferParameter.newBuilder())));
  }

  private static ModelInferRequest timeout(InferParameter.Builder value) {
    return addSub(1, 2).putParameters("timeout", value.build()).build();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("badArguments")
  void modelInfer_badArguments_areRefused(String what, ModelInferRequest request) {
    Refused.with(
        Status.Code.INVALID_ARGUMENT, Reason.ARGUMENT_INVALID, () -> stub.modelInfer(request));
    goodCall(stub, 7);
  }

  static Stream<String> models() {
    return Stream.of(
        "unknown",
        "models/add-sub",
        "ADD-SUB",
        "",
        "add-sub ",
        "a".repeat(64),
        "é",
        "../x",
        "a".repeat(100_000));
  }

  @ParameterizedTest
  @MethodSource("models")
  void model_unknownOrForbidden_answersAlike(String unknown) {
    GRPCInferenceServiceBlockingStub stranger =
        gateway.client().inference(gateway.tokens(Realm.STRANGER));
    ModelInferRequest request = addSub(1, 2).setId("é".repeat(1_000)).build();
    same(
        () -> stranger.modelInfer(request),
        () -> stranger.modelInfer(request.toBuilder().setModelName(unknown).build()));
    ModelMetadataRequest metadata = ModelMetadataRequest.newBuilder().setName("add-sub").build();
    same(
        () -> stranger.modelMetadata(metadata),
        () -> stranger.modelMetadata(metadata.toBuilder().setName(unknown).build()));
    same(
        () -> stranger.modelMetadata(metadata.toBuilder().setVersion("1").build()),
        () -> stranger.modelMetadata(metadata.toBuilder().setVersion("nothing").build()));
    ModelReadyRequest ready = ModelReadyRequest.newBuilder().setName("add-sub").build();
    same(
        () -> stranger.modelReady(ready),
        () -> stranger.modelReady(ready.toBuilder().setName(unknown).build()));
  }

  private static void same(
      org.junit.jupiter.api.function.Executable forbidden,
      org.junit.jupiter.api.function.Executable unknown) {
    StatusRuntimeException one =
        Refused.with(Status.Code.PERMISSION_DENIED, Reason.ACCESS_DENIED, forbidden);
    StatusRuntimeException two =
        Refused.with(Status.Code.PERMISSION_DENIED, Reason.ACCESS_DENIED, unknown);
    assertEquals(one.getStatus().getDescription(), two.getStatus().getDescription());
    assertEquals(trailers(one), trailers(two));
  }

  private static Map<String, List<Byte>> trailers(StatusRuntimeException refusal) {
    Metadata trailers = java.util.Objects.requireNonNull(refusal.getTrailers());
    Map<String, List<Byte>> all = new java.util.TreeMap<>();
    for (String key : trailers.keys()) {
      byte[] bytes =
          key.endsWith(Metadata.BINARY_HEADER_SUFFIX)
              ? trailers.get(Metadata.Key.of(key, Metadata.BINARY_BYTE_MARSHALLER))
              : trailers
                  .get(Metadata.Key.of(key, Metadata.ASCII_STRING_MARSHALLER))
                  .getBytes(java.nio.charset.StandardCharsets.US_ASCII);
      List<Byte> list = new java.util.ArrayList<>();
      for (byte b : bytes) {
        list.add(b);
      }
      all.put(key, list);
    }
    return all;
  }

  @Test
  void version_unknown_isNotFound() {
    for (String version : List.of("2", "nothing", "A", "a".repeat(64), "é")) {
      Refused.with(
          Status.Code.NOT_FOUND,
          Reason.NOT_FOUND,
          () -> stub.modelInfer(addSub(1, 2).setModelVersion(version).build()));
    }
    assertEquals("1", stub.modelInfer(addSub(1, 2).setModelVersion("1").build()).getModelVersion());
  }

  @Test
  void model_notDeployed_isNotReady() {
    ModelPublisher publisher = gateway.publisher();
    var unused = publisher.createModel("resting", "Resting");
    publisher.grantInfer("resting", Realm.ORDERS.clientId());
    ModelInferRequest request = addSub(1, 2).setModelName("resting").build();
    Refused.with(Status.Code.UNAVAILABLE, Reason.MODEL_NOT_READY, () -> stub.modelInfer(request));
    publisher.upload("resting", "1", SharedGateway.sample("add_sub.pt"), SampleModels.ADD_SUB);
    for (String version : List.of("", "1")) {
      Refused.with(
          Status.Code.UNAVAILABLE,
          Reason.MODEL_NOT_READY,
          () -> stub.modelInfer(request.toBuilder().setModelVersion(version).build()));
    }
    var ready = publisher.deploy("models/resting/versions/1", Deployment.getDefaultInstance());
    assertEquals("models/resting/versions/1", ready.getName());
    assertEquals(3, Infer.intsOf(stub.modelInfer(request), 0).getFirst());
    assertTrue(GatewayClient.errorInfo(Status.OK.asRuntimeException()).isEmpty());
  }
}
