package dev.gatehouse.edge;

import com.google.protobuf.Any;
import com.google.protobuf.Message;
import com.google.rpc.BadRequest;
import com.google.rpc.Code;
import com.google.rpc.ErrorInfo;
import com.google.rpc.QuotaFailure;
import com.google.rpc.RetryInfo;
import dev.gatehouse.core.Reason;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The one place where a refusal becomes a gRPC status. */
final class RefusalStatus {

  /** The domain of every {@code ErrorInfo}. */
  static final String DOMAIN = "gatehouse.dev";

  /** Where HTTP has the challenge of a refused credential (RFC 9110, section 11.6.1). */
  static final Metadata.Key<String> CHALLENGE =
      Metadata.Key.of("www-authenticate", Metadata.ASCII_STRING_MARSHALLER);

  private static final String STEP_UP = "a stronger or more recent login is needed";

  private RefusalStatus() {}

  /** The status with its details as an exception, whose cause tells us the refusal again. */
  static StatusRuntimeException of(Refusal refusal) {
    com.google.rpc.Status status = proto(refusal);
    StatusRuntimeException plain = StatusProto.toStatusRuntimeException(status);
    Metadata trailers = plain.getTrailers() == null ? new Metadata() : plain.getTrailers();
    if (refusal instanceof Refusal.StepUpRequired stepUp) {
      trailers.put(CHALLENGE, challenge(stepUp));
    }
    return plain.getStatus().withCause(new RefusedException(refusal)).asRuntimeException(trailers);
  }

  /** Closes {@code call} with the refusal. */
  static void close(ServerCall<?, ?> call, Refusal refusal) {
    StatusRuntimeException failure = of(refusal);
    Metadata trailers = failure.getTrailers();
    call.close(failure.getStatus(), trailers == null ? new Metadata() : trailers);
  }

  /** The reason that {@code status} was refused with, or null if it is none of ours. */
  static @Nullable Reason reason(Status status) {
    return status.getCause() instanceof RefusedException refused
        ? refused.refusal().reason()
        : null;
  }

  /** The challenge of RFC 9470, section 3. */
  private static String challenge(Refusal.StepUpRequired stepUp) {
    return "Bearer error=\"insufficient_user_authentication\", error_description=\"%s\", acr_values=\"%s\", max_age=\"%d\""
        .formatted(STEP_UP, stepUp.acr(), stepUp.ageMax().toSeconds());
  }

  private static com.google.rpc.Status proto(Refusal refusal) {
    return switch (refusal) {
      case Refusal.CredentialInvalid r ->
          status(refusal, Code.UNAUTHENTICATED, "the credential is missing or not accepted");
      case Refusal.AccessDenied r ->
          status(refusal, Code.PERMISSION_DENIED, "not there, or not yours to use");
      case Refusal.CallerQuarantined r ->
          status(
              refusal, Code.PERMISSION_DENIED, "quarantined for a while; ask who runs the gateway");
      case Refusal.StepUpRequired r -> status(refusal, Code.UNAUTHENTICATED, STEP_UP);
      case Refusal.QuotaExhausted r ->
          status(
              refusal,
              Code.RESOURCE_EXHAUSTED,
              r.description(),
              retry(r.retryAfter()),
              QuotaFailure.newBuilder()
                  .addViolations(
                      QuotaFailure.Violation.newBuilder()
                          .setSubject(r.subject())
                          .setDescription(r.description()))
                  .build());
      case Refusal.NotFound r -> status(refusal, Code.NOT_FOUND, r.what() + " does not exist");
      case Refusal.AlreadyExists r ->
          status(refusal, Code.ALREADY_EXISTS, r.what() + " exists already");
      case Refusal.TensorInvalid r ->
          status(
              refusal,
              Code.INVALID_ARGUMENT,
              r.field() + ": " + r.description(),
              violations(new Refusal.Violation(r.field(), r.description())));
      case Refusal.ArgumentInvalid r ->
          status(
              refusal,
              Code.INVALID_ARGUMENT,
              r.violations().getFirst().field() + ": " + r.violations().getFirst().description(),
              violations(r.violations().toArray(new Refusal.Violation[0])));
      case Refusal.ArtifactInvalid r -> status(refusal, Code.INVALID_ARGUMENT, r.description());
      case Refusal.QueueFull r ->
          status(refusal, Code.UNAVAILABLE, "too much is waiting", retry(r.retryAfter()));
      case Refusal.Draining r ->
          status(refusal, Code.UNAVAILABLE, "shutting down", retry(r.retryAfter()));
      case Refusal.ModelNotReady r ->
          status(refusal, Code.UNAVAILABLE, "no version is ready", retry(r.retryAfter()));
      case Refusal.DependencyLost r ->
          status(refusal, Code.UNAVAILABLE, "a dependency is lost", retry(r.retryAfter()));
      case Refusal.AuditUnavailable r ->
          status(
              refusal,
              Code.UNAVAILABLE,
              "the audit record cannot be written",
              retry(r.retryAfter()));
      case Refusal.DeadlineExceeded r ->
          status(refusal, Code.DEADLINE_EXCEEDED, "the deadline passed");
      case Refusal.Cancelled r -> status(refusal, Code.CANCELLED, "cancelled");
      case Refusal.StateInvalid r -> status(refusal, Code.FAILED_PRECONDITION, r.description());
      case Refusal.EtagMismatch r -> status(refusal, Code.ABORTED, "changed since it was read");
      case Refusal.ModelRejectedInput r ->
          status(refusal, Code.INVALID_ARGUMENT, "the model failed on this input alone");
      case Refusal.Unimplemented r -> status(refusal, Code.UNIMPLEMENTED, "not offered");
      case Refusal.Internal r ->
          status(refusal, Code.INTERNAL, "unexpected; reference " + r.reference());
    };
  }

  private static com.google.rpc.Status status(
      Refusal refusal, Code code, String message, Message... details) {
    ErrorInfo.Builder info =
        ErrorInfo.newBuilder().setReason(refusal.reason().name()).setDomain(DOMAIN);
    if (refusal instanceof Refusal.Internal internal) {
      info.putMetadata("reference", internal.reference());
    }
    if (refusal instanceof Refusal.StepUpRequired stepUp) {
      // The names that the challenge of RFC 9470 has for them.
      info.putMetadata("acr_values", stepUp.acr());
      info.putMetadata("max_age", Long.toString(stepUp.ageMax().toSeconds()));
    }
    com.google.rpc.Status.Builder status =
        com.google.rpc.Status.newBuilder()
            .setCode(code.getNumber())
            .setMessage(message)
            .addDetails(Any.pack(info.build()));
    for (Message detail : details) {
      status.addDetails(Any.pack(detail));
    }
    return status.build();
  }

  private static RetryInfo retry(Duration delay) {
    return RetryInfo.newBuilder()
        .setRetryDelay(
            com.google.protobuf.Duration.newBuilder()
                .setSeconds(delay.getSeconds())
                .setNanos(delay.getNano()))
        .build();
  }

  private static BadRequest violations(Refusal.Violation... violations) {
    BadRequest.Builder request = BadRequest.newBuilder();
    for (Refusal.Violation violation : violations) {
      request
          .addFieldViolationsBuilder()
          .setField(violation.field())
          .setDescription(violation.description());
    }
    return request.build();
  }
}
