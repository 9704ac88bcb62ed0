package dev.gatehouse.audit.journal;

import java.time.Instant;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/** The reasons for which uses are refused, as one number that request threads read. */
final class Gate {

  /** The last commit failed. */
  static final int FAILING = 1;

  /** The disk has not answered for too long. */
  static final int STALLED = 2;

  /** Anchors lag too far behind. */
  static final int LATE = 4;

  /** The control log does not know the journal yet. */
  static final int UNANNOUNCED = 8;

  /** It is being closed. */
  static final int CLOSING = 16;

  /** Nothing is written any more. */
  static final int ENDED = 32;

  /** While these hold, an intent that is not on disk is lost. */
  private static final int LOSING = FAILING | STALLED | ENDED;

  private final InstantSource clock;
  private final Object lock = new Object();

  /** Written under the lock. */
  private volatile int reasons;

  private volatile @Nullable Instant since;
  private volatile @Nullable String lastProblem;

  Gate(InstantSource clock) {
    this.clock = clock;
  }

  boolean open() {
    return reasons == 0;
  }

  boolean losing() {
    return (reasons & LOSING) != 0;
  }

  boolean has(int reason) {
    return (reasons & reason) != 0;
  }

  /** Adds a reason; returns whether it is new. */
  boolean shut(int reason) {
    synchronized (lock) {
      if ((reasons & reason) != 0) {
        return false;
      }
      if (reasons == 0) {
        since = clock.instant();
      }
      reasons |= reason;
      return true;
    }
  }

  /** Adds a reason, which is a problem; returns whether it is new. */
  boolean shut(int reason, String problem) {
    lastProblem = problem;
    return shut(reason);
  }

  /** Takes a reason away; returns whether it was there. */
  boolean reopen(int reason) {
    if ((reasons & reason) == 0) {
      return false;
    }
    synchronized (lock) {
      if ((reasons & reason) == 0) {
        return false;
      }
      reasons &= ~reason;
      if (reasons == 0) {
        since = null;
      }
      return true;
    }
  }

  JournalHealth health() {
    return new JournalHealth(state(reasons), since, lastProblem);
  }

  private static JournalHealth.State state(int reasons) {
    if ((reasons & (CLOSING | ENDED)) != 0) {
      return JournalHealth.State.CLOSED;
    }
    if ((reasons & FAILING) != 0) {
      return JournalHealth.State.FAILING;
    }
    if ((reasons & STALLED) != 0) {
      return JournalHealth.State.STALLED;
    }
    return reasons == 0 ? JournalHealth.State.AVAILABLE : JournalHealth.State.ANCHORS_LATE;
  }
}
