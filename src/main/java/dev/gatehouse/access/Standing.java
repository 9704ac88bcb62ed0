package dev.gatehouse.access;

/** Whether a registered caller is let in. */
public enum Standing {
  /** It is. */
  ACTIVE,
  /** Its credentials are refused until an administrator says otherwise. */
  SUSPENDED
}
