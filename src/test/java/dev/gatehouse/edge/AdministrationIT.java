package dev.gatehouse.edge;

import static dev.gatehouse.testing.Infer.addSub;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.FieldMask;
import dev.gatehouse.audit.entry.Entry;
import dev.gatehouse.audit.entry.EntryKind;
import dev.gatehouse.audit.entry.Field;
import dev.gatehouse.core.Reason;
import dev.gatehouse.stubs.admin.v1.Canary;
import dev.gatehouse.stubs.admin.v1.CreateGrantRequest;
import dev.gatehouse.stubs.admin.v1.CreateModelRequest;
import dev.gatehouse.stubs.admin.v1.DeleteGrantRequest;
import dev.gatehouse.stubs.admin.v1.DeleteModelRequest;
import dev.gatehouse.stubs.admin.v1.DeleteModelVersionRequest;
import dev.gatehouse.stubs.admin.v1.DeployModelVersionRequest;
import dev.gatehouse.stubs.admin.v1.Deployment;
import dev.gatehouse.stubs.admin.v1.GetGrantRequest;
import dev.gatehouse.stubs.admin.v1.GetModelRequest;
import dev.gatehouse.stubs.admin.v1.Grant;
import dev.gatehouse.stubs.admin.v1.ListCallersRequest;
import dev.gatehouse.stubs.admin.v1.ListGrantsRequest;
import dev.gatehouse.stubs.admin.v1.ListModelsRequest;
import dev.gatehouse.stubs.admin.v1.ListModelsResponse;
import dev.gatehouse.stubs.admin.v1.Model;
import dev.gatehouse.stubs.admin.v1.ModelRegistryServiceGrpc.ModelRegistryServiceBlockingStub;
import dev.gatehouse.stubs.admin.v1.ModelVersion;
import dev.gatehouse.stubs.admin.v1.OutputPolicy;
import dev.gatehouse.stubs.admin.v1.Quota;
import dev.gatehouse.stubs.admin.v1.UndeployModelVersionRequest;
import dev.gatehouse.stubs.admin.v1.UpdateModelRequest;
import dev.gatehouse.testing.ModelPublisher;
import dev.gatehouse.testing.Realm;
import dev.gatehouse.testing.RecordedEntries;
import dev.gatehouse.testing.Refused;
import dev.gatehouse.testing.SampleModels;
import dev.gatehouse.testing.SharedGateway;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The admin API as its users see it, and what stands in the audit record afterwards. */
final class AdministrationIT {

  private static SharedGateway gateway;
  private static ModelRegistryServiceBlockingStub models;
  private static ModelRegistryServiceBlockingStub rival;

  @BeforeAll
  static void start() {
    gateway = SharedGateway.get();
    models = gateway.client().models(gateway.tokens(SharedGateway.PIPELINE));
    rival = gateway.client().models(gateway.tokens(SharedGateway.RIVAL));
  }

  private static CreateModelRequest.Builder create(String id) {
    return CreateModelRequest.newBuilder()
        .setModelId(id)
        .setModel(Model.newBuilder().setDisplayName("A model"));
  }

  private static UpdateModelRequest update(Model model, String... paths) {
    return UpdateModelRequest.newBuilder()
        .setModel(model)
        .setUpdateMask(FieldMask.newBuilder().addAllPaths(List.of(paths)))
        .build();
  }

  @Test
  void createModel_sameRequestIdAgain_returnsTheSameAndAnotherIdDoesNot() {
    String id = "0b9f3b1e-6a52-4f0a-9d55-3f1f6f3a1c01";
    Model made = models.createModel(create("idempotent").setRequestId(id).build());
    assertEquals(made, models.createModel(create("idempotent").setRequestId(id).build()));
    Refused.with(
        Status.Code.ALREADY_EXISTS,
        Reason.ALREADY_EXISTS,
        () -> models.createModel(create("idempotent").build()));
  }

