package dev.gatehouse.access;

import jakarta.persistence.Column;
import jakarta.persistence.Embeddable;
import jakarta.persistence.EmbeddedId;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Table;
import java.io.Serializable;
import java.time.Instant;
import org.jspecify.annotations.NullUnmarked;

/** A row of {@code access_logouts}. */
@Entity
@Table(name = "access_logouts")
@NullUnmarked // filled by Hibernate, after construction
class LogoutEntity {

  @EmbeddedId Key key;

  @Column(name = "not_before")
  Instant notBefore;

  @Column(name = "expire_time")
  Instant expireTime;

  /** What was ended. */
  @Embeddable
  record Key(@Enumerated(EnumType.STRING) Logout.Kind kind, String value) implements Serializable {}

  Logout toRecord() {
    return new Logout(key.kind(), key.value(), notBefore);
  }
}
