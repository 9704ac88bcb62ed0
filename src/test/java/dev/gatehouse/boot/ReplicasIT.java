package dev.gatehouse.boot;

import static dev.gatehouse.boot.OwnReplicas.awaitAgreement;
import static dev.gatehouse.boot.OwnReplicas.refusal;
import static dev.gatehouse.testing.Infer.addSub;
import static dev.gatehouse.testing.Infer.intsOf;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.FieldMask;
import dev.gatehouse.audit.entry.Entry;
import dev.gatehouse.audit.entry.EntryKind;
import dev.gatehouse.audit.entry.Field;
import dev.gatehouse.stubs.admin.v1.Caller;
import dev.gatehouse.stubs.admin.v1.DeleteModelRequest;
import dev.gatehouse.stubs.admin.v1.DeployModelVersionRequest;
import dev.gatehouse.stubs.admin.v1.Deployment;
import dev.gatehouse.stubs.admin.v1.Grant;
import dev.gatehouse.stubs.admin.v1.Model;
import dev.gatehouse.stubs.admin.v1.ModelVersion;
import dev.gatehouse.stubs.admin.v1.SetDefaultModelVersionRequest;
import dev.gatehouse.stubs.admin.v1.UndeployModelVersionRequest;
import dev.gatehouse.stubs.admin.v1.UpdateModelRequest;
import dev.gatehouse.stubs.inference.ModelInferRequest;
import dev.gatehouse.stubs.inference.ModelInferResponse;
import dev.gatehouse.stubs.inference.RepositoryIndexRequest;
import dev.gatehouse.testing.Await;
import dev.gatehouse.testing.GatewayClient;
import dev.gatehouse.testing.LoggedFaults;
import dev.gatehouse.testing.ModelPublisher;
import dev.gatehouse.testing.OidcLogin;
import dev.gatehouse.testing.PostgresServer;
import dev.gatehouse.testing.Realm;
import dev.gatehouse.testing.RecordedEntries;
import dev.gatehouse.testing.SampleModels;
import dev.gatehouse.testing.SharedGateway;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * Two and three gateways on one database agree, whichever was asked, also when one is killed. How
 * long they take is printed; see the lines that begin with "agreed after".
 */
final class ReplicasIT {

  private static final Duration SEEN_MAX = Duration.ofSeconds(90);
  private static final Deployment DEFAULTS = Deployment.getDefaultInstance();
  private static final int SWAPS = 6;
  private static final int CALLS_PER_SWAP = 20;

  private static String version(String model, String version) {
    return "models/" + model + "/versions/" + version;
  }

  private static ModelInferRequest call(String model, String version) {
    return addSub(1, 2).setModelName(model).setModelVersion(version).build();
  }

  private static void publish(ModelPublisher publisher, String model, String... versions) {
    var unused = publisher.createModel(model, model);
    publisher.grantInfer(model, Realm.ORDERS.clientId());
    for (String version : versions) {
      publisher.upload(model, version, SharedGateway.sample("add_sub.pt"), SampleModels.ADD_SUB);
    }
  }

  /** The version that answers a call of {@link Realm#ORDERS}, or why none does. */
  private static String answer(OwnReplicas replicas, int replica, String model, String version) {
    try {
      ModelInferResponse response =
          replicas.client(replica).inference(replicas.orders()).modelInfer(call(model, version));
      assertEquals(3, intsOf(response, 0).getFirst());
      return response.getModelVersion();
    } catch (StatusRuntimeException e) {
      return GatewayClient.errorInfo(e).map(info -> info.getReason()).orElse(e.toString());
    }
  }

  private static boolean allAnswer(
      OwnReplicas replicas, String model, String version, String expected) {
    return IntStream.range(0, replicas.count())
        .allMatch(replica -> answer(replicas, replica, model, version).equals(expected));
  }

  @Test
  void three_whateverIsChangedAtOne_isSoAtAll() {
    try (OwnReplicas replicas = OwnReplicas.start(PostgresServer.shared(), 3, Map.of())) {
      assertTrue(
          Await.until(SEEN_MAX, () -> replicas.metric(1, "gatehouse_replicas_alive") == 3),
          "they know each other");
      callersAgree(replicas);
      modelsAgree(replicas);
      versionsAgree(replicas);
      for (int i = 0; i < replicas.count(); i++) {
        assertEquals(1, replicas.metric(i, "gatehouse_changes_listening"));
        assertEquals(0, replicas.metric(i, "gatehouse_replica_failed_versions"));
      }
    }
  }

