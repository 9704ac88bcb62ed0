package dev.gatehouse.registry;

import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import dev.gatehouse.core.Signature;
import dev.gatehouse.core.TeamName;
import dev.gatehouse.core.VersionId;
import jakarta.inject.Singleton;
import jakarta.transaction.Transactional;
import jakarta.transaction.Transactional.TxType;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The models and their versions.
 *
 * <p>Methods that change something demand a transaction of the caller and fail with {@link
 * jakarta.transaction.TransactionalException} without one. Methods that read join one or use their
 * own. Times are kept in microseconds.
 */
@Singleton
public class Registry {

  private static final char MODELS = 'm';
  private static final char VERSIONS = 'v';

  private final RegistrySettings settings;
  private final ArtifactStore artifacts;
  private final ModelRepository models;
  private final VersionRepository versions;
  private final DeploymentRepository deployments;

  Registry(
      RegistrySettings settings,
      ArtifactStore artifacts,
      ModelRepository models,
      VersionRepository versions,
      DeploymentRepository deployments) {
    this.settings = settings;
    this.artifacts = artifacts;
    this.models = models;
    this.versions = versions;
    this.deployments = deployments;
  }

  /** As the other one, for a model whose uses are recorded as those of most are. */
  @Transactional(TxType.MANDATORY)
  public Model createModel(
      ModelName name,
      String displayName,
      String description,
      TeamName ownerTeam,
      CallerId creator,
      String requestId,
      Instant now) {
    return createModel(
        name, displayName, description, ownerTeam, creator, ModelAudit.DEFAULT, requestId, now);
  }

  /**
   * Creates a model without versions.
   *
   * @param audit how its uses are to be recorded
   * @param requestId makes the call idempotent: if {@code creator} has created this model with it
   *     before, that model is returned as it is now; empty for none
   * @throws RefusedException {@code AlreadyExists} if the name is taken, {@code ArgumentInvalid} if
   *     a text breaks its bounds or the request id was used for another model
   */
  @Transactional(TxType.MANDATORY)
  public Model createModel(
      ModelName name,
      String displayName,
      String description,
      TeamName ownerTeam,
      CallerId creator,
      ModelAudit audit,
      String requestId,
      Instant now) {
    TextRules.check(displayName, description, requestId);
    String request = requestId.isEmpty() ? null : requestId;
    if (models.insert(
        name, displayName, description, ownerTeam, creator.value(), audit, request, micros(now))) {
      return getModel(name);
    }
    Optional<ModelEntity> earlier =
        request == null ? Optional.empty() : models.byRequest(creator.value(), request);
    if (earlier.isEmpty()) {
      throw new RefusedException(new Refusal.AlreadyExists("models/" + name));
    }
    if (!earlier.get().name().equals(name.value())) {
      throw new RefusedException(
          Refusal.ArgumentInvalid.of("request_id", "was used for another model"));
    }
    return earlier.get().toModel();
  }

  /** The model of that name, or empty if there is none. */
  @Transactional
  public Optional<Model> findModel(ModelName name) {
    return models.findByIdOptional(name.value()).map(ModelEntity::toModel);
  }

  /**
   * The model of that name.
   *
   * @throws RefusedException {@code NotFound}
   */
  @Transactional(dontRollbackOn = RefusedException.class)
  public Model getModel(ModelName name) {
    return findModel(name).orElseThrow(() -> ModelRepository.notFound(name));
  }

  /**
   * A part of all models, or of one team's, in the order of their names.
   *
   * @param ownerTeam null for all teams
   * @param pageSize 0 for {@link Page#SIZE_DEFAULT}; at most {@link Page#SIZE_MAX} come
   * @param pageToken empty for the first part, or what the part before said
   * @throws RefusedException {@code ArgumentInvalid} for a negative size or a bad token
   */
  @Transactional(dontRollbackOn = RefusedException.class)
  public Page<Model> listModels(@Nullable TeamName ownerTeam, int pageSize, String pageToken) {
    PageRequest request = PageRequest.read(MODELS, pageSize, pageToken, ModelName::valid);
    List<Model> rows =
        models.after(ownerTeam, request.after(), request.size() + 1).stream()
            .map(ModelEntity::toModel)
            .toList();
    return request.page(MODELS, rows, model -> model.name().value());
  }

