package dev.gatehouse.registry;

import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Signature;
import dev.gatehouse.core.VersionId;
import jakarta.persistence.CollectionTable;
import jakarta.persistence.Column;
import jakarta.persistence.ElementCollection;
import jakarta.persistence.Entity;
import jakarta.persistence.FetchType;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.JoinColumn;
import jakarta.persistence.OrderColumn;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.List;
import org.hibernate.annotations.BatchSize;
import org.hibernate.annotations.Fetch;
import org.hibernate.annotations.FetchMode;
import org.hibernate.annotations.Immutable;
import org.jspecify.annotations.Nullable;

/** A row of {@code model_version} with its signature. */
@Entity
@Immutable
@IdClass(VersionKey.class)
@Table(name = "model_version")
class VersionEntity {

  /** How many signatures one query reads when versions are listed. */
  private static final int SIGNATURES_PER_QUERY = 100;

  @Id String model;

  @Id String version;

  @Column(updatable = false)
  byte[] digest;

  @Column(name = "size_bytes", updatable = false)
  long sizeBytes;

  @Column(updatable = false)
  String uploader;

  @Column(name = "create_time", updatable = false)
  Instant createTime;

  @Immutable
  @ElementCollection(fetch = FetchType.EAGER)
  @Fetch(FetchMode.SELECT)
  @BatchSize(size = SIGNATURES_PER_QUERY)
  @OrderColumn(name = "position")
  @CollectionTable(
      name = "model_version_tensor",
      joinColumns = {
        @JoinColumn(name = "model", referencedColumnName = "model"),
        @JoinColumn(name = "version", referencedColumnName = "version")
      })
  List<TensorRow> tensors;

  @SuppressWarnings("NullAway.Init") // Hibernate fills the fields
  protected VersionEntity() {}

  VersionEntity(
      VersionKey key,
      Sha256 digest,
      long sizeBytes,
      Signature signature,
      CallerId uploader,
      Instant createTime) {
    this.model = key.model();
    this.version = key.version();
    this.digest = digest.bytes();
    this.sizeBytes = sizeBytes;
    this.tensors = TensorRow.rows(signature);
    this.uploader = uploader.value();
    this.createTime = createTime;
  }

  VersionKey key() {
    return new VersionKey(model, version);
  }

  Sha256 digest() {
    return Sha256.ofBytes(digest);
  }

  /**
   * This version with the state of its deployment.
   *
   * @param deployment null if it was never deployed
   */
  ModelVersion toVersion(@Nullable DeploymentEntity deployment) {
    return new ModelVersion(
        new ModelName(model),
        new VersionId(version),
        digest(),
        sizeBytes,
        TensorRow.signature(tensors),
        new CallerId(uploader),
        createTime,
        deployment == null ? DeploymentState.UNDEPLOYED : deployment.state(),
        deployment == null ? "" : deployment.failure(),
        deployment == null ? null : deployment.settings(),
        deployment == null ? 0 : deployment.attempt(),
        deployment == null ? createTime : deployment.stateTime());
  }
}
