package dev.gatehouse.access;

import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.CallerKind;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import dev.gatehouse.keys.Keyring;
import dev.gatehouse.keys.Secret;
import jakarta.inject.Singleton;
import jakarta.transaction.Transactional;
import jakarta.transaction.Transactional.TxType;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The API keys of callers, as those who administer them see and change them.
 *
 * <p>A key is random, and leaves here once, as a {@link Secret}; stored is a hash of it under a key
 * that is not in the database. It ends at an instant that must be given, or when it is revoked, or
 * with its caller.
 *
 * <p>Whether somebody may do so is decided before. Methods that change anything demand a
 * transaction; after its commit {@link AccessControl#refresh()} makes the change count at once.
 * Refusals are thrown as {@link RefusedException} and roll the transaction back.
 */
@Singleton
public class ApiKeys {

  /** The most active keys of a caller, apart from one that is being replaced. */
  public static final int ACTIVE_MAX = 16;

  /** The most keys of a caller that are kept, ended ones included. */
  public static final int KEPT_MAX = 256;

  /** How long a key is kept after it has ended, at least; then the next one made sweeps it away. */
  public static final Duration KEPT_AFTER_END = Duration.ofDays(90);

  /** The longest time for which a key that was replaced is still accepted. */
  public static final Duration OVERLAP_MAX = Duration.ofDays(30);

  private static final int MADE_ID_CHARS = 16;
  private static final String ID_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz";

  private final ApiKeyRows rows;
  private final CallerRows callers;
  private final UseRows useRows;
  private final AccessUses uses;
  private final KeysetCheck keyset;
  private final Keyring keyring;
  private final ApiKeySettings settings;
  private final InstantSource clock;
  private final SecureRandom random = new SecureRandom();

  /** The facade of the rows in the database. */
  public ApiKeys(
      ApiKeyRows rows,
      CallerRows callers,
      UseRows useRows,
      AccessUses uses,
      KeysetCheck keyset,
      Keyring keyring,
      ApiKeySettings settings,
      InstantSource clock) {
    this.rows = rows;
    this.callers = callers;
    this.useRows = useRows;
    this.uses = uses;
    this.keyset = keyset;
    this.keyring = keyring;
    this.settings = settings;
    this.clock = clock;
  }

  /**
   * Makes sure that this replica has the keys that the others have; to be called once, before any
   * call is taken, with the database at hand.
   *
   * @throws KeysetMismatchException if it has not: it would refuse every API key
   */
  public void requireKeyset() {
    keyset.run();
  }

  /**
   * Makes a key.
   *
   * <p>A repetition by the same creator with the same request id returns what the first one made,
   * without the key. Refusals: {@code ARGUMENT_INVALID}; {@code NOT_FOUND} if the caller is not
   * registered; {@code ALREADY_EXISTS} if the id is taken, be it by another caller's key; {@code
   * STATE_INVALID} if the caller must use bound credentials or has its most keys, or if API keys
   * are not offered.
   */
  @Transactional(TxType.MANDATORY)
  public IssuedApiKey create(NewApiKey wanted, CallerId creator, Optional<String> requestId) {
    Instant now = now();
    checkExpiry(new Fields(), "api_key.expire_time", wanted.expireTime(), now)
        .checkText(wanted.displayName(), 0, Fields.DISPLAY_NAME_CHARS_MAX, "api_key.display_name")
        .checkRequestId(requestId)
        .refuseIfAny();
    callers.lockForChange();
    Optional<ApiKeyEntity> earlier = requestId.flatMap(id -> rows.findRequest(creator, id));
    if (earlier.isPresent()) {
      return repeated(earlier.get(), wanted, now);
    }
    requireKeyBearer(wanted.caller());
    requireRoom(wanted.caller(), null, now);
    return issue(wanted, creator, requestId.orElse(null), now);
  }

  /** The key of this id; refused as {@code NOT_FOUND} if the caller has none. */
  @Transactional
  public ApiKey get(CallerId caller, ApiKeyId id) {
    return view(require(caller, id), now());
  }

  /**
   * A page of the keys of a caller in the order of their ids, ended ones included.
   *
   * @param caller whose they are; refused as {@code NOT_FOUND} if it is not registered
   * @param after the last id of the page before, or null for the first page
   * @param limit at most how many; 1 to {@link Fields#PAGE_SIZE_MAX}, else {@code ARGUMENT_INVALID}
   */
  @Transactional
  public List<ApiKey> list(CallerId caller, @Nullable ApiKeyId after, int limit) {
    Fields.requirePageSize(limit);
    Instant now = now();
    CallerEntity unused = requireCaller(caller);
    return rows.page(caller, after, limit).stream().map(key -> view(key, now)).toList();
  }

  /**
   * Makes another key for the same caller; the former one ends after {@code overlap}, or when it
   * would have, whichever is first.
   *
   * <p>Refusals: {@code NOT_FOUND}; {@code STATE_INVALID} if the former one is not active, and as
   * for {@link #create}; {@code ARGUMENT_INVALID}, also for an overlap outside 0 to {@link
   * #OVERLAP_MAX}; {@code ALREADY_EXISTS}.
   *
   * @param newId the name of the other key, or empty to have one made
   */
  @Transactional(TxType.MANDATORY)
  public IssuedApiKey rotate(
      CallerId caller,
      ApiKeyId id,
      Optional<ApiKeyId> newId,
      Instant expireTime,
      Duration overlap,
      CallerId creator) {
    Instant now = now();
    checkExpiry(new Fields(), "expire_time", expireTime, now)
        .check(
            !overlap.isNegative() && overlap.compareTo(OVERLAP_MAX) <= 0,
            "overlap",
            "must be 0 to " + OVERLAP_MAX.toDays() + " days")
        .refuseIfAny();
    callers.lockForChange();
    ApiKeyEntity former = require(caller, id);
    if (!former.active(now)) {
      throw refused(new Refusal.StateInvalid("the API key is not active; create another one"));
    }
    requireKeyBearer(caller);
    requireRoom(caller, id, now);
    Instant end = now.plus(overlap);
    if (end.isBefore(former.expireTime)) {
      former.expireTime = end;
    }
    return issue(new NewApiKey(newId, caller, former.displayName, expireTime), creator, null, now);
  }

  /**
   * Ends a key; one that was revoked before stays as it is. Refused as {@code NOT_FOUND} if the
   * caller has none of this id.
   */
  @Transactional(TxType.MANDATORY)
  public ApiKey revoke(CallerId caller, ApiKeyId id) {
    callers.lockForChange();
    ApiKeyEntity entity = require(caller, id);
    Instant now = now();
    if (entity.revokeTime == null) {
      entity.revokeTime = now;
    }
    rows.flush();
    return view(entity, now);
  }

  private IssuedApiKey issue(
      NewApiKey wanted, CallerId creator, @Nullable String requestId, Instant now) {
    ApiKeyId id = wanted.id().orElseGet(this::makeId);
    if (rows.findByIdOptional(id.value()).isPresent()) {
      throw refused(new Refusal.AlreadyExists("API key " + id));
    }
    PresentedApiKey key = PresentedApiKey.generate(id, random);
    ApiKeyEntity entity = new ApiKeyEntity();
    entity.id = id.value();
    entity.caller = wanted.caller().value();
    entity.tag = keyring.tag(key.tagged());
    entity.displayName = wanted.displayName();
    entity.creator = creator.value();
    entity.requestId = requestId;
    entity.createTime = now;
    entity.expireTime = Fields.storable(wanted.expireTime());
    rows.persistAndFlush(entity);
    return new IssuedApiKey(
        entity.toRecord(now, Optional.empty()), Optional.of(new Secret(key.reveal())));
  }

  private IssuedApiKey repeated(ApiKeyEntity earlier, NewApiKey wanted, Instant now) {
    if (!earlier.caller.equals(wanted.caller().value())
        || !earlier.displayName.equals(wanted.displayName())
        || wanted.id().filter(id -> !id.value().equals(earlier.id)).isPresent()) {
      throw refused(Refusal.ArgumentInvalid.of("request_id", "was used to make another API key"));
    }
    return new IssuedApiKey(view(earlier, now), Optional.empty());
  }

  private Fields checkExpiry(Fields fields, String field, Instant expireTime, Instant now) {
    Instant stored = Fields.storable(expireTime);
    return fields
        .check(stored.isAfter(now), field, "must lie in the future")
        .check(
            !stored.isAfter(now.plus(settings.lifetimeMax())),
            field,
            "must lie at most " + settings.lifetimeMax().toDays() + " days ahead");
  }

  private void requireKeyBearer(CallerId id) {
    CallerEntity caller = requireCaller(id);
    if (!keyring.available()) {
      throw refused(new Refusal.StateInvalid("this gateway has no keys file: no API keys"));
    }
    if (caller.kind == CallerKind.PERSON) {
      throw refused(Refusal.ArgumentInvalid.of("parent", "must be a service or a partner"));
    }
    if (caller.certificateBoundRequired) {
      throw refused(
          new Refusal.StateInvalid("the caller must use credentials bound to a certificate"));
    }
  }

  private void requireRoom(CallerId caller, @Nullable ApiKeyId replaced, Instant now) {
    rows.deleteEndedBefore(caller, now.minus(KEPT_AFTER_END));
    List<ApiKeyEntity> keys = rows.ofCaller(caller);
    long active =
        keys.stream()
            .filter(key -> key.active(now))
            .filter(key -> replaced == null || !key.id.equals(replaced.value()))
            .count();
    if (active >= ACTIVE_MAX) {
      throw refused(
          new Refusal.StateInvalid(
              "the caller has " + ACTIVE_MAX + " active API keys; revoke one first"));
    }
    if (keys.size() >= KEPT_MAX) {
      throw refused(
          new Refusal.StateInvalid(
              "the caller has had "
                  + KEPT_MAX
                  + " API keys; they are forgotten "
                  + KEPT_AFTER_END.toDays()
                  + " days after their end"));
    }
  }

  /** Short, since it is part of the key; one of 2^82, so that none comes twice. */
  private ApiKeyId makeId() {
    StringBuilder id = new StringBuilder(MADE_ID_CHARS);
    for (int i = 0; i < MADE_ID_CHARS; i++) {
      id.append(ID_ALPHABET.charAt(random.nextInt(ID_ALPHABET.length())));
    }
    return new ApiKeyId(id.toString());
  }

  private ApiKey view(ApiKeyEntity entity, Instant now) {
    return entity.toRecord(
        now, uses.lastUseTime(new AccessUses.Used.Key(entity.id), useRows.ofApiKey(entity.id)));
  }

  private ApiKeyEntity require(CallerId caller, ApiKeyId id) {
    return rows.findByIdOptional(id.value())
        .filter(key -> key.caller.equals(caller.value()))
        .orElseThrow(() -> refused(new Refusal.NotFound("API key " + id)));
  }

  private CallerEntity requireCaller(CallerId id) {
    return callers
        .findByIdOptional(id.value())
        .orElseThrow(() -> refused(new Refusal.NotFound("caller " + id)));
  }

  private Instant now() {
    return Fields.storable(clock.instant());
  }

  private static RefusedException refused(Refusal refusal) {
    return new RefusedException(refusal);
  }
}
