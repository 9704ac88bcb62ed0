package dev.gatehouse.serving;

import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.VersionId;
import dev.gatehouse.registry.Canary;
import dev.gatehouse.registry.DeploymentSettings;
import dev.gatehouse.registry.DeploymentState;
import dev.gatehouse.registry.ModelVersion;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Which versions there are and which of them run here: an immutable snapshot, swapped whole.
 * Written under the table's monitor, read without.
 *
 * <p>A model's default version, its canaries and the versions that run change in one step, so that
 * no call finds a default that does not run while its successor already does.
 */
final class ModelTable {

  /**
   * What the registry says of a model.
   *
   * @param ticket orders what was read: one older than the last is not heard
   * @param defaultVersion the version that answers calls which name none
   * @param known all its versions
   * @param canaries of its ready versions, where they get calls
   */
  private record Word(
      long ticket,
      @Nullable VersionId defaultVersion,
      Set<VersionId> known,
      Map<VersionId, Canary> canaries) {

    static final Word NONE = new Word(0, null, Set.of(), Map.of());

    Word {
      known = Set.copyOf(known);
      canaries = Map.copyOf(canaries);
    }
  }

  /** One model. */
  static final class Entry {

    static final Entry EMPTY = new Entry(Word.NONE, Map.of(), Set.of());

    private final Word word;
    private final Map<VersionId, RunningVersion> running;
    private final Set<VersionId> lost;
    private final Routes<RunningVersion> routes;

    private Entry(Word word, Map<VersionId, RunningVersion> running, Set<VersionId> lost) {
      this.word = word;
      this.running = Map.copyOf(running);
      this.lost = Set.copyOf(lost);
      this.routes = new Routes<>(word.defaultVersion(), this.running, word.canaries());
    }

    /** The version that answers calls which name none. */
    @Nullable VersionId defaultVersion() {
      return word.defaultVersion();
    }

    /** All its versions. */
    Set<VersionId> known() {
      return word.known();
    }

    /** Those that run here. */
    Map<VersionId, RunningVersion> running() {
      return running;
    }

    /** The version for a call of {@code caller} that names none; null if none runs. */
    @Nullable RunningVersion route(CallerId caller) {
      return routes.route(caller);
    }
  }

  private final AtomicReference<Map<ModelName, Entry>> snapshot = new AtomicReference<>(Map.of());

  /** All models as they are now. */
  Map<ModelName, Entry> models() {
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
   * The registry's word on a model: what exists, which is the default, and what is not meant to run
   * any more.
   *
   * @param ticket orders what was read: a word older than the last one is not heard
   * @param versions all versions of the model
   * @return what ran until now and is not meant to; for the caller to stop
   */
  synchronized List<RunningVersion> catalogue(
      ModelName model,
      long ticket,
      @Nullable VersionId defaultVersion,
      Collection<ModelVersion> versions) {
    Entry entry = models().getOrDefault(model, Entry.EMPTY);
    if (ticket < entry.word.ticket()) {
      return List.of();
    }
    Set<VersionId> known = new HashSet<>();
    Map<VersionId, Canary> canaries = new HashMap<>();
    Map<VersionId, RunningVersion> running = new HashMap<>(entry.running());
    Set<VersionId> lost = new HashSet<>();
    List<RunningVersion> retired = new ArrayList<>();
    for (ModelVersion version : versions) {
      known.add(version.id());
      DeploymentSettings settings = version.deployment();
      if (version.state() == DeploymentState.READY && settings != null) {
        canaries.put(version.id(), settings.canary());
      }
      RunningVersion here = running.get(version.id());
      if (version.state() != DeploymentState.UNDEPLOYED) {
        if (entry.lost.contains(version.id())) {
          lost.add(version.id());
        }
      } else if (here != null && here.registered().attempt() <= version.attempt()) {
        running.remove(version.id());
        retired.add(here);
      }
    }
    canaries.values().removeIf(Canary::none);
    Word word = new Word(ticket, defaultVersion, known, canaries);
    change(model, before -> new Entry(word, running, lost));
    return retired;
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
          Set<VersionId> lost = new HashSet<>(entry.lost);
          lost.remove(version.version());
          Word word = entry.word;
          return new Entry(
              new Word(word.ticket(), word.defaultVersion(), known, word.canaries()),
              running,
              lost);
        });
    return replaced;
  }

  /** Takes this very version out; whether it was there, so that one caller stops it. */
  boolean stop(RunningVersion version) {
    return stop(version, false);
  }

  /**
   * Takes this very version out because it cannot run any more; whether it was there. It counts as
   * lost until it runs again or is not meant to.
   */
  boolean lose(RunningVersion version) {
    return stop(version, true);
  }

  private synchronized boolean stop(RunningVersion version, boolean loses) {
    if (find(version.model(), version.version()) != version) {
      return false;
    }
    change(
        version.model(),
        entry -> {
          Map<VersionId, RunningVersion> rest = new HashMap<>(entry.running());
          rest.remove(version.version());
          Set<VersionId> lost = new HashSet<>(entry.lost);
          if (loses) {
            lost.add(version.version());
          }
          return new Entry(entry.word, rest, lost);
        });
    return true;
  }

  /** The versions that are lost, as {@code models/{model}/versions/{version}}. */
  List<String> lost() {
    List<String> names = new ArrayList<>();
    models()
        .forEach(
            (model, entry) ->
                entry.lost.forEach(
                    version -> names.add("models/" + model + "/versions/" + version)));
    return names;
  }

  private synchronized void change(ModelName model, UnaryOperator<Entry> change) {
    Map<ModelName, Entry> changed = new HashMap<>(models());
    Entry before = changed.getOrDefault(model, Entry.EMPTY);
    Entry after = change.apply(before);
    changed.put(model, after);
    snapshot.set(Map.copyOf(changed));
    // A version that left may share its meters with one that came under the same name.
    before.running().values().forEach(version -> version.meters().canary(0));
    after
        .running()
        .values()
        .forEach(version -> version.meters().canary(after.routes.percent(version.version())));
  }
}
