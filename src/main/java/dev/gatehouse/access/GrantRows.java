package dev.gatehouse.access;

import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.TeamName;
import io.quarkus.hibernate.orm.panache.PanacheRepositoryBase;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The rows of {@code access_grants}. */
@Singleton
class GrantRows implements PanacheRepositoryBase<GrantEntity, GrantEntity.Key> {

  Optional<GrantEntity> findRequest(CallerId creator, String requestId) {
    return find("creator = ?1 and requestId = ?2", creator.value(), requestId)
        .firstResultOptional();
  }

  /** What was given on a model to a caller or to a team, ended or not. */
  List<GrantEntity> given(ModelName model, CallerId caller, TeamName team) {
    return list(
        "key.model = ?1 and (caller = ?2 or team = ?3) order by key.id",
        model.value(),
        caller.value(),
        team.value());
  }

  List<GrantEntity> page(ModelName model, @Nullable GrantId after, int limit) {
    return find(
            "key.model = ?1 and key.id > ?2 order by key.id",
            model.value(),
            after == null ? "" : after.value())
        .page(0, limit)
        .list();
  }
}
