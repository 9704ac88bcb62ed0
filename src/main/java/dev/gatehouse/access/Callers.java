package dev.gatehouse.access;

import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.CallerKind;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import dev.gatehouse.core.Role;
import jakarta.inject.Singleton;
import jakarta.transaction.Transactional;
import jakarta.transaction.Transactional.TxType;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The registrations of callers, as administrators see and change them.
 *
 * <p>Whether somebody may do so is decided before: only administrators hold {@code MANAGE_CALLERS}.
 * Methods that change anything demand a transaction; after its commit {@link
 * AccessControl#refresh()} makes the change count at once. Refusals are thrown as {@link
 * RefusedException} and roll the transaction back.
 */
@Singleton
public class Callers {

  private final CallerRows rows;
  private final AccessSettings settings;
  private final InstantSource clock;

  /** The facade of the rows in the database. */
  public Callers(CallerRows rows, AccessSettings settings, InstantSource clock) {
    this.rows = rows;
    this.settings = settings;
    this.clock = clock;
  }

  /**
   * Registers a caller.
   *
   * <p>A repetition by the same creator with the same request id returns what the first one made.
   * Refusals: {@code ARGUMENT_INVALID}; {@code ALREADY_EXISTS} if the id or the principal is taken.
   */
  @Transactional(TxType.MANDATORY)
  public RegisteredCaller create(NewCaller caller, CallerId creator, Optional<String> requestId) {
    return register(caller, creator, requestId, Standing.ACTIVE).caller();
  }

  /**
   * What came of asking for a name.
   *
   * @param caller the registration
   * @param repeated whether it was there already, made by the same request
   */
  public record Reservation(RegisteredCaller caller, boolean repeated) {}

  /**
   * Registers a caller whose client is yet to be made: suspended and without subject, so that it is
   * let in by nothing, until {@link #complete}. Refused as {@link #create} is.
   *
   * @param caller with a client id, and neither issuer nor subject
   */
  @Transactional(TxType.MANDATORY)
  public Reservation reserve(NewCaller caller, CallerId creator, Optional<String> requestId) {
    new Fields()
        .check(
            caller.kind() != CallerKind.PERSON,
            "provision_client",
            "is for services and partners only")
        .check(caller.subject().isEmpty(), "caller.subject", "is set by the server with the client")
        .refuseIfAny();
    return register(caller, creator, requestId, Standing.SUSPENDED);
  }

  /**
   * Lets a reserved caller in, once its client has been made.
   *
   * <p>Refusals: {@code ETAG_MISMATCH} if it was changed or removed meanwhile; {@code
   * ALREADY_EXISTS} if the subject is registered.
   *
   * @param reserved what {@link #reserve} returned
   * @param subject the subject of the client's tokens
   */
  @Transactional(TxType.MANDATORY)
  public RegisteredCaller complete(RegisteredCaller reserved, String subject) {
    rows.lockForChange();
    CallerEntity entity =
        rows.findByIdOptional(reserved.id().value())
            .filter(row -> row.etag().equals(reserved.etag()))
            .orElseThrow(() -> refused(new Refusal.EtagMismatch()));
    if (rows.findPrincipal(settings.issuer(), subject).isPresent()) {
      throw refused(new Refusal.AlreadyExists("a caller with this issuer and subject"));
    }
    entity.issuer = settings.issuer();
    entity.subject = subject;
    entity.standing = Standing.ACTIVE;
    entity.updateTime = now();
    rows.flush();
    return entity.toRecord();
  }

  /** Removes what was registered and not used; nothing if it was changed or removed meanwhile. */
  @Transactional(TxType.MANDATORY)
  public void abandon(RegisteredCaller registered) {
    rows.lockForChange();
    rows.findByIdOptional(registered.id().value())
        .filter(row -> row.etag().equals(registered.etag()))
        .ifPresent(rows::delete);
    rows.flush();
  }

  private Reservation register(
      NewCaller caller, CallerId creator, Optional<String> requestId, Standing standing) {
    validate(caller, requestId);
    rows.lockForChange();
    Optional<CallerEntity> earlier = requestId.flatMap(id -> rows.findRequest(creator, id));
    if (earlier.isPresent()) {
      return new Reservation(repeated(earlier.get().toRecord(), caller), true);
    }
    if (rows.findByIdOptional(caller.id().value()).isPresent()) {
      throw refused(new Refusal.AlreadyExists("caller " + caller.id()));
    }
    if (!caller.subject().isEmpty()
        && rows.findPrincipal(caller.issuer(), caller.subject()).isPresent()) {
      throw refused(new Refusal.AlreadyExists("a caller with this issuer and subject"));
    }
    CallerEntity entity = CallerEntity.of(caller, creator, requestId.orElse(null), now());
    entity.standing = standing;
    rows.persistAndFlush(entity);
    return new Reservation(entity.toRecord(), false);
  }

  /** The caller of this id; refused as {@code NOT_FOUND} if there is none. */
  @Transactional
  public RegisteredCaller get(CallerId id) {
    return require(id).toRecord();
  }

  /** The caller of this id, if there is one. */
  @Transactional
  public Optional<RegisteredCaller> find(CallerId id) {
    return rows.findByIdOptional(id.value()).map(CallerEntity::toRecord);
  }