  @Test
  void updateModel_staleEtagOrBadMask_isRefused() {
    Model made = models.createModel(create("updated").build());
    Model changed =
        models.updateModel(update(made.toBuilder().setDisplayName("New").build(), "display_name"));
    assertEquals("New", changed.getDisplayName());
    assertNotEquals(made.getEtag(), changed.getEtag());
    Refused.with(
        Status.Code.ABORTED,
        Reason.ETAG_MISMATCH,
        () -> models.updateModel(update(made, "display_name")));
    Refused.with(
        Status.Code.ABORTED,
        Reason.ETAG_MISMATCH,
        () ->
            models.deleteModel(
                DeleteModelRequest.newBuilder()
                    .setName(made.getName())
                    .setEtag(made.getEtag())
                    .build()));
    for (String[] paths :
        new String[][] {{}, {"name"}, {"*"}, {"owner_team"}, {"display_name", "etag"}}) {
      Refused.with(
          Status.Code.INVALID_ARGUMENT,
          Reason.ARGUMENT_INVALID,
          () -> models.updateModel(update(changed, paths)));
    }
    Model described =
        models.updateModel(
            update(
                Model.newBuilder().setName(made.getName()).setDescription("Text").build(),
                "description"));
    assertEquals("New", described.getDisplayName(), "what the mask does not name stays");
  }

  @Test
  void listModels_inPages_givesEachOnceAndRefusesOtherTokens() {
    for (int i = 0; i < 5; i++) {
      var unused = models.createModel(create("paged-" + i).build());
    }
    List<String> names = new ArrayList<>();
    String token = "";
    do {
      ListModelsResponse page =
          models.listModels(
              ListModelsRequest.newBuilder().setPageSize(2).setPageToken(token).build());
      assertTrue(page.getModelsCount() <= 2);
      page.getModelsList().forEach(model -> names.add(model.getName()));
      token = page.getNextPageToken();
    } while (!token.isEmpty());
    assertEquals(names.stream().distinct().sorted().toList(), names);
    assertTrue(names.contains("models/paged-0") && names.contains("models/paged-4"));
    for (String bad : List.of("x", "!!!", "bW9kZWxzOg", "eDE")) {
      Refused.with(
          Status.Code.INVALID_ARGUMENT,
          Reason.ARGUMENT_INVALID,
          () -> models.listModels(ListModelsRequest.newBuilder().setPageToken(bad).build()));
    }
    Refused.with(
        Status.Code.INVALID_ARGUMENT,
        Reason.ARGUMENT_INVALID,
        () -> models.listModels(ListModelsRequest.newBuilder().setPageSize(-1).build()));
  }

  @Test
  void listCallers_inPages_givesEachOnceAndRefusesTokensOfOtherLists() {
    var callers = gateway.client().callers(gateway.administrator());
    List<String> names = new ArrayList<>();
    String token = "";
    do {
      var page =
          callers.listCallers(
              ListCallersRequest.newBuilder().setPageSize(2).setPageToken(token).build());
      assertTrue(page.getCallersCount() <= 2);
      page.getCallersList().forEach(caller -> names.add(caller.getName()));
      token = page.getNextPageToken();
    } while (!token.isEmpty());
    assertEquals(names.stream().distinct().sorted().toList(), names);
    assertTrue(names.contains("callers/orders-service") && names.size() > 4, names.toString());
    String ofModels =
        models.listModels(ListModelsRequest.newBuilder().setPageSize(1).build()).getNextPageToken();
    Refused.with(
        Status.Code.INVALID_ARGUMENT,
        Reason.ARGUMENT_INVALID,
        () -> callers.listCallers(ListCallersRequest.newBuilder().setPageToken(ofModels).build()));
  }

