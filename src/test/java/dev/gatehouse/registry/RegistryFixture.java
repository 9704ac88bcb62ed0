package dev.gatehouse.registry;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.Datatype;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import dev.gatehouse.core.Shape;
import dev.gatehouse.core.Signature;
import dev.gatehouse.core.TeamName;
import dev.gatehouse.core.TensorSpec;
import dev.gatehouse.core.VersionId;
import io.quarkus.narayana.jta.QuarkusTransaction;
import jakarta.inject.Inject;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;

/** What the tests on a real PostgreSQL share: an empty registry, values, and transactions. */
abstract class RegistryFixture {

  static final Instant NOW = Instant.parse("2026-11-21T20:00:00.123456Z");
  static final Instant LATER = NOW.plusSeconds(60);
  static final ModelName DIGITS = new ModelName("digits");
  static final VersionId V1 = new VersionId("v1");
  static final VersionId V2 = new VersionId("v2");
  static final TeamName TEAM = new TeamName("vision");
  static final CallerId ALICE = new CallerId("alice");
  static final CallerId BOB = new CallerId("bob");
  static final ReplicaId HERE = new ReplicaId("here");
  static final ReplicaId THERE = new ReplicaId("there");
  static final byte[] CONTENT = "a model".getBytes(StandardCharsets.UTF_8);
  static final Sha256 DIGEST = Sha256.of(CONTENT);

  static final Signature SIGNATURE =
      new Signature(
          List.of(
              new TensorSpec("pixels", Datatype.FP32, Shape.of(-1, 8, -1)),
              new TensorSpec("mask", Datatype.BOOL, Shape.of(-1))),
          List.of(new TensorSpec("pixels", Datatype.FP16, Shape.of(-1, 10))));

  static final DeploymentSettings SETTINGS =
      new DeploymentSettings(
          new DeploymentSettings.Batching(
              32,
              Duration.of(1500, ChronoUnit.MICROS),
              List.of(8, 16),
              List.of(1, 8, 32),
              OversizedCalls.REFUSE,
              Duration.ofMillis(20)),
          new DeploymentSettings.Queue(1024, 1L << 33, 512, 75),
          new DeploymentSettings.Execution(2, Duration.ofSeconds(30), NonFiniteOutputs.REFUSE),
          Canary.NONE);

  /** The same as a canary. */
  static DeploymentSettings canary(int percent, CallerId... callers) {
    return new DeploymentSettings(
        SETTINGS.batching(),
        SETTINGS.queue(),
        SETTINGS.execution(),
        new Canary(percent, Set.of(callers)));
  }

  /** Ten times what any wait here needs. */
  private static final Duration WAIT_MAX = Duration.ofSeconds(60);

  @Inject Registry registry;
  @Inject Deployments deployments;
  @Inject Replicas replicas;
  @Inject ArtifactStore artifacts;
  @Inject DataSource database;

  @BeforeEach
  void empty() throws SQLException {
    execute("delete from model");
    execute("delete from registry_replica");
    ArtifactStoreContract.put(artifacts, CONTENT);
  }

  static <T> T inTransaction(Callable<T> action) {
    return QuarkusTransaction.requiringNew().call(action);
  }

  static <R extends Refusal> R refused(Class<R> kind, Callable<?> action) {
    RefusedException refused =
        assertThrows(RefusedException.class, () -> inTransaction(action::call));
    return assertInstanceOf(kind, refused.refusal());
  }

  Model createDigits() {
    return create(DIGITS);
  }

  Model create(ModelName name) {
    return inTransaction(
        () -> registry.createModel(name, "Digits", "Reads digits.", TEAM, ALICE, "", NOW));
  }

  ModelVersion add(VersionId id) {
    return inTransaction(
        () -> registry.addVersion(DIGITS, id, DIGEST, CONTENT.length, SIGNATURE, ALICE, NOW));
  }

  ModelVersion deploy(VersionId id) {
    return inTransaction(
        () -> deployments.markDeploying(DIGITS, id, SETTINGS, Rollout.BESIDE, HERE, NOW));
  }

  ModelVersion ready(VersionId id) {
    long attempt = deploy(id).attempt();
    return inTransaction(() -> deployments.markReady(DIGITS, id, attempt, NOW));
  }

  /** What is meant to run, by model and version. */
  List<ModelVersion> deployed() {
    return registry.listModels(null, Page.SIZE_MAX, "").items().stream()
        .flatMap(model -> registry.listVersions(model.name(), Page.SIZE_MAX, "").items().stream())
        .filter(version -> version.state() != DeploymentState.UNDEPLOYED)
        .toList();
  }

  void execute(String sql) throws SQLException {
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  long number(String sql) throws SQLException {
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      assertTrue(result.next());
      return result.getLong(1);
    }
  }

  /**
   * Runs {@code first} in a transaction that commits only once {@code second}, in another one,
   * waits for a lock of the database; then lets both end.
   *
   * @return what became of the second
   */
  <T> T secondMeetsFirst(Callable<?> first, Callable<T> second) throws Exception {
    CountDownLatch firstDone = new CountDownLatch(1);
    try (var threads = Executors.newFixedThreadPool(2)) {
      Future<?> one =
          threads.submit(
              () ->
                  inTransaction(
                      () -> {
                        Object result = first.call();
                        firstDone.countDown();
                        awaitWaiter();
                        return result;
                      }));
      assertTrue(firstDone.await(WAIT_MAX.toSeconds(), TimeUnit.SECONDS), "the first is stuck");
      Future<T> two = threads.submit(() -> inTransaction(second));
      one.get();
      return two.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RefusedException refused) {
        throw refused;
      }
      throw e;
    }
  }

  private void awaitWaiter() throws SQLException {
    for (long i = 0; i < WAIT_MAX.toMillis() / 10; i++) {
      if (number("select count(*) from pg_locks where not granted") > 0) {
        return;
      }
      LockSupport.parkNanos(Duration.ofMillis(10).toNanos());
    }
    throw new AssertionError("nobody waits for a lock");
  }
}
