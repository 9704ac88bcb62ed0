package dev.gatehouse.serving;

import dev.gatehouse.audit.AccessJournal;
import dev.gatehouse.audit.InferenceIntent;
import dev.gatehouse.audit.InputDigests;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import dev.gatehouse.metrics.GatewayMetrics;
import dev.gatehouse.registry.ModelAudit;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Records the uses of models as each model asks for it. */
final class Recording {

  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  private final AccessJournal journal;
  private final InputDigests digests;
  private final ModelTable models;
  private final GatewayMetrics metrics;

  Recording(
      AccessJournal journal, InputDigests digests, ModelTable models, GatewayMetrics metrics) {
    this.journal = journal;
    this.digests = digests;
    this.models = models;
    this.metrics = metrics;
  }

  /**
   * A use that may run.
   *
   * @param use its place in the journal, to be ended once; null if it has none
   * @param awaited whether its answer must not go before its intent is on disk
   */
  record Begun(AccessJournal.@Nullable Use use, boolean awaited) {}

  /**
   * Records that a call is about to run.
   *
   * @param requestBytes the bytes of its tensors
   * @throws RefusedException with {@code AuditUnavailable} if it cannot be recorded and must be
   */
  Begun begin(CheckedCall checked, long requestBytes) {
    ModelAudit audit = models.audit(checked.call().model());
    boolean digestible = !audit.inputDigests() || digests.available();
    AccessJournal.Use use =
        digestible || !audit.required()
            ? journal.begin(intent(checked, requestBytes, audit.inputDigests() && digestible))
            : null;
    if (use == null) {
      if (audit.required()) {
        throw new RefusedException(unavailable());
      }
      metrics.auditUnrecorded();
    }
    return new Begun(use, audit.required());
  }

  /** Whether the inputs of a call are digested when it is recorded. */
  boolean digests(CheckedCall checked) {
    return models.audit(checked.call().model()).inputDigests();
  }

  /** The record cannot be written. */
  static Refusal unavailable() {
    return new Refusal.AuditUnavailable(RETRY_AFTER);
  }

  private InferenceIntent intent(CheckedCall checked, long requestBytes, boolean digest) {
    AllowedCall call = checked.call();
    RunningVersion version = checked.version();
    return new InferenceIntent(
        call.caller(),
        version.model(),
        version.version(),
        version.artifact(),
        call.grant().value(),
        checked.rows(),
        requestBytes,
        call.request().trace(),
        digest ? digests.digest(checked.inputs()) : null);
  }
}
