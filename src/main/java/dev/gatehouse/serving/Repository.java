package dev.gatehouse.serving;

import dev.gatehouse.access.AccessControl;
import dev.gatehouse.access.Action;
import dev.gatehouse.core.Caller;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import dev.gatehouse.core.Right;
import dev.gatehouse.core.Ticker;
import dev.gatehouse.core.VersionId;
import dev.gatehouse.registry.DeploymentSettings;
import dev.gatehouse.registry.DeploymentState;
import dev.gatehouse.registry.Model;
import dev.gatehouse.registry.ModelVersion;
import dev.gatehouse.registry.Page;
import dev.gatehouse.registry.Registry;
import dev.gatehouse.registry.Rollout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.function.BooleanSupplier;

/** The models as a repository from which versions are loaded. Blocks its caller's thread. */
public final class Repository {

  /** The most versions that the index lists; ready ones are never among those left out. */
  public static final int INDEX_ENTRIES_MAX = 10_000;

  /** The most callers that wait for a version to be loaded at once. */
  public static final int LOADS_WAITING_MAX = 8;

  /** How long one of them waits. */
  public static final Duration LOAD_WAIT_MAX = Deployer.LOAD_LIMIT;

  private static final Duration POLL_INTERVAL = Duration.ofMillis(100);
  private static final Duration RETRY_AFTER = Duration.ofSeconds(5);
  private static final String NOT_DEPLOYED = "not deployed";

  private final Visibility visibility;
  private final ModelTable table;
  private final Administration administration;
  private final Ownership ownership;
  private final Registry registry;
  private final VersionAdministration versions;
  private final Ticker ticker;
  private final Semaphore waiting = new Semaphore(LOADS_WAITING_MAX);

  Repository(
      AccessControl access,
      ModelTable table,
      Administration administration,
      Ownership ownership,
      Registry registry,
      VersionAdministration versions,
      Ticker ticker) {
    this.visibility = new Visibility(access);
    this.table = table;
    this.administration = administration;
    this.ownership = ownership;
    this.registry = registry;
    this.versions = versions;
    this.ticker = ticker;
  }

  /**
   * The versions that the caller may see, by model and version: of models it was granted, and of
   * those that are listed for it. Of the latter it is told why a version is not ready.
   *
   * @param readyOnly leaves out what is not ready
   */
  public List<RepositoryEntry> index(Caller caller, boolean readyOnly) {
    List<RepositoryEntry> entries = new ArrayList<>();
    Set<ModelName> owned =
        caller.holds(Right.READ_MODELS) ? administration.read(() -> owned(caller)) : Set.of();
    List<ModelName> granted = new ArrayList<>();
    for (Map.Entry<ModelName, ModelTable.Entry> model : table.models().entrySet()) {
      boolean isOwned = owned.contains(model.getKey());
      if (isOwned || visibility.covers(caller, model.getKey())) {
        addReady(entries, model.getKey(), model.getValue());
        if (!isOwned) {
          granted.add(model.getKey());
        }
      }
    }
    if (!readyOnly) {
      granted.forEach(model -> addUnavailable(entries, model));
      owned.forEach(model -> addOwned(entries, model));
    }
    entries.sort(
        Comparator.comparing((RepositoryEntry entry) -> entry.model().value())
            .thenComparing(entry -> entry.version().value()));
    return entries;
  }

  private Set<ModelName> owned(Caller caller) {
    Set<ModelName> names = new HashSet<>();
    String token = "";
    do {
      Page<Model> page =
          registry.listModels(
              Ownership.seesAll(caller) ? null : caller.team(), Page.SIZE_MAX, token);
      page.items().stream()
          .filter(model -> ownership.lists(caller, model))
          .forEach(model -> names.add(model.name()));
      token = page.nextPageToken();
    } while (!token.isEmpty() && names.size() < INDEX_ENTRIES_MAX);
    return names;
  }

  private static void addReady(
      List<RepositoryEntry> entries, ModelName model, ModelTable.Entry entry) {
    for (RunningVersion running : entry.running().values()) {
      if (running.ready()) {
        entries.add(new RepositoryEntry(model, running.version(), RepositoryEntry.State.READY, ""));
      }
    }
  }

  /** To whom it was granted, a model is ready or it is not. */
  private void addUnavailable(List<RepositoryEntry> entries, ModelName model) {
    ModelTable.Entry entry = table.find(model);
    if (entry == null) {
      return;
    }
    for (VersionId version : entry.known()) {
      if (entries.size() >= INDEX_ENTRIES_MAX) {
        return;
      }
      if (!ready(model, version)) {
        entries.add(
            new RepositoryEntry(model, version, RepositoryEntry.State.UNAVAILABLE, NOT_DEPLOYED));
      }
    }
  }

  private boolean ready(ModelName model, VersionId version) {
    RunningVersion running = table.find(model, version);
    return running != null && running.ready();
  }

