package dev.gatehouse.edge;

import static dev.gatehouse.testing.Infer.addSub;
import static dev.gatehouse.testing.Infer.floats;
import static dev.gatehouse.testing.Infer.floatsOf;
import static dev.gatehouse.testing.Infer.intsOf;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.core.Reason;
import dev.gatehouse.stubs.admin.v1.UndeployModelVersionRequest;
import dev.gatehouse.stubs.inference.GRPCInferenceServiceGrpc;
import dev.gatehouse.stubs.inference.GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub;
import dev.gatehouse.stubs.inference.InferParameter;
import dev.gatehouse.stubs.inference.ModelInferRequest;
import dev.gatehouse.stubs.inference.ModelInferResponse;
import dev.gatehouse.testing.Await;
import dev.gatehouse.testing.GatewayClient;
import dev.gatehouse.testing.ModelPublisher;
import dev.gatehouse.testing.PrometheusText;
import dev.gatehouse.testing.Realm;
import dev.gatehouse.testing.Refused;
import dev.gatehouse.testing.SampleModels;
import dev.gatehouse.testing.SharedGateway;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Models that are slow, stuck or choosy, and callers that do not wait. */
final class ModelFaultsIT {

  private static final Duration RECOVERY_MAX = Duration.ofSeconds(60);

  /** Some seconds of work for the model {@code slow}. */
  private static final float LONG = 150_000;

  /** How often a stuck instance of a version is replaced in an hour. */
  private static final int REPLACEMENTS_MAX = 3;

  private static SharedGateway gateway;
  private static GRPCInferenceServiceBlockingStub stub;

  @BeforeAll
  static void start() {
    gateway = SharedGateway.get();
    stub = gateway.client().inference(gateway.tokens(Realm.ORDERS));
  }

  private static GRPCInferenceServiceGrpc.GRPCInferenceServiceFutureStub later() {
    return GatewayClient.withToken(
        GRPCInferenceServiceGrpc.newFutureStub(gateway.client().channel()),
        gateway.tokens(Realm.ORDERS));
  }

  private static ModelInferRequest work(float amount) {
    return floats("slow", "work", amount).build();
  }

  private static double pendingRows() {
    return new PrometheusText(gateway.process().metrics())
        .sum("gatehouse_queue_pending_rows", Map.of("model", "slow"));
  }

  private static void assertRecovers() {
    assertEquals(1, floatsOf(stub.modelInfer(work(1)), 0).size());
    assertTrue(Await.until(RECOVERY_MAX, () -> pendingRows() == 0), "rows are pending for ever");
    assertEquals(3, intsOf(stub.modelInfer(addSub(1, 2).build()), 0).getFirst());
  }

  @Test
  void modelInfer_deadlinePasses_failsAndTheQueueRecovers() {
    Refused.plainly(
        Status.Code.DEADLINE_EXCEEDED,
        () -> stub.withDeadlineAfter(200, TimeUnit.MILLISECONDS).modelInfer(work(LONG)));
    assertRecovers();
  }

  @Test
  void modelInfer_timeoutParameterPassesInTheQueue_isRefusedByUs() throws Exception {
    // More rows than a batch takes, so that some must wait for those that run.
    List<Future<ModelInferResponse>> running = new ArrayList<>();
    for (int i = 0; i < 48; i++) {
      running.add(later().modelInfer(work(LONG / 5)));
    }
    assertTrue(Await.until(RECOVERY_MAX, () -> pendingRows() >= 1));
    Refused.with(
        Status.Code.DEADLINE_EXCEEDED,
        Reason.DEADLINE_EXCEEDED,
        () ->
            stub.modelInfer(
                work(1).toBuilder()
                    .putParameters(
                        "timeout", InferParameter.newBuilder().setInt64Param(50_000).build())
                    .build()));
    for (Future<ModelInferResponse> one : running) {
      assertEquals(1, floatsOf(one.get(60, TimeUnit.SECONDS), 0).size());
    }
    assertRecovers();
  }