  private static void callersAgree(OwnReplicas replicas) {
    OidcLogin.Tokens returns = replicas.tokens(Realm.RETURNS);
    Runnable[] index =
        IntStream.range(0, replicas.count())
            .<Runnable>mapToObj(
                i ->
                    () -> {
                      var unused =
                          replicas
                              .client(i)
                              .inference(returns)
                              .repositoryIndex(RepositoryIndexRequest.getDefaultInstance());
                    })
            .toArray(Runnable[]::new);
    for (Runnable one : index) {
      assertEquals("ACCESS_DENIED", refusal(one));
    }
    var unused =
        SharedGateway.register(
            replicas.client(0),
            replicas.administrator(),
            Realm.RETURNS,
            "shop",
            Caller.Role.ROLE_CALLER);
    awaitAgreement("a caller registered", () -> all(index, ""));
    replicas.stand(1, Realm.RETURNS, Caller.Standing.STANDING_SUSPENDED);
    awaitAgreement("a caller suspended", () -> all(index, "CREDENTIAL_INVALID"));
    replicas.stand(2, Realm.RETURNS, Caller.Standing.STANDING_ACTIVE);
    awaitAgreement("a caller active again", () -> all(index, ""));
  }

  private static boolean all(Runnable[] calls, String expected) {
    for (Runnable call : calls) {
      if (!refusal(call).equals(expected)) {
        return false;
      }
    }
    return true;
  }

  private static void modelsAgree(OwnReplicas replicas) {
    var unused = replicas.publisher(1).createModel("passing", "passing");
    assertTrue(allAnswer(replicas, "passing", "", "ACCESS_DENIED"));
    Grant grant = replicas.publisher(2).grantInfer("passing", Realm.ORDERS.clientId());
    awaitAgreement(
        "a model created and granted", () -> allAnswer(replicas, "passing", "", "MODEL_NOT_READY"));
    replicas.revoke(0, grant);
    awaitAgreement("a grant deleted", () -> allAnswer(replicas, "passing", "", "ACCESS_DENIED"));
    grant = replicas.publisher(0).grantInfer("passing", Realm.ORDERS.clientId());
    awaitAgreement("a grant created", () -> allAnswer(replicas, "passing", "", "MODEL_NOT_READY"));
    var gone =
        replicas
            .client(2)
            .models(replicas.publisher())
            .deleteModel(DeleteModelRequest.newBuilder().setName("models/passing").build());
    assertTrue(gone.isInitialized());
    awaitAgreement("a model deleted", () -> allAnswer(replicas, "passing", "", "ACCESS_DENIED"));
    unused = replicas.publisher(0).createModel("passing", "passing");
    assertFalse(grant.getName().isEmpty());
    assertTrue(allAnswer(replicas, "passing", "", "ACCESS_DENIED"), "its grants are gone");
  }

  /** How a model is recorded is asked for at one replica, and so recorded at all. */
  private static void recordAgrees(OwnReplicas replicas) {
    Model wanted = Model.newBuilder().setName("models/shared").setInputDigests(true).build();
    Model changed =
        replicas
            .client(1)
            .models(replicas.publisher())
            .updateModel(
                UpdateModelRequest.newBuilder()
                    .setModel(wanted)
                    .setUpdateMask(FieldMask.newBuilder().addPaths("input_digests"))
                    .build());
    assertTrue(changed.getInputDigests());
    awaitAgreement(
        "digests of inputs",
        () ->
            allAnswer(replicas, "shared", "", "2")
                && IntStream.range(0, replicas.count())
                    .allMatch(replica -> digests(replicas, replica)));
  }

  /** Whether the last use of the model that a replica has recorded has a digest. */
  private static boolean digests(OwnReplicas replicas, int replica) {
    Path journals = replicas.process(replica).folder().resolve("gatehouse-data/audit");
    List<Entry> uses =
        RecordedEntries.of(journals)
            .all(EntryKind.INTENT, RecordedEntries.has(Field.MODEL, "shared"));
    return !uses.isEmpty() && uses.getLast().text(Field.INPUT_DIGEST) != null;
  }

