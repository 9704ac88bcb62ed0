package dev.gatehouse.access;

import dev.gatehouse.core.Caller;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.Ticker;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/**
 * Decides from memory what callers may do, and runs the room.
 *
 * <p>Decisions are made on a snapshot of the database that is renewed every {@link
 * AccessSettings#snapshotRefreshInterval} and trusted for {@link AccessSettings#snapshotAgeMax}.
 */
@Singleton
public final class AccessControl {

  private static final Duration RETRY_AFTER = Duration.ofSeconds(2);

  private final SnapshotKeeper snapshots;
  private final IssuerKeys keys;
  private final InstantSource clock;

  /** The room over its database and its issuer; {@link #start()} sets it going. */
  @Inject
  public AccessControl(
      AccessSettings settings,
      SnapshotLoader loader,
      Bootstrap bootstrap,
      IssuerKeys keys,
      InstantSource clock,
      Ticker ticker) {
    this(settings, new Bootstrapped(bootstrap, loader), keys, clock, ticker);
  }

  AccessControl(
      AccessSettings settings,
      SnapshotSource source,
      IssuerKeys keys,
      InstantSource clock,
      Ticker ticker) {
    this.snapshots =
        new SnapshotKeeper(
            source, ticker, settings.snapshotRefreshInterval(), settings.snapshotAgeMax());
    this.keys = keys;
    this.clock = clock;
  }

  /** Appoints the first administrators, before the first load, as soon as the database is there. */
  private static final class Bootstrapped implements SnapshotSource {
    private final Bootstrap bootstrap;
    private final SnapshotSource source;

    /** Only the loader thread comes here. */
    private boolean done;

    Bootstrapped(Bootstrap bootstrap, SnapshotSource source) {
      this.bootstrap = bootstrap;
      this.source = source;
    }

    @Override
    public AccessSnapshot load(AccessSnapshot previous) {
      if (!done) {
        bootstrap.run();
        done = true;
      }
      return source.load(previous);
    }
  }

  /**
   * Appoints the first administrators, loads the first snapshot and starts the room's threads.
   *
   * <p>Waits a few seconds at most. Succeeds without the database and without the issuer: the room
   * then refuses everything until they come.
   */
  public void start() {
    snapshots.start();
    keys.start();
  }

  /** Ends the room's threads; what was decided by before goes on deciding until it is too old. */
  @PreDestroy
  public void stop() {
    keys.close();
    snapshots.close();
  }

  /**
   * Makes committed changes count in this process; to be called after the commit, outside of it.
   *
   * <p>Waits for a load that begins after the call. If the database does not answer, the next
   * periodic load brings the change; nothing is thrown.
   */
  public void refresh() {
    boolean ignored = snapshots.refresh();
  }

  /** How old the snapshot is that decides; some 292 years if nothing was loaded yet. */
  public Duration snapshotAge() {
    return snapshots.age();
  }

  /** Whether the snapshot is young enough to decide by. */
  public boolean snapshotFresh() {
    return snapshots.fresh() != null;
  }

  /** Whether the issuer's keys are at hand and not too old, so that tokens can be checked. */
  public boolean keysAvailable() {
    return keys.available();
  }

  /**
   * Whether {@code caller} may do {@code action} to {@code model} now.
   *
   * <p>Denied by default, alike for a model that does not exist and one that was not granted.
   * Refusals: {@code ACCESS_DENIED}; {@code CREDENTIAL_INVALID} if the caller was suspended
   * meanwhile; {@code DEPENDENCY_LOST} if the snapshot is too old. Does not block.
   */
  public Decision decide(Caller caller, ModelName model, Action action) {
    AccessSnapshot snapshot = snapshots.fresh();
    if (snapshot == null) {
      return new Decision.Denied(new Refusal.DependencyLost(RETRY_AFTER));
    }
    return snapshot.decide(caller.id(), model, action, clock.instant());
  }

  /** The snapshot to look callers up in, or null if it is too old. */
  @Nullable AccessSnapshot freshSnapshot() {
    return snapshots.fresh();
  }
}
