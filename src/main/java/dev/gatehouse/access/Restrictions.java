package dev.gatehouse.access;

import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import dev.gatehouse.core.Restraint;
import jakarta.inject.Singleton;
import jakarta.transaction.Transactional;
import jakarta.transaction.Transactional.TxType;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What callers are held to for a while, as people and the policy against abuse want it.
 *
 * <p>Who may do so, and how often the policy may, is decided before. Methods that change anything
 * demand a transaction; after its commit {@link AccessControl#refresh()} makes the change count at
 * once. Refusals are thrown as {@link RefusedException} and roll the transaction back.
 */
@Singleton
public class Restrictions {

  /** The longest time for which a caller is held. */
  public static final Duration DURATION_MAX = Duration.ofDays(30);

  /** The shortest. */
  public static final Duration DURATION_MIN = Duration.ofSeconds(1);

  /** The longest reason, in UTF-16 units. */
  public static final int REASON_CHARS_MAX = 1_000;

  private final RestrictionRows rows;
  private final CallerRows callers;
  private final InstantSource clock;

  /** The facade of the rows in the database. */
  public Restrictions(RestrictionRows rows, CallerRows callers, InstantSource clock) {
    this.rows = rows;
    this.callers = callers;
    this.clock = clock;
  }

  /**
   * Lets nobody else change callers, grants or restrictions, on any replica, until the transaction
   * ends: what was counted before a restriction holds until it is made.
   */
  @Transactional(TxType.MANDATORY)
  public void lockForChange() {
    callers.lockForChange();
  }

  /**
   * Holds a caller to less.
   *
   * <p>A repetition by the same creator with the same request id returns what the first one made.
   * Refusals: {@code ARGUMENT_INVALID}; {@code NOT_FOUND} if there is no such caller; {@code
   * STATE_INVALID} if no active administrator would be left that is not quarantined.
   *
   * @param creator who wants it, or null for the policy
   * @param requestId tells repetitions; empty for none, and for the policy
   */
  @Transactional(TxType.MANDATORY)
  public Restriction restrict(
      NewRestriction wanted, @Nullable CallerId creator, Optional<String> requestId) {
    validate(wanted, requestId);
    callers.lockForChange();
    Optional<RestrictionEntity> earlier =
        creator == null
            ? Optional.empty()
            : requestId.flatMap(request -> rows.findRequest(creator, request));
    if (earlier.isPresent()) {
      return repeated(earlier.get().toRecord(), wanted);
    }
    CallerEntity held =
        callers
            .findByIdOptional(wanted.caller().value())
            .orElseThrow(() -> refused(new Refusal.NotFound("caller " + wanted.caller())));
    Instant now = now();
    if (wanted.restraint() == Restraint.QUARANTINED
        && held.activeAdministrator()
        && callers.freeAdministratorsBesides(held.id, now) == 0) {
      throw refused(
          new Refusal.StateInvalid(
              "this is the last active administrator that is not quarantined"));
    }
    RestrictionEntity made = new RestrictionEntity();
    made.id = UUID.randomUUID().toString();
    made.caller = held.id;
    made.restraint = wanted.restraint();
    made.reason = wanted.reason();
    made.finding = wanted.finding();
    made.creator = creator == null ? null : creator.value();
    made.requestId = requestId.orElse(null);
    made.clientDisabled = wanted.disableClient();
    made.createTime = now;
    made.expireTime = Fields.storable(now.plus(wanted.duration()));
    rows.persistAndFlush(made);
    return made.toRecord();
  }

  /**
   * Ends a restriction before its time. Refusals: {@code NOT_FOUND}; {@code STATE_INVALID} if it
   * has ended.
   */
  @Transactional(TxType.MANDATORY)
  public Restriction release(String id, CallerId releaser) {
    callers.lockForChange();
    RestrictionEntity entity = require(id);
    Instant now = now();
    if (!entity.toRecord().active(now)) {
      throw refused(new Refusal.StateInvalid("the restriction has ended"));
    }
    entity.releaseTime = now;
    entity.releaser = releaser.value();
    rows.flush();
    return entity.toRecord();
  }

  /** The restriction of this id, ended or not; refused as {@code NOT_FOUND} if there is none. */
  @Transactional
  public Restriction get(String id) {
    return require(id).toRecord();
  }

  /** What a caller is held to now, in any order. */
  @Transactional
  public List<Restriction> active(CallerId caller) {
    return rows.running(caller, now());
  }

  /**
   * A page of restrictions, the newest first.
   *
   * @param after the id of the last of the page before, or null for the first page; refused as
   *     {@code NOT_FOUND} if there is no such restriction
   * @param caller only those of this one, or null
   * @param activeAt only those that count then, or null
   * @param limit at most how many; 1 to {@link Fields#PAGE_SIZE_MAX}, else {@code ARGUMENT_INVALID}
   */
  @Transactional
  public List<Restriction> list(
      @Nullable String after, @Nullable CallerId caller, @Nullable Instant activeAt, int limit) {
    Fields.requirePageSize(limit);
    RestrictionEntity last = after == null ? null : require(after);
    return rows.page(last, caller, activeAt, limit).stream()
        .map(RestrictionEntity::toRecord)
        .toList();
  }

  /**
   * How many different callers besides one the policy has restricted from an instant on, those
   * included that were released.
   */
  @Transactional
  public long callersRestrictedByPolicy(Instant since, CallerId besides) {
    return rows.callersByPolicy(since, besides);
  }

  /** What a person has released the caller from since then, in any order. */
  @Transactional
  public List<Restriction> releasedSince(CallerId caller, Instant since) {
    return rows.releasedSince(caller, since);
  }

  private static void validate(NewRestriction wanted, Optional<String> requestId) {
    Fields fields =
        new Fields()
            .checkText(wanted.reason(), 1, REASON_CHARS_MAX, "reason")
            .check(
                wanted.duration().compareTo(DURATION_MIN) >= 0
                    && wanted.duration().compareTo(DURATION_MAX) <= 0,
                "duration",
                "must be between a second and 30 days")
            .check(
                !wanted.disableClient() || wanted.restraint() == Restraint.QUARANTINED,
                "disable_client",
                "is for quarantines only");
    fields.checkRequestId(requestId).refuseIfAny();
  }

  private static Restriction repeated(Restriction earlier, NewRestriction wanted) {
    boolean same =
        earlier.caller().equals(wanted.caller())
            && earlier.restraint() == wanted.restraint()
            && earlier.reason().equals(wanted.reason())
            && Objects.equals(earlier.finding(), wanted.finding())
            && earlier.clientDisabled() == wanted.disableClient()
            && earlier
                .expireTime()
                .equals(Fields.storable(earlier.createTime().plus(wanted.duration())));
    if (!same) {
      throw refused(Refusal.ArgumentInvalid.of("request_id", "was used for another restriction"));
    }
    return earlier;
  }

  private RestrictionEntity require(String id) {
    return rows.findByIdOptional(id)
        .orElseThrow(() -> refused(new Refusal.NotFound("restriction " + id)));
  }

  private Instant now() {
    return Fields.storable(clock.instant());
  }

  private static RefusedException refused(Refusal refusal) {
    return new RefusedException(refusal);
  }
}
