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

/**
 * Which versions there are and which of them run here: an immutable snapshot, swapped whole.
 * Written under the table's monitor, read without.
 */
final class ModelTable {

  /**
   * One model.
   *
   * @param ticket of the registry's word that the next two are from
   * @param defaultVersion the version that answers calls which name none
   * @param known all its versions
   * @param running those that run here
   */
  record Entry(
      long ticket,
      @Nullable VersionId defaultVersion,
      Set<VersionId> known,
      Map<VersionId, RunningVersion> running) {

    static final Entry EMPTY = new Entry(0, null, Set.of(), Map.of());

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

  /** The version that runs, or null. */
  @Nullable RunningVersion find(ModelName model, VersionId version) {
    Entry entry = find(model);
    return entry == null ? null : entry.running().get(version);
  }

  /**
   * The registry's word on a model: what exists and which is the default.
   *
   * @param ticket orders what was read: a word older than the last one is not heard
   */
  void catalogue(
      ModelName model, long ticket, @Nullable VersionId defaultVersion, Set<VersionId> known) {
    change(
        model,
        entry ->
            ticket < entry.ticket()
                ? entry
                : new Entry(ticket, defaultVersion, known, entry.running()));
  }

  /** A model that is gone, and what still ran of it. */
  synchronized Collection<RunningVersion> remove(ModelName model) {
    Map<ModelName, Entry> changed = new HashMap<>(models());
    Entry removed = changed.remove(model);
    snapshot.set(Map.copyOf(changed));
    return removed == null ? Set.of() : removed.running().values();
  }

  /** A version that runs from now on; what it takes the place of is for the caller to stop. */
  synchronized @Nullable RunningVersion start(RunningVersion version) {
    RunningVersion replaced = find(version.model(), version.version());
    change(
        version.model(),
        entry -> {
          Map<VersionId, RunningVersion> running = new HashMap<>(entry.running());
          running.put(version.version(), version);
          Set<VersionId> known = new HashSet<>(entry.known());
          known.add(version.version());
          return new Entry(entry.ticket(), entry.defaultVersion(), known, running);
        });
    return replaced;
  }

  /** Takes this very version out; whether it was there, so that one caller stops it. */
  synchronized boolean stop(RunningVersion version) {
    if (find(version.model(), version.version()) != version) {
      return false;
    }
    change(
        version.model(),
        entry -> {
          Map<VersionId, RunningVersion> rest = new HashMap<>(entry.running());
          rest.remove(version.version());
          return new Entry(entry.ticket(), entry.defaultVersion(), entry.known(), rest);
        });
    return true;
  }

  private synchronized void change(ModelName model, UnaryOperator<Entry> change) {
    Map<ModelName, Entry> changed = new HashMap<>(models());
    changed.put(model, change.apply(changed.getOrDefault(model, Entry.EMPTY)));
    snapshot.set(Map.copyOf(changed));
  }
}
