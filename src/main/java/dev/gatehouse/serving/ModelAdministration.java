package dev.gatehouse.serving;

import dev.gatehouse.access.AccessControl;
import dev.gatehouse.access.Action;
import dev.gatehouse.access.Grants;
import dev.gatehouse.core.Caller;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import dev.gatehouse.registry.Model;
import dev.gatehouse.registry.ModelAudit;
import dev.gatehouse.registry.Page;
import dev.gatehouse.registry.Registry;
import dev.gatehouse.registry.Sha256;
import dev.gatehouse.serving.Administration.Told;
import java.time.InstantSource;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Administers models for the team that owns them, and for administrators. */
public final class ModelAdministration {

  private final Administration administration;
  private final Ownership ownership;
  private final Registry registry;
  private final Grants grants;
  private final AccessControl access;
  private final Catalogue catalogue;
  private final BooleanSupplier inputDigestible;
  private final InstantSource clock;

  ModelAdministration(
      Administration administration,
      Ownership ownership,
      Registry registry,
      Grants grants,
      AccessControl access,
      Catalogue catalogue,
      BooleanSupplier inputDigestible,
      InstantSource clock) {
    this.administration = administration;
    this.ownership = ownership;
    this.registry = registry;
    this.grants = grants;
    this.access = access;
    this.catalogue = catalogue;
    this.inputDigestible = inputDigestible;
    this.clock = clock;
  }

  /**
   * Creates a model of the caller's team; a repetition with the same request id returns it.
   *
   * @throws RefusedException as {@link #update} does for {@code audit}
   */
  public Model create(
      Caller caller,
      ModelName name,
      String displayName,
      String description,
      ModelAudit audit,
      String requestId) {
    Model model =
        administration.change(
            caller,
            "models.create",
            ModelAdministration::told,
            () -> {
              requireAuditable(caller, audit.required(), audit.inputDigests());
              return registry.createModel(
                  name,
                  displayName,
                  description,
                  caller.team(),
                  caller.id(),
                  audit,
                  requestId,
                  clock.instant());
            });
    catalogue.refresh(name);
    return model;
  }

  /** A model that the caller may read about. */
  public Model get(Caller caller, ModelName name) {
    return administration.read(() -> ownership.requireReading(caller, name, Action.READ_METADATA));
  }

  /**
   * A page of the models of the caller's team, or of all for those who see all; a page has fewer
   * items than asked for if the caller is denied to read about some.
   */
  public Page<Model> list(Caller caller, int pageSize, String pageToken) {
    return administration.read(
        () -> {
          Page<Model> page =
              registry.listModels(
                  Ownership.seesAll(caller) ? null : caller.team(), pageSize, pageToken);
          return new Page<>(
              page.items().stream().filter(model -> ownership.lists(caller, model)).toList(),
              page.nextPageToken());
        });
  }

  /**
   * What is to change of a model.
   *
   * @param displayName its name for people; null to leave it
   * @param description what it is; null to leave it
   * @param auditRequired whether nothing runs that is not recorded; null to leave it
   * @param inputDigests whether the record has digests of its inputs; null to leave it
   */
  public record Change(
      @Nullable String displayName,
      @Nullable String description,
      @Nullable Boolean auditRequired,
      @Nullable Boolean inputDigests) {

    private ModelAudit audit(ModelAudit now) {
      return new ModelAudit(
          auditRequired == null ? now.required() : auditRequired,
          inputDigests == null ? now.inputDigests() : inputDigests);
    }
  }

  /**
   * Changes a model; an empty etag changes it whatever it is.
   *
   * @throws RefusedException with {@code AccessDenied} if the model is not the caller's, or uses of
   *     it are to run unrecorded and the caller is no administrator; with {@code StateInvalid} if
   *     inputs are to be digested and there is no key
   */
  public Model update(Caller caller, ModelName name, String etag, Change change) {
    Model changed = administered(caller, name, etag, change);
    if (change.auditRequired() != null || change.inputDigests() != null) {
      catalogue.refresh(name);
    }
    return changed;
  }

  private Model administered(Caller caller, ModelName name, String etag, Change change) {
    return administration.change(
        caller,
        "models.update",
        ModelAdministration::told,
        () -> {
          Model former = ownership.requireOwned(caller, name, Action.READ_METADATA);
          requireAuditable(
              caller,
              !Boolean.FALSE.equals(change.auditRequired()),
              Boolean.TRUE.equals(change.inputDigests()));
          requireNotWeakened(caller, former.audit(), change.inputDigests());
          return registry.updateModel(
              name,
              etag.isEmpty() ? null : etag,
              change.displayName(),
              change.description(),
              change::audit,
              clock.instant());
        });
  }

  private static Told told(Model model) {
    return new Told(
        "models/" + model.name(),
        "team="
            + model.ownerTeam()
            + " audit="
            + (model.audit().required() ? "required" : "best-effort")
            + (model.audit().inputDigests() ? " input-digests" : ""));
  }

  /** What weakens the record is not for those whose uses it shows. */
  private void requireAuditable(Caller caller, boolean required, boolean inputDigests) {
    if (!required && !caller.administrator()) {
      throw new RefusedException(new Refusal.AccessDenied());
    }
    if (inputDigests && !inputDigestible.getAsBoolean()) {
      throw new RefusedException(
          new Refusal.StateInvalid("inputs cannot be digested: there is no gatehouse.keys.file"));
    }
  }

  private static void requireNotWeakened(
      Caller caller, ModelAudit former, @Nullable Boolean inputDigests) {
    if (former.inputDigests() && Boolean.FALSE.equals(inputDigests) && !caller.administrator()) {
      throw new RefusedException(new Refusal.AccessDenied());
    }
  }

  /**
   * Deletes a model with its versions and the grants on it; refused while a version is deployed.
   */
  public void delete(Caller caller, ModelName name, String etag) {
    Set<Sha256> artifacts =
        administration.change(
            caller,
            "models.delete",
            "models/" + name,
            () -> {
              // With the model go its versions and what denies; nobody gets rid of a denial so.
              Model unused = ownership.requireOwned(caller, name, Action.values());
              // Grants first: this takes the lock under which a grant is created, so that none
              // survives for a later model of the same name.
              long ignored = grants.deleteAllOf(name);
              return registry.deleteModel(name, etag.isEmpty() ? null : etag);
            });
    catalogue.refresh(name);
    access.refresh();
    for (Sha256 artifact : artifacts) {
      administration.afterwards(() -> registry.deleteArtifactIfUnused(artifact));
    }
  }
}
