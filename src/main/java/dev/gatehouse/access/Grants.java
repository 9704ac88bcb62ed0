package dev.gatehouse.access;

import dev.gatehouse.core.Caller;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import dev.gatehouse.core.TeamName;
import jakarta.inject.Singleton;
import jakarta.transaction.Transactional;
import jakarta.transaction.Transactional.TxType;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What is granted on which model, as those who own the models see and change it.
 *
 * <p>Whether somebody may do so, and whether the model exists, is decided before. Methods that
 * change anything demand a transaction; after its commit {@link AccessControl#refresh()} makes the
 * change count at once. Refusals are thrown as {@link RefusedException} and roll the transaction
 * back.
 */
@Singleton
public class Grants {

  /** The most grants on one model, ended ones included. */
  static final int PER_MODEL_MAX = 10_000;

  private final GrantRows rows;
  private final CallerRows callers;
  private final AccessSettings settings;
  private final InstantSource clock;

  /** The facade of the rows in the database. */
  public Grants(GrantRows rows, CallerRows callers, AccessSettings settings, InstantSource clock) {
    this.rows = rows;
    this.callers = callers;
    this.settings = settings;
    this.clock = clock;
  }

  /**
   * Grants something, by somebody to whom everything on the model belongs.
   *
   * <p>A repetition by the same creator with the same request id returns what the first one made.
   * Refusals: {@code ARGUMENT_INVALID}, also for a grantee that is not registered; {@code
   * ALREADY_EXISTS} if the model has a grant of this id.
   */
  @Transactional(TxType.MANDATORY)
  public Grant create(NewGrant grant, CallerId creator, Optional<String> requestId) {
    Instant now = Fields.storable(clock.instant());
    callers.lockForChange();
    return create(grant, creator, requestId, now, List.of());
  }

  /**
   * Passes on at most what a grant of the delegate's own gives it.
   *
   * <p>As {@link #create}; refused as {@code ACCESS_DENIED} too if the delegate has no grant that
   * applies and allows it to administer grants, and as {@code ARGUMENT_INVALID} with the fields by
   * which the wanted grant is more than the one that comes nearest to it.
   */
  @Transactional(TxType.MANDATORY)
  public Grant createDelegated(NewGrant grant, Caller delegate, Optional<String> requestId) {
    Instant now = Fields.storable(clock.instant());
    callers.lockForChange();
    // Read under the lock: what was taken back before cannot be passed on any more.
    TeamName team =
        callers
            .findByIdOptional(delegate.id().value())
            .map(registered -> new TeamName(registered.team))
            .orElseThrow(() -> new RefusedException(new Refusal.AccessDenied()));
    List<Grant> given =
        rows.given(grant.model(), delegate.id(), team).stream().map(GrantEntity::toRecord).toList();
    Delegation delegation = Delegation.of(delegate, team, given, now);
    if (!delegation.possible()) {
      throw new RefusedException(new Refusal.AccessDenied());
    }
    return create(grant, delegate.id(), requestId, now, delegation.violations(grant));
  }

  private Grant create(
      NewGrant grant,
      CallerId creator,
      Optional<String> requestId,
      Instant now,
      List<Refusal.Violation> excess) {
    Optional<GrantEntity> earlier = requestId.flatMap(id -> rows.findRequest(creator, id));
    if (earlier.isPresent()) {
      return repeated(earlier.get().toRecord(), grant);
    }
    Fields fields = new Fields();
    GrantFields.check(fields, grant, now, settings.grantLifetimeMax());
    fields.checkRequestId(requestId).add(excess);
    if (grant.grantee() instanceof Grantee.ToCaller(CallerId caller)) {
      fields.check(
          callers.findByIdOptional(caller.value()).isPresent(),
          "grant.caller",
          "is not a registered caller");
    }
    fields.refuseIfAny();
    if (rows.count("key.model", grant.model().value()) >= PER_MODEL_MAX) {
      throw new RefusedException(
          new Refusal.StateInvalid("the model has " + PER_MODEL_MAX + " grants; delete some"));
    }
    GrantId id = grant.id().orElseGet(() -> new GrantId(UUID.randomUUID().toString()));
    if (rows.findByIdOptional(key(grant.model(), id)).isPresent()) {
      throw new RefusedException(new Refusal.AlreadyExists("grant " + id));
    }
    GrantEntity entity = GrantEntity.of(id, grant, creator, requestId.orElse(null), now);
    rows.persistAndFlush(entity);
    return entity.toRecord();
  }

  /** The grant of this id; refused as {@code NOT_FOUND} if the model has none. */
  @Transactional
  public Grant get(ModelName model, GrantId id) {
    return require(model, id).toRecord();
  }

  /**
   * A page of the grants of a model in the order of their ids, ended ones included.
   *
   * @param model the model they are for
   * @param after the last id of the page before, or null for the first page
   * @param limit at most how many; 1 to {@link Fields#PAGE_SIZE_MAX}, else {@code ARGUMENT_INVALID}
   */
  @Transactional
  public List<Grant> list(ModelName model, @Nullable GrantId after, int limit) {
    Fields.requirePageSize(limit);
    return rows.page(model, after, limit).stream().map(GrantEntity::toRecord).toList();
  }

  /** Takes a grant back; refused as {@code NOT_FOUND} if the model has none of this id. */
  @Transactional(TxType.MANDATORY)
  public void delete(ModelName model, GrantId id) {
    callers.lockForChange();
    rows.delete(require(model, id));
    rows.flush();
  }

  /**
   * Takes a grant back that the delegate gave.
   *
   * <p>Refused as {@code NOT_FOUND} if the model has none of this id, as {@code ACCESS_DENIED} if
   * somebody else gave it.
   */
  @Transactional(TxType.MANDATORY)
  public void deleteDelegated(ModelName model, GrantId id, CallerId delegate) {
    callers.lockForChange();
    GrantEntity grant = require(model, id);
    if (!grant.creator.equals(delegate.value())) {
      throw new RefusedException(new Refusal.AccessDenied());
    }
    rows.delete(grant);
    rows.flush();
  }

  /** Takes all grants on a model back, because it is being deleted; returns how many there were. */
  @Transactional(TxType.MANDATORY)
  public long deleteAllOf(ModelName model) {
    callers.lockForChange();
    return rows.delete("key.model", model.value());
  }

  private static Grant repeated(Grant earlier, NewGrant grant) {
    if (!earlier.model().equals(grant.model())
        || !earlier.grantee().equals(grant.grantee())
        || !earlier.actions().equals(grant.actions())
        || earlier.effect() != grant.effect()
        || !earlier.conditions().equals(grant.conditions())
        || !earlier.terms().equals(grant.terms())
        || grant.id().filter(id -> !id.equals(earlier.id())).isPresent()) {
      throw new RefusedException(
          Refusal.ArgumentInvalid.of("request_id", "was used to make another grant"));
    }
    return earlier;
  }

  private GrantEntity require(ModelName model, GrantId id) {
    return rows.findByIdOptional(key(model, id))
        .orElseThrow(() -> new RefusedException(new Refusal.NotFound("grant " + id)));
  }

  private static GrantEntity.Key key(ModelName model, GrantId id) {
    return new GrantEntity.Key(model.value(), id.value());
  }
}
