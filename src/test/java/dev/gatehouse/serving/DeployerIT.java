package dev.gatehouse.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.access.Authority;
import dev.gatehouse.audit.control.ControlLogSettings;
import dev.gatehouse.audit.control.PostgresControlLog;
import dev.gatehouse.core.Caller;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.Datatype;
import dev.gatehouse.core.Deadline;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import dev.gatehouse.core.Role;
import dev.gatehouse.core.Shape;
import dev.gatehouse.core.Signature;
import dev.gatehouse.core.SystemTime;
import dev.gatehouse.core.TeamName;
import dev.gatehouse.core.Tensor;
import dev.gatehouse.core.TensorSpec;
import dev.gatehouse.core.VersionId;
import dev.gatehouse.engine.LoadedModel;
import dev.gatehouse.engine.Samples;
import dev.gatehouse.engine.TorchEngine;
import dev.gatehouse.metrics.GatewayMetrics;
import dev.gatehouse.metrics.MetricsSettings;
import dev.gatehouse.registry.ArtifactStore;
import dev.gatehouse.registry.ArtifactUpload;
import dev.gatehouse.registry.Canary;
import dev.gatehouse.registry.DeploymentSettings;
import dev.gatehouse.registry.DeploymentState;
import dev.gatehouse.registry.Deployments;
import dev.gatehouse.registry.HeldVersion;
import dev.gatehouse.registry.ModelAudit;
import dev.gatehouse.registry.ModelVersion;
import dev.gatehouse.registry.Registry;
import dev.gatehouse.registry.RegistryProfile;
import dev.gatehouse.registry.ReplicaId;
import dev.gatehouse.registry.Replicas;
import dev.gatehouse.registry.Rollout;
import dev.gatehouse.registry.Sha256;
import dev.gatehouse.scheduling.CallTerms;
import dev.gatehouse.scheduling.Completion;
import dev.gatehouse.scheduling.Priority;
import dev.gatehouse.scheduling.Reservation;
import dev.gatehouse.scheduling.Timing;
import dev.gatehouse.testing.Await;
import dev.gatehouse.testing.TestCallers;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.narayana.jta.QuarkusTransaction;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import jakarta.inject.Inject;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Deployments that are overtaken by others, on a real registry and a real engine. The artifact
 * store holds a load back as long as a test wants, and time passes when a test says so.
 */
@QuarkusTest
@TestProfile(RegistryProfile.class)
class DeployerIT {

  private static final Duration WAIT_MAX = Duration.ofMinutes(2);
  private static final Duration EXECUTION_LIMIT = Duration.ofMinutes(1);
  private static final ModelName SLOW = new ModelName("slow");
  private static final VersionId V1 = new VersionId("v1");
  private static final VersionId V2 = new VersionId("v2");
  private static final VersionId V3 = new VersionId("v3");
  private static final CallerId ANYBODY = new CallerId("anybody");
  private static final TeamName TEAM = new TeamName("vision");

  private static final Caller ROOT =
      TestCallers.caller(new CallerId("root"), TEAM, Set.of(Role.ADMINISTRATOR), "00", Instant.MAX);

  private static final Signature SIGNATURE =
      new Signature(
          List.of(new TensorSpec("work", Datatype.FP32, Shape.of(-1, 1))),
          List.of(new TensorSpec("done", Datatype.FP32, Shape.of(-1, 1))));

  private static final DeploymentSettings DEFAULTS =
      new DeploymentSettings(
          DeploymentSettings.Batching.of(4, Duration.ZERO),
          DeploymentSettings.Queue.of(64, 1 << 20),
          DeploymentSettings.Execution.of(1, EXECUTION_LIMIT),
          Canary.NONE);

  private static final DeploymentWish WISH =
      new DeploymentWish(
          new DeploymentWish.Batching(0, null, List.of(), List.of(), null, null),
          new DeploymentWish.Queue(0, 0, 0, 0),
          new DeploymentWish.Execution(0, null, null),
          Canary.NONE);

  private static final int SWAPS_MIN = 20_000;
  private static final int SWAPS_MAX = 2_000_000;
  private static final int LOOKS_MIN = 100_000;

  /** Some seconds of one core. */
  private static final float LONG = 10_000;

