package dev.gatehouse.edge;

import static dev.gatehouse.testing.Infer.addSub;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.audit.entry.Entry;
import dev.gatehouse.audit.entry.EntryKind;
import dev.gatehouse.audit.entry.Field;
import dev.gatehouse.core.Reason;
import dev.gatehouse.stubs.admin.v1.Canary;
import dev.gatehouse.stubs.admin.v1.Deployment;
import dev.gatehouse.stubs.admin.v1.ModelVersion;
import dev.gatehouse.stubs.admin.v1.ModelVersionsServiceGrpc.ModelVersionsServiceBlockingStub;
import dev.gatehouse.stubs.admin.v1.SetDefaultModelVersionRequest;
import dev.gatehouse.stubs.admin.v1.SetModelVersionCanaryRequest;
import dev.gatehouse.stubs.admin.v1.UndeployModelVersionRequest;
import dev.gatehouse.stubs.inference.ModelInferRequest;
import dev.gatehouse.testing.ModelPublisher;
import dev.gatehouse.testing.PrometheusText;
import dev.gatehouse.testing.Realm;
import dev.gatehouse.testing.RecordedEntries;
import dev.gatehouse.testing.Refused;
import dev.gatehouse.testing.SampleModels;
import dev.gatehouse.testing.SharedGateway;
import io.grpc.Status;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A new version that gets some of the calls. */
final class CanaryIT {

  private static final Deployment DEFAULTS = Deployment.getDefaultInstance();

  private static SharedGateway gateway;
  private static ModelPublisher publisher;
  private static ModelVersionsServiceBlockingStub versions;

  @BeforeAll
  static void start() {
    gateway = SharedGateway.get();
    publisher = gateway.publisher();
    versions = gateway.client().versions(gateway.tokens(SharedGateway.PIPELINE));
  }

  private static void publish(String model, Canary canary) {
    var unused = publisher.createModel(model, "With a canary");
    publisher.grantInfer(model, Realm.ORDERS.clientId());
    publisher.grantInfer(model, Realm.RETURNS.clientId());
    for (String version : new String[] {"1", "2", "3"}) {
      publisher.upload(model, version, SharedGateway.sample("add_sub.pt"), SampleModels.ADD_SUB);
    }
    publisher.deploy("models/" + model + "/versions/1", DEFAULTS);
    ModelVersion deployed =
        publisher.deploy(
            "models/" + model + "/versions/2", Deployment.newBuilder().setCanary(canary).build());
    assertEquals(canary, deployed.getDeployment().getCanary());
  }

  private static Canary canary(int percent, String... callers) {
    Canary.Builder canary = Canary.newBuilder().setPercent(percent);
    for (String caller : callers) {
      canary.addCallers("callers/" + caller);
    }
    return canary.build();
  }

  private static ModelVersion set(String model, String version, Canary canary) {
    return versions.setModelVersionCanary(
        SetModelVersionCanaryRequest.newBuilder()
            .setName("models/" + model + "/versions/" + version)
            .setCanary(canary)
            .build());
  }

  /** How many of so many calls that name no version the version 2 answers. */
  private static int answeredByCanary(String model, Realm.Service caller, int calls) {
    var stub = gateway.client().inference(gateway.tokens(caller));
    ModelInferRequest request = addSub(1, 2).setModelName(model).build();
    int canary = 0;
    for (int i = 0; i < calls; i++) {
      canary += stub.modelInfer(request).getModelVersion().equals("2") ? 1 : 0;
    }
    return canary;
  }

  private static double percentShown(String model, String version) {
    return new PrometheusText(gateway.process().metrics())
        .sum("gatehouse_canary_percent", Map.of("model", model, "version", version));
  }

  private static long timesLoaded(String label) {
    return gateway.log().lines().filter(line -> line.contains(label + " is ready")).count();
  }

  @Test
  void canary_ofAPercentage_getsThatShareOfTheCalls() {
    publish("canary-share", canary(20));
    assertEquals(20, percentShown("canary-share", "2"));
    assertEquals(0, percentShown("canary-share", "1"));
    int calls = 2_000;
    double deviation = Math.sqrt(calls * 0.2 * 0.8);
    int canary = answeredByCanary("canary-share", Realm.ORDERS, calls);
    assertTrue(Math.abs(canary - calls * 0.2) <= 6 * deviation, () -> "2 answered " + canary);
    ModelInferRequest.Builder named = addSub(1, 2).setModelName("canary-share");
    var stub = gateway.client().inference(gateway.tokens(Realm.ORDERS));
    for (int i = 0; i < 50; i++) {
      assertEquals("1", stub.modelInfer(named.setModelVersion("1").build()).getModelVersion());
      assertEquals("2", stub.modelInfer(named.setModelVersion("2").build()).getModelVersion());
    }
  }

