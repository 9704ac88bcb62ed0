package dev.gatehouse.core;

/**
 * What a caller must hold to use a method at all; which methods need which is the edge's table.
 * Grants then decide about a single model.
 */
public enum Right {
  /** Run models and read what they take and give. */
  INFER,
  /** Read models, versions and deployments. */
  READ_MODELS,
  /** Create, change, upload, deploy and delete models of one's own team. */
  PUBLISH_MODELS,
  /** Read who may use models. */
  READ_GRANTS,
  /** Change who may use models. */
  GRANT,
  /** Read who is registered, with which keys. */
  READ_CALLERS,
  /** Register, change and remove callers and their keys. */
  MANAGE_CALLERS,
  /** Stop callers and end their keys. */
  SUSPEND_CALLERS,
  /** Review who may do what, and take it back. */
  REVIEW_ACCESS,
  /** Read the record of what was done. */
  READ_AUDIT
}
