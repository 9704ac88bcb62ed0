package dev.gatehouse.access;

import dev.gatehouse.access.AccessUses.Use;
import dev.gatehouse.access.AccessUses.Used;
import dev.gatehouse.core.ModelName;
import io.quarkus.narayana.jta.QuarkusTransaction;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The rows of {@code access_api_key_uses} and {@code access_grant_uses}. */
@Singleton
class UseRows implements AccessUses.Sink {

  /** The most rows of one statement. */
  static final int ROWS_MAX = 10_000;

  /**
   * What is gone meanwhile is left out, and a later use is never overwritten by an earlier one. All
   * write in one order, so that two replicas cannot wait for each other.
   */
  private static final String WRITE_KEYS =
      """
      insert into access_api_key_uses (api_key, last_use_time)
      select k.id, to_timestamp(u.seconds)
      from unnest(:ids, :seconds) as u (id, seconds)
      join access_api_keys k on k.id = u.id
      order by k.id
      on conflict (api_key) do update set last_use_time = excluded.last_use_time
      where access_api_key_uses.last_use_time < excluded.last_use_time
      """;

  /** A use of a former grant of the same name is not one of this. */
  private static final String WRITE_GRANTS =
      """
      insert into access_grant_uses (model, grant_id, action, last_use_time)
      select g.model, g.id, u.action, to_timestamp(u.seconds)
      from unnest(:models, :ids, :actions, :seconds) as u (model, id, action, seconds)
      join access_grants g on g.model = u.model and g.id = u.id
      where to_timestamp(u.seconds) >= date_trunc('second', g.create_time)
      order by g.model, g.id, u.action
      on conflict (model, grant_id, action) do update set last_use_time = excluded.last_use_time
      where access_grant_uses.last_use_time < excluded.last_use_time
      """;

  private final CallerRows rows;

  UseRows(CallerRows rows) {
    this.rows = rows;
  }

  @Override
  public void write(List<Use> uses) {
    List<Use> keys = new ArrayList<>();
    List<Use> grants = new ArrayList<>();
    for (Use use : uses) {
      switch (use.used()) {
        case Used.Key key -> keys.add(use);
        case Used.GrantFor grant -> grants.add(use);
      }
    }
    inPieces(keys, this::writeKeys);
    inPieces(grants, this::writeGrants);
  }

  private interface Piece {
    void write(List<Use> uses);
  }

  private static void inPieces(List<Use> uses, Piece piece) {
    for (int start = 0; start < uses.size(); start += ROWS_MAX) {
      List<Use> some = uses.subList(start, Math.min(uses.size(), start + ROWS_MAX));
      QuarkusTransaction.requiringNew().run(() -> piece.write(some));
    }
  }

  private void writeKeys(List<Use> uses) {
    int unused =
        rows.getEntityManager()
            .createNativeQuery(WRITE_KEYS)
            .setParameter("ids", texts(uses, use -> ((Used.Key) use.used()).id()))
            .setParameter("seconds", seconds(uses))
            .executeUpdate();
  }

  private void writeGrants(List<Use> uses) {
    int unused =
        rows.getEntityManager()
            .createNativeQuery(WRITE_GRANTS)
            .setParameter("models", texts(uses, use -> grant(use).model().value()))
            .setParameter("ids", texts(uses, use -> grant(use).grant().value()))
            .setParameter("actions", texts(uses, use -> grant(use).action().name()))
            .setParameter("seconds", seconds(uses))
            .executeUpdate();
  }

  private static Used.GrantFor grant(Use use) {
    return (Used.GrantFor) use.used();
  }

  private static String[] texts(List<Use> uses, Function<Use, String> text) {
    return uses.stream().map(text).toArray(String[]::new);
  }

  private static Long[] seconds(List<Use> uses) {
    return uses.stream().map(Use::epochSecond).toArray(Long[]::new);
  }

  /** When a key was last used, as far as it is written. */
  Optional<Instant> ofApiKey(String id) {
    return rows.getEntityManager()
        .createNativeQuery(
            "select last_use_time from access_api_key_uses where api_key = :id", Instant.class)
        .setParameter("id", id)
        .getResultStream()
        .findFirst()
        .map(Instant.class::cast);
  }

  /**
   * When grants were last used for each action, as far as it is written.
   *
   * @param model of one model, or null for all
   */
  Map<Used, Instant> ofGrants(@Nullable ModelName model) {
    Map<Used, Instant> uses = new HashMap<>();
    List<Object[]> found =
        rows.getEntityManager()
            .createNativeQuery(
                "select model, grant_id, action, last_use_time from access_grant_uses"
                    + " where :all or model = :model",
                Object[].class)
            .setParameter("all", model == null)
            .setParameter("model", model == null ? "" : model.value())
            .getResultList();
    for (Object[] row : found) {
      uses.put(
          new Used.GrantFor(
              new ModelName((String) row[0]),
              new GrantId((String) row[1]),
              Action.valueOf((String) row[2])),
          (Instant) row[3]);
    }
    return uses;
  }
}
