package dev.gatehouse.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import dev.gatehouse.core.VersionId;
import io.quarkus.narayana.jta.QuarkusTransaction;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Deployments and default versions on a real PostgreSQL. */
@QuarkusTest
@TestProfile(RegistryProfile.class)
class DeploymentsIT extends RegistryFixture {

  @BeforeEach
  void twoVersions() {
    createDigits();
    add(V1);
    add(V2);
  }

  private ModelVersion markReady(VersionId id, long attempt) {
    return deployments.markReady(DIGITS, id, attempt, LATER);
  }

  private ModelVersion markFailed(VersionId id, long attempt) {
    return deployments.markFailed(DIGITS, id, attempt, "does not fit", LATER);
  }

  private ModelVersion undeploy(VersionId id) {
    return inTransaction(() -> deployments.markUndeployed(DIGITS, id, LATER));
  }

  private List<VersionId> deployedIds() {
    return deployed().stream().map(ModelVersion::id).toList();
  }

  @Test
  void markDeploying_new_isMeantToRun() {
    ModelVersion deploying = deploy(V1);
    assertEquals(DeploymentState.DEPLOYING, deploying.state());
    assertEquals(SETTINGS, deploying.deployment());
    assertTrue(deploying.attempt() > 0);
    assertEquals(deploying, registry.getVersion(DIGITS, V1));
    assertEquals(List.of(deploying), deployed());
    assertNull(registry.getModel(DIGITS).defaultVersion());
  }

  @Test
  void markReady_firstOfItsModel_becomesTheDefault() {
    Model before = registry.getModel(DIGITS);
    long attempt = deploy(V1).attempt();
    ModelVersion ready = inTransaction(() -> markReady(V1, attempt));
    assertEquals(DeploymentState.READY, ready.state());
    assertEquals(LATER, ready.stateTime());
    assertEquals(ready, registry.getVersion(DIGITS, V1));
    Model after = registry.getModel(DIGITS);
    assertEquals(V1, after.defaultVersion());
    assertNotEquals(before.etag(), after.etag());
    ready(V2);
    assertEquals(after, registry.getModel(DIGITS), "the second does not become the default");
  }

  @Test
  void markDeploying_runningAlready_isRefused() {
    long attempt = deploy(V1).attempt();
    Callable<?> again =
        () -> deployments.markDeploying(DIGITS, V1, SETTINGS, Rollout.BESIDE, HERE, NOW);
    refused(Refusal.StateInvalid.class, again);
    inTransaction(() -> markReady(V1, attempt));
    refused(Refusal.StateInvalid.class, again);
  }

  @Test
  void markDeploying_twoAtOnce_oneIsRefused() {
    Callable<ModelVersion> deploy =
        () -> deployments.markDeploying(DIGITS, V1, SETTINGS, Rollout.BESIDE, HERE, NOW);
    RefusedException refused =
        assertThrows(RefusedException.class, () -> secondMeetsFirst(deploy, deploy));
    assertInstanceOf(Refusal.StateInvalid.class, refused.refusal());
  }

  @Test
  void markDeploying_twoAtOnceAfterAnEarlierOne_oneIsRefused() {
    ready(V1);
    undeploy(V1);
    Callable<ModelVersion> deploy =
        () -> {
          registry.getVersion(DIGITS, V1); // what was read before the lock must not count
          return deployments.markDeploying(DIGITS, V1, SETTINGS, Rollout.BESIDE, HERE, NOW);
        };
    RefusedException refused =
        assertThrows(RefusedException.class, () -> secondMeetsFirst(deploy, deploy));
    assertInstanceOf(Refusal.StateInvalid.class, refused.refusal());
  }

  @Test
  void markDeploying_deletedBetweenReadAndLock_isRefused() {
    ready(V2);
    undeploy(V2);
    ready(V1);
    inTransaction(() -> deployments.setDefaultVersion(DIGITS, V1, NOW));
    RefusedException refused =
        assertThrows(
            RefusedException.class,
            () ->
                inTransaction(
                    () -> {
                      registry.getVersion(DIGITS, V2);
                      QuarkusTransaction.requiringNew()
                          .call(() -> registry.deleteVersion(DIGITS, V2));
                      return deployments.markDeploying(
                          DIGITS, V2, SETTINGS, Rollout.BESIDE, HERE, NOW);
                    }));
    assertInstanceOf(Refusal.NotFound.class, refused.refusal());
  }

