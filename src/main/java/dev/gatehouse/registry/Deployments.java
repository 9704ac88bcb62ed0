package dev.gatehouse.registry;

import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.Refusal.Violation;
import dev.gatehouse.core.RefusedException;
import dev.gatehouse.core.VersionId;
import jakarta.inject.Singleton;
import jakarta.transaction.Transactional;
import jakarta.transaction.Transactional.TxType;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which versions are meant to run, whether they do, and which answers by default.
 *
 * <pre>
 *   UNDEPLOYED, FAILED ── markDeploying ──▶ DEPLOYING ── markReady ──▶ READY
 *   DEPLOYING, READY ──── markFailed ─────▶ FAILED
 *   READY, DEPLOYING ──── markLost ───────▶ READY, or FAILED and lost
 *   DEPLOYING, lost ───── takeOver ───────▶ DEPLOYING
 *   what is meant to run ─ markUndeployed ▶ UNDEPLOYED
 * </pre>
 *
 * <p>Every way into {@code DEPLOYING} is a new attempt; outcomes name the attempt they are of, and
 * that of an earlier one is refused. An attempt belongs to the replica that was asked for it, which
 * alone notes what it came to. Others load the version once it is ready, and change nothing by
 * that. If the owner dies while it deploys, another replica takes over, in a new attempt; however
 * many try, one does.
 *
 * <p>A version that failed while it was deployed stays failed until somebody deploys it again. One
 * that is ready and that one replica can run no longer stays ready as long as another holds it;
 * then it is failed and lost, and a replica that starts takes it over, since a new process gets
 * back what a stuck instance held.
 *
 * <p>A deployment that replaces the default does so when it becomes ready, in the same transaction:
 * the former default is undeployed. Until then, and if it fails, nothing changes.
 *
 * <p>The default version has no canary: becoming the default ends it, so that a former default does
 * not turn into a canary when another version takes its place. The shares of a model's canaries are
 * 100 percent together at most.
 *
 * <p>Methods that change something demand a transaction of the caller and fail with {@link
 * jakarta.transaction.TransactionalException} without one.
 */
@Singleton
public class Deployments {

  private static final int CANARY_PERCENT_MAX = 100;

  private final RegistrySettings settings;
  private final ModelRepository models;
  private final VersionRepository versions;
  private final DeploymentRepository deployments;
  private final ReplicaRows replicas;

  Deployments(
      RegistrySettings settings,
      ModelRepository models,
      VersionRepository versions,
      DeploymentRepository deployments,
      ReplicaRows replicas) {
    this.settings = settings;
    this.models = models;
    this.versions = versions;
    this.deployments = deployments;
    this.replicas = replicas;
  }

  /**
   * A version that does not run is meant to run from now on.
   *
   * @param rollout what happens to the default version once it is ready
   * @param owner the replica that deploys it
   * @return the version, whose {@link ModelVersion#attempt} the outcome must name
   * @throws RefusedException {@code NotFound}; {@code StateInvalid} if it is deploying or ready, or
   *     as many versions as allowed are meant to run; {@code ArgumentInvalid} for a canary of what
   *     is or becomes the default, or shares of more than 100 percent together
   */
  @Transactional(TxType.MANDATORY)
  public ModelVersion markDeploying(
      ModelName name,
      VersionId id,
      DeploymentSettings wanted,
      Rollout rollout,
      ReplicaId owner,
      Instant now) {
    ModelEntity model = models.lock(name);
    VersionKey key = VersionKey.of(name, id);
    VersionEntity version = versions.getCurrent(key);
    DeploymentEntity deployment = deployments.current(key);
    if (deployment != null && deployment.state().active()) {
      throw unfit(deployment, "UNDEPLOYED or FAILED");
    }
    if ((deployment == null || !deployment.deployed())
        && deployments.countMeant() >= settings.deployedVersionsMax()) {
      throw Registry.stateInvalid(
          settings.deployedVersionsMax() + " versions are deployed, the most allowed");
    }
    if (rollout == Rollout.REPLACE_DEFAULT && !wanted.canary().none()) {
      throw new RefusedException(
          Refusal.ArgumentInvalid.of(
              DeploymentSettings.CANARY, "a version that replaces the default is no canary"));
    }
    checkCanary(DeploymentSettings.CANARY, model, key, wanted.canary());
    if (deployment == null) {
      deployment = new DeploymentEntity(key);
    }
    deployment.set(wanted);
    deployment.begin(models.nextRevision(), owner, rollout, Registry.micros(now));
    return saved(version, deployment);
  }

