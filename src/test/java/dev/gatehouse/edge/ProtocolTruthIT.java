package dev.gatehouse.edge;

import static dev.gatehouse.testing.Infer.addSub;
import static dev.gatehouse.testing.Infer.floats;
import static dev.gatehouse.testing.Infer.input;
import static dev.gatehouse.testing.Infer.raw;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.gatehouse.core.Reason;
import dev.gatehouse.core.SystemTime;
import dev.gatehouse.stubs.admin.v1.Deployment;
import dev.gatehouse.stubs.inference.DataType;
import dev.gatehouse.stubs.inference.GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub;
import dev.gatehouse.stubs.inference.InferParameter;
import dev.gatehouse.stubs.inference.InferStatistics;
import dev.gatehouse.stubs.inference.ModelConfig;
import dev.gatehouse.stubs.inference.ModelConfigRequest;
import dev.gatehouse.stubs.inference.ModelInferRequest;
import dev.gatehouse.stubs.inference.ModelInferRequest.InferRequestedOutputTensor;
import dev.gatehouse.stubs.inference.ModelInstanceGroup;
import dev.gatehouse.stubs.inference.ModelReadyRequest;
import dev.gatehouse.stubs.inference.ModelRepositoryParameter;
import dev.gatehouse.stubs.inference.ModelStatistics;
import dev.gatehouse.stubs.inference.ModelStatisticsRequest;
import dev.gatehouse.stubs.inference.RepositoryIndexRequest;
import dev.gatehouse.stubs.inference.RepositoryIndexResponse.ModelIndex;
import dev.gatehouse.stubs.inference.RepositoryModelLoadRequest;
import dev.gatehouse.stubs.inference.RepositoryModelLoadResponse;
import dev.gatehouse.stubs.inference.RepositoryModelUnloadRequest;
import dev.gatehouse.stubs.inference.RepositoryModelUnloadResponse;
import dev.gatehouse.stubs.inference.ServerMetadataRequest;
import dev.gatehouse.testing.ModelPublisher;
import dev.gatehouse.testing.Realm;
import dev.gatehouse.testing.Refused;
import dev.gatehouse.testing.SampleModels;
import dev.gatehouse.testing.SharedGateway;
import io.grpc.Status;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What the protocol's extensions tell about models, and the repository. */
final class ProtocolTruthIT {

  private static SharedGateway gateway;
  private static ModelPublisher publisher;
  private static GRPCInferenceServiceBlockingStub orders;
  private static GRPCInferenceServiceBlockingStub pipeline;

  @BeforeAll
  static void start() {
    gateway = SharedGateway.get();
    publisher = gateway.publisher();
    orders = stub(Realm.ORDERS);
    pipeline = stub(SharedGateway.PIPELINE);
  }

  private static GRPCInferenceServiceBlockingStub stub(Realm.Service service) {
    return gateway.client().inference(gateway.tokens(service));
  }

  private static void upload(String model, String version) {
    publisher.upload(model, version, SharedGateway.sample("add_sub.pt"), SampleModels.ADD_SUB);
  }

  @Test
  void serverMetadata_extensions_areThoseThatAreThere() {
    assertEquals(
        List.of("model_repository", "schedule_policy", "model_configuration", "statistics"),
        orders.serverMetadata(ServerMetadataRequest.getDefaultInstance()).getExtensionsList());
  }

  @Test
  void modelConfig_ofADeployment_saysHowItRuns() {
    var unused = publisher.createModel("truth-config", "truth-config");
    upload("truth-config", "1");
    publisher.deploy(
        "models/truth-config/versions/1",
        Deployment.newBuilder()
            .setMaxBatchRows(24)
            .setInstancesPerDevice(2)
            .setMaxQueueDelay(com.google.protobuf.Duration.newBuilder().setNanos(1_500_000))
            .build());
    publisher.grantInfer("truth-config", Realm.ORDERS.clientId());
    ModelConfig config = config("truth-config");
    assertEquals("truth-config", config.getName());
    assertEquals("pytorch_libtorch", config.getPlatform());
    assertEquals("pytorch", config.getBackend());
    assertEquals(24, config.getMaxBatchSize());
    assertEquals(1_500, config.getDynamicBatching().getMaxQueueDelayMicroseconds());
    assertEquals(
        List.of(
            ModelInstanceGroup.newBuilder()
                .setKind(ModelInstanceGroup.Kind.KIND_CPU)
                .setCount(2)
                .build()),
        config.getInstanceGroupList());
    assertEquals(List.of("a", "b"), config.getInputList().stream().map(i -> i.getName()).toList());
    assertEquals(List.of(16L), config.getInput(0).getDimsList());
    assertEquals(DataType.TYPE_INT32, config.getInput(0).getDataType());
    assertEquals(
        List.of("sum", "difference"),
        config.getOutputList().stream().map(o -> o.getName()).toList());
    assertEquals(List.of(16L), config.getOutput(1).getDimsList());
    assertEquals(DataType.TYPE_INT32, config.getOutput(1).getDataType());
  }

