package dev.gatehouse.access;

import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.Restraint;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import org.jspecify.annotations.NullUnmarked;
import org.jspecify.annotations.Nullable;

/** A row of {@code access_restrictions}. */
@Entity
@Table(name = "access_restrictions")
@NullUnmarked // filled by Hibernate, after construction
class RestrictionEntity {

  @Id
  @Column(updatable = false)
  String id;

  @Column(updatable = false)
  String caller;

  @Enumerated(EnumType.STRING)
  @Column(updatable = false)
  Restraint restraint;

  @Column(updatable = false)
  String reason;

  @Column(updatable = false)
  @Nullable String finding;

  @Column(updatable = false)
  @Nullable String creator;

  @Column(name = "request_id", updatable = false)
  @Nullable String requestId;

  @Column(name = "client_disabled", updatable = false)
  boolean clientDisabled;

  @Column(name = "create_time", updatable = false)
  Instant createTime;

  @Column(name = "expire_time", updatable = false)
  Instant expireTime;

  @Column(name = "release_time")
  @Nullable Instant releaseTime;

  @Nullable String releaser;

  Restriction toRecord() {
    return new Restriction(
        id,
        new CallerId(caller),
        restraint,
        reason,
        finding,
        creator == null ? null : new CallerId(creator),
        createTime,
        expireTime,
        releaseTime,
        releaser == null ? null : new CallerId(releaser),
        clientDisabled);
  }
}
