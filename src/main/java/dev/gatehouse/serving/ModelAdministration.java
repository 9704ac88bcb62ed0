package dev.gatehouse.serving;

import dev.gatehouse.access.AccessControl;
import dev.gatehouse.access.Action;
import dev.gatehouse.access.Grants;
import dev.gatehouse.core.Caller;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.registry.Model;
import dev.gatehouse.registry.Page;
import dev.gatehouse.registry.Registry;
import dev.gatehouse.registry.Sha256;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;

/** Administers models for the team that owns them, and for administrators. */
public final class ModelAdministration {

  private final Administration administration;
  private final Ownership ownership;
  private final Registry registry;
  private final Grants grants;
  private final AccessControl access;
  private final Catalogue catalogue;
  private final InstantSource clock;

  ModelAdministration(
      Administration administration,
      Ownership ownership,
      Registry registry,
      Grants grants,
      AccessControl access,
      Catalogue catalogue,
      InstantSource clock) {
    this.administration = administration;
    this.ownership = ownership;
    this.registry = registry;
    this.grants = grants;
    this.access = access;
    this.catalogue = catalogue;
    this.clock = clock;
  }

  /** Creates a model of the caller's team; a repetition with the same request id returns it. */
  public Model create(
      Caller caller, ModelName name, String displayName, String description, String requestId) {
    Model model =
        administration.change(
            caller,
            "models.create",
            "models/" + name,
            () ->
                registry.createModel(
                    name,
                    displayName,
                    description,
                    caller.team(),
                    caller.id(),
                    requestId,
                    clock.instant()));
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

  /** Changes texts of a model; an empty etag changes it whatever it is. */
  public Model update(
      Caller caller,
      ModelName name,
      String etag,
      Optional<String> displayName,
      Optional<String> description) {
    return administration.change(
        caller,
        "models.update",
        "models/" + name,
        () -> {
          Model ignored = ownership.requireOwned(caller, name, Action.READ_METADATA);
          return registry.updateModel(
              name,
              etag.isEmpty() ? null : etag,
              displayName.orElse(null),
              description.orElse(null),
              clock.instant());
        });
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
