package dev.gatehouse.serving;

import dev.gatehouse.access.AccessControl;
import dev.gatehouse.access.Action;
import dev.gatehouse.access.Decision;
import dev.gatehouse.access.GrantId;
import dev.gatehouse.audit.AuditEvent;
import dev.gatehouse.audit.AuditLog;
import dev.gatehouse.core.Caller;
import dev.gatehouse.core.Deadline;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Outcome;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import dev.gatehouse.core.Tensor;
import dev.gatehouse.core.Ticker;
import dev.gatehouse.core.VersionId;
import dev.gatehouse.metrics.GatewayMetrics;
import dev.gatehouse.metrics.Phase;
import dev.gatehouse.scheduling.Admission;
import dev.gatehouse.scheduling.Completion;
import dev.gatehouse.scheduling.Reservation;
import dev.gatehouse.scheduling.Submission;
import dev.gatehouse.scheduling.Timing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Runs models for callers. Nothing here blocks. */
public final class Inference {

  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  private final AccessControl access;
  private final ModelTable models;
  private final AuditLog audit;
  private final GatewayMetrics metrics;
  private final Ticker ticker;

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
  }

  /**
   * Whether a version of a model can be called; an empty version stands for the default.
   *
   * @throws RefusedException with {@code AccessDenied} unless the caller may read about the model,
   *     with {@code NotFound} if the model has no such version
   */
  public boolean ready(Caller caller, String model, String version) {
    ModelName name = allow(caller, model, Action.READ_METADATA).model();
    RunningVersion running = find(name, version);
    return running != null && running.ready();
  }

  /**
   * What a ready version of a model takes and gives.
   *
   * @throws RefusedException as for {@link #ready}, and with {@code ModelNotReady} if it is not
   */
  public ModelDescription describe(Caller caller, String model, String version) {
    ModelName name = allow(caller, model, Action.READ_METADATA).model();
    RunningVersion running = requireReady(name, version);
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
   * Runs a model; {@code observer} hears the end.
   *
   * @return cancels the inference if it has not ended
   * @throws RefusedException if it is refused before it is queued; the observer hears nothing then
   */
  public Runnable infer(Caller caller, InferenceRequest request, InferenceObserver observer) {
    long startNanos = ticker.nanos();
    Allowed allowed = allow(caller, request.model(), Action.INFER);
    Deadline deadline = request.deadline();
    RunningVersion version = requireReady(allowed.model(), request.version());
    Checked checked = check(version, request);
    List<Tensor> inputs = checked.inputs();
    int[] wanted = checked.wanted();
    int rows = (int) inputs.getFirst().rows();
    long bytes = bytes(inputs);
    Reservation<List<Tensor>, List<Tensor>> permit =
        switch (version.batcher().reserve(rows, bytes)) {
          case Admission.Refused<List<Tensor>, List<Tensor>>(Refusal refusal) ->
              throw refused(version, asSeen(refusal));
          case Reservation<List<Tensor>, List<Tensor>> reservation -> reservation;
        };
    AuditLog.Reservation place = audit.reserve();
    if (place == null) {
      permit.release();
      throw refused(version, new Refusal.AuditUnavailable(RETRY_AFTER));
    }
    Running running;
    Object batchKey;
    try {
      batchKey = version.batchKey(inputs);
      running =
          new Running(
              caller, allowed.grant(), version, rows, bytes, wanted, place, observer, startNanos);
    } catch (RuntimeException | Error e) {
      place.release();
      permit.release();
      throw e;
    }
    request.admitted();
    Submission submission = permit.submit(batchKey, deadline, inputs, running);
    return submission::cancel;
  }

  /** The inputs and wanted outputs of a request, checked. */
  private record Checked(List<Tensor> inputs, int[] wanted) {}

  private static Checked check(RunningVersion version, InferenceRequest request) {
    try {
      return new Checked(
          TensorChecks.inputs(version.signature(), request.inputs(), version.batchRowsMax()),
          TensorChecks.outputs(version.signature(), request.requestedOutputs()));
    } catch (RefusedException e) {
      throw refused(version, e.refusal());
    }
  }

  private record Allowed(ModelName model, GrantId grant) {}

  /** A name that no model can have is answered as one that the caller may not use. */
  private Allowed allow(Caller caller, String model, Action action) {
    if (!ModelName.valid(model)) {
      throw new RefusedException(new Refusal.AccessDenied());
    }
    ModelName name = new ModelName(model);
    return switch (access.decide(caller, name, action)) {
      case Decision.Allowed(GrantId grant) -> new Allowed(name, grant);
      case Decision.Denied(Refusal refusal) -> throw new RefusedException(refusal);
    };
  }

  /** The version that runs, or null if none does. */
  private @Nullable RunningVersion find(ModelName model, String version) {
    ModelTable.Entry entry = models.find(model);
    if (entry == null) {
      // A grant on a model that is gone: what is not there is not yours.
      throw new RefusedException(new Refusal.AccessDenied());
    }
    if (version.isEmpty()) {
      VersionId byDefault = entry.defaultVersion();
      return byDefault == null ? null : entry.running().get(byDefault);
    }
    if (!VersionId.valid(version) || !entry.known().contains(new VersionId(version))) {
      throw new RefusedException(new Refusal.NotFound("this version of the model"));
    }
    return entry.running().get(new VersionId(version));
  }

  private RunningVersion requireReady(ModelName model, String version) {
    RunningVersion running = find(model, version);
    if (running == null || !running.ready()) {
      throw new RefusedException(new Refusal.ModelNotReady(RETRY_AFTER));
    }
    return running;
  }

  private static long bytes(List<Tensor> tensors) {
    long bytes = 0;
    for (Tensor tensor : tensors) {
      bytes += tensor.data().remaining();
    }
    return bytes;
  }

  /** A version that drains is being undeployed: it is the model that goes, not the gateway. */
  private static Refusal asSeen(Refusal refusal) {
    return refusal instanceof Refusal.Draining draining
        ? new Refusal.ModelNotReady(draining.retryAfter())
        : refusal;
  }

  private static RefusedException refused(RunningVersion version, Refusal refusal) {
    version.meters().requestEnded(Outcome.refused(refusal.reason()));
    return new RefusedException(refusal);
  }

  /** An inference between its admission and its end, which comes once. */
  private final class Running implements Completion<List<Tensor>> {

    private final Caller caller;
    private final GrantId grant;
    private final RunningVersion version;
    private final int rows;
    private final long requestBytes;
    private final int[] wanted;
    private final AuditLog.Reservation place;
    private final InferenceObserver observer;
    private final long startNanos;

    Running(
        Caller caller,
        GrantId grant,
        RunningVersion version,
        int rows,
        long requestBytes,
        int[] wanted,
        AuditLog.Reservation place,
        InferenceObserver observer,
        long startNanos) {
      this.caller = caller;
      this.grant = grant;
      this.version = version;
      this.rows = rows;
      this.requestBytes = requestBytes;
      this.wanted = wanted;
      this.place = place;
      this.observer = observer;
      this.startNanos = startNanos;
    }

    @Override
    public void completed(List<Tensor> result, Timing timing) {
      List<Tensor> outputs = wanted(result);
      try {
        record(Outcome.OK, bytes(outputs));
      } finally {
        observer.answered(new InferenceAnswer(version.model(), version.version(), outputs));
      }
      version.meters().requestEnded(Outcome.OK);
      version.meters().phaseEnded(Phase.QUEUE, timing.queueNanos());
      metrics.rowsServed(caller.id(), version.model(), rows);
      metrics.computeSpent(caller.id(), timing.runNanos() * rows / timing.batchRows());
    }

    private List<Tensor> wanted(List<Tensor> result) {
      if (wanted.length == 0) {
        return result;
      }
      List<Tensor> outputs = new ArrayList<>(wanted.length);
      for (int position : wanted) {
        outputs.add(result.get(position));
      }
      return outputs;
    }

    @Override
    public void refused(Refusal refusal) {
      Refusal seen = asSeen(refusal);
      Outcome outcome = Outcome.refused(seen.reason());
      try {
        record(outcome, 0);
      } finally {
        observer.refused(seen);
      }
      version.meters().requestEnded(outcome);
    }

    private void record(Outcome outcome, long replyBytes) {
      place.record(
          new AuditEvent.InferenceCall(
              caller,
              version.model(),
              version.version(),
              grant.value(),
              rows,
              requestBytes,
              replyBytes,
              outcome,
              ticker.nanos() - startNanos));
    }
  }
}
