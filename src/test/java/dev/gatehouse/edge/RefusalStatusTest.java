package dev.gatehouse.edge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.QuotaFailure;
import com.google.rpc.RetryInfo;
import dev.gatehouse.core.Reason;
import dev.gatehouse.core.Refusal;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The table of refusals in the house plan, line by line. */
final class RefusalStatusTest {

  private static final Duration LATER = Duration.ofMillis(1_500);

  static Stream<Arguments> refusals() {
    return Stream.of(
        line(new Refusal.CredentialInvalid(), Status.Code.UNAUTHENTICATED, "CREDENTIAL_INVALID"),
        line(new Refusal.AccessDenied(), Status.Code.PERMISSION_DENIED, "ACCESS_DENIED"),
        line(new Refusal.CallerQuarantined(), Status.Code.PERMISSION_DENIED, "CALLER_QUARANTINED"),
        line(
            new Refusal.StepUpRequired("aal2", Duration.ofMinutes(15)),
            Status.Code.UNAUTHENTICATED,
            "STEP_UP_REQUIRED"),
        line(new Refusal.NotFound("models/x"), Status.Code.NOT_FOUND, "NOT_FOUND"),
        line(new Refusal.AlreadyExists("models/x"), Status.Code.ALREADY_EXISTS, "ALREADY_EXISTS"),
        line(new Refusal.TensorInvalid("f", "d"), Status.Code.INVALID_ARGUMENT, "TENSOR_INVALID"),
        line(
            Refusal.ArgumentInvalid.of("f", "d"), Status.Code.INVALID_ARGUMENT, "ARGUMENT_INVALID"),
        line(new Refusal.ArtifactInvalid("d"), Status.Code.INVALID_ARGUMENT, "ARTIFACT_INVALID"),
        line(
            new Refusal.QuotaExhausted("models/m/grants/g", "d", LATER),
            Status.Code.RESOURCE_EXHAUSTED,
            "QUOTA_EXHAUSTED"),
        line(new Refusal.QueueFull(LATER), Status.Code.UNAVAILABLE, "QUEUE_FULL"),
        line(new Refusal.Draining(LATER), Status.Code.UNAVAILABLE, "DRAINING"),
        line(new Refusal.ModelNotReady(LATER), Status.Code.UNAVAILABLE, "MODEL_NOT_READY"),
        line(new Refusal.DependencyLost(LATER), Status.Code.UNAVAILABLE, "DEPENDENCY_LOST"),
        line(new Refusal.AuditUnavailable(LATER), Status.Code.UNAVAILABLE, "AUDIT_UNAVAILABLE"),
        line(new Refusal.DeadlineExceeded(), Status.Code.DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED"),
        line(new Refusal.Cancelled(), Status.Code.CANCELLED, "CANCELLED"),
        line(new Refusal.StateInvalid("d"), Status.Code.FAILED_PRECONDITION, "STATE_INVALID"),
        line(new Refusal.EtagMismatch(), Status.Code.ABORTED, "ETAG_MISMATCH"),
        line(
            new Refusal.ModelRejectedInput(), Status.Code.INVALID_ARGUMENT, "MODEL_REJECTED_INPUT"),
        line(new Refusal.Unimplemented(), Status.Code.UNIMPLEMENTED, "UNIMPLEMENTED"),
        line(new Refusal.Internal("ref-1"), Status.Code.INTERNAL, "INTERNAL"));
  }

  private static Arguments line(Refusal refusal, Status.Code code, String reason) {
    return Arguments.of(refusal, code, reason);
  }

  @ParameterizedTest
  @MethodSource("refusals")
  void of_refusal_hasStatusReasonAndDetails(Refusal refusal, Status.Code code, String reason)
      throws Exception {
    StatusRuntimeException status = RefusalStatus.of(refusal);
    assertEquals(code, status.getStatus().getCode());
    assertEquals(Reason.valueOf(reason), RefusalStatus.reason(status.getStatus()));
    com.google.rpc.Status proto = StatusProto.fromThrowable(status);
    assertNotNull(proto);
    ErrorInfo info = proto.getDetails(0).unpack(ErrorInfo.class);
    assertEquals(reason, info.getReason());
    assertEquals("gatehouse.dev", info.getDomain());
    assertEquals(proto.getMessage(), status.getStatus().getDescription());
    boolean retry = proto.getDetailsList().stream().anyMatch(detail -> detail.is(RetryInfo.class));
    assertEquals(code == Status.Code.UNAVAILABLE || code == Status.Code.RESOURCE_EXHAUSTED, retry);
    boolean fields =
        proto.getDetailsList().stream().anyMatch(detail -> detail.is(BadRequest.class));
    assertEquals(
        Set.of("TENSOR_INVALID", "ARGUMENT_INVALID").contains(reason), fields, "BadRequest");
  }

  @Test
  void refusals_above_areAllThereAre() {
    EnumSet<Reason> seen = EnumSet.noneOf(Reason.class);
    refusals().forEach(line -> seen.add(((Refusal) line.get()[0]).reason()));
    assertEquals(EnumSet.allOf(Reason.class), seen);
    assertEquals(Refusal.class.getPermittedSubclasses().length, seen.size());
  }

  @Test
  void of_severalViolations_namesThemAll() throws Exception {
    var refusal =
        new Refusal.ArgumentInvalid(
            List.of(new Refusal.Violation("a", "is bad"), new Refusal.Violation("b", "is worse")));
    var proto = StatusProto.fromThrowable(RefusalStatus.of(refusal));
    assertNotNull(proto);
    BadRequest request = proto.getDetails(1).unpack(BadRequest.class);
    assertEquals(2, request.getFieldViolationsCount());
    assertEquals("b", request.getFieldViolations(1).getField());
  }

  @Test
  void of_stepUpRequired_saysWhichLoginInDetailsAndChallenge() throws Exception {
    StatusRuntimeException status =
        RefusalStatus.of(new Refusal.StepUpRequired("aal2", Duration.ofMinutes(15)));
    var proto = StatusProto.fromThrowable(status);
    assertNotNull(proto);
    assertEquals(
        Map.of("acr_values", "aal2", "max_age", "900"),
        proto.getDetails(0).unpack(ErrorInfo.class).getMetadataMap());
    Metadata trailers = status.getTrailers();
    assertNotNull(trailers);
    assertEquals(
        "Bearer error=\"insufficient_user_authentication\", error_description=\"a stronger or more"
            + " recent login is needed\", acr_values=\"aal2\", max_age=\"900\"",
        trailers.get(RefusalStatus.CHALLENGE));
    Metadata other = RefusalStatus.of(new Refusal.CredentialInvalid()).getTrailers();
    assertTrue(other == null || !other.containsKey(RefusalStatus.CHALLENGE));
  }

  @Test
  void of_quotaExhausted_namesTheGrantAndTheQuota() throws Exception {
    var proto =
        StatusProto.fromThrowable(
            RefusalStatus.of(
                new Refusal.QuotaExhausted("models/m/grants/g", "2 calls a second", LATER)));
    assertNotNull(proto);
    QuotaFailure.Violation violation =
        proto.getDetails(2).unpack(QuotaFailure.class).getViolations(0);
    assertEquals("models/m/grants/g", violation.getSubject());
    assertEquals("2 calls a second", violation.getDescription());
  }

  @Test
  void of_internal_namesItsReferenceAndNothingElse() {
    StatusRuntimeException status = FaultBarrier.status(new IllegalStateException("secret"));
    assertTrue(String.valueOf(status.getStatus().getDescription()).contains("reference "));
    assertTrue(!String.valueOf(status.getTrailers()).contains("secret"));
    assertTrue(!String.valueOf(status.getStatus().getDescription()).contains("secret"));
  }

  @Test
  void reason_ofAStatusThatIsNotOurs_isNull() {
    assertNull(RefusalStatus.reason(Status.INTERNAL));
    assertNull(RefusalStatus.reason(Status.UNKNOWN.withCause(new RuntimeException())));
  }
}
