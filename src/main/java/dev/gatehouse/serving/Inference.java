package dev.gatehouse.serving;

import dev.gatehouse.access.AccessControl;
import dev.gatehouse.access.Action;
import dev.gatehouse.access.Decision;
import dev.gatehouse.access.GrantId;
import dev.gatehouse.access.GrantPriority;
import dev.gatehouse.audit.AuditLog;
import dev.gatehouse.core.Caller;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.Deadline;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Outcome;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import dev.gatehouse.core.Tensor;
import dev.gatehouse.core.Ticker;
import dev.gatehouse.core.VersionId;
import dev.gatehouse.metrics.GatewayMetrics;
import dev.gatehouse.scheduling.Admission;
import dev.gatehouse.scheduling.CallTerms;
import dev.gatehouse.scheduling.Priority;
import dev.gatehouse.scheduling.Reservation;
import dev.gatehouse.scheduling.Submission;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Runs models for callers. Nothing here blocks. */
public final class Inference {

  private static final Logger LOG = Logger.getLogger(Inference.class);
  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  /** How many versions a call tries that finds the first ones being replaced. */
  private static final int TRIES_MAX = 3;

  private final AccessControl access;
  private final ModelTable models;
  private final AuditLog audit;
  private final GatewayMetrics metrics;
  private final Ticker ticker;
  private final Visibility visibility;

  Inference(
      AccessControl access,
      ModelTable models,
      AuditLog audit,
      GatewayMetrics metrics,
      Ticker ticker) {
    this.access = access;
    this.models = models;
    this.audit = audit;
    this.metrics = metrics;
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
    RunningVersion running = find(null, name, version);
    return running != null && running.ready();
  }

  /**
   * What a ready version of a model takes and gives.
   *
   * @throws RefusedException as for {@link #ready}, and with {@code ModelNotReady} if it is not
   */
  public ModelDescription describe(Caller caller, String model, String version) {
    ModelName name = allow(caller, model, Action.READ_METADATA).model();
    RunningVersion running = requireReady(null, name, version);
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
    return requireReady(null, name, version).configuration();
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
      RunningVersion ignored = find(null, name, version);
      addCounts(counts, name);
    } else {
      ModelName name = allow(caller, model, Action.READ_METADATA).model();
      RunningVersion running = requireReady(null, name, version);
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
    Deadline deadline = request.deadline();
    Admitted admitted = admit(caller, allowed, request, startNanos);
    AuditLog.Reservation place = audit.reserve();
    if (place == null) {
      admitted.permit().release();
      throw refused(admitted.version(), new Refusal.AuditUnavailable(RETRY_AFTER), startNanos);
    }
    Execution execution;
    Object batchKey;
    int rowCost;
    try {
      List<Tensor> inputs = admitted.checked().inputs();
      batchKey = admitted.version().batchKey(inputs);
      rowCost = admitted.version().rowCost(inputs);
      execution =
          new Execution(
              caller,
              allowed.grant(),
              admitted.version(),
              admitted.rows(),
              admitted.bytes(),
              admitted.checked().wanted(),
              place,
              observer,
              metrics,
              ticker,
              startNanos);
    } catch (RuntimeException | Error e) {
      place.release();
      admitted.permit().release();
      throw e;
    }
    request.admitted();
    try {
      Submission submission =
          admitted
              .permit()
              .submit(batchKey, rowCost, deadline, admitted.checked().inputs(), execution);
      return submission::cancel;
    } catch (RuntimeException | Error e) {
      if (!admitted.permit().releaseIfOpen()) {
        throw e;
      }
      String reference = UUID.randomUUID().toString();
      LOG.errorf(e, "%s could not be queued, reference %s", allowed.model(), reference);
      execution.refused(new Refusal.Internal(reference));
      return () -> {};
    }
  }

  /** A request that fits a version, and its place there. */
  private record Admitted(
      RunningVersion version,
      Checked checked,
      int rows,
      long bytes,
      Reservation<List<Tensor>, Outputs> permit) {}

