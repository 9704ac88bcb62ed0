package dev.gatehouse.access;

/** Whether a grant allows or denies. */
public enum GrantEffect {
  /** It allows. */
  ALLOW,
  /** It denies, and wins over every grant that allows, and over owning the model. */
  DENY
}
