package dev.gatehouse.serving;

import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import dev.gatehouse.core.VersionId;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Finds the version that a call names, or the one that it is routed to. */
final class VersionFinder {

  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  /** How often a version is looked for that is being replaced each time. */
  private static final int TRIES_MAX = 3;

  private final ModelTable models;

  VersionFinder(ModelTable models) {
    this.models = models;
  }

  /**
   * The version that runs, or null if none does.
   *
   * @param caller whose call it is; null for the default version, whoever asks
   * @throws RefusedException with {@code AccessDenied} if there is no such model, with {@code
   *     NotFound} if it has no such version
   */
  @Nullable RunningVersion find(@Nullable CallerId caller, ModelName model, String version) {
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

  /**
   * The version, ready to run. Looks again where what was found is closed, in case another took
   * over from it.
   *
   * @throws RefusedException as {@link #find} does; with {@code ModelNotReady} if none is ready
   */
  RunningVersion requireReady(@Nullable CallerId caller, ModelName model, String version) {
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
}
