package dev.gatehouse.edge;

import static dev.gatehouse.testing.Infer.addSub;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.gatehouse.core.Reason;
import dev.gatehouse.stubs.admin.v1.AccessReview;
import dev.gatehouse.stubs.admin.v1.AccessReviewLine;
import dev.gatehouse.stubs.admin.v1.AccessReviewLine.Decision;
import dev.gatehouse.stubs.admin.v1.AccessReviewsServiceGrpc.AccessReviewsServiceBlockingStub;
import dev.gatehouse.stubs.admin.v1.Caller;
import dev.gatehouse.stubs.admin.v1.CloseAccessReviewRequest;
import dev.gatehouse.stubs.admin.v1.CreateAccessReviewRequest;
import dev.gatehouse.stubs.admin.v1.CreateCallerRequest;
import dev.gatehouse.stubs.admin.v1.DecideAccessReviewLineRequest;
import dev.gatehouse.stubs.admin.v1.ExportAccessReviewRequest;
import dev.gatehouse.stubs.admin.v1.ExportAccessReviewResponse;
import dev.gatehouse.stubs.admin.v1.GetAccessReviewRequest;
import dev.gatehouse.stubs.admin.v1.Grant;
import dev.gatehouse.stubs.admin.v1.ListAccessReviewLinesRequest;
import dev.gatehouse.stubs.admin.v1.ListAccessReviewLinesResponse;
import dev.gatehouse.stubs.admin.v1.ListAccessReviewsRequest;
import dev.gatehouse.testing.Await;
import dev.gatehouse.testing.ModelPublisher;
import dev.gatehouse.testing.RawCalls;
import dev.gatehouse.testing.Realm;
import dev.gatehouse.testing.Refused;
import dev.gatehouse.testing.SharedGateway;
import io.grpc.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** An access review from its beginning to its report, at the packaged gateway. */
final class AccessReviewCallsIT {

  private static final Duration WAIT_MAX = Duration.ofSeconds(30);

  private static SharedGateway gateway;
  private static Grant needed;
  private static Grant stale;

  @BeforeAll
  static void start() {
    gateway = SharedGateway.get();
    for (String id : List.of("reviewed-1", "reviewed-2")) {
      Caller unused =
          gateway
              .client()
              .callers(gateway.administrator())
              .createCaller(
                  CreateCallerRequest.newBuilder()
                      .setCallerId(id)
                      .setCaller(
                          Caller.newBuilder()
                              .setTeam("reviewed")
                              .setKind(Caller.Kind.KIND_SERVICE)
                              .addRoles(Caller.Role.ROLE_CALLER))
                      .build());
    }
    ModelPublisher publisher = gateway.publisher();
    needed = publisher.grantInfer("token-mean", "reviewed-1");
    stale = publisher.grantInfer("token-mean", "reviewed-2");
  }

  private static AccessReviewsServiceBlockingStub auditor() {
    return gateway.client().accessReviews(gateway.administrator());
  }

  private static AccessReview begin(String model) {
    return auditor()
        .createAccessReview(
            CreateAccessReviewRequest.newBuilder()
                .setAccessReview(AccessReview.newBuilder().setDisplayName("A look").setModel(model))
                .build());
  }

  private static List<AccessReviewLine> lines(AccessReview review) {
    List<AccessReviewLine> lines = new ArrayList<>();
    String token = "";
    do {
      ListAccessReviewLinesResponse page =
          auditor()
              .listAccessReviewLines(
                  ListAccessReviewLinesRequest.newBuilder()
                      .setParent(review.getName())
                      .setPageSize(2)
                      .setPageToken(token)
                      .build());
      lines.addAll(page.getLinesList());
      token = page.getNextPageToken();
    } while (!token.isEmpty());
    return lines;
  }

  private static AccessReviewLine line(AccessReview review, Grant grant) {
    return lines(review).stream()
        .filter(line -> line.getGrant().getName().equals(grant.getName()))
        .findFirst()
        .orElseThrow();
  }

  private static AccessReviewLine decide(AccessReviewLine line, Decision decision, String why) {
    return auditor()
        .decideAccessReviewLine(
            DecideAccessReviewLineRequest.newBuilder()
                .setName(line.getName())
                .setDecision(decision)
                .setComment(why)
                .build());
  }

  private static String csv(AccessReview review) {
    Iterator<ExportAccessReviewResponse> pieces =
        auditor()
            .exportAccessReview(
                ExportAccessReviewRequest.newBuilder().setName(review.getName()).build());
    ByteString all = ByteString.EMPTY;
    while (pieces.hasNext()) {
      ByteString piece = pieces.next().getCsv();
      assertTrue(piece.size() <= 64 << 10);
      all = all.concat(piece);
    }
    return all.toStringUtf8();
  }