  @Test
  void modelInfer_cancelled_leavesTheQueueToOthers() {
    // Twice what a batch takes, so that some wait however the batches fall.
    List<Future<ModelInferResponse>> running = new ArrayList<>();
    for (int i = 0; i < 64; i++) {
      running.add(later().modelInfer(work(LONG)));
    }
    assertTrue(Await.until(RECOVERY_MAX, () -> pendingRows() >= 10));
    running.forEach(one -> one.cancel(true));
    assertRecovers();
  }

  @Test
  void modelInfer_rowThatTheModelRejects_hurtsNoneOfItsBatch() throws Exception {
    for (int round = 0; round < 5; round++) {
      List<Future<ModelInferResponse>> running = new ArrayList<>();
      for (int i = 0; i < 24; i++) {
        running.add(later().modelInfer(floats("picky", "x", i % 8 == 3 ? -1 : i, 1).build()));
      }
      for (int i = 0; i < running.size(); i++) {
        if (i % 8 == 3) {
          Future<ModelInferResponse> bad = running.get(i);
          Refused.with(
              Status.Code.INVALID_ARGUMENT,
              Reason.MODEL_REJECTED_INPUT,
              () -> bad.get(60, TimeUnit.SECONDS));
        } else {
          assertEquals(List.of(2f * i, 2f), floatsOf(running.get(i).get(60, TimeUnit.SECONDS), 0));
        }
      }
    }
  }

  @Test
  void modelInfer_executionPastItsLimit_isReplacedUntilItIsOnceTooOften() throws Exception {
    ModelPublisher publisher = gateway.publisher();
    var unused = publisher.createModel("stuck", "Stuck");
    publisher.upload("stuck", "1", SharedGateway.sample("slow.pt"), SampleModels.SLOW);
    publisher.deploy("models/stuck/versions/1", SampleModels.executionLimit(Duration.ofSeconds(1)));
    publisher.grantInfer("stuck", Realm.ORDERS.clientId());
    ModelInferRequest small = floats("stuck", "work", 1).build();
    assertEquals(1, stub.modelInfer(small).getOutputsCount());
    for (int replaced = 0; replaced < REPLACEMENTS_MAX; replaced++) {
      getStuck();
      assertTrue(Await.until(RECOVERY_MAX, () -> answers(small)), "the instance was not replaced");
      assertEquals(200, alive());
    }
    getStuck();
    assertTrue(Await.until(RECOVERY_MAX, () -> alive() == 503), "a lost model goes unnoticed");
    assertTrue(gateway.process().get("/q/health/live").body().contains("models/stuck/versions/1"));
    Refused.with(Status.Code.UNAVAILABLE, Reason.MODEL_NOT_READY, () -> stub.modelInfer(small));
    assertEquals(3, intsOf(stub.modelInfer(addSub(1, 2).build()), 0).getFirst());
    assertEquals(200, gateway.process().get("/q/health/ready").statusCode());
    var undeployed =
        gateway
            .client()
            .versions(gateway.tokens(SharedGateway.PIPELINE))
            .undeployModelVersion(
                UndeployModelVersionRequest.newBuilder()
                    .setName("models/stuck/versions/1")
                    .build());
    assertEquals("models/stuck/versions/1", undeployed.getName());
    assertEquals(200, alive());
  }

  /** One call runs into the limit; nobody is blamed for it. */
  private static void getStuck() {
    Refused.with(
        Status.Code.UNAVAILABLE,
        Reason.MODEL_NOT_READY,
        () -> stub.modelInfer(floats("stuck", "work", 5 * LONG).build()));
  }

  private static boolean answers(ModelInferRequest request) {
    try {
      return stub.modelInfer(request).getOutputsCount() == 1;
    } catch (StatusRuntimeException e) {
      return false;
    }
  }

  private static int alive() {
    return gateway.process().get("/q/health/live").statusCode();
  }
}
