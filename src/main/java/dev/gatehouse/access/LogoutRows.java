package dev.gatehouse.access;

import io.quarkus.hibernate.orm.panache.PanacheRepositoryBase;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.List;

/** The rows of {@code access_logouts}. */
@Singleton
class LogoutRows implements PanacheRepositoryBase<LogoutEntity, LogoutEntity.Key> {

  /** Those that still matter. */
  List<Logout> all(Instant now) {
    return list("expireTime > ?1", now).stream().map(LogoutEntity::toRecord).toList();
  }

  /** Records a logout, or that it came again. */
  void put(Logout logout, Instant expireTime) {
    int ignored =
        getEntityManager()
            .createNativeQuery(
                """
                insert into access_logouts (kind, value, not_before, expire_time)
                values (:kind, :value, :notBefore, :expireTime)
                on conflict (kind, value) do update set
                  not_before = greatest(access_logouts.not_before, excluded.not_before),
                  expire_time = greatest(access_logouts.expire_time, excluded.expire_time)
                """)
            .setParameter("kind", logout.kind().name())
            .setParameter("value", logout.value())
            .setParameter("notBefore", logout.notBefore())
            .setParameter("expireTime", expireTime)
            .executeUpdate();
  }

  /** Forgets those that matter no more; touches nothing if there are none. */
  void forgetExpired(Instant now) {
    if (count("expireTime <= ?1", now) > 0) {
      long ignored = delete("expireTime <= ?1", now);
    }
  }
}
