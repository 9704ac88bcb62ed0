package dev.gatehouse.edge;

import static dev.gatehouse.testing.Infer.floatsOf;
import static dev.gatehouse.testing.Infer.input;
import static dev.gatehouse.testing.Infer.raw;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Duration;
import dev.gatehouse.core.Reason;
import dev.gatehouse.stubs.admin.v1.Deployment;
import dev.gatehouse.stubs.admin.v1.Signature;
import dev.gatehouse.stubs.inference.GRPCInferenceServiceGrpc;
import dev.gatehouse.stubs.inference.GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub;
import dev.gatehouse.stubs.inference.InferParameter;
import dev.gatehouse.stubs.inference.ModelInferRequest;
import dev.gatehouse.stubs.inference.ModelInferResponse;
import dev.gatehouse.testing.Await;
import dev.gatehouse.testing.GatewayClient;
import dev.gatehouse.testing.Infer;
import dev.gatehouse.testing.ModelPublisher;
import dev.gatehouse.testing.PrometheusText;
import dev.gatehouse.testing.Realm;
import dev.gatehouse.testing.Refused;
import dev.gatehouse.testing.SampleModels;
import dev.gatehouse.testing.SharedGateway;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What a deployment's settings make of the calls of a model. */
final class BatchingIT {

  private static final int ROWS_MAX = 4;
  private static final java.time.Duration WAIT_MAX = java.time.Duration.ofSeconds(60);

  private static SharedGateway gateway;
  private static GRPCInferenceServiceBlockingStub stub;

  @BeforeAll
  static void start() {
    gateway = SharedGateway.get();
    stub = gateway.client().inference(gateway.tokens(Realm.ORDERS));
  }

  /** Brings a model into service under a name of its own. */
  private static void publish(String model, String file, Signature signature, Deployment wish) {
    ModelPublisher publisher = gateway.publisher();
    var unused = publisher.createModel(model, model);
    publisher.upload(model, "1", SharedGateway.sample(file), signature);
    publisher.deploy("models/" + model + "/versions/1", wish);
    publisher.grantInfer(model, Realm.ORDERS.clientId());
    publisher.grantInfer(model, Realm.RETURNS.clientId());
  }

  private static Deployment.Builder rowsMax() {
    return Deployment.newBuilder().setMaxBatchRows(ROWS_MAX);
  }

  private static ModelInferRequest rows(String model, float... values) {
    return raw(model, input("x", "FP32", values.length, 1), Infer.bytes(values)).build();
  }

  private static float[] upTo(int rows) {
    float[] values = new float[rows];
    IntStream.range(0, rows).forEach(i -> values[i] = i);
    return values;
  }

  private static double metric(String name, String model) {
    return new PrometheusText(gateway.process().metrics()).sum(name, Map.of("model", model));
  }

  @Test
  void modelInfer_moreRowsThanABatch_isSplitAndJoinedInOrder() {
    publish("split", "picky.pt", SampleModels.identity("FP32"), rowsMax().build());
    int rows = 4 * ROWS_MAX + 3;
    List<Float> doubled = floatsOf(stub.modelInfer(rows("split", upTo(rows))), 0);
    assertEquals(IntStream.range(0, rows).mapToObj(i -> 2f * i).toList(), doubled);
    assertTrue(metric("gatehouse_model_executions_total", "split") >= 5);
  }

  @Test
  void modelInfer_onePartOfASplitCallIsPoison_refusesTheWhole() {
    publish("split-poison", "picky.pt", SampleModels.identity("FP32"), rowsMax().build());
    float[] values = upTo(3 * ROWS_MAX);
    values[ROWS_MAX + 1] = -1;
    Refused.with(
        Status.Code.INVALID_ARGUMENT,
        Reason.MODEL_REJECTED_INPUT,
        () -> stub.modelInfer(rows("split-poison", values)));
    assertEquals(1, floatsOf(stub.modelInfer(rows("split-poison", 1)), 0).size());
    assertTrue(
        Await.until(WAIT_MAX, () -> metric("gatehouse_queue_reserved_rows", "split-poison") == 0));
  }

  @Test
  void modelInfer_moreRowsThanABatchWhereThatIsRefused_isRefused() {
    publish(
        "unsplit",
        "picky.pt",
        SampleModels.identity("FP32"),
        rowsMax().setOversizedCalls(Deployment.OversizedCalls.OVERSIZED_CALLS_REFUSE).build());
    assertEquals(ROWS_MAX, floatsOf(stub.modelInfer(rows("unsplit", upTo(ROWS_MAX))), 0).size());
    Refused.with(
        Status.Code.INVALID_ARGUMENT,
        Reason.TENSOR_INVALID,
        () -> stub.modelInfer(rows("unsplit", upTo(ROWS_MAX + 1))));
  }

