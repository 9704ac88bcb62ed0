package dev.gatehouse.serving;

import dev.gatehouse.audit.ControlEvent;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import dev.gatehouse.registry.DeploymentState;
import dev.gatehouse.registry.Deployments;
import dev.gatehouse.registry.HeldVersion;
import dev.gatehouse.registry.ModelVersion;
import dev.gatehouse.registry.Registry;
import dev.gatehouse.registry.ReplicaId;
import dev.gatehouse.serving.Administration.Told;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Supplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Notes in the registry what became of versions on this replica. Blocks on the database. */
final class Outcomes {

  /** How often the outcome of an attempt is tried to be noted. */
  static final int NOTE_TRIES_MAX = 30;

  private static final Logger LOG = Logger.getLogger(Outcomes.class);
  private static final String OK = "OK";
  private static final Duration RETRY_AFTER = Duration.ofSeconds(2);

  private final Administration administration;
  private final Registry registry;
  private final Deployments deployments;
  private final ReplicaId here;
  private final InstantSource clock;

  Outcomes(
      Administration administration,
      Registry registry,
      Deployments deployments,
      ReplicaId here,
      InstantSource clock) {
    this.administration = administration;
    this.registry = registry;
    this.deployments = deployments;
    this.here = here;
    this.clock = clock;
  }

  /** The version as it is now, if it is in this attempt and state. */
  Optional<ModelVersion> find(HeldVersion wanted, DeploymentState state) {
    return administration
        .read(() -> registry.findVersion(wanted.model(), wanted.version()))
        .filter(now -> now.attempt() == wanted.attempt())
        .filter(now -> now.state() == state);
  }

  /** The attempt succeeded; tried again while the database is away, for about a minute. */
  void ready(ModelVersion version) {
    try {
      persistently(
          "versions.ready",
          OK,
          () ->
              deployments.markReady(
                  version.model(), version.id(), version.attempt(), clock.instant()));
    } catch (RefusedException e) {
      // The commit may have come through although its answer did not.
      if (find(key(version), DeploymentState.READY).isEmpty()) {
        throw e;
      }
    }
  }

  /** The attempt failed; tried again as {@link #ready}. */
  void failed(ModelVersion version, @Nullable String reason) {
    try {
      persistently(
          "versions.failed",
          ControlEvent.FAILED,
          () ->
              deployments.markFailed(
                  version.model(),
                  version.id(),
                  version.attempt(),
                  reason == null ? "unknown" : reason,
                  clock.instant()));
    } catch (RuntimeException e) {
      LOG.warnf("%s/%s: its failure was not noted: %s", version.model(), version.id(), e);
    }
  }

  /**
   * This replica runs the version no longer, or cannot; it has failed if no other replica holds it.
   * Tried once, for it is told again and again.
   */
  void lost(HeldVersion version, String reason) {
    try {
      ModelVersion now =
          administration.event(
              "versions.lost",
              ControlEvent.FAILED,
              after ->
                  after.state() == DeploymentState.FAILED
                      ? Optional.of(told(after))
                      : Optional.empty(),
              () -> deployments.markLost(here, version, reason, clock.instant()));
      if (now.state() == DeploymentState.FAILED) {
        LOG.warnf("%s has failed, no replica holds it: %s", version, reason);
      }
    } catch (RefusedException e) {
      LOG.debugf("%s: it was not noted that it is lost: %s", version, e.refusal());
    }
  }

  static HeldVersion key(ModelVersion version) {
    return new HeldVersion(version.model(), version.id(), version.attempt());
  }

  /** Which attempt it was; the words of a failure may be those of a model and stay out of it. */
  static Told told(ModelVersion version) {
    return new Told(
        "models/" + version.model() + "/versions/" + version.id(), "attempt=" + version.attempt());
  }

  private void persistently(String action, String outcome, Supplier<ModelVersion> change) {
    for (int left = NOTE_TRIES_MAX; ; left--) {
      try {
        ModelVersion ignored =
            administration.event(action, outcome, after -> Optional.of(told(after)), change);
        return;
      } catch (RefusedException e) {
        boolean away =
            e.refusal() instanceof Refusal.DependencyLost
                || e.refusal() instanceof Refusal.AuditUnavailable;
        boolean again = away && left > 1;
        if (!again || !pause()) {
          throw e;
        }
      }
    }
  }

  private static boolean pause() {
    try {
      Thread.sleep(RETRY_AFTER);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