  /**
   * A page of the callers in the order of their ids.
   *
   * @param after the last id of the page before, or null for the first page
   * @param limit at most how many; 1 to {@link Fields#PAGE_SIZE_MAX}, else {@code ARGUMENT_INVALID}
   */
  @Transactional
  public List<RegisteredCaller> list(@Nullable CallerId after, int limit) {
    Fields.requirePageSize(limit);
    return rows.page(after, limit).stream().map(CallerEntity::toRecord).toList();
  }

  /**
   * Changes a caller.
   *
   * <p>Refusals: {@code NOT_FOUND}; {@code ETAG_MISMATCH} if {@code etag} is given and not the
   * present one; {@code ARGUMENT_INVALID}; {@code STATE_INVALID} if no active administrator would
   * be left.
   */
  @Transactional(TxType.MANDATORY)
  public RegisteredCaller update(CallerId id, CallerUpdate update, Optional<String> etag) {
    validate(update);
    rows.lockForChange();
    CallerEntity entity = require(id);
    requireEtag(entity, etag);
    boolean administered = entity.activeAdministrator();
    update.displayName().ifPresent(name -> entity.displayName = name);
    update.team().ifPresent(team -> entity.team = team.value());
    update.roles().ifPresent(entity::setRoles);
    update.standing().ifPresent(standing -> entity.standing = standing);
    update.certificateBoundRequired().ifPresent(is -> entity.certificateBoundRequired = is);
    update.automationAllowed().ifPresent(is -> entity.automationAllowed = is);
    if (administered && !entity.activeAdministrator()) {
      requireAnotherAdministrator(entity);
    }
    if (entity.automationAllowed && entity.kind == CallerKind.PERSON) {
      throw refused(Refusal.ArgumentInvalid.of("caller.automation_allowed", "is not for people"));
    }
    entity.updateTime = now();
    rows.flush();
    return entity.toRecord();
  }

  /**
   * Removes a caller and what was granted to it.
   *
   * <p>Refusals: {@code NOT_FOUND}; {@code ETAG_MISMATCH}; {@code STATE_INVALID} if no active
   * administrator would be left.
   */
  @Transactional(TxType.MANDATORY)
  public void delete(CallerId id, Optional<String> etag) {
    rows.lockForChange();
    CallerEntity entity = require(id);
    requireEtag(entity, etag);
    if (entity.activeAdministrator()) {
      requireAnotherAdministrator(entity);
    }
    rows.delete(entity);
    rows.flush();
  }

  private void validate(NewCaller caller, Optional<String> requestId) {
    Fields fields = new Fields();
    checkDisplayName(fields, caller.displayName());
    checkRoles(fields, caller.roles());
    fields
        .check(
            caller.issuer().equals(caller.subject().isEmpty() ? "" : settings.issuer()),
            "caller.issuer",
            "must be the issuer this gateway trusts, and empty without a subject")
        .checkText(caller.subject(), 0, Fields.SUBJECT_CHARS_MAX, "caller.subject")
        .check(
            !caller.subject().isEmpty() || caller.kind() != CallerKind.PERSON,
            "caller.subject",
            "is required of a person")
        .check(
            !caller.automationAllowed() || caller.kind() != CallerKind.PERSON,
            "caller.automation_allowed",
            "is not for people")
        .checkRequestId(requestId)
        .refuseIfAny();
  }

  private static void validate(CallerUpdate update) {
    Fields fields = new Fields();
    update.displayName().ifPresent(name -> checkDisplayName(fields, name));
    update.roles().ifPresent(roles -> checkRoles(fields, roles));
    fields.refuseIfAny();
  }

  private static void checkDisplayName(Fields fields, String name) {
    fields.checkText(name, 0, Fields.DISPLAY_NAME_CHARS_MAX, "caller.display_name");
  }

  private static void checkRoles(Fields fields, Set<Role> roles) {
    fields.check(!roles.isEmpty(), "caller.roles", "must name at least one role");
  }

  private static RegisteredCaller repeated(RegisteredCaller earlier, NewCaller caller) {
    boolean samePrincipal =
        caller.clientId().isEmpty()
            ? earlier.issuer().equals(caller.issuer()) && earlier.subject().equals(caller.subject())
            : earlier.clientId().equals(caller.clientId());
    if (!earlier.id().equals(caller.id()) || !samePrincipal) {
      throw refused(
          Refusal.ArgumentInvalid.of("request_id", "was used to register another caller"));
    }
    return earlier;
  }

  private CallerEntity require(CallerId id) {
    return rows.findByIdOptional(id.value())
        .orElseThrow(() -> refused(new Refusal.NotFound("caller " + id)));
  }

  private static void requireEtag(CallerEntity entity, Optional<String> etag) {
    if (etag.isPresent() && !etag.get().equals(entity.etag())) {
      throw refused(new Refusal.EtagMismatch());
    }
  }

  private void requireAnotherAdministrator(CallerEntity entity) {
    if (rows.freeAdministratorsBesides(entity.id, now()) == 0) {
      throw refused(
          new Refusal.StateInvalid(
              "this is the last active administrator; appoint another one first"));
    }
  }

  private Instant now() {
    return Fields.storable(clock.instant());
  }

  private static RefusedException refused(Refusal refusal) {
    return new RefusedException(refusal);
  }
}
