package dev.gatehouse.access;

import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
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
   * Grants something.
   *
   * <p>A repetition by the same creator with the same request id returns what the first one made.
   * Refusals: {@code ARGUMENT_INVALID}, also for a grantee that is not registered; {@code
   * ALREADY_EXISTS} if the model has a grant of this id.
   */
  @Transactional(TxType.MANDATORY)
  public Grant create(NewGrant grant, CallerId creator, Optional<String> requestId) {
    Instant now = Fields.storable(clock.instant());
    Fields fields = validate(grant, requestId, now);
    callers.lockForChange();
    Optional<GrantEntity> earlier = requestId.flatMap(id -> rows.findRequest(creator, id));
    if (earlier.isPresent()) {
      return repeated(earlier.get().toRecord(), grant);
    }
    if (grant.grantee() instanceof Grantee.ToCaller(CallerId caller)) {
      fields.check(
          callers.findByIdOptional(caller.value()).isPresent(),
          "grant.caller",
          "is not a registered caller");
    }
    fields.refuseIfAny();
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

  /** Takes all grants on a model back, because it is being deleted; returns how many there were. */
  @Transactional(TxType.MANDATORY)
  public long deleteAllOf(ModelName model) {
    callers.lockForChange();
    return rows.delete("key.model", model.value());
  }

  private Fields validate(NewGrant grant, Optional<String> requestId, Instant now) {
    Instant latest = now.plus(settings.grantLifetimeMax());
    Instant expireTime = Fields.storable(grant.expireTime());
    return new Fields()
        .check(!grant.actions().isEmpty(), "grant.actions", "must name at least one action")
        .check(
            grant.weight() >= Grant.WEIGHT_MIN && grant.weight() <= Grant.WEIGHT_MAX,
            "grant.weight",
            "must be " + Grant.WEIGHT_MIN + " to " + Grant.WEIGHT_MAX)
        .check(expireTime.isAfter(now), "grant.expire_time", "must lie in the future")
        .check(
            !expireTime.isAfter(latest),
            "grant.expire_time",
            "must lie at most " + settings.grantLifetimeMax().toDays() + " days ahead")
        .checkRequestId(requestId);
  }

  private static Grant repeated(Grant earlier, NewGrant grant) {
    if (!earlier.model().equals(grant.model())
        || !earlier.grantee().equals(grant.grantee())
        || !earlier.actions().equals(grant.actions())
        || earlier.weight() != grant.weight()
        || earlier.priority() != grant.priority()
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
