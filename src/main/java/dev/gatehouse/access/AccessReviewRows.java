package dev.gatehouse.access;

import dev.gatehouse.core.CallerId;
import io.quarkus.hibernate.orm.panache.PanacheRepositoryBase;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The rows of {@code access_reviews} and {@code access_review_lines}. */
@Singleton
class AccessReviewRows implements PanacheRepositoryBase<AccessReviewEntity, String> {

  private static final long CREATION_LOCK = 0x6761_7465_7265_7631L;

  /** Lets nobody else begin a review, on any replica, until the transaction ends. */
  void lockForCreation() {
    Object ignored =
        getEntityManager()
            .createNativeQuery("select count(*) from pg_advisory_xact_lock(:key)", Long.class)
            .setParameter("key", CREATION_LOCK)
            .getSingleResult();
  }

  private static final String IN_QUESTION =
      " from access_grants g where g.expire_time > :now and (:all or g.model = :model)";

  /**
   * A prohibition is never used. Who may do anything may read metadata too, so to take only that
   * away would change nothing.
   */
  private static final String COPY =
      """
      insert into access_review_lines
        (review, line, grant_copy, last_use_time, unused, expiring, unused_actions)
      select :review, row_number() over (order by g.model, g.id), cast(to_jsonb(g) as text),
        used.last_use_time,
        g.effect = 'ALLOW' and coalesce(used.last_use_time, g.create_time) < :unusedSince,
        g.expire_time <= :expiringUntil,
        case when g.effect = 'ALLOW' then array(
          select a from unnest(g.actions) a
          where not exists (
            select 1 from access_grant_uses u
            where u.model = g.model and u.grant_id = g.id and u.action = a
              and u.last_use_time >= :unusedSince)
          and not (a = 'READ_METADATA' and cardinality(g.actions) > 1))
        else '{}' end
      from (select *\
      """
          + IN_QUESTION
          + """
      ) g
      left join (
        select model, grant_id, max(last_use_time) as last_use_time
        from access_grant_uses group by model, grant_id
      ) used on used.model = g.model and used.grant_id = g.id
      """;

  Optional<AccessReviewEntity> findRequest(CallerId creator, String requestId) {
    return find("creator = ?1 and requestId = ?2", creator.value(), requestId)
        .firstResultOptional();
  }

  long open() {
    return count("closeTime is null");
  }

  /** The newest first. */
  List<AccessReviewEntity> page(@Nullable AccessReviewEntity after, int limit) {
    return after == null
        ? find("order by createTime desc, id desc").page(0, limit).list()
        : find(
                "createTime < ?1 or (createTime = ?1 and id < ?2) order by createTime desc, id desc",
                after.createTime,
                after.id)
            .page(0, limit)
            .list();
  }

  /** How many lines a review would have. */
  long countGrants(AccessReviewEntity review) {
    return (Long)
        getEntityManager()
            .createNativeQuery("select count(*)" + IN_QUESTION, Long.class)
            .setParameter("now", review.createTime)
            .setParameter("all", review.model == null)
            .setParameter("model", review.model == null ? "" : review.model)
            .getSingleResult();
  }

  /** Copies the grants into the review, whose row is there already; returns how many they are. */
  int copyGrants(AccessReviewEntity review) {
    Instant now = review.createTime;
    return getEntityManager()
        .createNativeQuery(COPY)
        .setParameter("review", review.id)
        .setParameter("now", now)
        .setParameter("all", review.model == null)
        .setParameter("model", review.model == null ? "" : review.model)
        .setParameter("unusedSince", now.minus(Duration.ofDays(review.unusedDays)))
        .setParameter("expiringUntil", now.plus(Duration.ofDays(review.expiringDays)))
        .executeUpdate();
  }

  List<AccessReviewLineEntity> lines(AccessReviewId review, int after, int limit) {
    return getEntityManager()
        .createQuery(
            "from AccessReviewLineEntity where key.review = :review and key.line > :after"
                + " order by key.line",
            AccessReviewLineEntity.class)
        .setParameter("review", review.value())
        .setParameter("after", after)
        .setMaxResults(limit)
        .getResultList();
  }

  @Nullable AccessReviewLineEntity findLine(AccessReviewId review, int number) {
    return getEntityManager()
        .find(AccessReviewLineEntity.class, new AccessReviewLineEntity.Key(review.value(), number));
  }
}
