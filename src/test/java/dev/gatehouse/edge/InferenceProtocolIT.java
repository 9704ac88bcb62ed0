package dev.gatehouse.edge;

import static dev.gatehouse.testing.Infer.addSub;
import static dev.gatehouse.testing.Infer.bytes;
import static dev.gatehouse.testing.Infer.floats;
import static dev.gatehouse.testing.Infer.floatsOf;
import static dev.gatehouse.testing.Infer.input;
import static dev.gatehouse.testing.Infer.intsOf;
import static dev.gatehouse.testing.Infer.listed;
import static dev.gatehouse.testing.Infer.raw;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.gatehouse.stubs.inference.GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub;
import dev.gatehouse.stubs.inference.InferTensorContents;
import dev.gatehouse.stubs.inference.ModelInferRequest;
import dev.gatehouse.stubs.inference.ModelInferRequest.InferRequestedOutputTensor;
import dev.gatehouse.stubs.inference.ModelInferResponse;
import dev.gatehouse.stubs.inference.ModelInferResponse.InferOutputTensor;
import dev.gatehouse.stubs.inference.ModelMetadataRequest;
import dev.gatehouse.stubs.inference.ModelMetadataResponse;
import dev.gatehouse.stubs.inference.ModelReadyRequest;
import dev.gatehouse.stubs.inference.ServerLiveRequest;
import dev.gatehouse.stubs.inference.ServerMetadataRequest;
import dev.gatehouse.stubs.inference.ServerReadyRequest;
import dev.gatehouse.testing.Realm;
import dev.gatehouse.testing.SampleModels;
import dev.gatehouse.testing.SharedGateway;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What clients of the Open Inference Protocol rely on, against the packaged gateway. */
final class InferenceProtocolIT {

  private static SharedGateway gateway;
  private static GRPCInferenceServiceBlockingStub stub;

  @BeforeAll
  static void start() {
    gateway = SharedGateway.get();
    stub = gateway.client().inference(gateway.tokens(Realm.ORDERS));
  }

  static Stream<String> datatypes() {
    return SampleModels.DATATYPES.stream();
  }

  @ParameterizedTest
  @MethodSource("datatypes")
  void modelInfer_rawOfEveryDatatype_comesBackBitForBit(String datatype) {
    int width = 33;
    int rows = 3;
    byte[] sent = new byte[rows * width * size(datatype)];
    new Random(datatype.hashCode()).nextBytes(sent);
    if (datatype.equals("BOOL")) {
      for (int i = 0; i < sent.length; i++) {
        sent[i] &= 1;
      }
    }
    ModelInferResponse response =
        stub.modelInfer(
            raw(SampleModels.identityModel(datatype), input("x", datatype, rows, width), sent)
                .build());
    assertArrayEquals(sent, response.getRawOutputContents(0).toByteArray());
    InferOutputTensor output = response.getOutputs(0);
    assertEquals("y", output.getName());
    assertEquals(datatype, output.getDatatype());
    assertEquals(List.of((long) rows, (long) width), output.getShapeList());
    assertFalse(output.hasContents());
  }

  private static int size(String datatype) {
    return switch (datatype) {
      case "BOOL", "UINT8", "INT8" -> 1;
      case "FP16" -> 2;
      case "INT32", "FP32" -> 4;
      default -> 8;
    };
  }

  private static InferTensorContents contents(String datatype) {
    InferTensorContents.Builder contents = InferTensorContents.newBuilder();
    switch (datatype) {
      case "BOOL" -> contents.addBoolContents(true).addBoolContents(false);
      case "UINT8" -> contents.addUintContents(255).addUintContents(0);
      case "INT8" -> contents.addIntContents(-128).addIntContents(127);
      case "INT32" -> contents.addIntContents(Integer.MIN_VALUE).addIntContents(7);
      case "INT64" -> contents.addInt64Contents(Long.MIN_VALUE).addInt64Contents(Long.MAX_VALUE);
      case "FP32" -> contents.addFp32Contents(Float.MIN_VALUE).addFp32Contents(Float.NaN);
      default -> contents.addFp64Contents(-0.0).addFp64Contents(Double.POSITIVE_INFINITY);
    }
    return contents.build();
  }

