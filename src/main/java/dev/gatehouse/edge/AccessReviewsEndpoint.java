package dev.gatehouse.edge;

import com.google.protobuf.UnsafeByteOperations;
import dev.gatehouse.access.AccessReviewId;
import dev.gatehouse.access.AccessReviewLine.Verdict;
import dev.gatehouse.access.Action;
import dev.gatehouse.access.Authenticator;
import dev.gatehouse.access.NewAccessReview;
import dev.gatehouse.core.CurrentTrace;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.registry.Page;
import dev.gatehouse.serving.AccessReviewAdministration;
import dev.gatehouse.serving.AccessReviewExport;
import dev.gatehouse.stubs.admin.v1.AccessReview;
import dev.gatehouse.stubs.admin.v1.AccessReviewLine;
import dev.gatehouse.stubs.admin.v1.AccessReviewsServiceGrpc;
import dev.gatehouse.stubs.admin.v1.CloseAccessReviewRequest;
import dev.gatehouse.stubs.admin.v1.CreateAccessReviewRequest;
import dev.gatehouse.stubs.admin.v1.DecideAccessReviewLineRequest;
import dev.gatehouse.stubs.admin.v1.ExportAccessReviewRequest;
import dev.gatehouse.stubs.admin.v1.ExportAccessReviewResponse;
import dev.gatehouse.stubs.admin.v1.GetAccessReviewRequest;
import dev.gatehouse.stubs.admin.v1.Grant;
import dev.gatehouse.stubs.admin.v1.ListAccessReviewLinesRequest;
import dev.gatehouse.stubs.admin.v1.ListAccessReviewLinesResponse;
import dev.gatehouse.stubs.admin.v1.ListAccessReviewsRequest;
import dev.gatehouse.stubs.admin.v1.ListAccessReviewsResponse;
import io.grpc.stub.StreamObserver;
import java.util.EnumSet;
import java.util.Optional;

/** Access reviews over gRPC. */
final class AccessReviewsEndpoint implements AccessReviewsServiceGrpc.AsyncService {

  private final AccessReviewAdministration reviews;
  private final Authenticator authenticator;

  AccessReviewsEndpoint(AccessReviewAdministration reviews, Authenticator authenticator) {
    this.reviews = reviews;
    this.authenticator = authenticator;
  }

  @Override
  public void createAccessReview(
      CreateAccessReviewRequest request, StreamObserver<AccessReview> observer) {
    Unary.change(
        observer,
        "accessReviews/" + request.getAccessReviewId(),
        caller -> {
          AccessReview wanted = request.getAccessReview();
          return message(
              reviews.create(
                  caller,
                  new NewAccessReview(
                      reviewId(request.getAccessReviewId()),
                      wanted.getDisplayName(),
                      model(wanted.getModel()),
                      orDefault(wanted.getUnusedDays(), NewAccessReview.UNUSED_DAYS_DEFAULT),
                      orDefault(wanted.getExpiringDays(), NewAccessReview.EXPIRING_DAYS_DEFAULT)),
                  request.getRequestId()));
        });
  }

  private static int orDefault(int days, int byDefault) {
    return days == 0 ? byDefault : days;
  }

  @Override
  public void getAccessReview(
      GetAccessReviewRequest request, StreamObserver<AccessReview> observer) {
    Unary.answer(
        observer,
        request.getName(),
        caller -> message(reviews.get(ResourceNames.accessReview("name", request.getName()))));
  }

  @Override
  public void listAccessReviews(
      ListAccessReviewsRequest request, StreamObserver<ListAccessReviewsResponse> observer) {
    Unary.answer(
        observer,
        "accessReviews",
        caller -> {
          Page<dev.gatehouse.access.AccessReview> page =
              reviews.list(request.getPageSize(), request.getPageToken());
          ListAccessReviewsResponse.Builder response =
              ListAccessReviewsResponse.newBuilder().setNextPageToken(page.nextPageToken());
          page.items().forEach(review -> response.addAccessReviews(message(review)));
          return response.build();
        });
  }

  @Override
  public void listAccessReviewLines(
      ListAccessReviewLinesRequest request,
      StreamObserver<ListAccessReviewLinesResponse> observer) {
    Unary.answer(
        observer,
        request.getParent(),
        caller -> {
          Page<dev.gatehouse.access.AccessReviewLine> page =
              reviews.lines(
                  ResourceNames.accessReview("parent", request.getParent()),
                  request.getPageSize(),
                  request.getPageToken());
          ListAccessReviewLinesResponse.Builder response =
              ListAccessReviewLinesResponse.newBuilder().setNextPageToken(page.nextPageToken());
          page.items().forEach(line -> response.addLines(message(line)));
          return response.build();
        });
  }

