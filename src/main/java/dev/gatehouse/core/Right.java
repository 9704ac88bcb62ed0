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
  /** Read who may use the models of one's own team, and change it. */
  GRANT,
  /** Register, change and remove callers. */
  MANAGE_CALLERS
}
