package dev.gatehouse.serving;

import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.VersionId;
import dev.gatehouse.registry.Model;
import dev.gatehouse.registry.ModelMark;
import dev.gatehouse.registry.ModelVersion;
import dev.gatehouse.registry.Page;
import dev.gatehouse.registry.Registry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Carries what the registry knows into the table that calls are answered from.
 *
 * <p>A change is committed before it is carried over, so a failure here is no failure of the
 * change: it is logged, and made good by {@link #refreshMoved}. That also brings the changes of
 * other replicas: it reads the models whose mark has moved, and only those.
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

  /** Used by {@link #refreshMoved} alone: how far each model had come when it was last read. */
  private final Map<ModelName, ModelMark> seen = new HashMap<>();

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

  /**
   * Reads the models that have changed since the last time, whoever changed them, and those that
   * could not be read then. Called by one thread at a time.
   */
  void refreshMoved() {
    if (behind) {
      behind = false;
      seen.clear();
    }
    Map<ModelName, ModelMark> marks = new HashMap<>();
    for (ModelMark mark : registry.marks()) {
      marks.put(mark.model(), mark);
    }
    Set<ModelName> moved = new HashSet<>(table.models().keySet());
    moved.addAll(marks.keySet());
    for (ModelName model : moved) {
      ModelMark mark = marks.get(model);
      if (mark == null) {
        read(model, null);
        seen.remove(model);
      } else if (!mark.equals(seen.get(model))) {
        read(model, null);
        seen.put(model, mark);
      }
    }
  }

  /** Whether something could not be read and must be read again. */
  boolean behind() {
    return behind;
  }

  /** One model, as far as the registry can be asked. */
  void refresh(ModelName name) {
    refresh(name, null);
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
        table.remove(name).forEach(retired);
        return;
      }
      List<ModelVersion> versions = versions(name);
      if (registry.findModel(name).map(Model::etag).equals(model.map(Model::etag))) {
        table
            .catalogue(
                name,
                ticket,
                model.get().defaultVersion(),
                model.get().audit(),
                candidate,
                versions)
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
}
