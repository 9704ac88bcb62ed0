package dev.gatehouse.core;

import java.time.Duration;
import java.util.List;

/**
 * Why Gatehouse does not do what it was asked, as a value.
 *
 * <p>The set is closed: the edge maps each kind to one gRPC status and one {@code ErrorInfo} reason
 * in one place. Texts are written by us for the caller; they never carry an exception's message, a
 * credential or a tensor's contents.
 */
public sealed interface Refusal {

  /** The stable name of this kind of refusal. */
  default Reason reason() {
    return switch (this) {
      case CredentialInvalid r -> Reason.CREDENTIAL_INVALID;
      case StepUpRequired r -> Reason.STEP_UP_REQUIRED;
      case AccessDenied r -> Reason.ACCESS_DENIED;
      case NotFound r -> Reason.NOT_FOUND;
      case AlreadyExists r -> Reason.ALREADY_EXISTS;
      case TensorInvalid r -> Reason.TENSOR_INVALID;
      case ArgumentInvalid r -> Reason.ARGUMENT_INVALID;
      case ArtifactInvalid r -> Reason.ARTIFACT_INVALID;
      case QuotaExhausted r -> Reason.QUOTA_EXHAUSTED;
      case QueueFull r -> Reason.QUEUE_FULL;
      case Draining r -> Reason.DRAINING;
      case ModelNotReady r -> Reason.MODEL_NOT_READY;
      case DependencyLost r -> Reason.DEPENDENCY_LOST;
      case AuditUnavailable r -> Reason.AUDIT_UNAVAILABLE;
      case DeadlineExceeded r -> Reason.DEADLINE_EXCEEDED;
      case Cancelled r -> Reason.CANCELLED;
      case StateInvalid r -> Reason.STATE_INVALID;
      case EtagMismatch r -> Reason.ETAG_MISMATCH;
      case ModelRejectedInput r -> Reason.MODEL_REJECTED_INPUT;
      case Unimplemented r -> Reason.UNIMPLEMENTED;
      case Internal r -> Reason.INTERNAL;
      case CallerQuarantined r -> Reason.CALLER_QUARANTINED;
    };
  }

  /** No, bad, expired or revoked credential, or a suspended caller. The cause is not told. */
  record CredentialInvalid() implements Refusal {}

  /**
   * A person may do this after a stronger or more recent login.
   *
   * @param acr the authentication context class that is needed
   * @param ageMax how long ago the login may be
   */
  record StepUpRequired(String acr, Duration ageMax) implements Refusal {}

  /** The caller is shut out for a while because of what it did. */
  record CallerQuarantined() implements Refusal {}

  /** Not registered, no right, no grant, unknown model, or not yours: all answer alike. */
  record AccessDenied() implements Refusal {}

  /**
   * Something the caller may know of does not exist.
   *
   * @param what the kind and name of what is missing
   */
  record NotFound(String what) implements Refusal {}

  /**
   * The name is taken.
   *
   * @param what the kind and name of what is there already
   */
  record AlreadyExists(String what) implements Refusal {}

  /**
   * A tensor does not fit the signature or itself.
   *
   * @param field the path of the offending field in the request, such as {@code inputs[0].shape}
   * @param description what is wrong with it
   */
  record TensorInvalid(String field, String description) implements Refusal {}

  /**
   * Fields of an administrative request are malformed.
   *
   * @param violations every one that was found, at least one
   */
  record ArgumentInvalid(List<Violation> violations) implements Refusal {
    /** Copies the list. */
    public ArgumentInvalid {
      violations = List.copyOf(violations);
    }

    /** The refusal of one field. */
    public static ArgumentInvalid of(String field, String description) {
      return new ArgumentInvalid(List.of(new Violation(field, description)));
    }
  }

  /**
   * One malformed field.
   *
   * @param field its path in the request
   * @param description what is wrong with it
   */
  record Violation(String field, String description) {}

  /**
   * An uploaded model file is not what was declared, or no model.
   *
   * @param description what is wrong with it
   */
  record ArtifactInvalid(String description) implements Refusal {}

  /**
   * A quota of the grant is spent.
   *
   * @param subject the grant whose quota it is, as {@code models/{model}/grants/{grant}}
   * @param description which quota and how large it is
   * @param retryAfter when there is some again
   */
  record QuotaExhausted(String subject, String description, Duration retryAfter)
      implements Refusal {}

  /**
   * The model's queue, or a bound of the whole gateway, is full.
   *
   * @param retryAfter when to try again
   */
  record QueueFull(Duration retryAfter) implements Refusal {}

  /**
   * The gateway is shutting down.
   *
   * @param retryAfter when to try again, at another replica
   */
  record Draining(Duration retryAfter) implements Refusal {}

  /**
   * The model has no version that is ready to run.
   *
   * @param retryAfter when to try again
   */
  record ModelNotReady(Duration retryAfter) implements Refusal {}

  /**
   * A service the gateway depends on cannot be reached, so that it cannot decide.
   *
   * @param retryAfter when to try again
   */
  record DependencyLost(Duration retryAfter) implements Refusal {}

  /**
   * The audit record cannot be written, so nothing may run.
   *
   * @param retryAfter when to try again
   */
  record AuditUnavailable(Duration retryAfter) implements Refusal {}

  /** The caller's deadline passed before the work was done. */
  record DeadlineExceeded() implements Refusal {}

  /** The caller went away; nobody reads this one, but every call ends in one outcome. */
  record Cancelled() implements Refusal {}

  /**
   * The resource is not in a state that allows this.
   *
   * @param description which state it is in and which is needed
   */
  record StateInvalid(String description) implements Refusal {}

  /** The resource was changed since it was read. */
  record EtagMismatch() implements Refusal {}

  /** The model's own code failed on this input alone. */
  record ModelRejectedInput() implements Refusal {}

  /** This operation is part of the protocol but not offered. */
  record Unimplemented() implements Refusal {}

  /**
   * Something unexpected; the detail is in the log.
   *
   * @param reference the id under which the log has it
   */
  record Internal(String reference) implements Refusal {}
}
