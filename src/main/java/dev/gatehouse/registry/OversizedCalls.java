package dev.gatehouse.registry;

/** What becomes of a call of more rows than one batch may have. */
public enum OversizedCalls {
  /** It runs in several batches and is answered as one; bounded by the queue. */
  SPLIT,
  /** It is refused. */
  REFUSE
}