  @SuppressWarnings("NullAway.Init") // set before any test
  private static TorchEngine engine;

  @Inject Registry registry;
  @Inject Deployments deployments;
  @Inject Replicas replicas;
  @Inject ArtifactStore artifacts;
  @Inject DataSource database;
  @TempDir Path folder;

  private final AtomicLong nanos = new AtomicLong();
  private GatedStore store;
  private PostgresControlLog controlLog;
  private ModelTable table;
  private Deployer deployer;
  private VersionAdministration versions;

  /** A store whose reads wait while the gate is closed. */
  private static final class GatedStore implements ArtifactStore {
    private final ArtifactStore store;
    private final CountDownLatch arrived = new CountDownLatch(1);
    private volatile @Nullable CountDownLatch gate;
    private volatile boolean lost;

    GatedStore(ArtifactStore store) {
      this.store = store;
    }

    void close() {
      gate = new CountDownLatch(1);
    }

    void awaitReader() throws InterruptedException {
      assertTrue(arrived.await(WAIT_MAX.toSeconds(), TimeUnit.SECONDS), "nothing is loaded");
    }

    void open() {
      Objects.requireNonNull(gate).countDown();
    }

    /** From now on no artifact is to be found, or again. */
    void lose(boolean lost) {
      this.lost = lost;
    }

    @Override
    public ArtifactUpload begin(Sha256 declared, long declaredSizeBytes) {
      return store.begin(declared, declaredSizeBytes);
    }

    @Override
    public boolean contains(Sha256 digest) {
      return store.contains(digest);
    }

    @Override
    public byte[] read(Sha256 digest) {
      CountDownLatch closed = gate;
      if (closed != null) {
        arrived.countDown();
        try {
          boolean opened = closed.await(WAIT_MAX.toSeconds(), TimeUnit.SECONDS);
          assertTrue(opened, "the gate stayed closed");
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
      }
      if (lost) {
        throw new RefusedException(new Refusal.NotFound("artifact " + digest));
      }
      return store.read(digest);
    }

    @Override
    public void delete(Sha256 digest) {
      store.delete(digest);
    }
  }

  @BeforeAll
  static void startEngine() {
    engine = Samples.engine();
  }

  @AfterAll
  static void stopEngine() {
    engine.close();
  }

  @BeforeEach
  void publish() throws Exception {
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("delete from model");
      statement.execute("delete from registry_replica");
    }
    byte[] bytes = Samples.bytes("slow.pt");
    Sha256 digest = Sha256.of(bytes);
    if (!artifacts.contains(digest)) {
      try (ArtifactUpload upload = artifacts.begin(digest, bytes.length)) {
        upload.write(ByteBuffer.wrap(bytes));
        upload.finish();
      }
    }
    inTransaction(() -> registry.createModel(SLOW, "", "", TEAM, ROOT.id(), "", Instant.EPOCH));
    for (VersionId id : List.of(V1, V2, V3)) {
      inTransaction(
          () ->
              registry.addVersion(
                  SLOW, id, digest, bytes.length, SIGNATURE, ROOT.id(), Instant.EPOCH));
    }
    store = new GatedStore(artifacts);
    controlLog =
        new PostgresControlLog(
            database,
            registry::flush,
            new ControlLogSettings("test", "replica"),
            SystemTime.wall());
    open();
  }

  /** As a process that starts. */
  private void open() {
    Administration administration = new Administration(controlLog, nanos::get);
    table = new ModelTable(nanos::get);
    Catalogue catalogue = new Catalogue(registry, table, Deployer::takeDown);
    Replica replica = new Replica(ReplicaId.random(), administration, replicas, "");
    deployer =
        new Deployer(
            administration,
            deployments,
            new VersionLoader(
                store,
                engine,
                new GatewayMetrics(new SimpleMeterRegistry(), MetricsSettings.DEFAULTS, nanos::get),
                SystemTime.wall(),
                nanos::get),
            table,
            catalogue,
            replica,
            new Outcomes(administration, registry, deployments, replica.id(), SystemTime.wall()),
            SystemTime.wall(),
            nanos::get);
    versions =
        new VersionAdministration(
            administration,
            new Ownership(
                registry::findModel, (caller, model, owner, action) -> new Authority.Whole()),
            registry,
            deployments,
            store,
            deployer,
            catalogue,
            DEFAULTS,
            SystemTime.wall());
  }