  @ParameterizedTest
  @ValueSource(strings = {"BOOL", "UINT8", "INT8", "INT32", "INT64", "FP32", "FP64"})
  void modelInfer_contentsOfEveryDatatype_comeBackAsContents(String datatype) {
    InferTensorContents sent = contents(datatype);
    ModelInferResponse response =
        stub.modelInfer(
            listed(
                    SampleModels.identityModel(datatype),
                    input("x", datatype, 1, 2),
                    sent.toBuilder())
                .build());
    assertEquals(0, response.getRawOutputContentsCount());
    assertEquals(sent, response.getOutputs(0).getContents());
  }

  @Test
  void modelInfer_halfPrecisionOutput_comesRaw() {
    String model = SampleModels.identityModel("FP16");
    ModelInferResponse response =
        stub.modelInfer(raw(model, input("x", "FP16", 1, 2), new byte[] {0, 60, 0, 64}).build());
    assertEquals(1, response.getRawOutputContentsCount());
  }

  @Test
  void modelInfer_idModelAndVersion_areEchoed() {
    String id = "é" + "x".repeat(254);
    ModelInferResponse response = stub.modelInfer(addSub(1, 2).setId(id).build());
    assertEquals(id, response.getId());
    assertEquals("add-sub", response.getModelName());
    assertEquals("1", response.getModelVersion());
    assertEquals("", stub.modelInfer(addSub(1, 2).build()).getId());
  }

  @Test
  void modelInfer_inputsInAnyOrder_areTheSame() {
    ModelInferRequest request = addSub(10, 3).build();
    ModelInferRequest turned =
        request.toBuilder()
            .clearInputs()
            .addInputs(request.getInputs(1))
            .addInputs(request.getInputs(0))
            .clearRawInputContents()
            .addRawInputContents(request.getRawInputContents(1))
            .addRawInputContents(request.getRawInputContents(0))
            .build();
    for (ModelInferRequest each : List.of(request, turned)) {
      ModelInferResponse response = stub.modelInfer(each);
      assertEquals(
          List.of("sum", "difference"),
          response.getOutputsList().stream().map(InferOutputTensor::getName).toList());
      assertEquals(13, intsOf(response, 0).getFirst());
      assertEquals(List.of(7), intsOf(response, 1).stream().distinct().toList());
    }
  }

  @Test
  void modelInfer_requestedOutputs_areHonouredInTheirOrder() {
    for (List<String> wanted :
        List.of(
            List.of("sum"),
            List.of("difference"),
            List.of("difference", "sum"),
            List.of("sum", "difference"))) {
      ModelInferRequest.Builder request = addSub(10, 3);
      for (String name : wanted) {
        request.addOutputs(InferRequestedOutputTensor.newBuilder().setName(name));
      }
      ModelInferResponse response = stub.modelInfer(request.build());
      assertEquals(
          wanted, response.getOutputsList().stream().map(InferOutputTensor::getName).toList());
      assertEquals(wanted.size(), response.getRawOutputContentsCount());
      for (int i = 0; i < wanted.size(); i++) {
        assertEquals(wanted.get(i).equals("sum") ? 13 : 7, intsOf(response, i).getFirst());
      }
    }
  }

  @Test
  void modelInfer_dictionaryOutput_comesUnderItsNames() {
    ModelInferResponse response =
        stub.modelInfer(floats("dictionary", "x", 1f, 2f, 3f, 4f).build());
    assertEquals(
        List.of("logits", "probabilities"),
        response.getOutputsList().stream().map(InferOutputTensor::getName).toList());
    List<Float> probabilities = floatsOf(response, 1);
    assertEquals(3, probabilities.size());
    assertEquals(1.0, probabilities.stream().mapToDouble(Float::doubleValue).sum(), 1e-5);
  }

  @Test
  void modelInfer_largestBatch_isTaken() {
    ModelInferResponse response =
        stub.modelInfer(raw("dictionary", input("x", "FP32", 32, 4), new byte[32 * 16]).build());
    assertEquals(List.of(32L, 3L), response.getOutputs(0).getShapeList());
  }

  @Test
  void modelInfer_unknownParameters_areIgnored() {
    ModelInferRequest request =
        addSub(1, 2)
            .putParameters(
                "priority",
                dev.gatehouse.stubs.inference.InferParameter.newBuilder().setUint64Param(1).build())
            .putParameters(
                "anything",
                dev.gatehouse.stubs.inference.InferParameter.newBuilder()
                    .setBoolParam(true)
                    .build())
            .build();
    assertEquals(3, intsOf(stub.modelInfer(request), 0).getFirst());
  }

