package dev.gatehouse.abuse.traffic;

import dev.gatehouse.core.Outcome;
import dev.gatehouse.core.Reason;

/** How a call ended, as far as it says something about the caller. */
enum Ending {
  /** It was answered. */
  ANSWERED,
  /** The caller may not do that. */
  DENIED,
  /** What it sent was malformed, or named what does not exist. */
  INVALID,
  /** The caller went away. */
  CANCELLED,
  /** The caller's deadline passed. */
  DEADLINE,
  /** Anything that lies with the gateway, or with quotas, which have metrics of their own. */
  OTHER;

  static Ending of(Outcome outcome) {
    Reason reason = outcome.refusal();
    if (reason == null) {
      return ANSWERED;
    }
    return switch (reason) {
      case CREDENTIAL_INVALID, STEP_UP_REQUIRED, ACCESS_DENIED -> DENIED;
      case NOT_FOUND,
          TENSOR_INVALID,
          ARGUMENT_INVALID,
          ARTIFACT_INVALID,
          MODEL_REJECTED_INPUT,
          UNIMPLEMENTED ->
          INVALID;
      case CANCELLED -> CANCELLED;
      case DEADLINE_EXCEEDED -> DEADLINE;
      case ALREADY_EXISTS,
          QUOTA_EXHAUSTED,
          QUEUE_FULL,
          DRAINING,
          MODEL_NOT_READY,
          DEPENDENCY_LOST,
          AUDIT_UNAVAILABLE,
          STATE_INVALID,
          ETAG_MISMATCH,
          CALLER_QUARANTINED,
          INTERNAL ->
          OTHER;
    };
  }
}