  @Test
  void model_ofAnotherTeam_isAsIfItWereNotThere() {
    List<String> texts = new ArrayList<>();
    for (String name : List.of("models/add-sub", "models/not-there")) {
      Model wanted = Model.newBuilder().setName(name).setDisplayName("Mine").build();
      var grants = gateway.client().grants(gateway.tokens(SharedGateway.RIVAL));
      var versions = gateway.client().versions(gateway.tokens(SharedGateway.RIVAL));
      List<org.junit.jupiter.api.function.Executable> calls =
          List.of(
              () -> rival.getModel(GetModelRequest.newBuilder().setName(name).build()),
              () -> rival.updateModel(update(wanted, "display_name")),
              () -> rival.deleteModel(DeleteModelRequest.newBuilder().setName(name).build()),
              () -> grants.listGrants(ListGrantsRequest.newBuilder().setParent(name).build()),
              () ->
                  versions.undeployModelVersion(
                      UndeployModelVersionRequest.newBuilder()
                          .setName(name + "/versions/1")
                          .build()),
              () ->
                  versions.deleteModelVersion(
                      DeleteModelVersionRequest.newBuilder()
                          .setName(name + "/versions/nothing")
                          .build()));
      StringBuilder text = new StringBuilder();
      for (var call : calls) {
        text.append(
                Refused.with(Status.Code.PERMISSION_DENIED, Reason.ACCESS_DENIED, call)
                    .getStatus()
                    .getDescription())
            .append('\n');
      }
      texts.add(text.toString());
    }
    assertEquals(texts.get(0), texts.get(1));
    assertTrue(
        rival.listModels(ListModelsRequest.getDefaultInstance()).getModelsList().stream()
            .noneMatch(model -> model.getName().equals("models/add-sub")));
  }

  @Test
  void delete_whileDeployed_isRefusedAndAfterwardsNothingIsLeft() {
    ModelPublisher publisher = gateway.publisher();
    var unused = publisher.createModel("short-lived", "Short-lived");
    publisher.upload("short-lived", "1", SharedGateway.sample("add_sub.pt"), SampleModels.ADD_SUB);
    publisher.deploy("models/short-lived/versions/1", Deployment.getDefaultInstance());
    publisher.grantInfer("short-lived", Realm.ORDERS.clientId());
    var stub = gateway.client().inference(gateway.tokens(Realm.ORDERS));
    var request = addSub(1, 2).setModelName("short-lived").build();
    assertEquals(2, stub.modelInfer(request).getOutputsCount());
    DeleteModelRequest delete =
        DeleteModelRequest.newBuilder().setName("models/short-lived").build();
    Refused.with(
        Status.Code.FAILED_PRECONDITION, Reason.STATE_INVALID, () -> models.deleteModel(delete));
    var versions = gateway.client().versions(gateway.tokens(SharedGateway.PIPELINE));
    Refused.with(
        Status.Code.FAILED_PRECONDITION,
        Reason.STATE_INVALID,
        () ->
            versions.deleteModelVersion(
                DeleteModelVersionRequest.newBuilder()
                    .setName("models/short-lived/versions/1")
                    .build()));
    var undeployed =
        versions.undeployModelVersion(
            UndeployModelVersionRequest.newBuilder()
                .setName("models/short-lived/versions/1")
                .build());
    assertEquals("models/short-lived/versions/1", undeployed.getName());
    Refused.with(Status.Code.UNAVAILABLE, Reason.MODEL_NOT_READY, () -> stub.modelInfer(request));
    var nothing = models.deleteModel(delete);
    assertEquals(com.google.protobuf.Empty.getDefaultInstance(), nothing);
    Refused.with(
        Status.Code.PERMISSION_DENIED, Reason.ACCESS_DENIED, () -> stub.modelInfer(request));
    // A later model of the same name does not inherit the grant.
    unused = publisher.createModel("short-lived", "Another");
    Refused.with(
        Status.Code.PERMISSION_DENIED, Reason.ACCESS_DENIED, () -> stub.modelInfer(request));
  }

  /** Everything else than the defaults. */
  private static Deployment.Builder whole() {
    return Deployment.newBuilder()
        .setMaxBatchRows(16)
        .setMaxQueueDelay(com.google.protobuf.Duration.newBuilder().setNanos(2_000_000))
        .setInstancesPerDevice(2)
        .setExecutionLimit(com.google.protobuf.Duration.newBuilder().setSeconds(7))
        .setMaxQueueRows(512)
        .setMaxQueueBytes(1 << 20)
        .setMaxQueueCalls(99)
        .setMaxCallerQueuePercent(25)
        .addAllPreferredBatchRows(List.of(4, 8))
        .addAllAllowedBatchRows(List.of(1, 4, 16))
        .setOversizedCalls(Deployment.OversizedCalls.OVERSIZED_CALLS_REFUSE)
        .setLatencyObjective(com.google.protobuf.Duration.newBuilder().setNanos(50_000_000))
        .setNonFiniteOutputs(Deployment.NonFiniteOutputs.NON_FINITE_OUTPUTS_REFUSE);
  }