  @Test
  void markDeploying_afterFailure_isANewAttemptWithNewSettings() {
    long first = deploy(V1).attempt();
    ModelVersion failed = inTransaction(() -> markFailed(V1, first));
    assertEquals(DeploymentState.FAILED, failed.state());
    assertEquals("does not fit", failed.failure());
    assertEquals(failed, registry.getVersion(DIGITS, V1));
    DeploymentSettings others =
        new DeploymentSettings(
            DeploymentSettings.Batching.of(1, Duration.ZERO),
            DeploymentSettings.Queue.of(1, 1),
            DeploymentSettings.Execution.of(1, Duration.ofSeconds(1)),
            Canary.NONE);
    ModelVersion again =
        inTransaction(
            () -> deployments.markDeploying(DIGITS, V1, others, Rollout.BESIDE, HERE, LATER));
    assertEquals("", again.failure());
    assertEquals(others, again.deployment());
    assertTrue(again.attempt() > first);
    assertEquals(again, registry.getVersion(DIGITS, V1));
  }

  @Test
  void outcome_ofAnEarlierAttempt_isRefused() {
    long first = deploy(V1).attempt();
    undeploy(V1);
    refused(Refusal.StateInvalid.class, () -> markReady(V1, first));
    ModelVersion second = deploy(V1);
    refused(Refusal.StateInvalid.class, () -> markReady(V1, first));
    refused(Refusal.StateInvalid.class, () -> markFailed(V1, first));
    assertEquals(second, registry.getVersion(DIGITS, V1));
    inTransaction(() -> markReady(V1, second.attempt()));
  }

  @Test
  void outcome_inTheWrongState_isRefused() {
    refused(Refusal.StateInvalid.class, () -> markReady(V1, 0));
    refused(Refusal.StateInvalid.class, () -> markFailed(V1, 0));
    long attempt = ready(V1).attempt();
    refused(Refusal.StateInvalid.class, () -> markReady(V1, attempt));
    inTransaction(() -> markFailed(V1, attempt));
    refused(Refusal.StateInvalid.class, () -> markFailed(V1, attempt));
    refused(Refusal.StateInvalid.class, () -> markReady(V1, attempt));
  }

  @Test
  void markFailed_longReason_isCut() {
    long attempt = deploy(V1).attempt();
    ModelVersion failed =
        inTransaction(
            () -> deployments.markFailed(DIGITS, V1, attempt, "😀\0".repeat(5000), LATER));
    assertTrue(failed.failure().length() <= ModelVersion.FAILURE_LENGTH_MAX);
    assertEquals(failed, registry.getVersion(DIGITS, V1));
  }

  @Test
  void markUndeployed_anyDeployed_isNotMeantToRun() {
    refused(Refusal.StateInvalid.class, () -> deployments.markUndeployed(DIGITS, V1, NOW));
    deploy(V1);
    ModelVersion undeployed = undeploy(V1);
    assertEquals(DeploymentState.UNDEPLOYED, undeployed.state());
    assertEquals(SETTINGS, undeployed.deployment());
    assertEquals(undeployed, registry.getVersion(DIGITS, V1));
    assertEquals(List.of(), deployedIds());
    ready(V1);
    undeploy(V1);
    long attempt = deploy(V1).attempt();
    inTransaction(() -> markFailed(V1, attempt));
    assertEquals("", undeploy(V1).failure());
    assertEquals(List.of(), deployedIds());
    assertEquals(V1, registry.getModel(DIGITS).defaultVersion());
  }

  private void beat(ReplicaId replica, HeldVersion... held) {
    int alive = inTransaction(() -> replicas.beat(replica, "a name", List.of(held)));
    assertTrue(alive > 0);
  }

  /** As if it had been silent for a while longer than is allowed. */
  private void silence(ReplicaId replica) throws SQLException {
    execute(
        "update registry_replica set heartbeat_time = now() - interval '11 seconds' where id = '"
            + replica
            + "'");
  }

  private ModelVersion takeOver(VersionId id, long attempt, ReplicaId owner) {
    return deployments.takeOver(DIGITS, id, attempt, owner, LATER);
  }

