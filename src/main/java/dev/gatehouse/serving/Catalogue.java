package dev.gatehouse.serving;

import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.VersionId;
import dev.gatehouse.registry.Model;
import dev.gatehouse.registry.ModelVersion;
import dev.gatehouse.registry.Page;
import dev.gatehouse.registry.Registry;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Carries what the registry knows into the table that calls are answered from. */
final class Catalogue {

  private final Registry registry;
  private final ModelTable table;

  Catalogue(Registry registry, ModelTable table) {
    this.registry = registry;
    this.table = table;
  }

  /** All models. */
  void refreshAll() {
    String token = "";
    do {
      Page<Model> page = registry.listModels(null, Page.SIZE_MAX, token);
      page.items().forEach(model -> refresh(model, null));
      token = page.nextPageToken();
    } while (!token.isEmpty());
  }

  /** One model. */
  void refresh(ModelName name) {
    refresh(name, null);
  }

  /** One model, with {@code candidate} as its default if it has none yet. */
  void refresh(ModelName name, @Nullable VersionId candidate) {
    Optional<Model> model = registry.findModel(name);
    if (model.isPresent()) {
      refresh(model.get(), candidate);
    } else {
      table.remove(name);
    }
  }

  private void refresh(Model model, @Nullable VersionId candidate) {
    Set<VersionId> known = new HashSet<>();
    String token = "";
    do {
      Page<ModelVersion> page = registry.listVersions(model.name(), Page.SIZE_MAX, token);
      page.items().forEach(version -> known.add(version.id()));
      token = page.nextPageToken();
    } while (!token.isEmpty());
    VersionId byDefault = model.defaultVersion();
    table.catalogue(model.name(), byDefault == null ? candidate : byDefault, known);
  }
}