  private void addOwned(List<RepositoryEntry> entries, ModelName model) {
    for (ModelVersion version : administration.read(() -> versionsOf(model))) {
      if (entries.size() >= INDEX_ENTRIES_MAX) {
        return;
      }
      if (!ready(model, version.id())) {
        entries.add(unready(version));
      }
    }
  }

  private static RepositoryEntry unready(ModelVersion version) {
    RepositoryEntry.State state =
        version.state() == DeploymentState.DEPLOYING
            ? RepositoryEntry.State.LOADING
            : RepositoryEntry.State.UNAVAILABLE;
    String reason =
        switch (version.state()) {
          case UNDEPLOYED -> NOT_DEPLOYED;
          case DEPLOYING -> "";
          case READY -> "no instance runs here";
          case FAILED -> version.failure();
        };
    return new RepositoryEntry(version.model(), version.id(), state, reason);
  }

  private List<ModelVersion> versionsOf(ModelName model) {
    List<ModelVersion> all = new ArrayList<>();
    String token = "";
    do {
      Page<ModelVersion> page = registry.listVersions(model, Page.SIZE_MAX, token);
      all.addAll(page.items());
      token = page.nextPageToken();
    } while (!token.isEmpty());
    return all;
  }

  /**
   * Deploys the model's default version, or the one uploaded last if it has none, with the settings
   * it last had, and waits until it is ready.
   *
   * @param gone whether nobody waits any more
   * @return whether a deployment was begun; a version that is ready already is left as it is
   * @throws RefusedException with {@code AccessDenied} if the model is not the caller's to deploy,
   *     with {@code StateInvalid} if it has no version or the version cannot be deployed, with
   *     {@code ModelNotReady} if it takes longer than {@link #LOAD_WAIT_MAX}
   */
  public boolean load(Caller caller, String model, BooleanSupplier gone) {
    ModelName name = name(model);
    if (!waiting.tryAcquire()) {
      throw new RefusedException(new Refusal.QueueFull(RETRY_AFTER));
    }
    try {
      ModelVersion version = administration.read(() -> toLoad(caller, name));
      boolean begin = !version.state().active();
      if (begin) {
        version = versions.deploy(caller, name, version.id(), again(version), Rollout.BESIDE);
      }
      await(caller, version, gone);
      return begin;
    } finally {
      waiting.release();
    }
  }

  private ModelVersion toLoad(Caller caller, ModelName name) {
    VersionId byDefault = ownership.require(caller, name, Action.DEPLOY).model().defaultVersion();
    if (byDefault != null) {
      return registry.getVersion(name, byDefault);
    }
    return versionsOf(name).stream()
        .max(Comparator.comparing(ModelVersion::createTime))
        .orElseThrow(
            () -> new RefusedException(new Refusal.StateInvalid("the model has no version")));
  }

  /** As it was last deployed; what was never deployed gets the defaults. */
  private static DeploymentWish again(ModelVersion version) {
    DeploymentSettings last = version.deployment();
    return last == null ? DeploymentWish.DEFAULTS : DeploymentWish.of(last);
  }

  private void await(Caller caller, ModelVersion begun, BooleanSupplier gone) {
    long startNanos = ticker.nanos();
    while (true) {
      ModelVersion now =
          administration.read(
              () -> {
                ownership.require(caller, begun.model(), Action.DEPLOY);
                return registry.getVersion(begun.model(), begun.id());
              });
      switch (now.state()) {
        case READY -> {
          return;
        }
        case FAILED ->
            throw new RefusedException(
                new Refusal.StateInvalid("the version is FAILED: " + now.failure()));
        case UNDEPLOYED ->
            throw new RefusedException(
                new Refusal.StateInvalid("the version was undeployed meanwhile"));
        case DEPLOYING -> {}
      }
      if (gone.getAsBoolean()) {
        throw new RefusedException(new Refusal.Cancelled());
      }
      if (ticker.nanos() - startNanos >= LOAD_WAIT_MAX.toNanos()) {
        throw new RefusedException(new Refusal.ModelNotReady(RETRY_AFTER));
      }
      pause();
    }
  }

  private static void pause() {
    try {
      Thread.sleep(POLL_INTERVAL);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RefusedException(new Refusal.Draining(RETRY_AFTER));
    }
  }

  /**
   * Takes every version of the model out of service that runs or is meant to; calls that run
   * finish.
   *
   * @return whether there was one
   * @throws RefusedException with {@code AccessDenied} if the model is not the caller's to deploy
   */
  public boolean unload(Caller caller, String model) {
    ModelName name = name(model);
    List<ModelVersion> all =
        administration.read(
            () -> versionsOf(ownership.require(caller, name, Action.DEPLOY).model().name()));
    boolean any = false;
    for (ModelVersion version : all) {
      if (version.state() != DeploymentState.UNDEPLOYED) {
        ModelVersion ignored = versions.undeploy(caller, name, version.id());
        any = true;
      }
    }
    return any;
  }

  /** A name that no model can have is answered as one that is not the caller's. */
  private static ModelName name(String model) {
    if (!ModelName.valid(model)) {
      throw new RefusedException(new Refusal.AccessDenied());
    }
    return new ModelName(model);
  }
}