  /**
   * Another replica deploys a version, because the one that did so is dead, or because no replica
   * could go on running it. What the former attempt was to do to the default, this one is, if it
   * had not ended.
   *
   * @param attempt the one that is taken over
   * @param owner the replica that deploys it from now on
   * @return the version, whose {@link ModelVersion#attempt} the outcome must name
   * @throws RefusedException {@code NotFound}, or {@code StateInvalid} if it is in a later attempt,
   *     deployed by a replica that lives, or neither deploying nor lost
   */
  @Transactional(TxType.MANDATORY)
  public ModelVersion takeOver(
      ModelName name, VersionId id, long attempt, ReplicaId owner, Instant now) {
    models.lock(name);
    VersionEntity version = versions.getCurrent(VersionKey.of(name, id));
    DeploymentEntity deployment = meant(version.key());
    checkAttempt(deployment, attempt);
    if (!deployment.lost() && deployment.state() != DeploymentState.DEPLOYING) {
      throw unfit(deployment, "DEPLOYING or lost");
    }
    String former = deployment.owner();
    if (!deployment.lost()
        && former != null
        && (former.equals(owner.value()) || replicas.alive(former))) {
      throw Registry.stateInvalid("the replica that deploys the version lives");
    }
    deployment.begin(models.nextRevision(), owner, deployment.rollout(), Registry.micros(now));
    return saved(version, deployment);
  }

  /**
   * The attempt succeeded. The version becomes the default one if its model has none, or if it was
   * to replace the default, which is undeployed then.
   *
   * @throws RefusedException {@code NotFound}, or {@code StateInvalid} if it is not deploying, or
   *     in a later attempt
   */
  @Transactional(TxType.MANDATORY)
  public ModelVersion markReady(ModelName name, VersionId id, long attempt, Instant now) {
    ModelEntity model = models.lock(name);
    VersionEntity version = versions.getCurrent(VersionKey.of(name, id));
    DeploymentEntity deployment = meant(version.key());
    checkAttempt(deployment, attempt);
    if (deployment.state() != DeploymentState.DEPLOYING) {
      throw unfit(deployment, "DEPLOYING");
    }
    boolean replaces = deployment.rollout() == Rollout.REPLACE_DEFAULT;
    deployment.observe(DeploymentState.READY, "", Registry.micros(now));
    if (replaces) {
      retireDefault(model, id, now);
    }
    if (replaces || model.defaultVersion() == null) {
      changeDefault(model, deployment, now);
    }
    return saved(version, deployment);
  }

  /**
   * The attempt failed, while it was loaded or later.
   *
   * @param reason for people; of more than {@link ModelVersion#FAILURE_LENGTH_MAX} characters the
   *     rest is cut off, and control characters become blanks
   * @throws RefusedException {@code NotFound}, or {@code StateInvalid} if it is neither deploying
   *     nor ready, or in a later attempt
   */
  @Transactional(TxType.MANDATORY)
  public ModelVersion markFailed(
      ModelName name, VersionId id, long attempt, String reason, Instant now) {
    models.lock(name);
    VersionEntity version = versions.getCurrent(VersionKey.of(name, id));
    DeploymentEntity deployment = meant(version.key());
    checkAttempt(deployment, attempt);
    if (!deployment.state().active()) {
      throw unfit(deployment, "DEPLOYING or READY");
    }
    deployment.observe(DeploymentState.FAILED, TextRules.failure(reason), Registry.micros(now));
    return saved(version, deployment);
  }

  /**
   * A replica runs a version no longer, or cannot load it. If no other replica that lives holds it,
   * the version has failed and is lost; else nothing changes.
   *
   * @param here the replica
   * @param lost what it cannot run
   * @param reason as for {@link #markFailed}
   * @return the version as it is now
   * @throws RefusedException {@code NotFound}, or {@code StateInvalid} if it is neither deploying
   *     nor ready, or in a later attempt
   */
  @Transactional(TxType.MANDATORY)
  public ModelVersion markLost(ReplicaId here, HeldVersion lost, String reason, Instant now) {
    models.lock(lost.model());
    VersionEntity version = versions.getCurrent(VersionKey.of(lost.model(), lost.version()));
    DeploymentEntity deployment = meant(version.key());
    checkAttempt(deployment, lost.attempt());
    if (!deployment.state().active()) {
      throw unfit(deployment, "DEPLOYING or READY");
    }
    // Under the lock of the model: of two replicas that lose it at once, the second sees the first.
    replicas.release(here, lost);
    if (replicas.heldBesides(here, lost)) {
      return version.toVersion(deployment);
    }
    deployment.lose(TextRules.failure(reason), Registry.micros(now));
    return saved(version, deployment);
  }

  /**
   * A version is not meant to run any more. If it is the default one it stays that, so that
   * deploying it again is all it takes; until then the model answers no call that names no version.
   *
   * @throws RefusedException {@code NotFound}, or {@code StateInvalid} if it is not meant to run
   */
  @Transactional(TxType.MANDATORY)
  public ModelVersion markUndeployed(ModelName name, VersionId id, Instant now) {
    models.lock(name);
    VersionEntity version = versions.getCurrent(VersionKey.of(name, id));
    DeploymentEntity deployment = meant(version.key());
    deployment.end(Registry.micros(now));
    return saved(version, deployment);
  }