  @Override
  public void decideAccessReviewLine(
      DecideAccessReviewLineRequest request, StreamObserver<AccessReviewLine> observer) {
    Unary.change(
        observer,
        request.getName(),
        caller -> {
          ResourceNames.ReviewLine name = ResourceNames.reviewLine("name", request.getName());
          return message(
              reviews.decide(
                  caller,
                  name.review(),
                  name.line(),
                  verdict(request.getDecision()),
                  request.getComment()));
        });
  }

  @Override
  public void closeAccessReview(
      CloseAccessReviewRequest request, StreamObserver<AccessReview> observer) {
    Unary.change(
        observer,
        request.getName(),
        caller ->
            message(reviews.close(caller, ResourceNames.accessReview("name", request.getName()))));
  }

  @Override
  public void exportAccessReview(
      ExportAccessReviewRequest request, StreamObserver<ExportAccessReviewResponse> observer) {
    CallContext call = CallContext.current();
    call.names(request.getName());
    AccessReviewExport export =
        CurrentTrace.during(
            call.trace(),
            () ->
                reviews.export(
                    call.requireCaller(), ResourceNames.accessReview("name", request.getName())));
    call.recorded();
    Pieces.send(
        observer,
        authenticator,
        () -> {
          byte[] piece = export.next();
          return piece == null
              ? null
              : ExportAccessReviewResponse.newBuilder()
                  .setCsv(UnsafeByteOperations.unsafeWrap(piece))
                  .build();
        });
  }

  private static Optional<AccessReviewId> reviewId(String id) {
    return id.isEmpty()
        ? Optional.empty()
        : Optional.of(
            ResourceNames.id("access_review_id", id, AccessReviewId::valid, AccessReviewId::new));
  }

  private static Optional<ModelName> model(String name) {
    return name.isEmpty()
        ? Optional.empty()
        : Optional.of(ResourceNames.model("access_review.model", name));
  }

  private static Verdict verdict(AccessReviewLine.Decision decision) {
    return switch (decision) {
      case DECISION_CERTIFIED -> Verdict.CERTIFIED;
      case DECISION_REVOKED -> Verdict.REVOKED;
      case DECISION_UNSPECIFIED, UNRECOGNIZED ->
          throw ResourceNames.invalid("decision", "certified or revoked");
    };
  }

  private static AccessReview message(dev.gatehouse.access.AccessReview review) {
    AccessReview.Builder message =
        AccessReview.newBuilder()
            .setName(ResourceNames.of(review.id()))
            .setDisplayName(review.displayName())
            .setModel(review.model().map(ResourceNames::of).orElse(""))
            .setUnusedDays(review.unusedDays())
            .setExpiringDays(review.expiringDays())
            .setState(
                review.closeTime().isPresent()
                    ? AccessReview.State.STATE_CLOSED
                    : AccessReview.State.STATE_OPEN)
            .setLineCount(review.lineCount())
            .setOpenLineCount(review.openLineCount())
            .setCreator(ResourceNames.of(review.creator()))
            .setCreateTime(Protobuf.timestamp(review.createTime()));
    review.closeTime().ifPresent(time -> message.setCloseTime(Protobuf.timestamp(time)));
    return message.build();
  }

  private static AccessReviewLine message(dev.gatehouse.access.AccessReviewLine line) {
    AccessReviewLine.Builder message =
        AccessReviewLine.newBuilder()
            .setName(ResourceNames.ofReviewLine(line.review(), line.number()))
            .setGrant(GrantMessages.message(line.grant()))
            .setUnused(line.unused())
            .setExpiring(line.expiring());
    line.lastUseTime().ifPresent(time -> message.setLastUseTime(Protobuf.timestamp(time)));
    EnumSet<Action> unused = EnumSet.noneOf(Action.class);
    unused.addAll(line.unusedActions());
    unused.forEach(action -> message.addUnusedActions(message(action)));
    line.decision()
        .ifPresent(
            decided ->
                message
                    .setDecision(
                        switch (decided.verdict()) {
                          case CERTIFIED -> AccessReviewLine.Decision.DECISION_CERTIFIED;
                          case REVOKED -> AccessReviewLine.Decision.DECISION_REVOKED;
                        })
                    .setDecider(ResourceNames.of(decided.decider()))
                    .setDecideTime(Protobuf.timestamp(decided.time()))
                    .setComment(decided.comment()));
    return message.build();
  }

  private static Grant.Action message(Action action) {
    return switch (action) {
      case INFER -> Grant.Action.ACTION_INFER;
      case READ_METADATA -> Grant.Action.ACTION_READ_METADATA;
      case DEPLOY -> Grant.Action.ACTION_DEPLOY;
      case UPLOAD -> Grant.Action.ACTION_UPLOAD;
      case EXPORT -> Grant.Action.ACTION_EXPORT;
      case ADMINISTER_GRANTS -> Grant.Action.ACTION_ADMINISTER_GRANTS;
    };
  }
}
