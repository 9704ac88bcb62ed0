package dev.gatehouse.serving;

import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.VersionId;
import dev.gatehouse.registry.Model;
import dev.gatehouse.registry.ModelVersion;
import dev.gatehouse.registry.Page;
import dev.gatehouse.registry.Registry;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Carries what the registry knows into the table that calls are answered from.
 *
 * <p>A change is committed before it is carried over, so a failure here is no failure of the
 * change: it is logged, and made good by {@link #catchUp}.
 */
final class Catalogue {

  private static final Logger LOG = Logger.getLogger(Catalogue.class);

  private final Registry registry;
  private final ModelTable table;

  /** Taken before reading: who has a later one has read later. */
  private final AtomicLong tickets = new AtomicLong();

  private volatile boolean behind;

  Catalogue(Registry registry, ModelTable table) {
    this.registry = registry;
    this.table = table;
  }

  /** All models. */
  void refreshAll() {
    String token = "";
    do {
      long ticket = tickets.incrementAndGet();
      Page<Model> page = registry.listModels(null, Page.SIZE_MAX, token);
      page.items().forEach(model -> refresh(model, ticket, null));
      token = page.nextPageToken();
    } while (!token.isEmpty());
  }

  /** One model, as far as the registry can be asked. */
  void refresh(ModelName name) {
    refresh(name, null);
  }

  /** Reads again what could not be read. */
  void catchUp() {
    if (behind) {
      behind = false;
      try {
        refreshAll();
      } catch (RuntimeException e) {
        behind = true;
        LOG.warnf("the catalogue cannot be read yet: %s", e.toString());
      }
    }
  }

  /** One model, with {@code candidate} as its default if it has none yet. */
  void refresh(ModelName name, @Nullable VersionId candidate) {
    long ticket = tickets.incrementAndGet();
    try {
      Optional<Model> model = registry.findModel(name);
      if (model.isPresent()) {
        refresh(model.get(), ticket, candidate);
      } else {
        stopAll(table.remove(name));
      }
    } catch (RuntimeException e) {
      behind = true;
      LOG.warnf("the catalogue of %s cannot be read yet: %s", name, e.toString());
    }
  }

  /** None should run any more, since a deployed model cannot be deleted. */
  private static void stopAll(Collection<RunningVersion> left) {
    left.forEach(version -> version.stop(Duration.ZERO));
  }

  private void refresh(Model model, long ticket, @Nullable VersionId candidate) {
    Set<VersionId> known = new HashSet<>();
    String token = "";
    do {
      Page<ModelVersion> page = registry.listVersions(model.name(), Page.SIZE_MAX, token);
      page.items().forEach(version -> known.add(version.id()));
      token = page.nextPageToken();
    } while (!token.isEmpty());
    VersionId byDefault = model.defaultVersion();
    table.catalogue(model.name(), ticket, byDefault == null ? candidate : byDefault, known);
  }
}
