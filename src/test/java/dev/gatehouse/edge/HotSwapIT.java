package dev.gatehouse.edge;

import static dev.gatehouse.testing.Infer.addSub;
import static dev.gatehouse.testing.Infer.intsOf;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.core.Reason;
import dev.gatehouse.stubs.admin.v1.Deployment;
import dev.gatehouse.stubs.admin.v1.GetModelRequest;
import dev.gatehouse.stubs.admin.v1.GetModelVersionRequest;
import dev.gatehouse.stubs.admin.v1.ModelVersion;
import dev.gatehouse.stubs.admin.v1.SetModelVersionCanaryRequest;
import dev.gatehouse.stubs.inference.GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub;
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
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** New versions take over from old ones while calls go on. */
final class HotSwapIT {

  private static final Duration DRAINED_MAX = Duration.ofMinutes(1);
  private static final int LOADING_THREADS = 8;
  private static final int SWAPS = 10;

  /** Calls that must have been answered by each version before it is replaced. */
  private static final int CALLS_PER_SWAP = 50;

  private static final Deployment DEFAULTS = Deployment.getDefaultInstance();

  private static SharedGateway gateway;
  private static ModelPublisher publisher;

  private final AtomicBoolean ending = new AtomicBoolean();
  private final Map<String, AtomicLong> answers = new ConcurrentHashMap<>();
  private final ConcurrentLinkedQueue<String> faults = new ConcurrentLinkedQueue<>();

  @BeforeAll
  static void start() {
    gateway = SharedGateway.get();
    publisher = gateway.publisher();
  }

  private static String version(String model, String version) {
    return "models/" + model + "/versions/" + version;
  }

  private static void publish(String model, String... versions) {
    var unused = publisher.createModel(model, "Swapped");
    publisher.grantInfer(model, Realm.ORDERS.clientId());
    for (String version : versions) {
      publisher.upload(model, version, SharedGateway.sample("add_sub.pt"), SampleModels.ADD_SUB);
    }
  }

  private static ModelVersion get(String model, String version) {
    return gateway
        .client()
        .versions(gateway.tokens(SharedGateway.PIPELINE))
        .getModelVersion(
            GetModelVersionRequest.newBuilder().setName(version(model, version)).build());
  }

  private static String defaultOf(String model) {
    return gateway
        .client()
        .models(gateway.tokens(SharedGateway.PIPELINE))
        .getModel(GetModelRequest.newBuilder().setName("models/" + model).build())
        .getDefaultVersion();
  }

  private static Set<String> openVersions(String model) {
    return new PrometheusText(gateway.process().metrics())
        .labels("gatehouse_model_executions_total", Map.of("model", model), "version");
  }

  /** Calls without a pause and without naming a version. */
  private void call(String model) {
    try (GatewayClient client = new GatewayClient(gateway.process().grpcPort())) {
      GRPCInferenceServiceBlockingStub stub = client.inference(gateway.tokens(Realm.ORDERS));
      for (int i = 0; !ending.get(); i++) {
        ModelInferRequest request = addSub(i, 2).setModelName(model).build();
        try {
          ModelInferResponse response = stub.modelInfer(request);
          if (intsOf(response, 0).getFirst() != i + 2) {
            faults.add("wrong answer");
          }
          answers
              .computeIfAbsent(response.getModelVersion(), absent -> new AtomicLong())
              .incrementAndGet();
        } catch (StatusRuntimeException e) {
          faults.add(e.getStatus() + " " + GatewayClient.errorInfo(e));
        }
      }
    }
  }

  /** Has the catalogue of the model read again and again, so that it also is in mid-swap. */
  private void meddle(String model, String bystander) {
    var versions = gateway.client().versions(gateway.tokens(SharedGateway.PIPELINE));
    SetModelVersionCanaryRequest none =
        SetModelVersionCanaryRequest.newBuilder().setName(version(model, bystander)).build();
    while (!ending.get()) {
      try {
        var unused = versions.setModelVersionCanary(none);
      } catch (StatusRuntimeException e) {
        faults.add("canary: " + e.getStatus());
      }
    }
  }