  /** How far the changes of every model have come, in no order; costs one query. */
  @Transactional
  public List<ModelMark> marks() {
    return models.marks();
  }

  /** Changes the texts of a model, as the other one does. */
  @Transactional(TxType.MANDATORY)
  public Model updateModel(
      ModelName name,
      @Nullable String etag,
      @Nullable String displayName,
      @Nullable String description,
      Instant now) {
    return updateModel(name, etag, displayName, description, audit -> audit, now);
  }

  /**
   * Changes the texts of a model and how its uses are recorded.
   *
   * @param etag of the model as the caller knows it; null to change it whatever it is
   * @param displayName null to leave it
   * @param description null to leave it
   * @param audit makes what is to be from what is
   * @throws RefusedException {@code NotFound}, {@code EtagMismatch}, or {@code ArgumentInvalid} if
   *     a text breaks its bounds
   */
  @Transactional(TxType.MANDATORY)
  public Model updateModel(
      ModelName name,
      @Nullable String etag,
      @Nullable String displayName,
      @Nullable String description,
      UnaryOperator<ModelAudit> audit,
      Instant now) {
    TextRules.check(displayName, description, null);
    ModelEntity model = models.lock(name);
    checkEtag(model, etag);
    model.describe(displayName, description);
    model.audit(audit.apply(model.audit()));
    model.changed(models.nextRevision(), micros(now));
    models.flush();
    return model.toModel();
  }

  /**
   * Deletes a model with all its versions and deployments.
   *
   * @param etag of the model as the caller knows it; null to delete it whatever it is
   * @return the artifacts its versions consisted of, for {@link #deleteArtifactIfUnused} after the
   *     commit
   * @throws RefusedException {@code NotFound}, {@code EtagMismatch}, or {@code StateInvalid} while
   *     a version is deploying or ready
   */
  @Transactional(TxType.MANDATORY)
  public Set<Sha256> deleteModel(ModelName name, @Nullable String etag) {
    ModelEntity model = models.lock(name);
    checkEtag(model, etag);
    if (deployments.anyActive(name)) {
      throw stateInvalid("a version of the model is deployed; undeploy it first");
    }
    Set<Sha256> digests = versions.digestsOf(name);
    models.delete(model);
    models.flush();
    return digests;
  }

  /**
   * Adds a version whose artifact is in the store.
   *
   * @throws RefusedException {@code NotFound} if there is no such model, {@code AlreadyExists} if
   *     it has a version of that name, {@code StateInvalid} if it has as many versions as allowed
   *     or the artifact is not in the store
   */
  @Transactional(TxType.MANDATORY)
  public ModelVersion addVersion(
      ModelName name,
      VersionId id,
      Sha256 digest,
      long sizeBytes,
      Signature signature,
      CallerId uploader,
      Instant now) {
    models.lock(name);
    VersionKey key = VersionKey.of(name, id);
    if (versions.current(key).isPresent()) {
      throw new RefusedException(new Refusal.AlreadyExists("models/" + name + "/versions/" + id));
    }
    if (versions.countOf(name) >= settings.versionsPerModelMax()) {
      throw stateInvalid(
          "the model has " + settings.versionsPerModelMax() + " versions, the most allowed");
    }
    versions.lockDigest(digest);
    if (!artifacts.contains(digest)) {
      throw stateInvalid("the artifact is not in the store any more; upload it again");
    }
    VersionEntity version =
        new VersionEntity(key, digest, sizeBytes, signature, uploader, micros(now));
    versions.persistAndFlush(version);
    return version.toVersion(null);
  }

