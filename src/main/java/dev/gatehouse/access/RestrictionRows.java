package dev.gatehouse.access;

import dev.gatehouse.core.CallerId;
import io.quarkus.hibernate.orm.panache.PanacheRepositoryBase;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The rows of {@code access_restrictions}. */
@Singleton
class RestrictionRows implements PanacheRepositoryBase<RestrictionEntity, String> {

  private static final String RUNNING = "releaseTime is null and expireTime > ?1";

  Optional<RestrictionEntity> findRequest(CallerId creator, String requestId) {
    return find("creator = ?1 and requestId = ?2", creator.value(), requestId)
        .firstResultOptional();
  }

  /** Those that count at {@code now}, of all callers. */
  List<Restriction> running(Instant now) {
    return list(RUNNING, now).stream().map(RestrictionEntity::toRecord).toList();
  }

  /** Those that count at {@code now}, of one caller. */
  List<Restriction> running(CallerId caller, Instant now) {
    return list(RUNNING + " and caller = ?2", now, caller.value()).stream()
        .map(RestrictionEntity::toRecord)
        .toList();
  }

  /** The callers whose clients are to be disabled at {@code now}. */
  Set<CallerId> withoutClients(Instant now) {
    return list(RUNNING + " and clientDisabled", now).stream()
        .map(row -> new CallerId(row.caller))
        .collect(Collectors.toUnmodifiableSet());
  }

  /** The newest first. */
  List<RestrictionEntity> page(
      @Nullable RestrictionEntity after,
      @Nullable CallerId caller,
      @Nullable Instant activeAt,
      int limit) {
    List<String> conditions = new ArrayList<>();
    Map<String, Object> values = new HashMap<>();
    if (after != null) {
      conditions.add("(createTime < :time or (createTime = :time and id < :id))");
      values.put("time", after.createTime);
      values.put("id", after.id);
    }
    if (caller != null) {
      conditions.add("caller = :caller");
      values.put("caller", caller.value());
    }
    if (activeAt != null) {
      conditions.add("releaseTime is null and expireTime > :now");
      values.put("now", activeAt);
    }
    String where = conditions.isEmpty() ? "" : String.join(" and ", conditions) + " ";
    return find(where + "order by createTime desc, id desc", values).page(0, limit).list();
  }

  /** How many callers besides this one the policy restricted from {@code since} on. */
  long callersByPolicy(Instant since, CallerId besides) {
    return getEntityManager()
        .createQuery(
            "select count(distinct caller) from RestrictionEntity"
                + " where creator is null and createTime >= :since and caller <> :besides",
            Long.class)
        .setParameter("since", since)
        .setParameter("besides", besides.value())
        .getSingleResult();
  }

  /** What somebody has released a caller from since then. */
  List<Restriction> releasedSince(CallerId caller, Instant since) {
    return list("caller = ?1 and releaser is not null and releaseTime >= ?2", caller.value(), since)
        .stream()
        .map(RestrictionEntity::toRecord)
        .toList();
  }
}
