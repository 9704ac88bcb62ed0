package dev.gatehouse.serving;

import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Ticker;
import dev.gatehouse.core.VersionId;
import dev.gatehouse.registry.Canary;
import dev.gatehouse.registry.DeploymentSettings;
import dev.gatehouse.registry.DeploymentState;
import dev.gatehouse.registry.HeldVersion;
import dev.gatehouse.registry.ModelAudit;
import dev.gatehouse.registry.ModelVersion;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Which versions there are and which of them run here: an immutable snapshot, swapped whole.
 * Written under the table's monitor, read without.
 *
 * <p>A model's default version, its canaries and the versions that run change in one step, so that
 * no call finds a default that does not run while its successor already does.
 *
 * <p>A default version that another replica has brought up may not run here yet. Until it does, the
 * former default stands in for it, even if it is not meant to run any more, for at most {@link
 * #STAND_IN_MAX}; it leaves the table in the step in which the new one starts. For a model without
 * a default, the version that is about to become it stands in.
 */
final class ModelTable {

  /** How long a version stands in for the default: longer than loading that one should take. */
  static final Duration STAND_IN_MAX = Deployer.LOAD_LIMIT.multipliedBy(2);

  private final AtomicReference<Map<ModelName, Entry>> snapshot = new AtomicReference<>(Map.of());
  private final Ticker ticker;

  ModelTable(Ticker ticker) {
    this.ticker = ticker;
  }

  /** What the registry says of a version: its state, and the attempt that it is of. */
  private record Said(DeploymentState state, long attempt) {}

  /**
   * What the registry says of a model.
   *
   * @param ticket orders what was read: one older than the last is not heard
   * @param defaultVersion the version that answers calls which name none
   * @param audit how its uses are recorded
   * @param versions all its versions
   * @param canaries of its ready versions, where they get calls
   */
  private record Word(
      long ticket,
      @Nullable VersionId defaultVersion,
      ModelAudit audit,
      Map<VersionId, Said> versions,
      Map<VersionId, Canary> canaries) {

    static final Word NONE = new Word(0, null, ModelAudit.DEFAULT, Map.of(), Map.of());

    Word {
      versions = Map.copyOf(versions);
      canaries = Map.copyOf(canaries);
    }

    /** Whether it is meant to run no longer, in this attempt. */
    boolean ended(RunningVersion running) {
      Said said = versions.get(running.version());
      if (said == null) {
        return true;
      }
      long attempt = running.registered().attempt();
      return switch (said.state()) {
        case UNDEPLOYED, FAILED -> attempt <= said.attempt();
        case DEPLOYING -> attempt < said.attempt();
        case READY -> false;
      };
    }

    boolean ready(VersionId version) {
      Said said = versions.get(version);
      return said != null && said.state() == DeploymentState.READY;
    }
  }

  /** A version that answers for the default, and since when. */
  private record StandIn(VersionId version, long sinceNanos) {}

  /** One model. */
  static final class Entry {

    static final Entry EMPTY = new Entry(Word.NONE, Map.of(), Map.of(), null);

    private final Word word;
    private final Map<VersionId, RunningVersion> running;

    /** With the attempts in which they were lost. */
    private final Map<VersionId, Long> lost;

    private final @Nullable StandIn standIn;
    private final Routes<RunningVersion> routes;

    private Entry(
        Word word,
        Map<VersionId, RunningVersion> running,
        Map<VersionId, Long> lost,
        @Nullable StandIn standIn) {
      this.word = word;
      this.running = Map.copyOf(running);
      this.lost = Map.copyOf(lost);
      this.standIn = standIn;
      this.routes = new Routes<>(defaultVersion(), this.running, word.canaries());
    }

    /** The version that answers calls which name none: the default, or what stands in for it. */
    @Nullable VersionId defaultVersion() {
      return standIn == null ? word.defaultVersion() : standIn.version();
    }

    /** How its uses are recorded. */
    ModelAudit audit() {
      return word.audit();
    }

    /** All its versions. */
    Set<VersionId> known() {
      return word.versions().keySet();
    }

    /** Those that run here. */
    Map<VersionId, RunningVersion> running() {
      return running;
    }

    /** The version for a call of {@code caller} that names none; null if none runs. */
    @Nullable RunningVersion route(CallerId caller) {
      return routes.route(caller);
    }

    /** Whether this version runs here in this attempt or a later one, or was lost in it. */
    private boolean knows(VersionId version, long attempt) {
      RunningVersion here = running.get(version);
      return (here != null && here.registered().attempt() >= attempt)
          || lost.getOrDefault(version, 0L) >= attempt;
    }
  }

  /** All models as they are now. */
  Map<ModelName, Entry> models() {
    return Objects.requireNonNull(snapshot.get());
  }

  @Nullable Entry find(ModelName model) {
    return models().get(model);
  }

  /** How uses of a model are recorded; as most are, where nothing is known of it. */
  ModelAudit audit(ModelName model) {
    Entry entry = find(model);
    return entry == null ? ModelAudit.DEFAULT : entry.audit();
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
   * @param audit how uses of the model are recorded
   * @param candidate the version about to become the default of a model that has none
   * @param versions all versions of the model
   * @return what ran until now and is not meant to; for the caller to stop
   */
  synchronized List<RunningVersion> catalogue(
      ModelName model,
      long ticket,
      @Nullable VersionId defaultVersion,
      ModelAudit audit,
      @Nullable VersionId candidate,
      Collection<ModelVersion> versions) {
    Entry before = models().getOrDefault(model, Entry.EMPTY);
    if (ticket < before.word.ticket()) {
      return List.of();
    }
    Map<VersionId, Said> said = HashMap.newHashMap(versions.size());
    Map<VersionId, Canary> canaries = new HashMap<>();
    for (ModelVersion version : versions) {
      said.put(version.id(), new Said(version.state(), version.attempt()));
      DeploymentSettings settings = version.deployment();
      if (version.state() == DeploymentState.READY && settings != null) {
        canaries.put(version.id(), settings.canary());
      }
    }
    canaries.values().removeIf(Canary::none);
    Map<VersionId, Long> lost = new HashMap<>(before.lost);
    lost.keySet()
        .removeIf(
            version -> {
              Said now = said.get(version);
              return now == null || now.state() == DeploymentState.UNDEPLOYED;
            });
    return settle(
        model,
        new Word(ticket, defaultVersion, audit, said, canaries),
        new HashMap<>(before.running()),
        lost,
        candidate);
  }

  /**
   * Publishes what follows from all this: who stands in for the default, and what leaves.
   *
   * @return what leaves
   */
  private List<RunningVersion> settle(
      ModelName model,
      Word word,
      Map<VersionId, RunningVersion> running,
      Map<VersionId, Long> lost,
      @Nullable VersionId candidate) {
    StandIn standIn = standIn(find(model), word, running, candidate);
    List<RunningVersion> retired = new ArrayList<>();
    for (RunningVersion one : List.copyOf(running.values())) {
      boolean stays = standIn != null && one.version().equals(standIn.version());
      if (!stays && word.ended(one)) {
        running.remove(one.version());
        retired.add(one);
      }
    }
    publish(model, new Entry(word, running, lost, standIn));
    return retired;
  }

  private @Nullable StandIn standIn(
      @Nullable Entry before,
      Word word,
      Map<VersionId, RunningVersion> running,
      @Nullable VersionId candidate) {
    VersionId byDefault = word.defaultVersion();
    if (byDefault != null && (running.containsKey(byDefault) || !word.ready(byDefault))) {
      return null;
    }
    StandIn former = before == null ? null : before.standIn;
    VersionId answers = before == null ? null : before.defaultVersion();
    if (byDefault == null) {
      answers = candidate != null ? candidate : former == null ? null : former.version();
    }
    if (answers == null || !running.containsKey(answers)) {
      return null;
    }
    if (former != null && former.version().equals(answers)) {
      boolean tooLong =
          byDefault != null && ticker.nanos() - former.sinceNanos() > STAND_IN_MAX.toNanos();
      return tooLong ? null : former;
    }
    return new StandIn(answers, ticker.nanos());
  }

  /** Ends what has stood in for a default for too long; what leaves is for the caller to stop. */
  synchronized List<RunningVersion> endStandIns() {
    List<RunningVersion> retired = new ArrayList<>();
    models()
        .forEach(
            (model, entry) -> {
              if (entry.standIn != null) {
                Map<VersionId, RunningVersion> running = new HashMap<>(entry.running());
                retired.addAll(settle(model, entry.word, running, entry.lost, null));
              }
            });
    return retired;
  }

  /** A model that is gone, and what still ran of it. */
  synchronized Collection<RunningVersion> remove(ModelName model) {
    Map<ModelName, Entry> changed = new HashMap<>(models());
    Entry removed = changed.remove(model);
    snapshot.set(Map.copyOf(changed));
    return removed == null ? Set.of() : removed.running().values();
  }

  /**
   * A version that runs from now on.
   *
   * @return what it takes the place of: an earlier attempt, and what stood in for it; for the
   *     caller to stop
   */
  synchronized List<RunningVersion> start(RunningVersion version) {
    Entry before = models().getOrDefault(version.model(), Entry.EMPTY);
    VersionId id = version.version();
    Map<VersionId, Said> said = new HashMap<>(before.word.versions());
    said.putIfAbsent(id, new Said(DeploymentState.DEPLOYING, version.registered().attempt()));
    Map<VersionId, RunningVersion> running = new HashMap<>(before.running());
    RunningVersion replaced = running.put(id, version);
    Map<VersionId, Long> lost = new HashMap<>(before.lost);
    lost.remove(id);
    Word word = before.word;
    List<RunningVersion> retired =
        settle(
            version.model(),
            new Word(word.ticket(), word.defaultVersion(), word.audit(), said, word.canaries()),
            running,
            lost,
            null);
    if (replaced != null) {
      retired.add(replaced);
    }
    return retired;
  }

  /** Whether this very version answers for a default that does not run here yet. */
  boolean standsIn(RunningVersion version) {
    Entry entry = find(version.model());
    return entry != null
        && entry.standIn != null
        && entry.standIn.version().equals(version.version())
        && entry.word.defaultVersion() != null
        && entry.running().get(version.version()) == version;
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
    Entry entry = find(version.model());
    if (entry == null || entry.running().get(version.version()) != version) {
      return false;
    }
    Map<VersionId, RunningVersion> rest = new HashMap<>(entry.running());
    rest.remove(version.version());
    Map<VersionId, Long> lost = new HashMap<>(entry.lost);
    if (loses) {
      lost.put(version.version(), version.registered().attempt());
    }
    StandIn standIn = entry.standIn;
    boolean stoodIn = standIn != null && standIn.version().equals(version.version());
    publish(version.model(), new Entry(entry.word, rest, lost, stoodIn ? null : standIn));
    return true;
  }

  /** What is ready and neither runs here nor was lost here, in the order of models and versions. */
  List<HeldVersion> missing() {
    List<HeldVersion> missing = new ArrayList<>();
    models()
        .forEach(
            (model, entry) ->
                entry
                    .word
                    .versions()
                    .forEach(
                        (version, said) -> {
                          if (said.state() == DeploymentState.READY
                              && !entry.knows(version, said.attempt())) {
                            missing.add(new HeldVersion(model, version, said.attempt()));
                          }
                        }));
    missing.sort(Comparator.comparing(HeldVersion::toString));
    return missing;
  }

  /** What runs here. */
  List<HeldVersion> held() {
    List<HeldVersion> held = new ArrayList<>();
    for (Entry entry : all()) {
      for (RunningVersion running : entry.running().values()) {
        held.add(running.held());
      }
    }
    return held;
  }

  /** What is ready and was lost here in the same attempt. */
  List<HeldVersion> lostWhileReady() {
    List<HeldVersion> lost = new ArrayList<>();
    models()
        .forEach(
            (model, entry) ->
                entry.lost.forEach(
                    (version, attempt) -> {
                      Said said = entry.word.versions().get(version);
                      if (entry.word.ready(version) && said != null && said.attempt() == attempt) {
                        lost.add(new HeldVersion(model, version, attempt));
                      }
                    }));
    return lost;
  }

  /** The versions that are lost, as {@code models/{model}/versions/{version}}. */
  List<String> lost() {
    List<String> names = new ArrayList<>();
    models()
        .forEach(
            (model, entry) ->
                entry.lost.forEach(
                    (version, attempt) -> names.add("models/" + model + "/versions/" + version)));
    return names;
  }

  private void publish(ModelName model, Entry after) {
    Map<ModelName, Entry> changed = new HashMap<>(models());
    Entry before = changed.getOrDefault(model, Entry.EMPTY);
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
