package dev.gatehouse.access;

/** Which calls go first when a model has more than it can run; the most favoured first. */
public enum GrantPriority {
  /** Goes before bulk. */
  INTERACTIVE,
  /** Fills what interactive calls leave; a call cannot ask for more. */
  BULK
}
