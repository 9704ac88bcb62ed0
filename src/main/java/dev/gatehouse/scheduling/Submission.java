package dev.gatehouse.scheduling;

/** A submitted call, as the one who submitted it holds it. */
@FunctionalInterface
public interface Submission {

  /**
   * Gives the call up: if it has no answer yet, it is refused with {@code Cancelled}, and its
   * permit is free again when this returns. Queued work never runs then; the result of running work
   * is discarded. Does nothing to an answered call.
   */
  void cancel();
}
