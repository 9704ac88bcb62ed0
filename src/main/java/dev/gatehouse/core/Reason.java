package dev.gatehouse.core;

/**
 * The stable name of a refusal, as callers, metrics and the audit record see it. Append-only: a
 * reason keeps its name and meaning for ever.
 */
public enum Reason {
  CREDENTIAL_INVALID,
  STEP_UP_REQUIRED,
  ACCESS_DENIED,
  NOT_FOUND,
  ALREADY_EXISTS,
  TENSOR_INVALID,
  ARGUMENT_INVALID,
  ARTIFACT_INVALID,
  QUOTA_EXHAUSTED,
  QUEUE_FULL,
  DRAINING,
  MODEL_NOT_READY,
  DEPENDENCY_LOST,
  AUDIT_UNAVAILABLE,
  DEADLINE_EXCEEDED,
  CANCELLED,
  STATE_INVALID,
  ETAG_MISMATCH,
  MODEL_REJECTED_INPUT,
  UNIMPLEMENTED,
  INTERNAL,
  CALLER_QUARANTINED
}