  private static void versionsAgree(OwnReplicas replicas) {
    publish(replicas.publisher(0), "shared", "1", "2");
    replicas.publisher(0).deploy(version("shared", "1"), DEFAULTS);
    awaitAgreement(
        "a version deployed (with the time to load it)",
        () -> allAnswer(replicas, "shared", "", "1"));
    replicas.publisher(1).deploy(version("shared", "2"), DEFAULTS);
    awaitAgreement(
        "a second version deployed (with the time to load it)",
        () -> allAnswer(replicas, "shared", "2", "2"));
    assertTrue(allAnswer(replicas, "shared", "", "1"));
    var model =
        replicas
            .client(2)
            .versions(replicas.publisher())
            .setDefaultModelVersion(
                SetDefaultModelVersionRequest.newBuilder().setName(version("shared", "2")).build());
    assertEquals(version("shared", "2"), model.getDefaultVersion());
    awaitAgreement("another default", () -> allAnswer(replicas, "shared", "", "2"));
    recordAgrees(replicas);
    undeploy(replicas, 1, version("shared", "1"));
    awaitAgreement(
        "a version undeployed", () -> allAnswer(replicas, "shared", "1", "MODEL_NOT_READY"));
    undeploy(replicas, 0, version("shared", "2"));
    awaitAgreement(
        "the default undeployed", () -> allAnswer(replicas, "shared", "", "MODEL_NOT_READY"));
  }

  private static void undeploy(OwnReplicas replicas, int replica, String name) {
    ModelVersion undeployed =
        replicas
            .client(replica)
            .versions(replicas.publisher())
            .undeployModelVersion(UndeployModelVersionRequest.newBuilder().setName(name).build());
    assertEquals(ModelVersion.State.STATE_UNDEPLOYED, undeployed.getState());
  }

  /** Threads that call without a pause, naming no version, and what they heard. */
  private static final class Callers implements AutoCloseable {
    private final AtomicBoolean ending = new AtomicBoolean();
    private final ConcurrentLinkedQueue<String> faults = new ConcurrentLinkedQueue<>();
    private final Map<String, AtomicLong> answers = new ConcurrentHashMap<>();
    private final List<Thread> threads = new ArrayList<>();

    void call(OwnReplicas replicas, int replica, String model) {
      threads.add(
          Thread.ofPlatform()
              .start(
                  () -> {
                    while (!ending.get()) {
                      String answer = answer(replicas, replica, model, "");
                      if (!answer.matches("[12]")) {
                        faults.add("replica " + replica + ": " + answer);
                      }
                      answers
                          .computeIfAbsent(replica + "/" + answer, key -> new AtomicLong())
                          .incrementAndGet();
                    }
                  }));
    }

    /** Waits until that version has answered at that replica, and a little longer. */
    void awaitAnswers(int replica, String version) {
      long before = answered(replica, version);
      assertTrue(
          Await.until(SEEN_MAX, () -> answered(replica, version) >= before + CALLS_PER_SWAP),
          () -> version + " does not answer at " + replica + ": " + answers + faults);
    }

    private long answered(int replica, String version) {
      AtomicLong count = answers.get(replica + "/" + version);
      return count == null ? 0 : count.get();
    }

