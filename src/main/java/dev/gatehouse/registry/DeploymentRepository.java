package dev.gatehouse.registry;

import dev.gatehouse.core.ModelName;
import io.quarkus.hibernate.orm.panache.PanacheRepositoryBase;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Queries on {@code deployment}. */
@Singleton
class DeploymentRepository implements PanacheRepositoryBase<DeploymentEntity, VersionKey> {

  /** The advisory lock that counting the deployed versions takes: "REGC". */
  private static final int COUNT_LOCK = 0x52454743;

  /**
   * The deployment as it is now, and not as this transaction may have read it before; the row of
   * its model must be locked. Null if the version was never deployed.
   */
  @Nullable DeploymentEntity current(VersionKey key) {
    DeploymentEntity known = findById(key);
    if (known == null) {
      return null;
    }
    getEntityManager().detach(known);
    return findById(key);
  }

  boolean anyActive(ModelName model) {
    return count(
            "model = ?1 and state in ?2",
            model.value(),
            List.of(DeploymentState.DEPLOYING, DeploymentState.READY))
        > 0;
  }

  /** The deployments of {@code versions}, which are of one model. */
  Map<VersionKey, DeploymentEntity> of(String model, List<String> versions) {
    return byKey(list("model = ?1 and version in ?2", model, versions));
  }

  /** What ran until no replica could go on running it, in the order of models and versions. */
  List<VersionKey> lost() {
    return list("lost order by model, version").stream().map(DeploymentEntity::key).toList();
  }

  /** How many versions are meant to run; the number holds until the transaction ends. */
  long countMeant() {
    getEntityManager()
        .createNativeQuery("select cast(pg_advisory_xact_lock(?1, 0) as text)", String.class)
        .setParameter(1, COUNT_LOCK)
        .getSingleResult();
    return count("deployed");
  }

  /** The shares of the model's canaries that are meant to run, but for that of {@code key}. */
  int canaryPercentBeside(VersionKey key) {
    return list("model = ?1 and version <> ?2 and deployed", key.model(), key.version()).stream()
        .mapToInt(deployment -> deployment.canary().percent())
        .sum();
  }

  private static Map<VersionKey, DeploymentEntity> byKey(List<DeploymentEntity> entities) {
    return entities.stream().collect(Collectors.toMap(DeploymentEntity::key, Function.identity()));
  }
}
