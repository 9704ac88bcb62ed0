package dev.gatehouse.access;

import dev.gatehouse.core.Caller;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.Restraint;
import dev.gatehouse.core.TeamName;
import dev.gatehouse.core.Ticker;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Decides from memory what callers may do, and runs the room.
 *
 * <p>Decisions are made on a snapshot of the database that is renewed every {@link
 * AccessSettings#snapshotRefreshInterval}, at once after {@link #changed}, and trusted for {@link
 * AccessSettings#snapshotAgeMax}.
 */
@Singleton
public final class AccessControl {

  private static final Duration RETRY_AFTER = Duration.ofSeconds(2);

  private final SnapshotKeeper snapshots;
  private final IssuerKeys keys;
  private final AccessUses uses;
  private final NotBeforeTimes notBefore;
  private final InstantSource clock;
  private final Decision.Denied strongerLogin;
  private final Narrowing narrowing;
  private final AtomicBoolean started = new AtomicBoolean();

  /** The room over its database and its issuer; {@link #start()} sets it going. */
  @Inject
  public AccessControl(
      AccessSettings settings,
      SnapshotLoader loader,
      Bootstrap bootstrap,
      IssuerKeys keys,
      AccessUses uses,
      NotBeforeTimes notBefore,
      InstantSource clock,
      Ticker ticker) {
    this(settings, new Bootstrapped(bootstrap, loader), keys, uses, notBefore, clock, ticker);
  }

  AccessControl(
      AccessSettings settings,
      SnapshotSource source,
      IssuerKeys keys,
      AccessUses uses,
      NotBeforeTimes notBefore,
      InstantSource clock,
      Ticker ticker) {
    this.snapshots =
        new SnapshotKeeper(
            source, ticker, settings.snapshotRefreshInterval(), settings.snapshotAgeMax());
    this.keys = keys;
    this.uses = uses;
    this.notBefore = notBefore;
    this.clock = clock;
    this.strongerLogin =
        new Decision.Denied(
            new Refusal.StepUpRequired(settings.stepUpAcrs().getFirst(), settings.stepUpAgeMax()));
    this.narrowing = new Narrowing(settings.throttleRowsPerSecond(), ticker);
    snapshots.onChange(this::forgetThrottles);
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
   * then refuses everything until they come. Does nothing the second time.
   */
  public void start() {
    if (started.getAndSet(true)) {
      return;
    }
    snapshots.start();
    keys.start();
    uses.start();
  }

  /** Ends the room's threads; what was decided by before goes on deciding until it is too old. */
  @PreDestroy
  public void stop() {
    keys.close();
    snapshots.close();
    uses.stop();
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

  /**
   * Says that something was changed, here or on another replica: what decides is read again as soon
   * as possible. Returns at once; safe for any thread.
   */
  public void changed() {
    var ignored = snapshots.request();
  }

  /**
   * Has {@code listener} called whenever other registrations or grants than before decide, as soon
   * as they do. It returns at once; what it begins may ask {@link CallerWatch} what has become of
   * callers that were let in.
   */
  public void onChange(Runnable listener) {
    snapshots.onChange(listener);
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

  /** How long ago the issuer's keys were fetched; from the start on if they never were. */
  public Duration keysAge() {
    return keys.age();
  }

  /**
   * Whether a token was taken back: its login was ended, or the identity provider takes none that
   * is as old.
   *
   * @param sessionId the login it comes from; null if it does not say
   * @param clientId the client that asked for it; null if it does not say
   */
  boolean revoked(
      AccessSnapshot snapshot,
      String subject,
      @Nullable String sessionId,
      @Nullable String clientId,
      Instant issueTime) {
    return issueTime.isBefore(notBefore.of(clientId))
        || snapshot.logouts().ended(subject, sessionId, issueTime);
  }

  /**
   * Whether {@code caller} may do {@code action} to {@code model} now, which grants alone say.
   *
   * <p>A grant applies that has not ended, to calls from its networks, if the caller has proved
   * strongly enough who it is. If one applies that denies, to the caller or to its present team,
   * the answer is no; else the most favourable one that allows counts, see {@link
   * Decision.Allowed}.
   *
   * <p>Denied by default, alike for a model that does not exist and one that was not granted.
   * Refusals: {@code ACCESS_DENIED}; {@code STEP_UP_REQUIRED} for a person whom a grant would allow
   * it after a stronger login; {@code CREDENTIAL_INVALID} if the caller was suspended meanwhile;
   * {@code DEPENDENCY_LOST} if the snapshot is too old; {@code CALLER_QUARANTINED}. Does not block.
   *
   * <p>A caller that is held to less gets less than the grant gives: see {@link Narrowing}.
   */
  public Decision decide(Caller caller, ModelName model, Action action) {
    AccessSnapshot snapshot = snapshots.fresh();
    if (snapshot == null) {
      return new Decision.Denied(new Refusal.DependencyLost(RETRY_AFTER));
    }
    Instant now = clock.instant();
    Decision decision = snapshot.decide(caller, model, action, now, strongerLogin);
    Restraint restraint = snapshot.restrictions().strictest(caller.id(), now);
    return restraint == null
        ? decision
        : narrowing.narrow(decision, caller.id(), restraint, action);
  }

  /** What the caller is held to now, or null. Does not block. */
  @Nullable Restraint restraint(AccessSnapshot snapshot, CallerId caller) {
    return snapshot.restrictions().strictest(caller, clock);
  }

  /**
   * Takes one row of what the caller is throttled to, if it is; returns why there is none, or null.
   * Costs who is held to nothing a lookup, and nothing while nobody is held to anything. Does not
   * block.
   */
  @Nullable Refusal throttle(AccessSnapshot snapshot, CallerId caller) {
    return restraint(snapshot, caller) == null ? null : narrowing.throttle(caller).takeFirst();
  }

  /**
   * Everybody who is held to something now, and to what, as far as is known: also by a snapshot
   * that is too old to decide by, since nobody is let go by a database that is away.
   */
  public Map<CallerId, Restraint> restricted() {
    AccessSnapshot snapshot = snapshots.latest();
    return snapshot == null ? Map.of() : snapshot.restrictions().at(clock.instant());
  }

  private void forgetThrottles() {
    AccessSnapshot snapshot = snapshots.fresh();
    if (snapshot != null) {
      narrowing.keep(snapshot.restrictions().callers());
    }
  }

  /**
   * On what ground {@code caller} administers {@code model} now, as far as {@code action} says.
   *
   * <p>The team that owns it and administrators do, and whom a grant allows the action; not whom
   * one denies it, see {@link Authority}. Whether the caller has the right to the method is decided
   * before. Refusals as for {@link #decide}. Does not block.
   *
   * @param owner the team that owns the model, or null if there is no such model
   */
  public Authority authority(
      Caller caller, ModelName model, @Nullable TeamName owner, Action action) {
    AccessSnapshot snapshot = snapshots.fresh();
    if (snapshot == null) {
      return new Authority.None(new Refusal.DependencyLost(RETRY_AFTER));
    }
    Authority authority =
        snapshot.authority(caller, model, owner, action, clock.instant(), strongerLogin);
    if (authority instanceof Authority.Delegated(GrantId grant)) {
      used(model, grant, action);
    }
    return authority;
  }

  /**
   * Notes that what a grant allows was done, for access reviews. Costs a lookup; does not block.
   *
   * @param model the model it was done to
   * @param grant the grant that allowed it
   * @param action what was done
   */
  public void used(ModelName model, GrantId grant, Action action) {
    uses.grantUsed(model, grant, action);
  }

  /**
   * Writes to the database what was noted by {@link #used} so far, which else happens once a
   * minute. Waits a few seconds at most; nothing is thrown.
   */
  public void writeUses() {
    uses.flush();
  }

  /** The snapshot to look callers up in, or null if it is too old. */
  @Nullable AccessSnapshot freshSnapshot() {
    return snapshots.fresh();
  }
}
