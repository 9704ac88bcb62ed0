package dev.gatehouse.access;

import io.quarkus.narayana.jta.QuarkusTransaction;
import jakarta.inject.Singleton;
import java.time.InstantSource;
import java.util.List;

/** Loads snapshots from PostgreSQL. */
@Singleton
class SnapshotLoader implements SnapshotSource {

  private final CallerRows callers;
  private final GrantRows grants;
  private final ApiKeyRows apiKeys;

  private final LogoutRows logouts;
  private final RestrictionRows restrictions;
  private final InstantSource clock;

  SnapshotLoader(
      CallerRows callers,
      GrantRows grants,
      ApiKeyRows apiKeys,
      LogoutRows logouts,
      RestrictionRows restrictions,
      InstantSource clock) {
    this.callers = callers;
    this.grants = grants;
    this.apiKeys = apiKeys;
    this.logouts = logouts;
    this.restrictions = restrictions;
    this.clock = clock;
  }

  /**
   * {@inheritDoc}
   *
   * <p>The revision is read first: what is read after it is at least as new, so that a change in
   * between is at worst loaded twice.
   */
  @Override
  public AccessSnapshot load(AccessSnapshot previous) {
    return QuarkusTransaction.requiringNew().call(() -> read(previous));
  }

  private AccessSnapshot read(AccessSnapshot previous) {
    // All of it as at one moment: a name may be registered anew between two reads.
    int ignored =
        callers
            .getEntityManager()
            .createNativeQuery("set transaction isolation level repeatable read")
            .executeUpdate();
    long revision =
        (Long)
            callers
                .getEntityManager()
                .createNativeQuery("select revision from access_revision", Long.class)
                .getSingleResult();
    if (revision == previous.revision()) {
      return previous;
    }
    List<RegisteredCaller> callerRecords =
        callers.listAll().stream().map(CallerEntity::toRecord).toList();
    List<Grant> grantRecords =
        grants.list("expireTime > ?1", clock.instant()).stream()
            .map(GrantEntity::toRecord)
            .toList();
    List<ApiKeyRecord> keyRecords =
        apiKeys.listAll().stream().map(ApiKeyEntity::forDecisions).toList();
    return new AccessSnapshot(
        new AccessSnapshot.Contents(
            revision,
            callerRecords,
            grantRecords,
            keyRecords,
            logouts.all(clock.instant()),
            restrictions.running(clock.instant())));
  }
}
