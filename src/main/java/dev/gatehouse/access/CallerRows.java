package dev.gatehouse.access;

import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.Restraint;
import dev.gatehouse.core.Role;
import io.quarkus.hibernate.orm.panache.PanacheRepositoryBase;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The rows of {@code access_callers}. */
@Singleton
class CallerRows implements PanacheRepositoryBase<CallerEntity, String> {

  private static final long CHANGES_LOCK = 0x6761_7465_6163_6331L;

  /**
   * Lets nobody else change callers or grants, on any replica, until the transaction ends.
   *
   * <p>Checks such as "is another administrator left" or "is the name free" then hold until they
   * are acted upon. Changes are rare, so that one lock is enough; an advisory one needs no
   * privilege on a table and cannot be forgotten.
   */
  void lockForChange() {
    getEntityManager()
        .createNativeQuery("select count(*) from pg_advisory_xact_lock(:key)", Long.class)
        .setParameter("key", CHANGES_LOCK)
        .getSingleResult();
  }

  Optional<CallerEntity> findPrincipal(String issuer, String subject) {
    return find("issuer = ?1 and subject = ?2", issuer, subject).firstResultOptional();
  }

  Optional<CallerEntity> findRequest(CallerId creator, String requestId) {
    return find("creator = ?1 and requestId = ?2", creator.value(), requestId)
        .firstResultOptional();
  }

  List<CallerEntity> page(@Nullable CallerId after, int limit) {
    return find("id > ?1 order by id", after == null ? "" : after.value()).page(0, limit).list();
  }

  /** How many active administrators there are besides {@code id}. */
  long activeAdministratorsBesides(String id) {
    return count(
        "id <> ?1 and standing = ?2 and array_contains(roles, ?3)",
        id,
        Standing.ACTIVE,
        Role.ADMINISTRATOR.name());
  }

  /** How many active administrators there are besides {@code id} that are not quarantined. */
  long freeAdministratorsBesides(String id, Instant now) {
    return count(
        "id <> ?1 and standing = ?2 and array_contains(roles, ?3) and id not in"
            + " (select r.caller from RestrictionEntity r where r.restraint = ?4"
            + " and r.releaseTime is null and r.expireTime > ?5)",
        id,
        Standing.ACTIVE,
        Role.ADMINISTRATOR.name(),
        Restraint.QUARANTINED,
        now);
  }

  /** The callers for which clients were made. */
  List<RegisteredCaller> withClients() {
    return list("clientId is not null").stream().map(CallerEntity::toRecord).toList();
  }
}
