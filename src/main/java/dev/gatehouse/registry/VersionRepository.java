package dev.gatehouse.registry;

import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import io.quarkus.hibernate.orm.panache.PanacheRepositoryBase;
import jakarta.inject.Singleton;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Queries on {@code model_version}, and the lock of an artifact. */
@Singleton
class VersionRepository implements PanacheRepositoryBase<VersionEntity, VersionKey> {

  /** Tells our advisory locks of digests from others of the database: "REGD". */
  private static final int DIGEST_LOCKS = 0x52454744;

  /**
   * The version.
   *
   * @throws RefusedException {@code NotFound}
   */
  VersionEntity get(VersionKey key) {
    return findByIdOptional(key).orElseThrow(() -> notFound(key));
  }

  /**
   * The version, if it is there now; what this transaction may have read before does not count. The
   * row of its model must be locked.
   */
  Optional<VersionEntity> current(VersionKey key) {
    VersionEntity known = findById(key);
    if (known == null) {
      return Optional.empty();
    }
    getEntityManager().detach(known);
    return findByIdOptional(key);
  }

  /**
   * As {@link #current}.
   *
   * @throws RefusedException {@code NotFound}
   */
  VersionEntity getCurrent(VersionKey key) {
    return current(key).orElseThrow(() -> notFound(key));
  }

  long countOf(ModelName model) {
    return count("model", model.value());
  }

  /** At most {@code rowsMax} versions with names after {@code after}, in the order of names. */
  List<VersionEntity> after(ModelName model, String after, int rowsMax) {
    return find("model = ?1 and version > ?2 order by version", model.value(), after)
        .range(0, rowsMax - 1)
        .list();
  }

  /** The artifacts of all versions of a model, each once. */
  Set<Sha256> digestsOf(ModelName model) {
    return getEntityManager()
        .createQuery("select digest from VersionEntity where model = ?1", byte[].class)
        .setParameter(1, model.value())
        .getResultStream()
        .map(Sha256::ofBytes)
        .collect(Collectors.toUnmodifiableSet());
  }

  boolean refersTo(Sha256 digest) {
    return count("digest", (Object) digest.bytes()) > 0;
  }

  /** Waits for the lock of {@code digest} and holds it until the transaction ends. */
  void lockDigest(Sha256 digest) {
    getEntityManager()
        .createNativeQuery("select cast(pg_advisory_xact_lock(?1, ?2) as text)", String.class)
        .setParameter(1, DIGEST_LOCKS)
        .setParameter(2, lockKey(digest))
        .getSingleResult();
  }

  /** Takes the lock of {@code digest} unless another transaction holds it. */
  boolean tryLockDigest(Sha256 digest) {
    return (Boolean)
        getEntityManager()
            .createNativeQuery("select pg_try_advisory_xact_lock(?1, ?2)", Boolean.class)
            .setParameter(1, DIGEST_LOCKS)
            .setParameter(2, lockKey(digest))
            .getSingleResult();
  }

  /** Digests that share a key share a lock, which only makes them wait for each other. */
  private static int lockKey(Sha256 digest) {
    return ByteBuffer.wrap(digest.bytes()).getInt();
  }

  private static RefusedException notFound(VersionKey key) {
    return new RefusedException(
        new Refusal.NotFound("models/" + key.model() + "/versions/" + key.version()));
  }
}
