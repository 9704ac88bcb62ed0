package dev.gatehouse.access;

import io.quarkus.narayana.jta.QuarkusTransaction;
import jakarta.inject.Singleton;
import java.util.List;

/** Loads snapshots from PostgreSQL. */
@Singleton
class SnapshotLoader implements SnapshotSource {

  private final CallerRows callers;
  private final GrantRows grants;

  SnapshotLoader(CallerRows callers, GrantRows grants) {
    this.callers = callers;
    this.grants = grants;
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
    List<Grant> grantRecords = grants.listAll().stream().map(GrantEntity::toRecord).toList();
    return new AccessSnapshot(revision, callerRecords, grantRecords);
  }
}
