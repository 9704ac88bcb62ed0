package dev.gatehouse.serving;

import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.VersionId;
import dev.gatehouse.registry.Model;
import dev.gatehouse.registry.ModelVersion;
import dev.gatehouse.registry.Page;
import dev.gatehouse.registry.Registry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
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

  /** How often a model that changes while it is read is read again before it is left for later. */
  private static final int READS_MAX = 5;

  private final Registry registry;
  private final ModelTable table;
  private final Consumer<RunningVersion> retired;

  /** Taken before reading: who has a later one has read later. */
  private final AtomicLong tickets = new AtomicLong();

  private volatile boolean behind;

  /**
   * The way from {@code registry} to {@code table}.
   *
   * @param retired takes what is not meant to run any more and has left the table
   */
  Catalogue(Registry registry, ModelTable table, Consumer<RunningVersion> retired) {
    this.registry = registry;
    this.table = table;
    this.retired = retired;
  }

  /** All models. */
  void refreshAll() {
    String token = "";
    do {
      Page<Model> page = registry.listModels(null, Page.SIZE_MAX, token);
      page.items().forEach(model -> read(model.name(), null));
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
    try {
      read(name, candidate);
    } catch (RuntimeException e) {
      behind = true;
      LOG.warnf("the catalogue of %s cannot be read yet: %s", name, e.toString());
    }
  }

  /**
   * Reads a model and its versions as they were at one moment: between the two the default may have
   * been replaced and undeployed, and then they would say that nothing is left to run. The model
   * tells, since another default is another etag.
   */
  private void read(ModelName name, @Nullable VersionId candidate) {
    for (int triesLeft = READS_MAX; triesLeft > 0; triesLeft--) {
      long ticket = tickets.incrementAndGet();
      Optional<Model> model = registry.findModel(name);
      if (model.isEmpty()) {
        stopAll(table.remove(name));
        return;
      }
      List<ModelVersion> versions = versions(name);
      if (registry.findModel(name).map(Model::etag).equals(model.map(Model::etag))) {
        VersionId byDefault = model.get().defaultVersion();
        table
            .catalogue(name, ticket, byDefault == null ? candidate : byDefault, versions)
            .forEach(retired);
        return;
      }
    }
    behind = true;
  }

  private List<ModelVersion> versions(ModelName name) {
    List<ModelVersion> versions = new ArrayList<>();
    String token = "";
    do {
      Page<ModelVersion> page = registry.listVersions(name, Page.SIZE_MAX, token);
      versions.addAll(page.items());
      token = page.nextPageToken();
    } while (!token.isEmpty());
    return versions;
  }

  /** None should run any more, since a deployed model cannot be deleted. */
  private static void stopAll(Collection<RunningVersion> left) {
    left.forEach(version -> version.stop(Duration.ZERO));
  }
}