  @AfterEach
  void close() throws Exception {
    deployer.close();
  }

  private static <T> void inTransaction(java.util.concurrent.Callable<T> work) {
    var unused = QuarkusTransaction.requiringNew().call(work);
  }

  private ModelVersion deploy(VersionId id, Rollout rollout) {
    return versions.deploy(ROOT, SLOW, id, WISH, rollout);
  }

  private DeploymentState state(VersionId id) {
    return registry.getVersion(SLOW, id).state();
  }

  private @Nullable VersionId defaultVersion() {
    return registry.getModel(SLOW).defaultVersion();
  }

  private void awaitReady(VersionId id) {
    assertTrue(
        Await.until(WAIT_MAX, () -> state(id) == DeploymentState.READY),
        () -> id + " is " + registry.getVersion(SLOW, id));
  }

  private RunningVersion running(VersionId id) {
    awaitReady(id);
    assertTrue(Await.until(WAIT_MAX, () -> table.find(SLOW, id) != null));
    return Objects.requireNonNull(table.find(SLOW, id));
  }

  /** One thread does all that was asked for before, so that it is over when this is ready. */
  private void awaitEverythingBefore() {
    deploy(V3, Rollout.BESIDE);
    awaitReady(V3);
  }

  /** What became of a call: its outputs, or why it has none. */
  private static final class Call implements Completion<Outputs> {
    private final CompletableFuture<Object> end = new CompletableFuture<>();

    @Override
    public void completed(Outputs result, Timing timing) {
      end.complete(result.tensors());
    }

    @Override
    public void refused(Refusal refusal) {
      end.complete(refusal);
    }
  }

  private static Call call(RunningVersion version, float work) {
    ByteBuffer data = ByteBuffer.allocateDirect(4).order(ByteOrder.LITTLE_ENDIAN);
    data.putFloat(work).flip();
    List<Tensor> inputs = List.of(new Tensor("work", Datatype.FP32, Shape.of(1, 1), data));
    Call call = new Call();
    var admission =
        version.batcher().reserve(new CallTerms("a caller", 1, Priority.INTERACTIVE), 1, 4);
    Reservation<List<Tensor>, Outputs> place =
        assertInstanceOf(Reservation.class, admission, admission.toString());
    var unused = place.submit(version.batchKey(inputs), 1, Deadline.NONE, inputs, call);
    return call;
  }

  private static void awaitRunning(RunningVersion version) {
    assertTrue(Await.until(WAIT_MAX, () -> version.batcher().pendingRows() == 0));
  }

  @Test
  void undeploy_whileItLoads_neverRuns() throws Exception {
    store.close();
    deploy(V1, Rollout.BESIDE);
    store.awaitReader();
    versions.undeploy(ROOT, SLOW, V1);
    store.open();
    awaitEverythingBefore();
    assertNull(table.find(SLOW, V1));
    assertEquals(DeploymentState.UNDEPLOYED, state(V1));
    assertEquals(V3, defaultVersion());
  }

  @Test
  void deploy_againWhileAnOutdatedAttemptLoads_runsTheLaterOne() throws Exception {
    store.close();
    long outdated = deploy(V1, Rollout.BESIDE).attempt();
    store.awaitReader();
    versions.undeploy(ROOT, SLOW, V1);
    long later = deploy(V1, Rollout.BESIDE).attempt();
    assertTrue(later > outdated);
    store.open();
    assertEquals(later, running(V1).registered().attempt());
    awaitEverythingBefore();
    assertEquals(later, running(V1).registered().attempt());
    assertEquals(later, registry.getVersion(SLOW, V1).attempt());
  }

  @Test
  void deploy_againWhileTheFormerDrains_bothAnswer() throws Exception {
    deploy(V1, Rollout.BESIDE);
    RunningVersion former = running(V1);
    Call call = call(former, LONG);
    awaitRunning(former);
    versions.undeploy(ROOT, SLOW, V1);
    deploy(V1, Rollout.BESIDE);
    RunningVersion later = running(V1);
    assertNotSame(former, later);
    assertInstanceOf(List.class, call(later, 1).end.get(2, TimeUnit.MINUTES));
    assertInstanceOf(List.class, call.end.get(2, TimeUnit.MINUTES), "the former's call finishes");
  }

