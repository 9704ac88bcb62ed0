package dev.gatehouse.access;

import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.ModelName;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.NullUnmarked;
import org.jspecify.annotations.Nullable;

/** A row of {@code access_reviews}. */
@Entity
@Table(name = "access_reviews")
@NullUnmarked // filled by Hibernate, after construction
class AccessReviewEntity {

  @Id
  @Column(updatable = false)
  String id;

  @Column(name = "display_name", updatable = false)
  String displayName;

  @Column(updatable = false)
  @Nullable String model;

  @Column(name = "unused_days", updatable = false)
  int unusedDays;

  @Column(name = "expiring_days", updatable = false)
  int expiringDays;

  @Column(name = "line_count")
  int lineCount;

  @Column(name = "open_line_count")
  int openLineCount;

  @Column(updatable = false)
  String creator;

  @Column(name = "request_id", updatable = false)
  @Nullable String requestId;

  @Column(name = "create_time", updatable = false)
  Instant createTime;

  @Column(name = "close_time")
  @Nullable Instant closeTime;

  static AccessReviewEntity of(
      AccessReviewId id,
      NewAccessReview wanted,
      CallerId creator,
      @Nullable String requestId,
      Instant now) {
    AccessReviewEntity entity = new AccessReviewEntity();
    entity.id = id.value();
    entity.displayName = wanted.displayName();
    entity.model = wanted.model().map(ModelName::value).orElse(null);
    entity.unusedDays = wanted.unusedDays();
    entity.expiringDays = wanted.expiringDays();
    entity.creator = creator.value();
    entity.requestId = requestId;
    entity.createTime = now;
    return entity;
  }

  AccessReview toRecord() {
    return new AccessReview(
        new AccessReviewId(id),
        displayName,
        Optional.ofNullable(model).map(ModelName::new),
        unusedDays,
        expiringDays,
        lineCount,
        openLineCount,
        new CallerId(creator),
        createTime,
        Optional.ofNullable(closeTime));
  }
}
