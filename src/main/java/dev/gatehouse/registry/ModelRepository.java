package dev.gatehouse.registry;

import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import dev.gatehouse.core.TeamName;
import io.quarkus.hibernate.orm.panache.PanacheRepositoryBase;
import jakarta.inject.Singleton;
import jakarta.persistence.LockModeType;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Queries on {@code model}. */
@Singleton
class ModelRepository implements PanacheRepositoryBase<ModelEntity, String> {

  /**
   * Inserts a model unless its name or the creator's request id is taken. A concurrent insert of
   * the same is waited for; nothing fails, so that the transaction stays usable.
   *
   * @return whether it was inserted
   */
  boolean insert(
      ModelName name,
      String displayName,
      String description,
      TeamName ownerTeam,
      String creator,
      ModelAudit audit,
      @Nullable String requestId,
      Instant now) {
    return getEntityManager()
            .createQuery(
                """
                insert into ModelEntity (name, displayName, description, ownerTeam, creator,
                    auditBestEffort, inputDigests, requestId, revision, createTime, updateTime)
                values (:name, :displayName, :description, :ownerTeam, :creator,
                    :auditBestEffort, :inputDigests, :requestId, :revision, :now, :now)
                on conflict do nothing
                """)
            .setParameter("name", name.value())
            .setParameter("displayName", displayName)
            .setParameter("description", description)
            .setParameter("ownerTeam", ownerTeam.value())
            .setParameter("creator", creator)
            .setParameter("auditBestEffort", !audit.required())
            .setParameter("inputDigests", audit.inputDigests())
            .setParameter("requestId", requestId)
            .setParameter("revision", nextRevision())
            .setParameter("now", now)
            .executeUpdate()
        == 1;
  }

  /** A number that no change has had before. */
  long nextRevision() {
    return (Long)
        getEntityManager()
            .createNativeQuery("select nextval('registry_revision')", Long.class)
            .getSingleResult();
  }

  Optional<ModelEntity> byRequest(String creator, String requestId) {
    return find("creator = ?1 and requestId = ?2", creator, requestId).firstResultOptional();
  }

  /**
   * The model, its row locked until the transaction ends, as it is now and not as this transaction
   * may have read it before.
   *
   * @throws RefusedException {@code NotFound}
   */
  ModelEntity lock(ModelName name) {
    ModelEntity known = findById(name.value());
    if (known != null) {
      getEntityManager().detach(known);
    }
    ModelEntity current = findById(name.value(), LockModeType.PESSIMISTIC_WRITE);
    if (current == null) {
      throw notFound(name);
    }
    return current;
  }

  /** At most {@code rowsMax} models with names after {@code after}, in the order of their names. */
  List<ModelEntity> after(@Nullable TeamName ownerTeam, String after, int rowsMax) {
    var query =
        ownerTeam == null
            ? find("name > ?1 order by name", after)
            : find("ownerTeam = ?1 and name > ?2 order by name", ownerTeam.value(), after);
    return query.range(0, rowsMax - 1).list();
  }

  /** How far the changes of every model have come. */
  List<ModelMark> marks() {
    List<?> rows =
        getEntityManager()
            .createNativeQuery(
                """
                select m.name,
                    greatest(m.revision, max(v.revision), max(d.revision)),
                    count(v.version)
                from model m
                left join model_version v on v.model = m.name
                left join deployment d on d.model = v.model and d.version = v.version
                group by m.name
                """,
                Object[].class)
            .getResultList();
    return rows.stream()
        .map(row -> (Object[]) row)
        .map(
            row ->
                new ModelMark(
                    new ModelName((String) row[0]),
                    ((Number) row[1]).longValue(),
                    ((Number) row[2]).longValue()))
        .toList();
  }

  static RefusedException notFound(ModelName name) {
    return new RefusedException(new Refusal.NotFound("models/" + name));
  }
}