  private List<VersionId> orphans() {
    return deployments.orphans().stream().map(ModelVersion::id).toList();
  }

  @Test
  void beat_ofSeveral_countsThoseThatLive() throws SQLException {
    beat(HERE);
    assertEquals(2, inTransaction(() -> replicas.beat(THERE, "there", List.of())));
    silence(HERE);
    assertEquals(1, inTransaction(() -> replicas.beat(THERE, "there", List.of())));
    execute("update registry_replica set heartbeat_time = now() - interval '2 hours'");
    beat(THERE);
    assertEquals(1, number("select count(*) from registry_replica"), "old rows go");
    inTransaction(
        () -> {
          replicas.leave(THERE);
          return true;
        });
    assertEquals(0, number("select count(*) from registry_replica"));
  }

  @Test
  void takeOver_ownerAlive_isRefused() throws SQLException {
    beat(HERE);
    beat(THERE);
    long attempt = deploy(V1).attempt();
    assertEquals(List.of(), orphans());
    refused(Refusal.StateInvalid.class, () -> takeOver(V1, attempt, THERE));
    silence(HERE);
    assertEquals(List.of(V1), orphans());
    refused(Refusal.StateInvalid.class, () -> takeOver(V1, attempt, HERE));
    inTransaction(() -> takeOver(V1, attempt, THERE));
    assertEquals(List.of(), orphans());
  }

  @Test
  void takeOver_ownerDead_isAnotherAttemptThatDoesTheSame() {
    beat(THERE);
    ready(V1);
    ModelVersion former = deploy(V2, SETTINGS, Rollout.REPLACE_DEFAULT);
    ModelVersion taken = inTransaction(() -> takeOver(V2, former.attempt(), THERE));
    assertEquals(DeploymentState.DEPLOYING, taken.state());
    assertEquals(former.deployment(), taken.deployment());
    assertTrue(taken.attempt() > former.attempt());
    refused(Refusal.StateInvalid.class, () -> markReady(V2, former.attempt()));
    refused(Refusal.StateInvalid.class, () -> markFailed(V2, former.attempt()));
    inTransaction(() -> markReady(V2, taken.attempt()));
    assertEquals(V2, registry.getModel(DIGITS).defaultVersion(), "it was to replace the default");
    assertEquals(List.of(V2), deployedIds());
  }

  @Test
  void takeOver_byTwoAtOnce_oneDoes() {
    beat(THERE);
    beat(new ReplicaId("elsewhere"));
    long attempt = deploy(V1).attempt();
    RefusedException refused =
        assertThrows(
            RefusedException.class,
            () ->
                secondMeetsFirst(
                    () -> takeOver(V1, attempt, THERE),
                    () -> takeOver(V1, attempt, new ReplicaId("elsewhere"))));
    assertInstanceOf(Refusal.StateInvalid.class, refused.refusal());
    assertTrue(registry.getVersion(DIGITS, V1).attempt() > attempt);
    assertEquals(List.of(), orphans(), "the one that did lives");
  }

  @Test
  void takeOver_whatIsNotDeploying_isRefused() {
    Callable<?> early = () -> takeOver(V1, 0, THERE);
    refused(Refusal.StateInvalid.class, early);
    long ready = ready(V1).attempt();
    refused(Refusal.StateInvalid.class, () -> takeOver(V1, ready, THERE));
    long failed = deploy(V2).attempt();
    inTransaction(() -> markFailed(V2, failed));
    refused(Refusal.StateInvalid.class, () -> takeOver(V2, failed, THERE));
    assertEquals(List.of(), orphans());
    assertEquals(List.of(), deployments.lost(), "what failed while deploying stays failed");
    undeploy(V1);
    refused(Refusal.StateInvalid.class, () -> takeOver(V1, ready, THERE));
  }

  private ModelVersion markLost(ReplicaId replica, HeldVersion version) {
    return inTransaction(() -> deployments.markLost(replica, version, "stuck", LATER));
  }

