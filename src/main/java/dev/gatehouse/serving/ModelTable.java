package dev.gatehouse.serving;

import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.VersionId;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Which versions there are and which of them run here: an immutable snapshot, swapped whole. */
final class ModelTable {

  /**
   * One model.
   *
   * @param defaultVersion the version that answers calls which name none
   * @param known all its versions
   * @param running those that run here
   */
  record Entry(
      @Nullable VersionId defaultVersion,
      Set<VersionId> known,
      Map<VersionId, RunningVersion> running) {

    static final Entry EMPTY = new Entry(null, Set.of(), Map.of());

    Entry {
      known = Set.copyOf(known);
      running = Map.copyOf(running);
    }
  }

  private final AtomicReference<Map<ModelName, Entry>> snapshot = new AtomicReference<>(Map.of());

  private Map<ModelName, Entry> models() {
    return Objects.requireNonNull(snapshot.get());
  }

  @Nullable Entry find(ModelName model) {
    return models().get(model);
  }

  Collection<Entry> all() {
    return models().values();
  }

  /** The registry's word on a model: what exists and which is the default. */
  void catalogue(ModelName model, @Nullable VersionId defaultVersion, Set<VersionId> known) {
    change(model, entry -> new Entry(defaultVersion, known, entry.running()));
  }

  /** A model that is gone. */
  void remove(ModelName model) {
    snapshot.updateAndGet(
        models -> {
          Map<ModelName, Entry> changed = new HashMap<>(models);
          changed.remove(model);
          return Map.copyOf(changed);
        });
  }

  /** A version that runs from now on. */
  void start(RunningVersion version) {
    change(
        version.model(),
        entry -> {
          Map<VersionId, RunningVersion> running = new HashMap<>(entry.running());
          running.put(version.version(), version);
          Set<VersionId> known = new HashSet<>(entry.known());
          known.add(version.version());
          return new Entry(entry.defaultVersion(), known, running);
        });
  }

  /** Takes a version out; null if it does not run here. */
  @Nullable RunningVersion stop(ModelName model, VersionId version) {
    Entry before = find(model);
    RunningVersion running = before == null ? null : before.running().get(version);
    if (running != null) {
      change(
          model,
          entry -> {
            Map<VersionId, RunningVersion> rest = new HashMap<>(entry.running());
            rest.remove(version, running);
            return new Entry(entry.defaultVersion(), entry.known(), rest);
          });
    }
    return running;
  }

  private void change(ModelName model, UnaryOperator<Entry> change) {
    snapshot.updateAndGet(
        models -> {
          Map<ModelName, Entry> changed = new HashMap<>(models);
          changed.put(model, change.apply(changed.getOrDefault(model, Entry.EMPTY)));
          return Map.copyOf(changed);
        });
  }
}
