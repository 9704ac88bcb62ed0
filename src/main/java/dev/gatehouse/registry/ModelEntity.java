package dev.gatehouse.registry;

import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.TeamName;
import dev.gatehouse.core.VersionId;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** A row of {@code model}. Rows are inserted by {@link ModelRepository#insert}. */
@Entity
@Table(name = "model")
class ModelEntity {

  @Id String name;

  @Column(name = "display_name")
  String displayName;

  String description;

  @Column(name = "owner_team", updatable = false)
  String ownerTeam;

  @Column(updatable = false)
  String creator;

  @Column(name = "request_id", updatable = false)
  @Nullable String requestId;

  @Column(name = "default_version")
  @Nullable String defaultVersion;

  @Column(name = "audit_best_effort")
  boolean auditBestEffort;

  @Column(name = "input_digests")
  boolean inputDigests;

  long revision;

  @Column(name = "create_time", updatable = false)
  Instant createTime;

  @Column(name = "update_time")
  Instant updateTime;

  @SuppressWarnings("NullAway.Init") // Hibernate fills the fields
  protected ModelEntity() {}

  String name() {
    return name;
  }

  @Nullable String defaultVersion() {
    return defaultVersion;
  }

  void describe(@Nullable String displayName, @Nullable String description) {
    if (displayName != null) {
      this.displayName = displayName;
    }
    if (description != null) {
      this.description = description;
    }
  }

  void audit(ModelAudit audit) {
    this.auditBestEffort = !audit.required();
    this.inputDigests = audit.inputDigests();
  }

  ModelAudit audit() {
    return new ModelAudit(!auditBestEffort, inputDigests);
  }

  void makeDefault(VersionId version) {
    this.defaultVersion = version.value();
  }

  /** Must follow every change: {@code revision} is one never used before. */
  void changed(long revision, Instant now) {
    this.revision = revision;
    this.updateTime = now;
  }

  String etag() {
    byte[] bytes = ByteBuffer.allocate(Long.BYTES).putLong(revision).array();
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  Model toModel() {
    return new Model(
        new ModelName(name),
        displayName,
        description,
        new TeamName(ownerTeam),
        defaultVersion == null ? null : new VersionId(defaultVersion),
        audit(),
        etag(),
        createTime,
        updateTime);
  }
}
