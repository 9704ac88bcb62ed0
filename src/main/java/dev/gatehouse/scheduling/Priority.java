package dev.gatehouse.scheduling;

/** Which of two tiers of the queue a call waits in. */
public enum Priority {
  /** Leads every batch while any such call is queued, but for the turns of {@link #BULK}. */
  INTERACTIVE,
  /** Fills what interactive calls leave of a batch, and leads one batch in so many. */
  BULK
}