  @Test
  void deploy_withSettings_takesThemOverAndFillsInTheRest() {
    ModelPublisher publisher = gateway.publisher();
    var unused = publisher.createModel("settings", "With settings");
    for (String version : List.of("1", "2", "3")) {
      publisher.upload(
          "settings", version, SharedGateway.sample("add_sub.pt"), SampleModels.ADD_SUB);
    }
    Deployment defaults =
        publisher
            .deploy("models/settings/versions/1", Deployment.getDefaultInstance())
            .getDeployment();
    assertEquals(32, defaults.getMaxBatchRows());
    assertEquals(4096, defaults.getMaxQueueRows());
    assertEquals(4096, defaults.getMaxQueueCalls());
    assertEquals(256 << 20, defaults.getMaxQueueBytes());
    assertEquals(50, defaults.getMaxCallerQueuePercent());
    assertEquals(List.of(), defaults.getPreferredBatchRowsList());
    assertEquals(List.of(), defaults.getAllowedBatchRowsList());
    assertEquals(Deployment.OversizedCalls.OVERSIZED_CALLS_SPLIT, defaults.getOversizedCalls());
    assertEquals(com.google.protobuf.Duration.getDefaultInstance(), defaults.getLatencyObjective());
    assertEquals(
        Deployment.NonFiniteOutputs.NON_FINITE_OUTPUTS_PASS, defaults.getNonFiniteOutputs());
    assertFalse(defaults.hasCanary());
    Deployment wanted = whole().setCanary(Canary.newBuilder().setPercent(3)).build();
    assertEquals(wanted, publisher.deploy("models/settings/versions/2", wanted).getDeployment());
    var versions = gateway.client().versions(gateway.tokens(SharedGateway.PIPELINE));
    var undeploy = UndeployModelVersionRequest.newBuilder();
    for (String version : List.of("1", "2")) {
      var ended =
          versions.undeployModelVersion(
              undeploy.setName("models/settings/versions/" + version).build());
      assertEquals(ModelVersion.State.STATE_UNDEPLOYED, ended.getState());
    }
    assertRefusedSettings();
  }

  private static void assertRefusedSettings() {
    var versions = gateway.client().versions(gateway.tokens(SharedGateway.PIPELINE));
    DeployModelVersionRequest.Builder request =
        DeployModelVersionRequest.newBuilder().setName("models/settings/versions/3");
    Map<String, Deployment> bad =
        Map.ofEntries(
            Map.entry("max_batch_rows", whole().setMaxBatchRows(-1).build()),
            Map.entry("max_queue_bytes", whole().setMaxQueueBytes(-1).build()),
            Map.entry("max_queue_calls", whole().setMaxQueueCalls(1 << 21).build()),
            Map.entry("max_caller_queue_percent", whole().setMaxCallerQueuePercent(101).build()),
            Map.entry("preferred_batch_rows", whole().addPreferredBatchRows(8).build()),
            Map.entry("allowed_batch_rows", whole().addAllowedBatchRows(17).build()),
            Map.entry("oversized_calls", whole().setOversizedCallsValue(9).build()),
            Map.entry("non_finite_outputs", whole().setNonFiniteOutputsValue(9).build()),
            Map.entry(
                "latency_objective",
                whole()
                    .setLatencyObjective(com.google.protobuf.Duration.newBuilder().setSeconds(3601))
                    .build()),
            Map.entry(
                "canary.percent", whole().setCanary(Canary.newBuilder().setPercent(101)).build()));
    bad.forEach(
        (field, deployment) -> {
          StatusRuntimeException refusal =
              Refused.with(
                  Status.Code.INVALID_ARGUMENT,
                  Reason.ARGUMENT_INVALID,
                  () -> versions.deployModelVersion(request.setDeployment(deployment).build()));
          assertTrue(
              String.valueOf(StatusProto.fromThrowable(refusal)).contains("deployment." + field),
              () -> field + ": " + StatusProto.fromThrowable(refusal));
        });
    Refused.with(
        Status.Code.INVALID_ARGUMENT,
        Reason.ARGUMENT_INVALID,
        () ->
            versions.deployModelVersion(request.setDeployment(whole()).setRolloutValue(9).build()));
  }