  private void awaitAnswersOf(String version) {
    long before = answered(version);
    assertTrue(
        Await.until(DRAINED_MAX, () -> answered(version) >= before + CALLS_PER_SWAP),
        () -> version + " gets no calls: " + answers + faults);
  }

  private long answered(String version) {
    AtomicLong count = answers.get(version);
    return count == null ? 0 : count.get();
  }

  @Test
  void replaceDefault_underConstantLoad_failsNoCall() throws InterruptedException {
    publish("hot-swap", "1", "2", "3");
    publisher.deploy(version("hot-swap", "1"), DEFAULTS);
    publisher.deploy(version("hot-swap", "3"), DEFAULTS);
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < LOADING_THREADS; i++) {
      threads.add(Thread.ofPlatform().start(() -> call("hot-swap")));
    }
    threads.add(Thread.ofPlatform().start(() -> meddle("hot-swap", "3")));
    String last = "1";
    try {
      awaitAnswersOf(last);
      for (int swap = 0; swap < SWAPS; swap++) {
        String former = last;
        last = last.equals("1") ? "2" : "1";
        publisher.replaceDefault(version("hot-swap", last), DEFAULTS);
        assertEquals(version("hot-swap", last), defaultOf("hot-swap"));
        assertEquals(ModelVersion.State.STATE_UNDEPLOYED, get("hot-swap", former).getState());
        awaitAnswersOf(last);
      }
    } finally {
      ending.set(true);
      for (Thread thread : threads) {
        thread.join();
      }
    }
    assertEquals(List.of(), List.copyOf(faults));
    assertEquals(Set.of("1", "2"), answers.keySet());
    Set<String> left = Set.of(last, "3");
    assertTrue(
        Await.until(DRAINED_MAX, () -> openVersions("hot-swap").equals(left)),
        () -> "open: " + openVersions("hot-swap"));
  }

  @Test
  void replaceDefault_ofWhatDoesNotFit_changesNothing() {
    publish("hot-unfit", "1");
    publisher.upload("hot-unfit", "2", SharedGateway.sample("identity.pt"), SampleModels.ADD_SUB);
    publisher.deploy(version("hot-unfit", "1"), DEFAULTS);
    org.junit.jupiter.api.Assertions.assertThrows(
        IllegalStateException.class,
        () -> publisher.replaceDefault(version("hot-unfit", "2"), DEFAULTS));
    assertEquals(version("hot-unfit", "1"), defaultOf("hot-unfit"));
    assertEquals(ModelVersion.State.STATE_READY, get("hot-unfit", "1").getState());
    var stub = gateway.client().inference(gateway.tokens(Realm.ORDERS));
    ModelInferRequest request = addSub(1, 2).setModelName("hot-unfit").build();
    assertEquals("1", stub.modelInfer(request).getModelVersion());
    assertEquals(Set.of("1"), openVersions("hot-unfit"));
  }

  @Test
  void modelInfer_namingTheReplacedVersion_isNotReady() {
    publish("hot-named", "1", "2");
    publisher.deploy(version("hot-named", "1"), DEFAULTS);
    publisher.replaceDefault(version("hot-named", "2"), DEFAULTS);
    var stub = gateway.client().inference(gateway.tokens(Realm.ORDERS));
    ModelInferRequest.Builder request = addSub(1, 2).setModelName("hot-named");
    assertTrue(
        Await.until(
            DRAINED_MAX, () -> stub.modelInfer(request.build()).getModelVersion().equals("2")));
    Refused.with(
        Status.Code.UNAVAILABLE,
        Reason.MODEL_NOT_READY,
        () -> stub.modelInfer(request.setModelVersion("1").build()));
  }
}