  @Test
  void markLost_anotherHoldsIt_changesNothing() throws SQLException {
    HeldVersion held = new HeldVersion(DIGITS, V1, ready(V1).attempt());
    beat(HERE, held);
    beat(THERE, held);
    long counter = number("select counter from changes where topic = 'registry'");
    assertEquals(DeploymentState.READY, markLost(HERE, held).state());
    assertEquals(counter, number("select counter from changes where topic = 'registry'"));
    ModelVersion lost = markLost(THERE, held);
    assertEquals(DeploymentState.FAILED, lost.state(), "nobody holds it any more");
    assertEquals("stuck", lost.failure());
    assertEquals(lost, registry.getVersion(DIGITS, V1));
  }

  @Test
  void markLost_onTwoAtOnce_isFailed() throws Exception {
    HeldVersion held = new HeldVersion(DIGITS, V1, ready(V1).attempt());
    beat(HERE, held);
    beat(THERE, held);
    ModelVersion second =
        secondMeetsFirst(
            () -> deployments.markLost(HERE, held, "stuck", LATER),
            () -> deployments.markLost(THERE, held, "stuck", LATER));
    assertEquals(DeploymentState.FAILED, second.state());
  }

  @Test
  void markLost_theOtherIsDeadOrHoldsAnEarlierAttempt_isFailed() throws SQLException {
    HeldVersion first = new HeldVersion(DIGITS, V1, ready(V1).attempt());
    beat(HERE, first);
    beat(THERE, first);
    silence(THERE);
    assertEquals(DeploymentState.FAILED, markLost(HERE, first).state());
    HeldVersion second = new HeldVersion(DIGITS, V1, ready(V1).attempt());
    beat(THERE, first);
    assertEquals(DeploymentState.FAILED, markLost(HERE, second).state());
  }

  @Test
  void lost_untilItIsTakenOverOrUndeployed_isBroughtBackByAStart() throws SQLException {
    HeldVersion held = new HeldVersion(DIGITS, V1, ready(V1).attempt());
    markLost(HERE, held);
    assertEquals(List.of(V1), deployments.lost().stream().map(ModelVersion::id).toList());
    ModelVersion taken = inTransaction(() -> takeOver(V1, held.attempt(), THERE));
    assertEquals(DeploymentState.DEPLOYING, taken.state());
    assertEquals(List.of(), deployments.lost());
    refused(Refusal.StateInvalid.class, () -> takeOver(V1, held.attempt(), HERE));
    inTransaction(() -> markReady(V1, taken.attempt()));
    markLost(THERE, new HeldVersion(DIGITS, V1, taken.attempt()));
    undeploy(V1);
    assertEquals(List.of(), deployments.lost());
    refused(Refusal.StateInvalid.class, () -> deployments.markLost(HERE, held, "stuck", LATER));
  }

  @Test
  void marks_everyChange_moveTheMarkOfThatModelAlone() {
    create(new ModelName("other"));
    Map<ModelName, ModelMark> before = marks();
    List<Callable<?>> changes =
        List.of(
            () -> deployments.markDeploying(DIGITS, V1, SETTINGS, Rollout.BESIDE, HERE, NOW),
            () -> deployments.setCanary(DIGITS, V1, new Canary(3, Set.of())),
            () -> markReady(V1, registry.getVersion(DIGITS, V1).attempt()),
            () -> registry.addVersion(DIGITS, new VersionId("v3"), DIGEST, 7, SIGNATURE, BOB, NOW),
            () -> registry.deleteVersion(DIGITS, new VersionId("v3")),
            () -> registry.updateModel(DIGITS, null, "Another", null, LATER),
            () -> deployments.markUndeployed(DIGITS, V1, NOW));
    for (Callable<?> change : changes) {
      inTransaction(change);
      Map<ModelName, ModelMark> after = marks();
      assertNotEquals(before.get(DIGITS), after.get(DIGITS));
      assertEquals(before.get(new ModelName("other")), after.get(new ModelName("other")));
      before = after;
    }
    inTransaction(() -> registry.deleteModel(DIGITS, null));
    assertEquals(Set.of(new ModelName("other")), marks().keySet());
    createDigits();
    assertNotEquals(before.get(DIGITS), marks().get(DIGITS));
  }

  private Map<ModelName, ModelMark> marks() {
    return registry.marks().stream()
        .collect(Collectors.toMap(ModelMark::model, Function.identity()));
  }