  @Test
  void createGrant_withWeightAndPriority_keepsThemAndFillsInTheRest() {
    var grants = gateway.client().grants(gateway.tokens(Realm.PAUL));
    CreateGrantRequest.Builder request =
        CreateGrantRequest.newBuilder().setParent("models/dictionary");
    Grant.Builder wanted =
        Grant.newBuilder()
            .setTeam("nobody-is-in-it")
            .addActions(Grant.Action.ACTION_INFER)
            .setExpireTime(
                com.google.protobuf.Timestamp.newBuilder()
                    .setSeconds(
                        dev.gatehouse.core.SystemTime.wall().instant().getEpochSecond() + 3600));
    Grant plain = grants.createGrant(request.setGrant(wanted).build());
    assertEquals(100, plain.getWeight());
    assertEquals(Grant.Priority.PRIORITY_INTERACTIVE, plain.getPriority());
    wanted.setWeight(1000).setPriority(Grant.Priority.PRIORITY_BULK);
    Grant bulk = grants.createGrant(request.setGrant(wanted).build());
    assertEquals(1000, bulk.getWeight());
    assertEquals(Grant.Priority.PRIORITY_BULK, bulk.getPriority());
    assertEquals(
        bulk, grants.getGrant(GetGrantRequest.newBuilder().setName(bulk.getName()).build()));
    for (Grant.Builder bad :
        List.of(
            wanted.clone().setWeight(1001),
            wanted.clone().setWeight(-1),
            wanted.clone().setPriorityValue(9))) {
      Refused.with(
          Status.Code.INVALID_ARGUMENT,
          Reason.ARGUMENT_INVALID,
          () -> grants.createGrant(request.setGrant(bad).build()));
    }
  }

  @Test
  void createGrant_withoutWhatItNeeds_isRefused() {
    var grants = gateway.client().grants(gateway.tokens(Realm.PAUL));
    Grant whole =
        Grant.newBuilder()
            .setTeam("shop")
            .addActions(Grant.Action.ACTION_INFER)
            .setExpireTime(com.google.protobuf.Timestamp.newBuilder().setSeconds(4_000_000_000L))
            .build();
    for (Grant bad :
        List.of(
            whole.toBuilder().clearExpireTime().build(),
            whole.toBuilder().clearActions().build(),
            whole.toBuilder().clearGrantee().build(),
            whole.toBuilder().setTeam("A").build(),
            whole.toBuilder().setCaller("orders-service").build(),
            whole.toBuilder().addActionsValue(77).build(),
            whole)) {
      Refused.with(
          Status.Code.INVALID_ARGUMENT,
          Reason.ARGUMENT_INVALID,
          () ->
              grants.createGrant(
                  CreateGrantRequest.newBuilder()
                      .setParent("models/add-sub")
                      .setGrant(bad)
                      .build()));
    }
  }

  @Test
  void grant_withEveryField_comesBack() {
    var grants = gateway.client().grants(gateway.tokens(Realm.PAUL));
    Grant wanted = delegating();
    Grant made =
        grants.createGrant(
            CreateGrantRequest.newBuilder()
                .setParent("models/dictionary")
                .setGrantId("delegating")
                .setGrant(wanted)
                .build());
    assertEquals(wanted, made.toBuilder().clearName().clearCreator().clearCreateTime().build());
    // A service may not pass it on: that is for people, and for programs that are allowed to.
    Refused.with(
        Status.Code.PERMISSION_DENIED,
        Reason.ACCESS_DENIED,
        () ->
            gateway
                .client()
                .grants(gateway.tokens(SharedGateway.RIVAL))
                .createGrant(
                    CreateGrantRequest.newBuilder()
                        .setParent("models/dictionary")
                        .setGrant(wanted.toBuilder().setTeam("nobody-is-in-it"))
                        .build()));
    var unused =
        grants.deleteGrant(DeleteGrantRequest.newBuilder().setName(made.getName()).build());
  }

