package dev.gatehouse.scheduling;

/** Why a call left the queue without ever reaching the runner. */
public enum DropReason {
  /** Whoever submitted it gave it up. */
  CANCELLED,
  /** Its deadline passed. */
  EXPIRED,
  /** Its deadline was nearer than the shortest run that was observed lately. */
  CERTAIN_TO_EXPIRE
}