  @Test
  void died_afterItWasDeployedAgain_hurtsNotTheLaterOne() {
    deploy(V1, Rollout.BESIDE);
    RunningVersion former = running(V1);
    var unused = call(former, 3 * LONG);
    awaitRunning(former);
    versions.undeploy(ROOT, SLOW, V1);
    deploy(V1, Rollout.BESIDE);
    RunningVersion later = running(V1);
    nanos.addAndGet(EXECUTION_LIMIT.toNanos() + 1);
    assertTrue(Await.until(WAIT_MAX, () -> !former.ready()));
    awaitEverythingBefore();
    assertSame(later, table.find(SLOW, V1));
    assertTrue(later.ready());
    assertEquals(DeploymentState.READY, state(V1));
    assertEquals(List.of(), deployer.lost());
  }

  /** Until no other instance takes the place of one that is stuck. */
  private void getStuckForGood(RunningVersion version) throws Exception {
    for (int replaced = 0; replaced <= LoadedModel.REPLACEMENTS_MAX; replaced++) {
      assertTrue(Await.until(WAIT_MAX, version::ready), "the instance was not replaced");
      Call stuck = call(version, 10 * LONG);
      awaitRunning(version);
      nanos.addAndGet(EXECUTION_LIMIT.toNanos() + 1);
      assertInstanceOf(Refusal.ModelNotReady.class, stuck.end.get(2, TimeUnit.MINUTES));
    }
  }

  @Test
  void died_serving_isLostUntilItRunsAgainOrIsNotMeantTo() throws Exception {
    deploy(V1, Rollout.BESIDE);
    getStuckForGood(running(V1));
    assertTrue(Await.until(WAIT_MAX, () -> !deployer.lost().isEmpty()));
    assertEquals(List.of("models/slow/versions/v1"), deployer.lost());
    assertTrue(Await.until(WAIT_MAX, () -> state(V1) == DeploymentState.FAILED));
    assertNull(table.find(SLOW, V1));
    awaitEverythingBefore();
    assertEquals(List.of("models/slow/versions/v1"), deployer.lost(), "others do not heal it");
    deploy(V1, Rollout.BESIDE);
    RunningVersion second = running(V1);
    assertEquals(List.of(), deployer.lost());
    getStuckForGood(second);
    assertTrue(Await.until(WAIT_MAX, () -> state(V1) == DeploymentState.FAILED));
    assertEquals(1, deployer.lost().size());
    versions.undeploy(ROOT, SLOW, V1);
    assertEquals(List.of(), deployer.lost());
  }

  @Test
  void replaceDefault_whileTheFormerWorks_takesOverAndClosesIt() throws Exception {
    deploy(V1, Rollout.BESIDE);
    RunningVersion former = running(V1);
    Call call = call(former, LONG);
    deploy(V2, Rollout.REPLACE_DEFAULT);
    RunningVersion successor = running(V2);
    assertTrue(Await.until(WAIT_MAX, () -> table.find(SLOW, V1) == null));
    assertSame(successor, assertNotNullEntry().route(ANYBODY));
    assertEquals(V2, defaultVersion());
    assertEquals(DeploymentState.UNDEPLOYED, state(V1));
    assertInstanceOf(List.class, call.end.get(2, TimeUnit.MINUTES), "the former's call finishes");
    assertTrue(Await.until(WAIT_MAX, () -> !former.ready()), "it is never closed");
  }