  /** The owner's team is denied something by an administrator, and cannot take that back. */
  @Test
  void deleteGrant_denialOfOnesOwnTeam_isForAdministratorsOnly() {
    var ada = gateway.client().grants(gateway.administrator());
    var paul = gateway.client().grants(gateway.tokens(Realm.PAUL));
    Grant denial =
        ada.createGrant(
            CreateGrantRequest.newBuilder()
                .setParent("models/dictionary")
                .setGrantId("denial")
                .setGrant(
                    Grant.newBuilder()
                        .setTeam("vision")
                        .setEffect(Grant.Effect.EFFECT_DENY)
                        .addActions(Grant.Action.ACTION_EXPORT))
                .build());
    DeleteGrantRequest delete = DeleteGrantRequest.newBuilder().setName(denial.getName()).build();
    Refused.with(
        Status.Code.PERMISSION_DENIED, Reason.ACCESS_DENIED, () -> paul.deleteGrant(delete));
    Refused.with(
        Status.Code.PERMISSION_DENIED,
        Reason.ACCESS_DENIED,
        () ->
            models.deleteModel(
                DeleteModelRequest.newBuilder().setName("models/dictionary").build()));
    var unused = ada.deleteGrant(delete);
  }

  /** For the rival team, with every field set that a caller can set. */
  private static Grant delegating() {
    return Grant.newBuilder()
        .setCaller("callers/" + SharedGateway.RIVAL.clientId())
        .setEffect(Grant.Effect.EFFECT_ALLOW)
        .addActions(Grant.Action.ACTION_INFER)
        .addActions(Grant.Action.ACTION_ADMINISTER_GRANTS)
        .setExpireTime(
            com.google.protobuf.Timestamp.newBuilder()
                .setSeconds(dev.gatehouse.core.SystemTime.wall().instant().getEpochSecond() + 3600))
        .setWeight(7)
        .setPriority(Grant.Priority.PRIORITY_BULK)
        .addSourceNetworks("127.0.0.0/8")
        .setMinimumStrength(Grant.Strength.STRENGTH_TOKEN)
        .setQuota(
            Quota.newBuilder()
                .setCallsPerSecond(100)
                .setCallsBurst(200)
                .setRowsPerSecond(300)
                .setRowsPerDay(4000)
                .setConcurrentCalls(5))
        .addOutputPolicies(
            OutputPolicy.newBuilder()
                .setOutput("logits")
                .setDetail(OutputPolicy.Detail.DETAIL_TOP_K)
                .setTopK(3)
                .setScores(OutputPolicy.Scores.SCORES_LOGITS))
        .build();
  }

  @Test
  void audit_callRefusalAndChange_haveAnEntryEach() {
    var stub = gateway.client().inference(gateway.tokens(Realm.ORDERS));
    Refused.with(
        Status.Code.PERMISSION_DENIED,
        Reason.ACCESS_DENIED,
        () -> stub.modelInfer(addSub(1, 2).setModelName("of-the-audit-test").build()));
    var unused = models.createModel(create("audited").build());
    Entry refused =
        gateway
            .recorded()
            .await(EntryKind.CALL, RecordedEntries.has(Field.RESOURCE, "of-the-audit-test"));
    assertEquals("orders-service", refused.text(Field.CALLER));
    assertEquals("shop", refused.text(Field.TEAM));
    assertEquals("ACCESS_DENIED", refused.text(Field.OUTCOME));
    assertEquals("inference.GRPCInferenceService/ModelInfer", refused.text(Field.ACTION));
    Entry changed =
        gateway
            .changes()
            .await(EntryKind.CHANGE, RecordedEntries.has(Field.RESOURCE, "models/audited"));
    assertEquals("pipeline", changed.text(Field.CALLER));
    assertEquals("models.create", changed.text(Field.ACTION));
    assertEquals("OK", changed.text(Field.OUTCOME));
    assertEquals(List.of(), gateway.recorded().all(EntryKind.DROPPED, entry -> true));
  }
}