  private static ModelConfig config(String model) {
    return orders.modelConfig(ModelConfigRequest.newBuilder().setName(model).build()).getConfig();
  }

  @Test
  void modelConfig_ofEveryDatatype_namesIt() {
    for (String datatype : SampleModels.DATATYPES) {
      ModelConfig config = config(SampleModels.identityModel(datatype));
      assertEquals(DataType.valueOf("TYPE_" + datatype), config.getInput(0).getDataType());
      assertEquals(DataType.valueOf("TYPE_" + datatype), config.getOutput(0).getDataType());
      assertEquals(List.of(-1L), config.getInput(0).getDimsList());
    }
  }

  @Test
  void modelConfig_withoutGrant_isDenied() {
    for (String model : List.of("add-sub", "no-such-model", "")) {
      Refused.with(
          Status.Code.PERMISSION_DENIED,
          Reason.ACCESS_DENIED,
          () ->
              stub(Realm.STRANGER)
                  .modelConfig(ModelConfigRequest.newBuilder().setName(model).build()));
    }
  }

  private static ModelStatistics statistics(String model) {
    List<ModelStatistics> all =
        orders
            .modelStatistics(ModelStatisticsRequest.newBuilder().setName(model).build())
            .getModelStatsList();
    assertEquals(1, all.size());
    return all.getFirst();
  }

  @Test
  void modelStatistics_afterKnownTraffic_countsRequestsRowsAndExecutionsApart() {
    var unused = publisher.createModel("truth-counts", "truth-counts");
    publisher.upload(
        "truth-counts", "1", SharedGateway.sample("picky.pt"), SampleModels.identity("FP32"));
    publisher.deploy("models/truth-counts/versions/1", Deployment.getDefaultInstance());
    publisher.grantInfer("truth-counts", Realm.ORDERS.clientId());
    assertEquals(0, statistics("truth-counts").getInferenceStats().getSuccess().getCount());
    long before = SystemTime.wall().instant().toEpochMilli();
    for (int rows : new int[] {1, 1, 5, 8, 5}) {
      assertEquals(
          1,
          orders
              .modelInfer(
                  raw("truth-counts", input("x", "FP32", rows, 2), new byte[rows * 8]).build())
              .getOutputsCount());
    }
    Refused.with(
        Status.Code.INVALID_ARGUMENT,
        Reason.MODEL_REJECTED_INPUT,
        () -> orders.modelInfer(floats("truth-counts", "x", -1).build()));
    Refused.with(
        Status.Code.INVALID_ARGUMENT,
        Reason.TENSOR_INVALID,
        () -> orders.modelInfer(floats("truth-counts", "wrong", 1).build()));
    ModelStatistics counts = statistics("truth-counts");
    assertEquals("truth-counts", counts.getName());
    assertEquals("1", counts.getVersion());
    assertEquals(20, counts.getInferenceCount(), "rows");
    assertEquals(5, counts.getExecutionCount(), "batches");
    assertTrue(counts.getLastInference() >= before, "last inference");
    InferStatistics times = counts.getInferenceStats();
    assertEquals(5, times.getSuccess().getCount());
    assertEquals(2, times.getFail().getCount());
    assertEquals(5, times.getQueue().getCount());
    assertEquals(5, times.getComputeInput().getCount());
    assertEquals(5, times.getComputeInfer().getCount());
    assertEquals(5, times.getComputeOutput().getCount());
    assertTrue(times.getComputeInfer().getNs() > 0);
    assertTrue(
        times.getSuccess().getNs() >= times.getQueue().getNs() + times.getComputeInfer().getNs());
    Map<Long, Long> sizes = new TreeMap<>();
    counts
        .getBatchStatsList()
        .forEach(size -> sizes.put(size.getBatchSize(), size.getComputeInfer().getCount()));
    assertEquals(new TreeMap<>(Map.of(1L, 2L, 5L, 2L, 8L, 1L)), sizes);
  }