  /**
   * Makes a ready version answer the calls that name none, and ends its canary. It changes the
   * model's etag.
   *
   * @throws RefusedException {@code NotFound}, or {@code StateInvalid} if it is not ready
   */
  @Transactional(TxType.MANDATORY)
  public Model setDefaultVersion(ModelName name, VersionId id, Instant now) {
    ModelEntity model = models.lock(name);
    VersionEntity version = versions.getCurrent(VersionKey.of(name, id));
    DeploymentEntity deployment = deployments.current(version.key());
    if (deployment == null || deployment.state() != DeploymentState.READY) {
      throw unfit(deployment, "READY");
    }
    changeDefault(model, deployment, now);
    models.flush();
    return model.toModel();
  }

  /**
   * Gives a version that is meant to run another canary, while it runs.
   *
   * @throws RefusedException {@code NotFound}, {@code StateInvalid} if it is not meant to run, or
   *     {@code ArgumentInvalid} as for {@link #markDeploying}, also for bounds of the canary
   */
  @Transactional(TxType.MANDATORY)
  public ModelVersion setCanary(ModelName name, VersionId id, Canary canary) {
    ModelEntity model = models.lock(name);
    VersionEntity version = versions.getCurrent(VersionKey.of(name, id));
    DeploymentEntity deployment = meant(version.key());
    List<Violation> violations = new ArrayList<>();
    canary.check("canary", new Bounds(violations));
    if (!violations.isEmpty()) {
      throw new RefusedException(new Refusal.ArgumentInvalid(violations));
    }
    boolean replaces = deployment.rollout() == Rollout.REPLACE_DEFAULT;
    if (replaces && !canary.none()) {
      throw Registry.stateInvalid("the version is about to become the default");
    }
    checkCanary("canary", model, version.key(), canary);
    deployment.set(canary);
    return saved(version, deployment);
  }

  /** Versions whose deployment is under way and whose replica is dead; for {@link #takeOver}. */
  @Transactional
  public List<ModelVersion> orphans() {
    return found(replicas.orphans());
  }

  /** Versions that are failed and lost; for {@link #takeOver} by a replica that starts. */
  @Transactional
  public List<ModelVersion> lost() {
    return found(deployments.lost());
  }

  private List<ModelVersion> found(List<VersionKey> keys) {
    List<ModelVersion> found = new ArrayList<>();
    for (VersionKey key : keys) {
      VersionEntity version = versions.findById(key);
      DeploymentEntity deployment = deployments.findById(key);
      if (version != null && deployment != null) { // the queries see several moments
        found.add(version.toVersion(deployment));
      }
    }
    return found;
  }

  private void checkCanary(String field, ModelEntity model, VersionKey key, Canary canary) {
    if (!canary.none() && key.version().equals(model.defaultVersion())) {
      throw new RefusedException(
          Refusal.ArgumentInvalid.of(field, "the default version is no canary"));
    }
    if (canary.percent() > 0
        && canary.percent() + deployments.canaryPercentBeside(key) > CANARY_PERCENT_MAX) {
      throw new RefusedException(
          Refusal.ArgumentInvalid.of(
              field + ".percent", "makes the canaries of the model more than 100 together"));
    }
  }

  private void retireDefault(ModelEntity model, VersionId successor, Instant now) {
    String former = model.defaultVersion();
    if (former == null || former.equals(successor.value())) {
      return;
    }
    DeploymentEntity deployment = deployments.current(new VersionKey(model.name(), former));
    if (deployment != null && deployment.deployed()) {
      deployment.end(Registry.micros(now));
      deployments.persistAndFlush(deployment);
    }
  }

  private void changeDefault(ModelEntity model, DeploymentEntity deployment, Instant now) {
    model.makeDefault(new VersionId(deployment.key().version()));
    deployment.set(Canary.NONE);
    model.changed(models.nextRevision(), Registry.micros(now));
  }

  private DeploymentEntity meant(VersionKey key) {
    DeploymentEntity deployment = deployments.current(key);
    if (deployment == null || !deployment.deployed()) {
      throw unfit(deployment, "deployed");
    }
    return deployment;
  }

  private ModelVersion saved(VersionEntity version, DeploymentEntity deployment) {
    deployments.persistAndFlush(deployment);
    return version.toVersion(deployment);
  }

  private static void checkAttempt(DeploymentEntity deployment, long attempt) {
    if (deployment.attempt() != attempt) {
      throw Registry.stateInvalid("the version is in another attempt to deploy it");
    }
  }

  private static RefusedException unfit(@Nullable DeploymentEntity deployment, String needed) {
    DeploymentState state = deployment == null ? DeploymentState.UNDEPLOYED : deployment.state();
    return Registry.stateInvalid("the version is " + state + " and must be " + needed);
  }
}
