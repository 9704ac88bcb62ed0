package dev.gatehouse.serving;

import dev.gatehouse.abuse.watch.CallObserver;
import dev.gatehouse.access.AccessControl;
import dev.gatehouse.access.Action;
import dev.gatehouse.access.Decision;
import dev.gatehouse.access.GrantId;
import dev.gatehouse.access.GrantTerms;
import dev.gatehouse.access.Quotas;
import dev.gatehouse.access.RowThrottle;
import dev.gatehouse.core.Caller;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import dev.gatehouse.core.Ticker;
import dev.gatehouse.core.VersionId;
import dev.gatehouse.metrics.GatewayMetrics;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Runs models for callers. Nothing here blocks. */
public final class Inference {

  private final AccessControl access;
  private final ModelTable models;
  private final VersionFinder versions;
  private final Admittance admittance;
  private final Ticker ticker;
  private final Visibility visibility;

  Inference(
      AccessControl access,
      Quotas quotas,
      ModelTable models,
      Recording recording,
      Admittance.Digesting digesting,
      GatewayMetrics metrics,
      CallObserver watch,
      Ticker ticker) {
    this.access = access;
    this.models = models;
    this.versions = new VersionFinder(models);
    this.admittance =
        new Admittance(versions, quotas, recording, digesting, metrics, watch, ticker);
    this.ticker = ticker;
    this.visibility = new Visibility(access);
  }

  /**
   * Whether a version of a model can be called; an empty version stands for the default.
   *
   * @throws RefusedException with {@code AccessDenied} unless the caller may read about the model,
   *     with {@code NotFound} if the model has no such version
   */
  public boolean ready(Caller caller, String model, String version) {
    ModelName name = allow(caller, model, Action.READ_METADATA).model();
    RunningVersion running = versions.find(null, name, version);
    return running != null && running.ready();
  }

  /**
   * What a ready version of a model takes and gives.
   *
   * @throws RefusedException as for {@link #ready}, and with {@code ModelNotReady} if it is not
   */
  public ModelDescription describe(Caller caller, String model, String version) {
    ModelName name = allow(caller, model, Action.READ_METADATA).model();
    RunningVersion running = versions.requireReady(null, name, version);
    ModelTable.Entry entry = models.find(name);
    List<VersionId> ready = new ArrayList<>();
    if (entry != null) {
      entry.running().values().stream()
          .filter(RunningVersion::ready)
          .map(RunningVersion::version)
          .sorted((a, b) -> a.value().compareTo(b.value()))
          .forEach(ready::add);
    }
    return new ModelDescription(name, ready, running.signature());
  }

  /**
   * How a ready version of a model runs.
   *
   * @throws RefusedException as for {@link #describe}
   */
  public ModelConfiguration configuration(Caller caller, String model, String version) {
    ModelName name = allow(caller, model, Action.READ_METADATA).model();
    return versions.requireReady(null, name, version).configuration();
  }

  /**
   * What the versions that run here have done since they were deployed, by model and version.
   *
   * @param model empty for all models that the caller may read about
   * @param version empty for all versions of the model
   * @throws RefusedException as for {@link #describe}; with {@code ArgumentInvalid} for a version
   *     of no model
   */
  public List<VersionCounts> statistics(Caller caller, String model, String version) {
    List<VersionCounts> counts = new ArrayList<>();
    if (model.isEmpty()) {
      if (!version.isEmpty()) {
        throw new RefusedException(
            Refusal.ArgumentInvalid.of("version", "only together with a name"));
      }
      for (ModelName name : models.models().keySet()) {
        if (visibility.covers(caller, name)) {
          addCounts(counts, name);
        }
      }
    } else if (version.isEmpty()) {
      ModelName name = allow(caller, model, Action.READ_METADATA).model();
      RunningVersion ignored = versions.find(null, name, version);
      addCounts(counts, name);
    } else {
      ModelName name = allow(caller, model, Action.READ_METADATA).model();
      RunningVersion running = versions.requireReady(null, name, version);
      counts.add(running.statistics().counts(name, running.version()));
    }
    counts.sort(
        Comparator.comparing((VersionCounts c) -> c.model().value())
            .thenComparing(c -> c.version().value()));
    return counts;
  }

  private void addCounts(List<VersionCounts> counts, ModelName model) {
    ModelTable.Entry entry = models.find(model);
    if (entry == null) {
      return;
    }
    for (RunningVersion running : entry.running().values()) {
      if (running.ready()) {
        counts.add(running.statistics().counts(model, running.version()));
      }
    }
  }

  /**
   * Runs a model; {@code observer} hears the end.
   *
   * @return cancels the inference if it has not ended
   * @throws RefusedException if it is refused before it is queued; the observer hears nothing then
   */
  public Runnable infer(Caller caller, InferenceRequest request, InferenceObserver observer) {
    long startNanos = ticker.nanos();
    Allowed allowed = allow(caller, request.model(), Action.INFER);
    return admittance.admit(
        new AllowedCall(
            caller,
            allowed.model(),
            allowed.grant(),
            allowed.terms(),
            allowed.throttle(),
            request,
            request.deadline(),
            observer,
            startNanos));
  }

  private record Allowed(
      ModelName model, GrantId grant, GrantTerms terms, @Nullable RowThrottle throttle) {}

  /** A name that no model can have is answered as one that the caller may not use. */
  private Allowed allow(Caller caller, String model, Action action) {
    if (!ModelName.valid(model)) {
      throw new RefusedException(new Refusal.AccessDenied());
    }
    ModelName name = new ModelName(model);
    return switch (access.decide(caller, name, action)) {
      case Decision.Allowed allowed -> {
        access.used(name, allowed.grant(), action);
        yield new Allowed(name, allowed.grant(), allowed.terms(), allowed.throttle());
      }
      case Decision.Denied(Refusal refusal) -> throw new RefusedException(refusal);
    };
  }
}