  @Test
  void modelStatistics_ofAllModels_areThoseTheCallerMaySee() {
    List<String> names =
        orders
            .modelStatistics(ModelStatisticsRequest.getDefaultInstance())
            .getModelStatsList()
            .stream()
            .map(ModelStatistics::getName)
            .toList();
    assertTrue(names.containsAll(List.of("add-sub", "slow", "picky")), names.toString());
    assertEquals(names.stream().sorted().toList(), names);
    assertEquals(
        0,
        stub(Realm.STRANGER)
            .modelStatistics(ModelStatisticsRequest.getDefaultInstance())
            .getModelStatsCount());
    Refused.with(
        Status.Code.PERMISSION_DENIED,
        Reason.ACCESS_DENIED,
        () ->
            stub(Realm.STRANGER)
                .modelStatistics(ModelStatisticsRequest.newBuilder().setName("add-sub").build()));
    Refused.with(
        Status.Code.NOT_FOUND,
        Reason.NOT_FOUND,
        () ->
            orders.modelStatistics(
                ModelStatisticsRequest.newBuilder().setName("add-sub").setVersion("9").build()));
  }

  private static Map<String, ModelIndex> index(
      GRPCInferenceServiceBlockingStub stub, boolean readyOnly) {
    return stub
        .repositoryIndex(RepositoryIndexRequest.newBuilder().setReady(readyOnly).build())
        .getModelsList()
        .stream()
        .collect(Collectors.toMap(e -> e.getName() + "/" + e.getVersion(), e -> e));
  }

  private static ModelIndex entry(Map<String, ModelIndex> index, String name) {
    ModelIndex entry = index.get(name);
    if (entry == null) {
      throw new AssertionError(name + " is not in " + index.keySet());
    }
    return entry;
  }

  @Test
  void repositoryIndex_ofCallersAndPublishers_showsWhatEachMaySee() {
    var unused = publisher.createModel("truth-index", "truth-index");
    upload("truth-index", "1");
    upload("truth-index", "2");
    publisher.deploy("models/truth-index/versions/2", Deployment.getDefaultInstance());
    assertFalse(index(orders, false).containsKey("truth-index/2"), "not granted yet");
    publisher.grantInfer("truth-index", Realm.ORDERS.clientId());
    Map<String, ModelIndex> seen = index(orders, false);
    assertEquals("READY", entry(seen, "truth-index/2").getState());
    assertEquals("", entry(seen, "truth-index/2").getReason());
    assertEquals("UNAVAILABLE", entry(seen, "truth-index/1").getState());
    assertEquals("not deployed", entry(seen, "truth-index/1").getReason());
    Map<String, ModelIndex> ready = index(orders, true);
    assertTrue(ready.containsKey("truth-index/2"));
    assertFalse(ready.containsKey("truth-index/1"));
    assertEquals(0, index(stub(Realm.STRANGER), false).size());
    // Its own team's models need no grant; another team's do.
    assertEquals("READY", entry(index(pipeline, false), "truth-index/2").getState());
    assertEquals("not deployed", entry(index(pipeline, false), "truth-index/1").getReason());
    assertFalse(index(stub(SharedGateway.RIVAL), false).containsKey("truth-index/2"));
    Map<String, ModelIndex> all = index(gateway.client().inference(gateway.administrator()), false);
    assertTrue(all.containsKey("truth-index/1") && all.containsKey("add-sub/1"));
  }