  /** Two who change several things each meet at the counter, and neither waits for the other. */
  @Test
  void changes_ofTwoModelsAtOnce_endBoth() throws Exception {
    ModelName other = new ModelName("other");
    create(other);
    inTransaction(() -> registry.addVersion(other, V1, DIGEST, 7, SIGNATURE, ALICE, NOW));
    ready(V1);
    long second =
        inTransaction(
                () ->
                    deployments.markDeploying(
                        DIGITS, V2, SETTINGS, Rollout.REPLACE_DEFAULT, HERE, NOW))
            .attempt();
    ModelVersion met =
        secondMeetsFirst(
            () -> markReady(V2, second),
            () -> deployments.markDeploying(other, V1, SETTINGS, Rollout.BESIDE, HERE, NOW));
    assertEquals(DeploymentState.DEPLOYING, met.state());
    assertEquals(V2, registry.getModel(DIGITS).defaultVersion());
  }

  @Test
  void setDefaultVersion_notReady_isRefused() {
    ready(V1);
    Callable<?> change = () -> deployments.setDefaultVersion(DIGITS, V2, LATER);
    refused(Refusal.StateInvalid.class, change);
    long attempt = deploy(V2).attempt();
    refused(Refusal.StateInvalid.class, change);
    inTransaction(() -> markFailed(V2, attempt));
    refused(Refusal.StateInvalid.class, change);
    assertEquals(V1, registry.getModel(DIGITS).defaultVersion());
  }

  @Test
  void setDefaultVersion_ready_changesTheModel() {
    ready(V1);
    ready(V2);
    Model before = registry.getModel(DIGITS);
    Model after = inTransaction(() -> deployments.setDefaultVersion(DIGITS, V2, LATER));
    assertEquals(V2, after.defaultVersion());
    assertEquals(LATER, after.updateTime());
    assertNotEquals(before.etag(), after.etag());
    assertEquals(after, registry.getModel(DIGITS));
  }

  @Test
  void setDefaultVersion_whileItIsUndeployed_isRefused() {
    ready(V1);
    ready(V2);
    RefusedException refused =
        assertThrows(
            RefusedException.class,
            () ->
                secondMeetsFirst(
                    () -> deployments.markUndeployed(DIGITS, V2, NOW),
                    () -> deployments.setDefaultVersion(DIGITS, V2, LATER)));
    assertInstanceOf(Refusal.StateInvalid.class, refused.refusal());
    assertEquals(V1, registry.getModel(DIGITS).defaultVersion());
  }

  private ModelVersion deploy(VersionId id, DeploymentSettings settings, Rollout rollout) {
    return inTransaction(() -> deployments.markDeploying(DIGITS, id, settings, rollout, HERE, NOW));
  }

  private Canary canaryOf(VersionId id) {
    return Objects.requireNonNull(registry.getVersion(DIGITS, id).deployment()).canary();
  }

  private static List<String> violations(Callable<?> change) {
    return refused(Refusal.ArgumentInvalid.class, change).violations().stream()
        .map(Refusal.Violation::field)
        .toList();
  }

  @Test
  void markReady_replacingTheDefault_undeploysTheFormerInTheSameStep() {
    ready(V1);
    long attempt = deploy(V2, SETTINGS, Rollout.REPLACE_DEFAULT).attempt();
    assertEquals(V1, registry.getModel(DIGITS).defaultVersion(), "not before it is ready");
    assertEquals(DeploymentState.READY, registry.getVersion(DIGITS, V1).state());
    Model before = registry.getModel(DIGITS);
    inTransaction(() -> markReady(V2, attempt));
    Model after = registry.getModel(DIGITS);
    assertEquals(V2, after.defaultVersion());
    assertNotEquals(before.etag(), after.etag());
    assertEquals(DeploymentState.UNDEPLOYED, registry.getVersion(DIGITS, V1).state());
    assertEquals(DeploymentState.READY, registry.getVersion(DIGITS, V2).state());
    assertEquals(List.of(V2), deployedIds());
  }