  /**
   * Takes a place at the version that is to run the request. One that was found may drain before
   * the place is taken, because another took over from it: then that one is asked.
   */
  private Admitted admit(
      Caller caller, Allowed allowed, InferenceRequest request, long startNanos) {
    ModelName model = allowed.model();
    RunningVersion version = requireReady(caller.id(), model, request.version());
    CallTerms terms = new CallTerms(caller.id(), allowed.weight(), priority(allowed, request));
    for (int triesLeft = TRIES_MAX - 1; ; triesLeft--) {
      Checked checked = check(version, request, startNanos);
      long bytes = TensorChecks.bytes(checked.inputs());
      int rows = (int) checked.inputs().getFirst().rows();
      switch (version.batcher().reserve(terms, rows, bytes)) {
        case Reservation<List<Tensor>, Outputs> permit -> {
          return new Admitted(version, checked, rows, bytes, permit);
        }
        case Admission.Refused<List<Tensor>, Outputs>(Refusal refusal) -> {
          RunningVersion other =
              triesLeft > 0 && refusal instanceof Refusal.Draining
                  ? find(caller.id(), model, request.version())
                  : version;
          if (other == version || other == null || !other.ready()) {
            throw refused(version, Execution.asSeen(refusal), startNanos);
          }
          version = other;
        }
      }
    }
  }

  /** The inputs and wanted outputs of a request, checked. */
  private record Checked(List<Tensor> inputs, int[] wanted) {}

  private Checked check(RunningVersion version, InferenceRequest request, long startNanos) {
    try {
      return new Checked(
          TensorChecks.inputs(version.signature(), request.inputs(), version.callRowsMax()),
          TensorChecks.outputs(version.signature(), request.requestedOutputs()));
    } catch (RefusedException e) {
      throw refused(version, e.refusal(), startNanos);
    }
  }

  /** A caller never goes before what its grant allows. */
  private static Priority priority(Allowed allowed, InferenceRequest request) {
    return allowed.priority() == GrantPriority.BULK || request.bulk()
        ? Priority.BULK
        : Priority.INTERACTIVE;
  }

  private record Allowed(ModelName model, GrantId grant, int weight, GrantPriority priority) {}

  /** A name that no model can have is answered as one that the caller may not use. */
  private Allowed allow(Caller caller, String model, Action action) {
    if (!ModelName.valid(model)) {
      throw new RefusedException(new Refusal.AccessDenied());
    }
    ModelName name = new ModelName(model);
    return switch (access.decide(caller, name, action)) {
      case Decision.Allowed(GrantId grant, int weight, GrantPriority priority) ->
          new Allowed(name, grant, weight, priority);
      case Decision.Denied(Refusal refusal) -> throw new RefusedException(refusal);
    };
  }

  /**
   * The version that runs, or null if none does.
   *
   * @param caller whose call it is; null for the default version, whoever asks
   */
  private @Nullable RunningVersion find(
      @Nullable CallerId caller, ModelName model, String version) {
    ModelTable.Entry entry = models.find(model);
    if (entry == null) {
      // A grant on a model that is gone: what is not there is not yours.
      throw new RefusedException(new Refusal.AccessDenied());
    }
    if (version.isEmpty()) {
      VersionId byDefault = entry.defaultVersion();
      if (caller != null) {
        return entry.route(caller);
      }
      return byDefault == null ? null : entry.running().get(byDefault);
    }
    if (!VersionId.valid(version) || !entry.known().contains(new VersionId(version))) {
      throw new RefusedException(new Refusal.NotFound("this version of the model"));
    }
    return entry.running().get(new VersionId(version));
  }

  /** Looks again where what was found is closed, in case another took over from it. */
  private RunningVersion requireReady(@Nullable CallerId caller, ModelName model, String version) {
    for (int triesLeft = TRIES_MAX; triesLeft > 0; triesLeft--) {
      RunningVersion running = find(caller, model, version);
      if (running == null) {
        break;
      }
      if (running.ready()) {
        return running;
      }
    }
    throw new RefusedException(new Refusal.ModelNotReady(RETRY_AFTER));
  }

  private RefusedException refused(RunningVersion version, Refusal refusal, long startNanos) {
    version.statistics().refused(ticker.nanos() - startNanos);
    version.meters().requestEnded(Outcome.refused(refusal.reason()));
    return new RefusedException(refusal);
  }
}