  /** So often that a table which changes in two steps is caught between them. */
  @Test
  void catalogue_defaultReplaced_atNoMomentLeavesTheModelWithoutAVersion() throws Exception {
    deploy(V1, Rollout.BESIDE);
    deploy(V2, Rollout.BESIDE);
    RunningVersion former = running(V1);
    RunningVersion successor = running(V2);
    awaitEverythingBefore();
    ModelVersion other = registry(running(V3), DeploymentState.READY);
    AtomicBoolean ending = new AtomicBoolean();
    AtomicLong gaps = new AtomicLong();
    AtomicLong looks = new AtomicLong();
    Thread watcher =
        Thread.ofPlatform()
            .start(
                () -> {
                  while (!ending.get()) {
                    if (assertNotNullEntry().route(ANYBODY) == null) {
                      gaps.incrementAndGet();
                    }
                    looks.incrementAndGet();
                  }
                });
    long ticket = Long.MAX_VALUE / 2;
    for (int i = 0; i < SWAPS_MAX && (i < SWAPS_MIN || looks.get() < LOOKS_MIN); i++) {
      ModelVersion ready = registry(successor, DeploymentState.READY);
      ModelVersion ended = registry(former, DeploymentState.UNDEPLOYED);
      ModelVersion again = registry(former, DeploymentState.READY);
      List<RunningVersion> retired =
          table.catalogue(
              SLOW,
              ticket++,
              successor.version(),
              ModelAudit.DEFAULT,
              null,
              List.of(ready, ended, other));
      assertEquals(List.of(former), retired);
      retired =
          table.catalogue(
              SLOW,
              ticket++,
              successor.version(),
              ModelAudit.DEFAULT,
              null,
              List.of(ready, again, other));
      assertEquals(List.of(), retired);
      assertEquals(List.of(), table.start(former));
      RunningVersion next = former;
      former = successor;
      successor = next;
    }
    ending.set(true);
    watcher.join();
    assertEquals(0, gaps.get(), () -> "of " + looks + " looks");
  }

  private static ModelVersion registry(RunningVersion running, DeploymentState state) {
    ModelVersion version = running.registered();
    return new ModelVersion(
        version.model(),
        version.id(),
        version.digest(),
        version.sizeBytes(),
        version.signature(),
        version.uploader(),
        version.createTime(),
        state,
        "",
        version.deployment(),
        version.attempt(),
        version.stateTime());
  }

  private ModelTable.Entry assertNotNullEntry() {
    ModelTable.Entry entry = table.find(SLOW);
    assertNotNull(entry);
    return entry;
  }

  @Test
  void replaceDefault_givenUpWhileItLoads_leavesTheDefault() throws Exception {
    deploy(V1, Rollout.BESIDE);
    RunningVersion former = running(V1);
    store.close();
    deploy(V2, Rollout.REPLACE_DEFAULT);
    store.awaitReader();
    versions.undeploy(ROOT, SLOW, V2);
    store.open();
    awaitEverythingBefore();
    assertSame(former, assertNotNullEntry().route(ANYBODY));
    assertNull(table.find(SLOW, V2));
    assertEquals(V1, defaultVersion());
  }

  @Test
  void restore_whileReplacing_replacesAfterwards() throws Exception {
    deploy(V1, Rollout.BESIDE);
    var unused = running(V1);
    store.close();
    deploy(V2, Rollout.REPLACE_DEFAULT);
    store.awaitReader();
    deployer.close(); // with the load under way, as a process that ends
    store.open();
    open();
    deployer.restore();
    RunningVersion successor = running(V2);
    assertTrue(Await.until(WAIT_MAX, deployer::restored));
    assertSame(successor, assertNotNullEntry().route(ANYBODY));
    assertNull(table.find(SLOW, V1));
    assertEquals(V2, defaultVersion());
  }

  private void awaitRestored() {
    deployer.restore();
    assertTrue(Await.until(WAIT_MAX, deployer::restored));
  }

  @Test
  void restore_ready_isLoadedInTheSameAttempt() {
    deploy(V1, Rollout.BESIDE);
    ModelVersion before = running(V1).registered();
    awaitReady(V1);
    ModelVersion ready = registry.getVersion(SLOW, V1);
    deployer.close();
    open();
    awaitRestored();
    assertEquals(before.attempt(), running(V1).registered().attempt());
    assertEquals(ready, registry.getVersion(SLOW, V1), "nothing changed for anybody");
    assertEquals(0, deployer.failedHere());
  }