  @Test
  void markFailed_replacingTheDefault_changesNothingNowOrAfterARestart() {
    ready(V1);
    Model before = registry.getModel(DIGITS);
    long attempt = deploy(V2, SETTINGS, Rollout.REPLACE_DEFAULT).attempt();
    inTransaction(() -> markFailed(V2, attempt));
    assertEquals(before, registry.getModel(DIGITS));
    assertEquals(DeploymentState.READY, registry.getVersion(DIGITS, V1).state());
    long again = deploy(V2).attempt();
    inTransaction(() -> markReady(V2, again));
    assertEquals(before, registry.getModel(DIGITS), "what failed does not take over later");
    assertEquals(List.of(V1, V2), deployedIds());
  }

  @Test
  void markReady_replacingADefaultThatIsNotReady_givesItUp() {
    ready(V1);
    undeploy(V1);
    long first = deploy(V1).attempt();
    long attempt = deploy(V2, SETTINGS, Rollout.REPLACE_DEFAULT).attempt();
    inTransaction(() -> markReady(V2, attempt));
    refused(Refusal.StateInvalid.class, () -> markReady(V1, first));
    assertEquals(List.of(V2), deployedIds());
    undeploy(V2);
    long itself = deploy(V2, SETTINGS, Rollout.REPLACE_DEFAULT).attempt();
    inTransaction(() -> markReady(V2, itself));
    assertEquals(List.of(V2), deployedIds(), "a version does not replace itself");
    assertEquals(V2, registry.getModel(DIGITS).defaultVersion());
  }

  @Test
  void undeployed_whileReplacing_leavesTheDefault() {
    ready(V1);
    long attempt = deploy(V2, SETTINGS, Rollout.REPLACE_DEFAULT).attempt();
    undeploy(V2);
    refused(Refusal.StateInvalid.class, () -> markReady(V2, attempt));
    assertEquals(V1, registry.getModel(DIGITS).defaultVersion());
    assertEquals(List.of(V1), deployedIds());
  }

  @Test
  void canary_ofTheDefaultOrWhatBecomesIt_isRefused() {
    assertEquals(
        List.of("deployment.canary"),
        violations(
            () ->
                deployments.markDeploying(
                    DIGITS, V1, canary(5), Rollout.REPLACE_DEFAULT, HERE, NOW)));
    ready(V1);
    assertEquals(
        List.of("canary"),
        violations(() -> deployments.setCanary(DIGITS, V1, new Canary(0, Set.of(ALICE)))));
    undeploy(V1);
    assertEquals(
        List.of("deployment.canary"),
        violations(
            () -> deployments.markDeploying(DIGITS, V1, canary(5), Rollout.BESIDE, HERE, NOW)));
    deploy(V2, SETTINGS, Rollout.REPLACE_DEFAULT);
    refused(
        Refusal.StateInvalid.class,
        () -> deployments.setCanary(DIGITS, V2, new Canary(1, Set.of())));
  }

  @Test
  void canary_onceTheDefault_isOver() {
    long first = deploy(V1, canary(100, ALICE), Rollout.BESIDE).attempt();
    assertEquals(new Canary(100, Set.of(ALICE)), canaryOf(V1));
    inTransaction(() -> markReady(V1, first));
    assertEquals(Canary.NONE, canaryOf(V1), "the first becomes the default");
    long second = deploy(V2, canary(20, ALICE, BOB), Rollout.BESIDE).attempt();
    inTransaction(() -> markReady(V2, second));
    assertEquals(new Canary(20, Set.of(ALICE, BOB)), canaryOf(V2));
    inTransaction(() -> deployments.setDefaultVersion(DIGITS, V2, LATER));
    assertEquals(Canary.NONE, canaryOf(V2));
    inTransaction(() -> deployments.setDefaultVersion(DIGITS, V1, LATER));
    assertEquals(Canary.NONE, canaryOf(V2), "a former default is no canary");
  }

  @Test
  void setCanary_running_changesNothingElse() {
    ready(V1);
    ModelVersion before = ready(V2);
    refused(
        Refusal.ArgumentInvalid.class,
        () -> deployments.setCanary(DIGITS, V2, new Canary(101, Set.of())));
    ModelVersion after =
        inTransaction(() -> deployments.setCanary(DIGITS, V2, new Canary(7, Set.of(BOB))));
    assertEquals(canary(7, BOB), after.deployment());
    assertEquals(after, registry.getVersion(DIGITS, V2));
    assertEquals(before.attempt(), after.attempt());
    assertEquals(before.state(), after.state());
    undeploy(V2);
    refused(Refusal.StateInvalid.class, () -> deployments.setCanary(DIGITS, V2, Canary.NONE));
  }

