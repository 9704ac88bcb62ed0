package dev.gatehouse.access;

import dev.gatehouse.core.CallerId;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.NullUnmarked;
import org.jspecify.annotations.Nullable;

/** A row of {@code access_api_keys}. */
@Entity
@Table(name = "access_api_keys")
@NullUnmarked // filled by Hibernate, after construction
class ApiKeyEntity {

  @Id
  @Column(updatable = false)
  String id;

  @Column(updatable = false)
  String caller;

  @Column(updatable = false)
  byte[] tag;

  @Column(name = "display_name", updatable = false)
  String displayName;

  @Column(updatable = false)
  String creator;

  @Column(name = "request_id", updatable = false)
  @Nullable String requestId;

  @Column(name = "create_time", updatable = false)
  Instant createTime;

  @Column(name = "expire_time")
  Instant expireTime;

  @Column(name = "revoke_time")
  @Nullable Instant revokeTime;

  boolean active(Instant now) {
    return revokeTime == null && now.isBefore(expireTime);
  }

  ApiKey toRecord(Instant now, Optional<Instant> lastUseTime) {
    ApiKey.State state =
        revokeTime != null
            ? ApiKey.State.REVOKED
            : now.isBefore(expireTime) ? ApiKey.State.ACTIVE : ApiKey.State.EXPIRED;
    return new ApiKey(
        new ApiKeyId(id),
        new CallerId(caller),
        displayName,
        state,
        new CallerId(creator),
        createTime,
        expireTime,
        Optional.ofNullable(revokeTime),
        lastUseTime);
  }

  ApiKeyRecord forDecisions() {
    return new ApiKeyRecord(
        id, new CallerId(caller), tag, createTime, expireTime, revokeTime != null);
  }
}
