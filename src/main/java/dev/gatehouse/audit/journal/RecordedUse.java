package dev.gatehouse.audit.journal;

import dev.gatehouse.audit.AccessJournal;
import dev.gatehouse.audit.InferenceIntent;
import dev.gatehouse.core.Outcome;
import dev.gatehouse.core.Reason;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * One use of a model: its intent, and when it has ended its outcome. It is queued twice, first as
 * the one and then as the other.
 *
 * <p>The fate of the intent is decided once, by one compare-and-set on {@link #state}:
 *
 * <pre>
 *              commit                     answered: durable()
 *   PENDING ------------> DURABLE ---------------------------+
 *    |   |    failure                     answered: lost()   v
 *    |   +--------------> LOST -----------------------------> ENDED
 *    |        answered             commit: durable()         ^
 *    +------------------> WAITING ---------------------------+
 *                                  failure: lost()
 * </pre>
 *
 * <p>{@code refused} goes to ENDED from anywhere. The outcome of an answer is queued only when the
 * fate is known, since it says which it was. So a commit never writes that an answer left, which
 * then does not leave.
 */
final class RecordedUse implements AccessJournal.Use {

  private static final Logger LOG = Logger.getLogger(RecordedUse.class);

  private static final int PENDING = 0;
  private static final int DURABLE = 1;
  private static final int LOST = 2;
  private static final int WAITING = 3;
  private static final int ENDED = 4;

  private static final VarHandle STATE = stateField();

  private final GroupCommitJournal journal;
  final InferenceIntent intent;
  final long beganMicros;

  private volatile int state;

  // Written by the thread that ends the use, before it changes the state or queues the outcome.
  private AccessJournal.@Nullable Release release;
  private Outcome outcome = Outcome.OK;
  long replyBytes;
  long latencyNanos;

  // The writer's own.
  long sequence;
  boolean intentTaken;
  @Nullable RecordedUse nextReleased;

  RecordedUse(GroupCommitJournal journal, InferenceIntent intent, long beganMicros) {
    this.journal = journal;
    this.intent = intent;
    this.beganMicros = beganMicros;
  }

  private static VarHandle stateField() {
    try {
      return MethodHandles.lookup().findVarHandle(RecordedUse.class, "state", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private boolean change(int from, int to) {
    return STATE.compareAndSet(this, from, to);
  }

  @Override
  public void answered(long bytes, long nanos, AccessJournal.Release toTell) {
    requireOpen();
    replyBytes = bytes;
    latencyNanos = nanos;
    release = toTell;
    if (change(PENDING, WAITING)) {
      journal.answerWaits();
      // Whoever shuts the gate shuts it first and then loses what waits: one of the two sees it.
      if (journal.losing()) {
        lose();
      }
    } else if (change(DURABLE, ENDED)) {
      journal.recordOutcome(this);
      tellDurable();
    } else if (change(LOST, ENDED)) {
      endLost();
    } else {
      throw new IllegalStateException("this use has ended");
    }
  }

  @Override
  public void refused(Outcome how, long nanos) {
    requireOpen();
    outcome = how;
    latencyNanos = nanos;
    if (!change(PENDING, ENDED) && !change(DURABLE, ENDED) && !change(LOST, ENDED)) {
      throw new IllegalStateException("this use has ended");
    }
    journal.recordOutcome(this);
  }

  private void requireOpen() {
    if (state >= WAITING) {
      throw new IllegalStateException("this use has ended");
    }
  }

  /**
   * The intent is on disk; for the writer. Returns whether an answer waited for that: then its
   * outcome is queued, and {@link #tellDurable} is to follow.
   */
  boolean becomeDurable() {
    if (change(PENDING, DURABLE)) {
      return false;
    }
    if (change(WAITING, ENDED)) {
      journal.answerWaitsNoMore();
      journal.recordOutcome(this);
      return true;
    }
    return false;
  }

  /** The intent does not get to the disk in time, unless it did already; for any thread. */
  void lose() {
    if (!change(PENDING, LOST) && change(WAITING, ENDED)) {
      journal.answerWaitsNoMore();
      endLost();
    }
  }

  private void endLost() {
    outcome = Outcome.refused(Reason.AUDIT_UNAVAILABLE);
    replyBytes = 0;
    journal.recordOutcome(this);
    AccessJournal.Release told = release;
    try {
      if (told != null) {
        told.lost();
      }
    } catch (Throwable broken) {
      // It must not cost others their answer, nor the writer its life.
      LOG.error("A release failed", broken);
    }
  }

  /** Lets the answer go. */
  void tellDurable() {
    AccessJournal.Release told = release;
    release = null;
    try {
      if (told != null) {
        told.durable();
      }
    } catch (Throwable broken) {
      // It must not cost others their answer, nor the writer its life.
      LOG.error("A release failed", broken);
    }
  }

  /** How it ended; once its outcome is queued. */
  Outcome outcome() {
    return outcome;
  }
}
