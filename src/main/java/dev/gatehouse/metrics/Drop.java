package dev.gatehouse.metrics;

/** Why a queued call never reached a device. */
public enum Drop {
  /** Its caller gave it up. */
  CANCELLED,
  /** Its deadline passed. */
  EXPIRED,
  /** Its deadline would have passed before it could have been answered. */
  CERTAIN_TO_EXPIRE
}
