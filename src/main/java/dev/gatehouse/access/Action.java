package dev.gatehouse.access;

/**
 * What a grant allows or denies. Whoever is allowed anything may {@link #READ_METADATA} too, unless
 * that is denied.
 */
public enum Action {
  /** To run the model. */
  INFER,
  /** To read what the model takes and gives, and about its versions. */
  READ_METADATA,
  /** To deploy and undeploy its versions, to choose the default and canaries. */
  DEPLOY,
  /** To upload and delete its versions. */
  UPLOAD,
  /** To take the model out of the gateway; no method offers that yet. */
  EXPORT,
  /** To grant others at most what the grant itself gives. */
  ADMINISTER_GRANTS
}