  @Test
  void repositoryIndex_ofAFailedVersion_tellsItsTeamWhy() {
    var unused = publisher.createModel("truth-failed", "truth-failed");
    publisher.upload(
        "truth-failed", "1", SharedGateway.sample("wrong_width.pt"), SampleModels.ADD_SUB);
    Refused.with(
        Status.Code.FAILED_PRECONDITION,
        Reason.STATE_INVALID,
        () -> load(pipeline, "truth-failed"));
    ModelIndex failed = entry(index(pipeline, false), "truth-failed/1");
    assertEquals("UNAVAILABLE", failed.getState());
    assertFalse(failed.getReason().isEmpty());
    publisher.grantInfer("truth-failed", Realm.ORDERS.clientId());
    assertEquals("not deployed", entry(index(orders, false), "truth-failed/1").getReason());
  }

  private static RepositoryModelLoadResponse load(
      GRPCInferenceServiceBlockingStub stub, String model) {
    return stub.repositoryModelLoad(
        RepositoryModelLoadRequest.newBuilder().setModelName(model).build());
  }

  private static RepositoryModelUnloadResponse unload(
      GRPCInferenceServiceBlockingStub stub, String model) {
    return stub.repositoryModelUnload(
        RepositoryModelUnloadRequest.newBuilder()
            .setModelName(model)
            // As Triton's clients send it.
            .putParameters(
                "unload_dependents",
                ModelRepositoryParameter.newBuilder().setBoolParam(false).build())
            .build());
  }

  private static boolean ready(String model) {
    return orders.modelReady(ModelReadyRequest.newBuilder().setName(model).build()).getReady();
  }

  @Test
  void repositoryModel_loadedAndUnloaded_isReadyAndIsNot() {
    var unused = publisher.createModel("truth-load", "truth-load");
    upload("truth-load", "old");
    upload("truth-load", "new");
    publisher.grantInfer("truth-load", Realm.ORDERS.clientId());
    assertFalse(ready("truth-load"));
    assertEquals(0, load(pipeline, "truth-load").getSerializedSize());
    assertTrue(ready("truth-load"));
    assertEquals(
        "new",
        orders.modelInfer(addSub(1, 2).setModelName("truth-load").build()).getModelVersion());
    // Again changes nothing.
    assertEquals(0, load(pipeline, "truth-load").getSerializedSize());
    publisher.deploy("models/truth-load/versions/old", Deployment.getDefaultInstance());
    assertEquals(0, unload(pipeline, "truth-load").getSerializedSize());
    assertFalse(ready("truth-load"));
    assertTrue(
        index(pipeline, false).entrySet().stream()
            .filter(entry -> entry.getKey().startsWith("truth-load/"))
            .allMatch(entry -> entry.getValue().getState().equals("UNAVAILABLE")));
    assertEquals(0, unload(pipeline, "truth-load").getSerializedSize());
    assertEquals(0, load(pipeline, "truth-load").getSerializedSize());
    assertTrue(ready("truth-load"));
  }

  @Test
  void repositoryModelLoad_withTheSettingsItLastHad_keepsThem() {
    var unused = publisher.createModel("truth-again", "truth-again");
    upload("truth-again", "1");
    publisher.grantInfer("truth-again", Realm.ORDERS.clientId());
    publisher.deploy(
        "models/truth-again/versions/1", Deployment.newBuilder().setMaxBatchRows(11).build());
    assertEquals(0, unload(pipeline, "truth-again").getSerializedSize());
    assertEquals(0, load(pipeline, "truth-again").getSerializedSize());
    assertEquals(11, config("truth-again").getMaxBatchSize());
  }

  @Test
  void repositoryModel_byOthers_isDenied() {
    for (GRPCInferenceServiceBlockingStub other : List.of(orders, stub(SharedGateway.RIVAL))) {
      Refused.with(
          Status.Code.PERMISSION_DENIED, Reason.ACCESS_DENIED, () -> load(other, "add-sub"));
      Refused.with(
          Status.Code.PERMISSION_DENIED, Reason.ACCESS_DENIED, () -> unload(other, "add-sub"));
      Refused.with(
          Status.Code.PERMISSION_DENIED, Reason.ACCESS_DENIED, () -> load(other, "none-such"));
    }
    assertTrue(ready("add-sub"));
    Refused.with(Status.Code.PERMISSION_DENIED, Reason.ACCESS_DENIED, () -> load(pipeline, "X/.."));
    var unused = publisher.createModel("truth-empty", "truth-empty");
    Refused.with(
        Status.Code.FAILED_PRECONDITION, Reason.STATE_INVALID, () -> load(pipeline, "truth-empty"));
  }