  @Test
  void canary_ofACaller_getsAllItsCallsAndNoOthers() {
    publish("canary-caller", canary(0, Realm.RETURNS.clientId()));
    assertEquals(100, answeredByCanary("canary-caller", Realm.RETURNS, 100));
    assertEquals(0, answeredByCanary("canary-caller", Realm.ORDERS, 100));
  }

  @Test
  void setCanary_whileItRuns_keepsTheLoadedVersionAndIsRecorded() {
    publish("canary-changed", canary(0));
    assertEquals(0, answeredByCanary("canary-changed", Realm.ORDERS, 50));
    ModelVersion changed = set("canary-changed", "2", canary(100));
    assertEquals(100, changed.getDeployment().getCanary().getPercent());
    assertEquals(ModelVersion.State.STATE_READY, changed.getState());
    assertEquals(50, answeredByCanary("canary-changed", Realm.ORDERS, 50));
    assertEquals(100, percentShown("canary-changed", "2"));
    set("canary-changed", "2", Canary.getDefaultInstance());
    assertEquals(0, answeredByCanary("canary-changed", Realm.ORDERS, 50));
    assertEquals(0, percentShown("canary-changed", "2"));
    assertEquals(1, timesLoaded("canary-changed/2"));
    Entry recorded =
        gateway
            .changes()
            .await(
                EntryKind.CHANGE,
                RecordedEntries.has(Field.ACTION, "versions.setCanary")
                    .and(RecordedEntries.has(Field.RESOURCE, "models/canary-changed/versions/2")));
    assertEquals("OK", recorded.text(Field.OUTCOME));
  }

  @Test
  void setDefault_onTheCanary_promotesIt() {
    publish("canary-promoted", canary(100));
    assertEquals(20, answeredByCanary("canary-promoted", Realm.ORDERS, 20));
    var unused = setDefault("2");
    assertEquals(20, answeredByCanary("canary-promoted", Realm.ORDERS, 20));
    assertEquals(0, percentShown("canary-promoted", "2"));
    unused = setDefault("1");
    assertEquals(0, answeredByCanary("canary-promoted", Realm.ORDERS, 20), "its canary is over");
  }

  private static Object setDefault(String version) {
    return versions.setDefaultModelVersion(
        SetDefaultModelVersionRequest.newBuilder()
            .setName("models/canary-promoted/versions/" + version)
            .build());
  }

  @Test
  void undeploy_ofTheCanary_leavesItsShareToTheDefault() {
    publish("canary-gone", canary(100));
    assertEquals(20, answeredByCanary("canary-gone", Realm.ORDERS, 20));
    var unused =
        versions.undeployModelVersion(
            UndeployModelVersionRequest.newBuilder()
                .setName("models/canary-gone/versions/2")
                .build());
    assertEquals(0, answeredByCanary("canary-gone", Realm.ORDERS, 20));
  }

  @Test
  void canary_outOfBounds_isRefused() {
    publish("canary-refused", canary(60));
    String[] many = new String[65];
    for (int i = 0; i < many.length; i++) {
      many[i] = "caller-" + i;
    }
    for (Canary bad :
        new Canary[] {
          canary(101),
          canary(-1),
          canary(0, many),
          canary(0, "NO NAME"),
          Canary.newBuilder().addCallers("orders-service").build()
        }) {
      Refused.with(
          Status.Code.INVALID_ARGUMENT,
          Reason.ARGUMENT_INVALID,
          () -> set("canary-refused", "2", bad));
    }
    Refused.with(
        Status.Code.INVALID_ARGUMENT,
        Reason.ARGUMENT_INVALID,
        () -> set("canary-refused", "1", canary(1)));
    Refused.with(
        Status.Code.FAILED_PRECONDITION,
        Reason.STATE_INVALID,
        () -> set("canary-refused", "3", canary(1)));
    Refused.with(
        Status.Code.INVALID_ARGUMENT,
        Reason.ARGUMENT_INVALID,
        () ->
            publisher.deploy(
                "models/canary-refused/versions/3",
                Deployment.newBuilder().setCanary(canary(41)).build()));
    Refused.with(
        Status.Code.INVALID_ARGUMENT,
        Reason.ARGUMENT_INVALID,
        () ->
            publisher.replaceDefault(
                "models/canary-refused/versions/3",
                Deployment.newBuilder().setCanary(canary(1)).build()));
    var rival = gateway.client().versions(gateway.tokens(SharedGateway.RIVAL));
    Refused.with(
        Status.Code.PERMISSION_DENIED,
        Reason.ACCESS_DENIED,
        () ->
            rival.setModelVersionCanary(
                SetModelVersionCanaryRequest.newBuilder()
                    .setName("models/canary-refused/versions/2")
                    .build()));
    set("canary-refused", "2", canary(60));
  }
}
