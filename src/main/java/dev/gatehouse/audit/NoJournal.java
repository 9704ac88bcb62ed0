package dev.gatehouse.audit;

import dev.gatehouse.core.Outcome;

/**
 * A journal in which nothing is recorded: every use is let through at once. To measure what
 * recording costs, and for nothing else.
 */
public final class NoJournal implements AccessJournal {

  private static final Use UNRECORDED =
      new Use() {
        @Override
        public void answered(long replyBytes, long latencyNanos, Release release) {
          release.durable();
        }

        @Override
        public void refused(Outcome outcome, long latencyNanos) {}
      };

  @Override
  public Use begin(InferenceIntent intent) {
    return UNRECORDED;
  }

  @Override
  public boolean offer(PlainCall call) {
    return true;
  }
}