  @Test
  void modelInfer_outputThatIsNoNumber_isAsTheDeploymentSays() {
    Deployment refusing =
        Deployment.newBuilder()
            .setNonFiniteOutputs(Deployment.NonFiniteOutputs.NON_FINITE_OUTPUTS_REFUSE)
            .build();
    publish("finite", "identity.pt", SampleModels.identity("FP32"), refusing);
    Refused.with(
        Status.Code.INVALID_ARGUMENT,
        Reason.MODEL_REJECTED_INPUT,
        () -> stub.modelInfer(rows("finite", 1, Float.NaN)));
    Refused.with(
        Status.Code.INVALID_ARGUMENT,
        Reason.MODEL_REJECTED_INPUT,
        () -> stub.modelInfer(rows("finite", Float.NEGATIVE_INFINITY)));
    assertEquals(List.of(1f, 2f), floatsOf(stub.modelInfer(rows("finite", 1, 2)), 0));
    List<Float> passed = floatsOf(stub.modelInfer(rows("identity-fp32", 1, Float.NaN)), 0);
    assertEquals(List.of(1f, Float.NaN), passed);
  }

  @Test
  void modelInfer_batchOfNoAllowedSize_isPaddedAndNobodySeesIt() {
    publish(
        "padded",
        "picky.pt",
        SampleModels.identity("FP32"),
        rowsMax().addAllowedBatchRows(ROWS_MAX).build());
    assertEquals(List.of(2f, 4f, 6f), floatsOf(stub.modelInfer(rows("padded", 1, 2, 3)), 0));
    assertTrue(
        Await.until(WAIT_MAX, () -> metric("gatehouse_batch_padded_rows_total", "padded") == 1));
  }

  @Test
  void modelInfer_oneCallerHoldsItsShareOfTheQueue_isRefusedAndOthersAreNot() throws Exception {
    publish(
        "shared-queue",
        "slow.pt",
        SampleModels.SLOW,
        Deployment.newBuilder()
            .setMaxBatchRows(1)
            .setMaxQueueRows(10)
            .setMaxCallerQueuePercent(50)
            .build());
    var later =
        GatewayClient.withToken(
            GRPCInferenceServiceGrpc.newFutureStub(gateway.client().channel()),
            gateway.tokens(Realm.ORDERS));
    ModelInferRequest work = Infer.floats("shared-queue", "work", 50_000).build();
    List<Future<ModelInferResponse>> held = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      held.add(later.modelInfer(work));
    }
    assertTrue(
        Await.until(WAIT_MAX, () -> metric("gatehouse_queue_reserved_rows", "shared-queue") == 5));
    Refused.with(Status.Code.UNAVAILABLE, Reason.QUEUE_FULL, () -> stub.modelInfer(work));
    var other = gateway.client().inference(gateway.tokens(Realm.RETURNS));
    ModelInferRequest small = Infer.floats("shared-queue", "work", 1).build();
    assertEquals(1, other.modelInfer(small).getOutputsCount());
    for (Future<ModelInferResponse> one : held) {
      assertEquals(1, one.get(60, TimeUnit.SECONDS).getOutputsCount());
    }
  }

  @Test
  void modelInfer_latencyObjective_showsTheLimitsItChose() {
    publish(
        "objective",
        "slow.pt",
        SampleModels.SLOW,
        Deployment.newBuilder()
            .setMaxBatchRows(32)
            .setLatencyObjective(Duration.newBuilder().setNanos(20_000_000))
            .build());
    for (int i = 0; i < 400; i++) {
      assertEquals(
          1, stub.modelInfer(Infer.floats("objective", "work", 20).build()).getOutputsCount());
    }
    assertTrue(metric("gatehouse_batch_rows_limit", "objective") <= 32);
    assertTrue(metric("gatehouse_batch_rows_limit", "objective") >= 1);
    assertTrue(
        metric("gatehouse_queue_rows_limit", "objective")
            < metric("gatehouse_queue_rows_limit", "slow"));
  }

  @Test
  void modelInfer_bulk_isAnsweredToo() {
    ModelInferRequest bulk =
        rows("picky", 3).toBuilder()
            .putParameters("priority", InferParameter.newBuilder().setUint64Param(2).build())
            .build();
    assertEquals(List.of(6f), floatsOf(stub.modelInfer(bulk), 0));
  }
}
