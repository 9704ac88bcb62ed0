package dev.gatehouse.serving;

import dev.gatehouse.access.Action;
import dev.gatehouse.core.Caller;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import dev.gatehouse.core.VersionId;
import dev.gatehouse.registry.ArtifactStore;
import dev.gatehouse.registry.Canary;
import dev.gatehouse.registry.DeploymentSettings;
import dev.gatehouse.registry.Deployments;
import dev.gatehouse.registry.Model;
import dev.gatehouse.registry.ModelVersion;
import dev.gatehouse.registry.Page;
import dev.gatehouse.registry.Registry;
import dev.gatehouse.registry.Rollout;
import dev.gatehouse.registry.Sha256;
import dev.gatehouse.serving.Administration.Told;
import java.time.InstantSource;

/**
 * Administers versions and their deployment, for those to whom the model's {@link Ownership} or a
 * grant gives it: {@link Action#UPLOAD} to upload and delete, {@link Action#DEPLOY} to deploy and
 * undeploy, to choose the default and canaries.
 */
public final class VersionAdministration {

  private final Administration administration;
  private final Ownership ownership;
  private final Registry registry;
  private final Deployments deployments;
  private final ArtifactStore store;
  private final Deployer deployer;
  private final Catalogue catalogue;
  private final DeploymentSettings defaults;
  private final InstantSource clock;

  VersionAdministration(
      Administration administration,
      Ownership ownership,
      Registry registry,
      Deployments deployments,
      ArtifactStore store,
      Deployer deployer,
      Catalogue catalogue,
      DeploymentSettings defaults,
      InstantSource clock) {
    this.administration = administration;
    this.ownership = ownership;
    this.registry = registry;
    this.deployments = deployments;
    this.store = store;
    this.deployer = deployer;
    this.catalogue = catalogue;
    this.defaults = defaults;
    this.clock = clock;
  }

  /**
   * Begins an upload.
   *
   * @throws RefusedException with {@code AlreadyExists} if the version is there
   */
  public Upload upload(Caller caller, NewVersion declared) {
    return administration.read(
        () -> {
          ownership.require(caller, declared.model(), Action.UPLOAD);
          if (registry.findVersion(declared.model(), declared.version()).isPresent()) {
            throw new RefusedException(new Refusal.AlreadyExists(declared.resource()));
          }
          return new Upload(
              caller,
              declared,
              store.begin(declared.digest(), declared.sizeBytes()),
              ownership,
              store,
              registry,
              administration,
              catalogue,
              clock);
        });
  }

  /** A version of a model that the caller may read about. */
  public ModelVersion get(Caller caller, ModelName model, VersionId version) {
    return administration.read(
        () -> {
          ownership.requireReading(caller, model, Action.READ_METADATA);
          return registry.getVersion(model, version);
        });
  }

  /** A page of the versions of a model that the caller may read about. */
  public Page<ModelVersion> list(Caller caller, ModelName model, int pageSize, String pageToken) {
    return administration.read(
        () -> {
          ownership.requireReading(caller, model, Action.READ_METADATA);
          return registry.listVersions(model, pageSize, pageToken);
        });
  }

  /**
   * Begins a deployment; its outcome shows in the version's state.
   *
   * @param rollout what happens to the default version once it is ready
   */
  public ModelVersion deploy(
      Caller caller, ModelName model, VersionId version, DeploymentWish wish, Rollout rollout) {
    deployer.takePlace();
    ModelVersion deploying;
    try {
      deploying =
          administration.change(
              caller,
              "versions.deploy",
              made ->
                  new Told(
                      resource(model, version),
                      "attempt=" + made.attempt() + " rollout=" + rollout),
              () -> {
                ownership.require(caller, model, Action.DEPLOY);
                return deployments.markDeploying(
                    model, version, wish.over(defaults), rollout, deployer.here(), clock.instant());
              });
    } catch (RuntimeException | Error e) {
      deployer.giveUpPlace();
      throw e;
    }
    deployer.load(deploying);
    return deploying;
  }

  /** Takes a version out of service; calls that run finish. */
  public ModelVersion undeploy(Caller caller, ModelName model, VersionId version) {
    ModelVersion undeployed =
        administration.change(
            caller,
            "versions.undeploy",
            resource(model, version),
            () -> {
              ownership.require(caller, model, Action.DEPLOY);
              return deployments.markUndeployed(model, version, clock.instant());
            });
    deployer.unload(undeployed);
    catalogue.refresh(model);
    return undeployed;
  }

  /** Makes a ready version the model's default; an empty etag does so whatever the model is. */
  public Model setDefault(Caller caller, ModelName model, VersionId version, String etag) {
    Model changed =
        administration.change(
            caller,
            "models.setDefaultVersion",
            resource(model, version),
            () -> {
              Model before = ownership.require(caller, model, Action.DEPLOY).model();
              if (!etag.isEmpty() && !etag.equals(before.etag())) {
                throw new RefusedException(new Refusal.EtagMismatch());
              }
              return deployments.setDefaultVersion(model, version, clock.instant());
            });
    catalogue.refresh(model);
    return changed;
  }

  /** Gives a deployed version another canary; it goes on running as it is. */
  public ModelVersion setCanary(Caller caller, ModelName model, VersionId version, Canary canary) {
    ModelVersion changed =
        administration.change(
            caller,
            "versions.setCanary",
            made ->
                new Told(
                    resource(model, version),
                    "percent=" + canary.percent() + " callers=" + canary.callers().size()),
            () -> {
              ownership.require(caller, model, Action.DEPLOY);
              return deployments.setCanary(model, version, canary);
            });
    catalogue.refresh(model);
    return changed;
  }

  /** Deletes a version that is neither deployed nor the default. */
  public void delete(Caller caller, ModelName model, VersionId version) {
    Sha256 artifact =
        administration.change(
            caller,
            "versions.delete",
            gone -> new Told(resource(model, version), "sha256=" + gone),
            () -> {
              ownership.require(caller, model, Action.UPLOAD);
              return registry.deleteVersion(model, version);
            });
    catalogue.refresh(model);
    administration.afterwards(() -> registry.deleteArtifactIfUnused(artifact));
  }

  private static String resource(ModelName model, VersionId version) {
    return "models/" + model + "/versions/" + version;
  }
}