  @Test
  void review_certifiedRevokedClosedAndExported_saysWhoDidWhat() {
    AccessReview review = begin("models/token-mean");
    assertEquals(90, review.getUnusedDays());
    assertEquals(30, review.getExpiringDays());
    assertEquals(AccessReview.State.STATE_OPEN, review.getState());
    assertEquals(review.getLineCount(), lines(review).size());
    assertEquals(needed, line(review, needed).getGrant(), "with who gave it and when");

    AccessReviewLine certified =
        decide(line(review, needed), Decision.DECISION_CERTIFIED, "=needed, \"yes\"");
    assertEquals(review.getCreator(), certified.getDecider());
    AccessReviewLine revoked = decide(line(review, stale), Decision.DECISION_REVOKED, "");
    assertTrue(revoked.hasDecideTime());
    Refused.with(
        Status.Code.FAILED_PRECONDITION,
        Reason.STATE_INVALID,
        () -> decide(revoked, Decision.DECISION_CERTIFIED, ""));

    AccessReview closed =
        auditor()
            .closeAccessReview(
                CloseAccessReviewRequest.newBuilder().setName(review.getName()).build());
    assertEquals(AccessReview.State.STATE_CLOSED, closed.getState());
    assertEquals(review.getLineCount() - 2, closed.getOpenLineCount());
    String csv = csv(review);
    assertEquals(review.getLineCount() + 1L, csv.lines().count());
    assertTrue(csv.contains("\"'=needed, \"\"yes\"\"\""), csv);
    assertTrue(csv.contains("reviewed-2"), csv);
    assertFalse(
        lines(begin("models/token-mean")).stream()
            .anyMatch(line -> line.getGrant().getName().equals(stale.getName())),
        "it was taken back");
    assertTrue(
        Await.until(
            WAIT_MAX,
            () -> {
              String audit = gateway.audit();
              return audit.contains("accessReviews.certify")
                  && audit.contains(revoked.getName())
                  && audit.contains(stale.getName());
            }));
  }

  @Test
  void line_ofGrantInUse_saysWhenAndForWhat() {
    assertEquals(
        Status.Code.OK,
        RawCalls.call(
                gateway.client().channel(),
                "inference.GRPCInferenceService/ModelInfer",
                RawCalls.headers("Bearer " + gateway.tokens(Realm.ORDERS).accessToken()),
                addSub(1, 2).build().toByteArray())
            .status()
            .getCode());
    assertTrue(
        lines(begin("models/add-sub")).stream()
            .anyMatch(
                line ->
                    line.hasLastUseTime()
                        && line.getUnusedActionsCount() == 0
                        && !line.getUnused()
                        && line.getGrant()
                            .getCaller()
                            .equals("callers/" + Realm.ORDERS.clientId())));
  }

  @Test
  void review_ofAllModelsAndBadRequests_isForThoseWhoMay() {
    AccessReview all = begin("");
    assertTrue(all.getLineCount() > 10);
    assertEquals(
        all,
        auditor()
            .getAccessReview(GetAccessReviewRequest.newBuilder().setName(all.getName()).build()));
    assertTrue(
        auditor()
            .listAccessReviews(ListAccessReviewsRequest.getDefaultInstance())
            .getAccessReviewsList()
            .contains(all));
    Refused.with(Status.Code.NOT_FOUND, Reason.NOT_FOUND, () -> begin("models/no-such"));
    Refused.with(Status.Code.INVALID_ARGUMENT, Reason.ARGUMENT_INVALID, () -> begin("token-mean"));
    AccessReviewLine first = lines(all).getFirst();
    Refused.with(
        Status.Code.INVALID_ARGUMENT,
        Reason.ARGUMENT_INVALID,
        () -> decide(first, Decision.DECISION_UNSPECIFIED, ""));
    Refused.with(
        Status.Code.NOT_FOUND,
        Reason.NOT_FOUND,
        () ->
            decide(
                first.toBuilder().setName(all.getName() + "/lines/1").build(),
                Decision.DECISION_CERTIFIED,
                ""));
    Refused.with(
        Status.Code.NOT_FOUND,
        Reason.NOT_FOUND,
        () -> csv(AccessReview.newBuilder().setName("accessReviews/no-such").build()));
    for (Realm.Service service : List.of(SharedGateway.PIPELINE, Realm.ORDERS)) {
      Refused.with(
          Status.Code.PERMISSION_DENIED,
          Reason.ACCESS_DENIED,
          () ->
              gateway
                  .client()
                  .accessReviews(gateway.tokens(service))
                  .getAccessReview(
                      GetAccessReviewRequest.newBuilder().setName(all.getName()).build()));
    }
  }
}