  /** Rows of different lengths never share a batch, and everybody gets the mean of its own. */
  @Test
  void modelInfer_tokensOfDifferentLengthsAtOnce_areEachRight() {
    List<ModelInferRequest> requests = new ArrayList<>();
    List<List<Float>> alone = new ArrayList<>();
    Random random = new Random(7);
    for (int length = 1; length <= 24; length++) {
      int rows = 1 + random.nextInt(3);
      long[] ids = random.longs((long) rows * length, 0, 100).toArray();
      ModelInferRequest request =
          raw("token-mean", input("ids", "INT64", rows, length), bytes(ids)).build();
      requests.add(request);
      alone.add(floatsOf(stub.modelInfer(request), 0));
    }
    for (int round = 0; round < 3; round++) {
      List<ModelInferResponse> together = atOnce(requests);
      for (int i = 0; i < requests.size(); i++) {
        List<Float> own = floatsOf(together.get(i), 0);
        assertEquals(alone.get(i).size(), own.size());
        for (int j = 0; j < own.size(); j++) {
          assertEquals(alone.get(i).get(j), own.get(j), 1e-5f, "length " + (i + 1));
        }
      }
    }
  }

  private static List<ModelInferResponse> atOnce(List<ModelInferRequest> requests) {
    List<GRPCInferenceServiceBlockingStub> callers =
        List.of(
            gateway.client().inference(gateway.tokens(Realm.ORDERS)),
            gateway.client().inference(gateway.tokens(Realm.RETURNS)));
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<CompletableFuture<ModelInferResponse>> running = new ArrayList<>();
      for (int i = 0; i < requests.size(); i++) {
        GRPCInferenceServiceBlockingStub caller = callers.get(i % callers.size());
        ModelInferRequest request = requests.get(i);
        running.add(CompletableFuture.supplyAsync(() -> caller.modelInfer(request), threads));
      }
      return running.stream().map(CompletableFuture::join).toList();
    }
  }

  @Test
  void modelInfer_manyCallersAtOnce_eachGetsItsOwnRows() {
    long seed = 20261122;
    Random random = new Random(seed);
    for (int round = 0; round < 4; round++) {
      List<ModelInferRequest> requests = new ArrayList<>();
      List<int[]> sums = new ArrayList<>();
      for (int i = 0; i < 64; i++) {
        int rows = 1 + random.nextInt(5);
        int[] a = random.ints(rows * 16L).toArray();
        int[] b = random.ints(rows * 16L).toArray();
        sums.add(IntStream.range(0, a.length).map(j -> a[j] + b[j]).toArray());
        requests.add(
            ModelInferRequest.newBuilder()
                .setModelName("add-sub")
                .setId(seed + "/" + i)
                .addInputs(input("a", "INT32", rows, 16))
                .addInputs(input("b", "INT32", rows, 16))
                .addRawInputContents(ByteString.copyFrom(bytes(a)))
                .addRawInputContents(ByteString.copyFrom(bytes(b)))
                .build());
      }
      List<ModelInferResponse> responses = atOnce(requests);
      for (int i = 0; i < requests.size(); i++) {
        assertEquals(requests.get(i).getId(), responses.get(i).getId());
        assertEquals(
            IntStream.of(sums.get(i)).boxed().collect(Collectors.toList()),
            intsOf(responses.get(i), 0),
            "seed " + seed);
      }
    }
  }

  @Test
  void metadata_ofAServerAndAModel_saysWhatTheyAre() {
    assertTrue(stub.serverLive(ServerLiveRequest.getDefaultInstance()).getLive());
    assertTrue(stub.serverReady(ServerReadyRequest.getDefaultInstance()).getReady());
    assertEquals(
        "gatehouse", stub.serverMetadata(ServerMetadataRequest.getDefaultInstance()).getName());
    ModelMetadataRequest request = ModelMetadataRequest.newBuilder().setName("token-mean").build();
    ModelMetadataResponse metadata = stub.modelMetadata(request);
    assertEquals("token-mean", metadata.getName());
    assertEquals("pytorch_libtorch", metadata.getPlatform());
    assertEquals(List.of("1"), metadata.getVersionsList());
    assertEquals(List.of(-1L, -1L), metadata.getInputs(0).getShapeList());
    assertEquals("INT64", metadata.getInputs(0).getDatatype());
    assertEquals(List.of(-1L, 8L), metadata.getOutputs(0).getShapeList());
    assertTrue(
        stub.modelReady(ModelReadyRequest.newBuilder().setName("token-mean").build()).getReady());
  }
}