  static Stream<Arguments> overrides() {
    RepositoryModelLoadRequest.Builder load =
        RepositoryModelLoadRequest.newBuilder().setModelName("add-sub");
    return Stream.of(
        Arguments.of(
            "configuration",
            load.clone()
                .putParameters(
                    "config", ModelRepositoryParameter.newBuilder().setStringParam("{}").build())
                .build()),
        Arguments.of(
            "file",
            load.clone()
                .putParameters(
                    "file:1/model.pt",
                    ModelRepositoryParameter.newBuilder()
                        .setBytesParam(ByteString.copyFromUtf8("x"))
                        .build())
                .build()),
        Arguments.of("repository", load.clone().setRepositoryName("other").build()));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("overrides")
  void repositoryModelLoad_withWhatIsNotTaken_isRefused(
      String name, RepositoryModelLoadRequest request) {
    Refused.with(
        Status.Code.INVALID_ARGUMENT,
        Reason.ARGUMENT_INVALID,
        () -> pipeline.repositoryModelLoad(request));
  }

  private static InferParameter number(long value) {
    return InferParameter.newBuilder().setInt64Param(value).build();
  }

  private static InferParameter text(String value) {
    return InferParameter.newBuilder().setStringParam(value).build();
  }

  static Stream<Arguments> notOffered() {
    ModelInferRequest plain = addSub(1, 2).build();
    return Stream.of(
        Arguments.of(
            "input in shared memory",
            plain.toBuilder()
                .setInputs(
                    0,
                    plain.getInputs(0).toBuilder()
                        .putParameters("shared_memory_region", text("region"))
                        .putParameters("shared_memory_byte_size", number(64)))
                .build()),
        Arguments.of("output in shared memory", output("shared_memory_region", text("region"))),
        Arguments.of("classification", output("classification", number(3))),
        Arguments.of("sequence", parameter("sequence_id", number(4))),
        Arguments.of("sequence by name", parameter("sequence_id", text("a"))),
        Arguments.of(
            "start of a sequence",
            parameter("sequence_start", InferParameter.newBuilder().setBoolParam(true).build())),
        Arguments.of("priority as text", parameter("priority", text("1"))),
        Arguments.of("negative priority", parameter("priority", number(-1))),
        Arguments.of("reserved name", parameter("triton_anything", number(1))),
        Arguments.of(
            "final response as a number",
            parameter("triton_enable_empty_final_response", number(1))));
  }

  private static ModelInferRequest output(String name, InferParameter value) {
    return addSub(1, 2)
        .addOutputs(
            InferRequestedOutputTensor.newBuilder().setName("sum").putParameters(name, value))
        .build();
  }

  private static ModelInferRequest parameter(String name, InferParameter value) {
    return addSub(1, 2).putParameters(name, value).build();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("notOffered")
  void modelInfer_askedForWhatIsNotOffered_isRefusedAndNotMisread(
      String name, ModelInferRequest request) {
    Refused.with(
        Status.Code.INVALID_ARGUMENT, Reason.ARGUMENT_INVALID, () -> orders.modelInfer(request));
  }

  static Stream<Arguments> harmless() {
    return Stream.of(
        Arguments.of("no sequence", parameter("sequence_id", number(0))),
        Arguments.of("usual priority", parameter("priority", number(0))),
        Arguments.of("low priority", parameter("priority", number(9))),
        Arguments.of(
            "unsigned priority",
            parameter("priority", InferParameter.newBuilder().setUint64Param(-1).build())),
        Arguments.of("no classes", output("classification", number(0))),
        Arguments.of("a model's own", parameter("temperature", text("warm"))),
        Arguments.of(
            "another way to send outputs",
            output("binary_data", InferParameter.newBuilder().setBoolParam(true).build())));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("harmless")
  void modelInfer_withParametersThatMeanNothingHere_isAnswered(
      String name, ModelInferRequest request) {
    assertTrue(orders.modelInfer(request).getOutputsCount() > 0);
  }
}