  /** The version of that name, or empty if there is none. */
  @Transactional
  public Optional<ModelVersion> findVersion(ModelName name, VersionId id) {
    VersionKey key = VersionKey.of(name, id);
    return versions
        .findByIdOptional(key)
        .map(version -> version.toVersion(deployments.findById(key)));
  }

  /**
   * The version of that name.
   *
   * @throws RefusedException {@code NotFound}
   */
  @Transactional(dontRollbackOn = RefusedException.class)
  public ModelVersion getVersion(ModelName name, VersionId id) {
    VersionKey key = VersionKey.of(name, id);
    return versions.get(key).toVersion(deployments.findById(key));
  }

  /**
   * A part of the versions of a model, in the order of their names; no versions if there is no such
   * model.
   *
   * @param pageSize 0 for {@link Page#SIZE_DEFAULT}; at most {@link Page#SIZE_MAX} come
   * @param pageToken empty for the first part, or what the part before said
   * @throws RefusedException {@code ArgumentInvalid} for a negative size or a bad token
   */
  @Transactional(dontRollbackOn = RefusedException.class)
  public Page<ModelVersion> listVersions(ModelName name, int pageSize, String pageToken) {
    PageRequest request = PageRequest.read(VERSIONS, pageSize, pageToken, VersionId::valid);
    List<VersionEntity> rows = versions.after(name, request.after(), request.size() + 1);
    Map<VersionKey, DeploymentEntity> states =
        deployments.of(name.value(), rows.stream().map(row -> row.key().version()).toList());
    List<ModelVersion> items =
        rows.stream().map(row -> row.toVersion(states.get(row.key()))).toList();
    return request.page(VERSIONS, items, version -> version.id().value());
  }

  /**
   * Deletes a version.
   *
   * @return the artifact it consisted of, for {@link #deleteArtifactIfUnused} after the commit
   * @throws RefusedException {@code NotFound}, or {@code StateInvalid} while it is deploying, ready
   *     or the default version
   */
  @Transactional(TxType.MANDATORY)
  public Sha256 deleteVersion(ModelName name, VersionId id) {
    ModelEntity model = models.lock(name);
    VersionKey key = VersionKey.of(name, id);
    VersionEntity version = versions.getCurrent(key);
    DeploymentEntity deployment = deployments.current(key);
    if (deployment != null && deployment.state().active()) {
      throw stateInvalid("the version is deployed; undeploy it first");
    }
    if (id.value().equals(model.defaultVersion())) {
      throw stateInvalid("the version is the default; make another one the default first");
    }
    if (deployment != null) {
      deployments.delete(deployment);
    }
    versions.delete(version);
    versions.flush();
    return version.digest();
  }

  /**
   * Deletes an artifact from the store unless a committed version refers to it, in a transaction of
   * its own: what the caller's transaction has not committed yet does not count. An artifact that
   * is being added to a version at this moment is left alone.
   *
   * @return whether it was deleted
   * @throws RefusedException {@code DependencyLost}
   */
  @Transactional(TxType.REQUIRES_NEW)
  public boolean deleteArtifactIfUnused(Sha256 digest) {
    if (!versions.tryLockDigest(digest) || versions.refersTo(digest)) {
      return false;
    }
    artifacts.delete(digest);
    return true;
  }

  /**
   * Sends everything to the database that the current transaction has changed, here or in another
   * room, and not sent yet. Until it has, a change may still wait for a lock of the database.
   */
  public void flush() {
    models.flush();
  }

  private static void checkEtag(ModelEntity model, @Nullable String etag) {
    if (etag != null && !etag.equals(model.etag())) {
      throw new RefusedException(new Refusal.EtagMismatch());
    }
  }

  static RefusedException stateInvalid(String description) {
    return new RefusedException(new Refusal.StateInvalid(description));
  }

  /** The precision of the database, so that a record says the same when it is read again. */
  static Instant micros(Instant now) {
    return now.truncatedTo(ChronoUnit.MICROS);
  }
}
