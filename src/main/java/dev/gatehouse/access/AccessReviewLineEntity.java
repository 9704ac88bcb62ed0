package dev.gatehouse.access;

import dev.gatehouse.access.AccessReviewLine.Decided;
import dev.gatehouse.access.AccessReviewLine.Verdict;
import dev.gatehouse.core.CallerId;
import jakarta.persistence.Column;
import jakarta.persistence.Embeddable;
import jakarta.persistence.EmbeddedId;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.NullUnmarked;
import org.jspecify.annotations.Nullable;

/** A row of {@code access_review_lines}; all but the decision is written by one statement. */
@Entity
@Table(name = "access_review_lines")
@NullUnmarked // filled by Hibernate, after construction
class AccessReviewLineEntity {

  /** The primary key. */
  @Embeddable
  record Key(String review, int line) {}

  @EmbeddedId Key key;

  @Column(name = "grant_copy", updatable = false)
  String grantCopy;

  @Column(name = "last_use_time", updatable = false)
  @Nullable Instant lastUseTime;

  @Column(updatable = false)
  boolean unused;

  @Column(updatable = false)
  boolean expiring;

  @Column(name = "unused_actions", updatable = false)
  String[] unusedActions;

  @Enumerated(EnumType.STRING)
  @Nullable Verdict decision;

  @Nullable String decider;

  @Column(name = "decide_time")
  @Nullable Instant decideTime;

  String comment;

  AccessReviewLine toRecord() {
    Set<Action> actions = EnumSet.noneOf(Action.class);
    for (String action : unusedActions) {
      actions.add(Action.valueOf(action));
    }
    return new AccessReviewLine(
        new AccessReviewId(key.review()),
        key.line(),
        GrantCopy.read(grantCopy),
        Optional.ofNullable(lastUseTime),
        unused,
        expiring,
        actions,
        decision == null
            ? Optional.empty()
            : Optional.of(new Decided(decision, new CallerId(decider), decideTime, comment)));
  }
}