  @Test
  void canaries_ofAModel_shareAHundredPercent() {
    VersionId v3 = new VersionId("v3");
    add(v3);
    ready(V1);
    deploy(V2, canary(60), Rollout.BESIDE);
    assertEquals(
        List.of("deployment.canary.percent"),
        violations(
            () -> deployments.markDeploying(DIGITS, v3, canary(41), Rollout.BESIDE, HERE, NOW)));
    deploy(v3, canary(40), Rollout.BESIDE);
    assertEquals(
        List.of("canary.percent"),
        violations(() -> deployments.setCanary(DIGITS, V2, new Canary(61, Set.of()))));
    inTransaction(() -> deployments.setCanary(DIGITS, V2, new Canary(60, Set.of(ALICE))));
    undeploy(v3);
    inTransaction(() -> deployments.setCanary(DIGITS, V2, new Canary(100, Set.of())));
  }

  @Test
  void settings_ofRowsFromBefore_areTheDefaults() throws SQLException {
    deploy(V1);
    // As V3 fills a row that V1 made.
    execute(
        "insert into deployment (model, version, deployed, state, failure, attempt, state_time,"
            + " batch_rows_max, queue_delay_micros_max, instances_per_device,"
            + " execution_micros_limit, queue_rows_max, queue_bytes_max, queue_calls_max)"
            + " values ('digits', 'v2', false, 'UNDEPLOYED', '', 7, now(), 8, 0, 1, 1000000, 64,"
            + " 1000, 64)");
    assertEquals(
        new DeploymentSettings(
            DeploymentSettings.Batching.of(8, Duration.ZERO),
            DeploymentSettings.Queue.of(64, 1000),
            DeploymentSettings.Execution.of(1, Duration.ofSeconds(1)),
            Canary.NONE),
        registry.getVersion(DIGITS, V2).deployment());
  }

  @Test
  void anything_unknownModelOrVersion_notFound() {
    VersionId v9 = new VersionId("v9");
    ModelName other = new ModelName("other");
    List<Callable<?>> calls =
        List.of(
            () -> deployments.markDeploying(DIGITS, v9, SETTINGS, Rollout.BESIDE, HERE, NOW),
            () -> deployments.markDeploying(other, V1, SETTINGS, Rollout.BESIDE, HERE, NOW),
            () -> deployments.takeOver(DIGITS, v9, 1, HERE, NOW),
            () -> deployments.markReady(DIGITS, v9, 1, NOW),
            () -> deployments.markFailed(other, V1, 1, "", NOW),
            () -> deployments.markUndeployed(DIGITS, v9, NOW),
            () -> deployments.setDefaultVersion(DIGITS, v9, NOW),
            () -> deployments.setCanary(DIGITS, v9, Canary.NONE));
    for (Callable<?> call : calls) {
      refused(Refusal.NotFound.class, call);
    }
  }

  @Test
  void markDeploying_moreThanAllowed_isRefusedAlsoAtOnce() throws Exception {
    int most = RegistryProfile.SETTINGS.deployedVersionsMax();
    deploy(V1);
    ModelName other = new ModelName("other");
    create(other);
    for (int i = 0; i < most; i++) {
      VersionId id = new VersionId("w" + i);
      inTransaction(() -> registry.addVersion(other, id, DIGEST, 7, SIGNATURE, ALICE, NOW));
    }
    inTransaction(
        () ->
            deployments.markDeploying(
                other, new VersionId("w0"), SETTINGS, Rollout.BESIDE, HERE, NOW));
    RefusedException refused =
        assertThrows(
            RefusedException.class,
            () ->
                secondMeetsFirst(
                    () ->
                        deployments.markDeploying(
                            other, new VersionId("w1"), SETTINGS, Rollout.BESIDE, HERE, NOW),
                    () ->
                        deployments.markDeploying(
                            DIGITS, V2, SETTINGS, Rollout.BESIDE, HERE, NOW)));
    assertInstanceOf(Refusal.StateInvalid.class, refused.refusal());
    assertEquals(most, deployed().size());
  }
}