    @Override
    public void close() {
      ending.set(true);
      for (Thread thread : threads) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
      }
    }
  }

  @Test
  void two_defaultReplacedUnderLoadOnBoth_noCallFailsOnEither() {
    try (OwnReplicas replicas = OwnReplicas.start(PostgresServer.shared(), 2, Map.of())) {
      publish(replicas.publisher(0), "swapped", "1", "2");
      replicas.publisher(0).deploy(version("swapped", "1"), DEFAULTS);
      awaitAgreement("the first version (loaded)", () -> allAnswer(replicas, "swapped", "", "1"));
      Callers callers = new Callers();
      try (callers) {
        callers.call(replicas, 0, "swapped");
        callers.call(replicas, 1, "swapped");
        String last = "1";
        for (int swap = 0; swap < SWAPS; swap++) {
          last = last.equals("1") ? "2" : "1";
          replicas.publisher(swap % 2).replaceDefault(version("swapped", last), DEFAULTS);
          callers.awaitAnswers(0, last);
          callers.awaitAnswers(1, last);
        }
      }
      assertEquals(List.of(), List.copyOf(callers.faults), callers.answers.toString());
    }
  }

  /** The one that serves notices nothing; the one that comes back flips no state. */
  @Test
  void two_oneKilledAndRestarted_theOtherServesAndStatesStay() throws IOException {
    try (OwnReplicas replicas = OwnReplicas.start(PostgresServer.shared(), 2, Map.of())) {
      publish(replicas.publisher(1), "kept", "1", "2");
      replicas.publisher(1).deploy(version("kept", "1"), DEFAULTS);
      awaitAgreement("the version (loaded)", () -> allAnswer(replicas, "kept", "", "1"));
      ModelVersion before = replicas.version(0, version("kept", "1"));
      String attempt = replicas.query("select attempt from deployment");
      Callers callers = new Callers();
      try (callers) {
        callers.call(replicas, 0, "kept");
        callers.awaitAnswers(0, "1");
        replicas.process(1).kill();
        callers.awaitAnswers(0, "1");
        Grant grant = replicas.publisher(0).grantInfer("kept", Realm.ORDERS.clientId());
        replicas.revoke(0, grant);
        replicas.process(1).restart();
        awaitAgreement("the one restarted", () -> allAnswer(replicas, "kept", "", "1"));
        callers.awaitAnswers(0, "1");
      }
      assertEquals(List.of(), List.copyOf(callers.faults));
      assertEquals(before, replicas.version(0, version("kept", "1")));
      assertEquals(attempt, replicas.query("select attempt from deployment"));
      assertTrue(
          Await.until(SEEN_MAX, () -> replicas.metric(0, "gatehouse_replicas_alive") == 2),
          "the dead one is forgotten");
      assertEquals(List.of(), LoggedFaults.in(Files.readString(replicas.process(0).log())));
    }
  }

  /** Many versions are asked for, so that most are still to be loaded when their replica dies. */
  @Test
  void three_ownerKilledWhileDeploying_oneOfTheOthersTakesOver() throws IOException {
    try (OwnReplicas replicas = OwnReplicas.start(PostgresServer.shared(), 3, Map.of())) {
      ModelPublisher publisher = replicas.publisher(0);
      String[] versions = IntStream.range(0, 8).mapToObj(i -> "v" + i).toArray(String[]::new);
      publish(publisher, "orphaned", versions);
      Deployment slow = Deployment.newBuilder().setInstancesPerDevice(32).build();
      var admin = replicas.client(0).versions(replicas.publisher());
      for (String one : versions) {
        var unused =
            admin.deployModelVersion(
                DeployModelVersionRequest.newBuilder()
                    .setName(version("orphaned", one))
                    .setDeployment(one.equals("v0") ? slow : DEFAULTS)
                    .build());
      }
      replicas.process(0).kill();
      long left =
          Long.parseLong(
              replicas.query("select count(*) from deployment where state = 'DEPLOYING'"));
      assertTrue(left > 0, "everything was deployed before its replica was killed");
      for (String one : versions) {
        assertTrue(
            Await.until(
                SEEN_MAX,
                () ->
                    answer(replicas, 1, "orphaned", one).equals(one)
                        && answer(replicas, 2, "orphaned", one).equals(one)),
            one);
        assertEquals(
            ModelVersion.State.STATE_READY,
            replicas.version(1, version("orphaned", one)).getState());
      }
      assertEquals(left, takenOver(replicas, 1) + takenOver(replicas, 2), "each by one");
    }
  }

  private static long takenOver(OwnReplicas replicas, int replica) throws IOException {
    try (var lines = Files.lines(replicas.process(replica).log())) {
      return lines.filter(line -> line.contains("is taken over")).count();
    }
  }

  /** What one replica cannot load is no failure of the version, and shows there alone. */
  @Test
  void two_artifactGoneWhenOneRestarts_isUnreadyThereAndServedByTheOther() {
    try (OwnReplicas replicas = OwnReplicas.start(PostgresServer.shared(), 2, Map.of())) {
      publish(replicas.publisher(0), "damaged", "1");
      replicas.publisher(0).deploy(version("damaged", "1"), DEFAULTS);
      awaitAgreement("the version (loaded)", () -> allAnswer(replicas, "damaged", "", "1"));
      replicas.process(1).kill();
      replicas.hideArtifacts();
      replicas.process(1).relaunch();
      assertTrue(
          Await.until(
              SEEN_MAX,
              () -> replicas.metricOrNothing(1, "gatehouse_replica_failed_versions") == 1));
      assertEquals(503, replicas.process(1).get("/q/health/ready").statusCode());
      assertEquals(200, replicas.process(0).get("/q/health/ready").statusCode());
      assertEquals(
          ModelVersion.State.STATE_READY, replicas.version(0, version("damaged", "1")).getState());
      assertEquals("1", answer(replicas, 0, "damaged", ""));
      replicas.showArtifacts();
      replicas.process(1).awaitReady();
      awaitAgreement("loaded once it could be", () -> allAnswer(replicas, "damaged", "", "1"));
    }
  }
}
