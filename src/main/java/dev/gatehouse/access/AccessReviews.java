package dev.gatehouse.access;

import dev.gatehouse.access.AccessReviewLine.Verdict;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import jakarta.inject.Singleton;
import jakarta.transaction.Transactional;
import jakarta.transaction.Transactional.TxType;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Access reviews: the grants there are at one moment, and what somebody decides of each. They stay
 * for good, and a line that is decided does not change any more.
 *
 * <p>Whether somebody may do so is decided before. Methods that change anything demand a
 * transaction; after its commit {@link AccessControl#refresh()} makes revocations count at once.
 * Refusals are thrown as {@link RefusedException} and roll the transaction back.
 */
@Singleton
public class AccessReviews {

  /** The most lines of a review. */
  public static final int LINES_MAX = 100_000;

  /** The most reviews that are open at once. */
  public static final int OPEN_MAX = 32;

  /** The longest comment on a decision, in UTF-16 units. */
  public static final int COMMENT_CHARS_MAX = 1_000;

  private final AccessReviewRows rows;
  private final GrantRows grantRows;
  private final Grants grants;
  private final CallerRows callers;
  private final InstantSource clock;

  /** The facade of the rows in the database. */
  public AccessReviews(
      AccessReviewRows rows,
      GrantRows grantRows,
      Grants grants,
      CallerRows callers,
      InstantSource clock) {
    this.rows = rows;
    this.grantRows = grantRows;
    this.grants = grants;
    this.callers = callers;
    this.clock = clock;
  }

  /**
   * Begins a review of the grants that have not ended.
   *
   * <p>A repetition by the same creator with the same request id returns what the first one made.
   * Refusals: {@code ARGUMENT_INVALID}; {@code ALREADY_EXISTS}; {@code STATE_INVALID} if there are
   * more grants than {@link #LINES_MAX}, or {@link #OPEN_MAX} reviews are open.
   */
  @Transactional(TxType.MANDATORY)
  public AccessReview create(NewAccessReview wanted, CallerId creator, Optional<String> requestId) {
    validate(wanted, requestId);
    // Not the lock of changes: all grants are copied meanwhile, and a revocation must not wait.
    rows.lockForCreation();
    Optional<AccessReviewEntity> earlier = requestId.flatMap(id -> rows.findRequest(creator, id));
    if (earlier.isPresent()) {
      return repeated(earlier.get().toRecord(), wanted);
    }
    AccessReviewId id =
        wanted.id().orElseGet(() -> new AccessReviewId(UUID.randomUUID().toString()));
    if (rows.findByIdOptional(id.value()).isPresent()) {
      throw refused(new Refusal.AlreadyExists("access review " + id));
    }
    if (rows.open() >= OPEN_MAX) {
      throw refused(
          new Refusal.StateInvalid(OPEN_MAX + " access reviews are open; close one first"));
    }
    AccessReviewEntity review =
        AccessReviewEntity.of(id, wanted, creator, requestId.orElse(null), now());
    if (rows.countGrants(review) > LINES_MAX) {
      throw refused(
          new Refusal.StateInvalid(
              "there are more than " + LINES_MAX + " grants; review them model by model"));
    }
    rows.persistAndFlush(review);
    review.lineCount = rows.copyGrants(review);
    review.openLineCount = review.lineCount;
    rows.flush();
    return review.toRecord();
  }

  /** The review of this id; refused as {@code NOT_FOUND} if there is none. */
  @Transactional
  public AccessReview get(AccessReviewId id) {
    return require(id).toRecord();
  }

  /**
   * A page of all reviews, the newest first.
   *
   * @param after the last of the page before, or null for the first page; refused as {@code
   *     NOT_FOUND} if there is no such review
   * @param limit at most how many; 1 to {@link Fields#PAGE_SIZE_MAX}, else {@code ARGUMENT_INVALID}
   */
  @Transactional
  public List<AccessReview> list(@Nullable AccessReviewId after, int limit) {
    Fields.requirePageSize(limit);
    AccessReviewEntity last = after == null ? null : require(after);
    return rows.page(last, limit).stream().map(AccessReviewEntity::toRecord).toList();
  }

  /**
   * A page of the lines of a review, in their order.
   *
   * @param review the review; refused as {@code NOT_FOUND} if there is none
   * @param after the number of the last line of the page before, or 0 for the first page
   * @param limit at most how many; 1 to {@link Fields#PAGE_SIZE_MAX}, else {@code ARGUMENT_INVALID}
   */
  @Transactional
  public List<AccessReviewLine> lines(AccessReviewId review, int after, int limit) {
    Fields.requirePageSize(limit);
    AccessReviewEntity unused = require(review);
    return rows.lines(review, after, limit).stream().map(AccessReviewLineEntity::toRecord).toList();
  }

  /**
   * Decides a line, once. Revoking takes the grant back in the same transaction, if it is still
   * there: one that was given anew under its name since is another one, and stays.
   *
   * <p>Refusals: {@code NOT_FOUND}; {@code STATE_INVALID} if the line is decided or the review
   * closed; {@code ARGUMENT_INVALID} for a comment that is too long.
   */
  @Transactional(TxType.MANDATORY)
  public AccessReviewLine decide(
      AccessReviewId id, int number, Verdict verdict, String comment, CallerId decider) {
    new Fields().checkText(comment, 0, COMMENT_CHARS_MAX, "comment").refuseIfAny();
    callers.lockForChange();
    AccessReviewEntity review = require(id);
    AccessReviewLineEntity line = rows.findLine(id, number);
    if (line == null) {
      throw refused(new Refusal.NotFound("line " + number + " of access review " + id));
    }
    if (review.closeTime != null) {
      throw refused(new Refusal.StateInvalid("the access review is closed"));
    }
    if (line.decision != null) {
      throw refused(new Refusal.StateInvalid("the line is decided already"));
    }
    if (verdict == Verdict.REVOKED) {
      Grant reviewed = GrantCopy.read(line.grantCopy);
      if (reviewed.effect() == GrantEffect.DENY) {
        // A review takes access away; without a denial there would be more of it.
        throw refused(new Refusal.StateInvalid("a grant that denies is deleted, not revoked"));
      }
      revoke(reviewed);
    }
    line.decision = verdict;
    line.decider = decider.value();
    line.decideTime = now();
    line.comment = comment;
    review.openLineCount--;
    rows.flush();
    return line.toRecord();
  }

  private void revoke(Grant reviewed) {
    boolean there =
        grantRows
            .findByIdOptional(new GrantEntity.Key(reviewed.model().value(), reviewed.id().value()))
            .filter(grant -> grant.createTime.equals(reviewed.createTime()))
            .isPresent();
    if (there) {
      grants.delete(reviewed.model(), reviewed.id());
    }
  }

  /**
   * Ends a review; lines that nobody decided stay so. One that has ended stays as it is. Refused as
   * {@code NOT_FOUND} if there is none.
   */
  @Transactional(TxType.MANDATORY)
  public AccessReview close(AccessReviewId id) {
    callers.lockForChange();
    AccessReviewEntity review = require(id);
    if (review.closeTime == null) {
      review.closeTime = now();
    }
    rows.flush();
    return review.toRecord();
  }

  private static void validate(NewAccessReview wanted, Optional<String> requestId) {
    Fields fields =
        new Fields()
            .checkText(
                wanted.displayName(),
                0,
                Fields.DISPLAY_NAME_CHARS_MAX,
                "access_review.display_name");
    checkDays(fields, wanted.unusedDays(), "access_review.unused_days");
    checkDays(fields, wanted.expiringDays(), "access_review.expiring_days");
    fields.checkRequestId(requestId).refuseIfAny();
  }

  private static void checkDays(Fields fields, int days, String field) {
    fields.check(
        days >= 1 && days <= NewAccessReview.DAYS_MAX,
        field,
        "must be 1 to " + NewAccessReview.DAYS_MAX);
  }

  private static AccessReview repeated(AccessReview earlier, NewAccessReview wanted) {
    if (!earlier.displayName().equals(wanted.displayName())
        || !earlier.model().equals(wanted.model())
        || earlier.unusedDays() != wanted.unusedDays()
        || earlier.expiringDays() != wanted.expiringDays()
        || wanted.id().filter(id -> !id.equals(earlier.id())).isPresent()) {
      throw refused(
          Refusal.ArgumentInvalid.of("request_id", "was used to begin another access review"));
    }
    return earlier;
  }

  private AccessReviewEntity require(AccessReviewId id) {
    return rows.findByIdOptional(id.value())
        .orElseThrow(() -> refused(new Refusal.NotFound("access review " + id)));
  }

  private Instant now() {
    return Fields.storable(clock.instant());
  }

  private static RefusedException refused(Refusal refusal) {
    return new RefusedException(refusal);
  }
}
