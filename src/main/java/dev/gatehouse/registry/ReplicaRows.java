package dev.gatehouse.registry;

import jakarta.inject.Singleton;
import jakarta.persistence.EntityManager;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;

/** Queries on {@code registry_replica}, and on who owns a deployment. */
@Singleton
class ReplicaRows {

  private static final String ALIVE =
      "heartbeat_time > now() - interval '" + Replicas.SILENCE_MAX.toSeconds() + " seconds'";

  private final EntityManager database;

  ReplicaRows(EntityManager database) {
    this.database = database;
  }

  void beat(ReplicaId id, String name, Collection<HeldVersion> held) {
    int ignored =
        database
            .createNativeQuery(
                """
                insert into registry_replica (id, name, start_time, heartbeat_time, held)
                values (:id, :name, now(), now(), string_to_array(:held, ' '))
                on conflict (id) do update
                  set heartbeat_time = now(), held = excluded.held
                """)
            .setParameter("id", id.value())
            .setParameter("name", name)
            .setParameter(
                "held", held.stream().map(HeldVersion::key).collect(Collectors.joining(" ")))
            .executeUpdate();
  }

  void forgetSilent() {
    int ignored =
        database
            .createNativeQuery(
                "delete from registry_replica where heartbeat_time < now() - interval '1 hour'")
            .executeUpdate();
  }

  void remove(ReplicaId id) {
    int ignored =
        database
            .createNativeQuery("delete from registry_replica where id = :id")
            .setParameter("id", id.value())
            .executeUpdate();
  }

  int countAlive() {
    return ((Number)
            database
                .createNativeQuery(
                    "select count(*) from registry_replica where " + ALIVE, Long.class)
                .getSingleResult())
        .intValue();
  }

  /**
   * Deployments under way whose replica is dead or unknown, in the order of models and versions.
   */
  List<VersionKey> orphans() {
    List<?> rows =
        database
            .createNativeQuery(
                "select model, version from deployment where state = 'DEPLOYING' and not exists"
                    + " (select 1 from registry_replica where id = owner and "
                    + ALIVE
                    + ") order by model, version",
                Object[].class)
            .getResultList();
    return rows.stream()
        .map(row -> (Object[]) row)
        .map(row -> new VersionKey((String) row[0], (String) row[1]))
        .toList();
  }

  boolean alive(String id) {
    return (Boolean)
        database
            .createNativeQuery(
                "select exists (select 1 from registry_replica where id = :id and " + ALIVE + ")",
                Boolean.class)
            .setParameter("id", id)
            .getSingleResult();
  }

  /** Notes that {@code id} holds this no longer, before its next heartbeat says so. */
  void release(ReplicaId id, HeldVersion version) {
    int ignored =
        database
            .createNativeQuery(
                "update registry_replica set held = array_remove(held, cast(:held as text))"
                    + " where id = :id")
            .setParameter("id", id.value())
            .setParameter("held", version.key())
            .executeUpdate();
  }

  /** Whether a replica that lives, other than {@code id}, holds this. */
  boolean heldBesides(ReplicaId id, HeldVersion version) {
    return (Boolean)
        database
            .createNativeQuery(
                "select exists (select 1 from registry_replica where id <> :id"
                    + " and cast(:held as text) = any(held) and "
                    + ALIVE
                    + ")",
                Boolean.class)
            .setParameter("id", id.value())
            .setParameter("held", version.key())
            .getSingleResult();
  }
}