  @Test
  void restore_failedWhileDeploying_staysFailedAndWhatWasLostRunsAgain() throws Exception {
    inTransaction(
        () ->
            deployments.markDeploying(
                SLOW, V2, DEFAULTS, Rollout.BESIDE, deployer.here(), Instant.EPOCH));
    long failed = registry.getVersion(SLOW, V2).attempt();
    inTransaction(() -> deployments.markFailed(SLOW, V2, failed, "does not fit", Instant.EPOCH));
    deploy(V1, Rollout.BESIDE);
    HeldVersion lost = running(V1).held();
    awaitReady(V1);
    inTransaction(() -> deployments.markLost(deployer.here(), lost, "stuck", Instant.EPOCH));
    assertEquals(DeploymentState.FAILED, state(V1));
    deployer.close();
    open();
    awaitRestored();
    assertTrue(running(V1).registered().attempt() > lost.attempt());
    assertEquals(DeploymentState.FAILED, state(V2));
    assertNull(table.find(SLOW, V2));
  }

  /** The other replica is one of the database only: it says that it lives and what it holds. */
  @Test
  void restore_whatCannotBeLoadedHere_isReadyForTheOthersAndTriedAgain() {
    ReplicaId other = new ReplicaId("other");
    inTransaction(
        () -> deployments.markDeploying(SLOW, V1, DEFAULTS, Rollout.BESIDE, other, Instant.EPOCH));
    long attempt = registry.getVersion(SLOW, V1).attempt();
    inTransaction(() -> deployments.markReady(SLOW, V1, attempt, Instant.EPOCH));
    inTransaction(() -> replicas.beat(other, "other", List.of(new HeldVersion(SLOW, V1, attempt))));
    store.lose(true);
    awaitRestored();
    assertTrue(Await.until(WAIT_MAX, () -> deployer.failedHere() == 1));
    assertEquals(DeploymentState.READY, state(V1));
    assertNull(table.find(SLOW, V1));
    store.lose(false);
    nanos.addAndGet(LocalLoads.RETRY_MAX.toNanos());
    assertEquals(attempt, running(V1).registered().attempt());
    assertTrue(Await.until(WAIT_MAX, () -> deployer.failedHere() == 0));
  }

  @Test
  void restore_whatNobodyCanLoad_hasFailed() {
    deploy(V1, Rollout.BESIDE);
    var unused = running(V1);
    awaitReady(V1);
    deployer.close();
    open();
    store.lose(true);
    awaitRestored();
    assertTrue(Await.until(WAIT_MAX, () -> state(V1) == DeploymentState.FAILED));
    assertTrue(Await.until(WAIT_MAX, () -> deployer.failedHere() == 0), "it is ready nowhere");
  }

  @Test
  void follow_whatAnotherReplicaDeploys_isLoadedReplacedAndTakenDown() {
    ReplicaId other = new ReplicaId("other");
    awaitRestored();
    inTransaction(() -> replicas.beat(other, "other", List.of()));
    long first = deployElsewhere(other, V1, Rollout.BESIDE);
    RunningVersion former = running(V1);
    assertEquals(first, former.registered().attempt());
    store.close();
    long second = deployElsewhere(other, V2, Rollout.REPLACE_DEFAULT);
    deployer.changed();
    assertTrue(Await.until(WAIT_MAX, () -> table.standsIn(former)), "it is not followed");
    assertEquals(DeploymentState.UNDEPLOYED, state(V1));
    assertSame(former, assertNotNullEntry().route(ANYBODY));
    store.open();
    RunningVersion successor = running(V2);
    assertEquals(second, successor.registered().attempt());
    assertSame(successor, assertNotNullEntry().route(ANYBODY));
    assertTrue(Await.until(WAIT_MAX, () -> !former.ready()), "it is never closed");
    inTransaction(() -> deployments.markUndeployed(SLOW, V2, Instant.EPOCH));
    deployer.changed();
    assertTrue(Await.until(WAIT_MAX, () -> table.find(SLOW, V2) == null));
  }

  private long deployElsewhere(ReplicaId other, VersionId id, Rollout rollout) {
    inTransaction(
        () -> deployments.markDeploying(SLOW, id, DEFAULTS, rollout, other, Instant.EPOCH));
    long attempt = registry.getVersion(SLOW, id).attempt();
    inTransaction(() -> deployments.markReady(SLOW, id, attempt, Instant.EPOCH));
    deployer.changed();
    return attempt;
  }
}
