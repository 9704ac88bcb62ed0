package dev.gatehouse.core;

/** What a caller is held to that misbehaves, the mildest first; each includes those before it. */
public enum Restraint {
  /** Few rows a second, after everybody else. */
  THROTTLED,
  /** Of each answer only which class is the greatest. */
  DEGRADED,
  /** Nothing is left to it. */
  QUARANTINED
}
