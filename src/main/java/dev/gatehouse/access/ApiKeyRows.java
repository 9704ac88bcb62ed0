package dev.gatehouse.access;

import dev.gatehouse.core.CallerId;
import io.quarkus.hibernate.orm.panache.PanacheRepositoryBase;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The rows of {@code access_api_keys}. */
@Singleton
class ApiKeyRows implements PanacheRepositoryBase<ApiKeyEntity, String> {

  Optional<ApiKeyEntity> findRequest(CallerId creator, String requestId) {
    return find("creator = ?1 and requestId = ?2", creator.value(), requestId)
        .firstResultOptional();
  }

  List<ApiKeyEntity> page(CallerId caller, @Nullable ApiKeyId after, int limit) {
    return find(
            "caller = ?1 and id > ?2 order by id",
            caller.value(),
            after == null ? "" : after.value())
        .page(0, limit)
        .list();
  }

  List<ApiKeyEntity> ofCaller(CallerId caller) {
    return list("caller = ?1", caller.value());
  }

  /** Forgets the keys of a caller that ended before {@code limit}. */
  void deleteEndedBefore(CallerId caller, Instant limit) {
    long unused =
        delete("caller = ?1 and (expireTime < ?2 or revokeTime < ?2)", caller.value(), limit);
  }
}
