package dev.gatehouse.serving;

import dev.gatehouse.access.AccessControl;
import dev.gatehouse.access.AccessReview;
import dev.gatehouse.access.AccessReviewId;
import dev.gatehouse.access.AccessReviewLine;
import dev.gatehouse.access.AccessReviewLine.Verdict;
import dev.gatehouse.access.AccessReviews;
import dev.gatehouse.access.NewAccessReview;
import dev.gatehouse.core.Caller;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import dev.gatehouse.registry.Page;
import dev.gatehouse.registry.PageRequest;
import dev.gatehouse.registry.Registry;
import dev.gatehouse.serving.Administration.Told;
import java.util.Locale;
import java.util.Optional;

/** Reviews who may do what, in all teams; who may is decided by right before. */
public final class AccessReviewAdministration {

  /** Tells page tokens of these lists from those of others. */
  private static final char LIST = 'r';

  private static final char LINES = 'l';
  private static final int EXPORTED_AT_ONCE = 500;

  private final Administration administration;
  private final AccessReviews reviews;
  private final Registry registry;
  private final AccessControl access;

  AccessReviewAdministration(
      Administration administration,
      AccessReviews reviews,
      Registry registry,
      AccessControl access) {
    this.administration = administration;
    this.reviews = reviews;
    this.registry = registry;
    this.access = access;
  }

  /** Begins a review; a repetition with the same request id returns it. */
  public AccessReview create(Caller caller, NewAccessReview wanted, String requestId) {
    access.writeUses();
    return administration.change(
        caller,
        "accessReviews.create",
        made -> new Told(name(made.id()), made.lineCount() + " lines"),
        () -> {
          wanted.model().ifPresent(this::requireModel);
          return reviews.create(
              wanted, caller.id(), requestId.isEmpty() ? Optional.empty() : Optional.of(requestId));
        });
  }

  private void requireModel(ModelName model) {
    if (registry.findModel(model).isEmpty()) {
      throw new RefusedException(new Refusal.NotFound("models/" + model));
    }
  }

  /** A review. */
  public AccessReview get(AccessReviewId id) {
    return administration.read(() -> reviews.get(id));
  }

  /** A page of all reviews, the newest first. */
  public Page<AccessReview> list(int pageSize, String pageToken) {
    return administration.read(
        () -> {
          PageRequest page = PageRequest.read(LIST, pageSize, pageToken, AccessReviewId::valid);
          AccessReviewId after = page.after().isEmpty() ? null : new AccessReviewId(page.after());
          return page.page(
              LIST, reviews.list(after, page.size() + 1), review -> review.id().value());
        });
  }

  /** A page of the lines of a review. */
  public Page<AccessReviewLine> lines(AccessReviewId review, int pageSize, String pageToken) {
    return administration.read(
        () -> {
          PageRequest page =
              PageRequest.read(LINES, pageSize, pageToken, text -> lineNumber(text).isPresent());
          int after = lineNumber(page.after()).orElse(0);
          return page.page(
              LINES, reviews.lines(review, after, page.size() + 1), line -> lineId(line.number()));
        });
  }

  /** Certifies a line, or takes its grant back. */
  public AccessReviewLine decide(
      Caller caller, AccessReviewId review, int line, Verdict verdict, String comment) {
    AccessReviewLine decided =
        administration.change(
            caller,
            switch (verdict) {
              case CERTIFIED -> "accessReviews.certify";
              case REVOKED -> "accessReviews.revoke";
            },
            made ->
                new Told(
                    name(review) + "/lines/" + lineId(line),
                    "models/" + made.grant().model() + "/grants/" + made.grant().id()),
            () -> reviews.decide(review, line, verdict, comment, caller.id()));
    access.refresh();
    return decided;
  }

  /** Ends a review. */
  public AccessReview close(Caller caller, AccessReviewId id) {
    return administration.change(caller, "accessReviews.close", name(id), () -> reviews.close(id));
  }

  /** All lines of a review as CSV; refused as {@code NOT_FOUND} if there is no such review. */
  public AccessReviewExport export(Caller caller, AccessReviewId id) {
    AccessReview unused =
        administration.change(caller, "accessReviews.export", name(id), () -> reviews.get(id));
    return new AccessReviewExport(
        after -> administration.read(() -> reviews.lines(id, after, EXPORTED_AT_ONCE)));
  }

  private static String name(AccessReviewId id) {
    return "accessReviews/" + id;
  }

  /** The name of a line within its review: names sort as numbers do. */
  public static String lineId(int number) {
    return String.format(Locale.ROOT, "%06d", number);
  }

  /** The number of a line of that name; empty if no line has such a name. */
  public static Optional<Integer> lineNumber(String id) {
    return id.matches("[0-9]{6}") ? Optional.of(Integer.parseInt(id)) : Optional.empty();
  }
}
