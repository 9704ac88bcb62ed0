package dev.gatehouse.testing;

import dev.gatehouse.audit.AccessJournal;
import dev.gatehouse.audit.InferenceIntent;
import dev.gatehouse.audit.PlainCall;
import dev.gatehouse.core.Outcome;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A journal in memory, whose disk is as fast and as sound as a test says. */
public final class HeldJournal implements AccessJournal {

  private final List<Begun> uses = new CopyOnWriteArrayList<>();
  private final List<PlainCall> calls = new CopyOnWriteArrayList<>();
  private volatile boolean refusing;
  private volatile boolean held;

  /** A use as it was begun and ended. */
  public static final class Begun implements Use {

    private final InferenceIntent intent;
    private final boolean held;
    private final AtomicInteger ends = new AtomicInteger();
    private volatile @Nullable Outcome outcome;
    private volatile long replyBytes = -1;
    private volatile @Nullable Release release;

    private Begun(InferenceIntent intent, boolean held) {
      this.intent = intent;
      this.held = held;
    }

    /** What was recorded before it ran. */
    public InferenceIntent intent() {
      return intent;
    }

    /** How often it was ended. */
    public int ends() {
      return ends.get();
    }

    /** How it was ended, or null if it was not yet. */
    public @Nullable Outcome outcome() {
      return outcome;
    }

    /** The bytes answered; -1 if it was not. */
    public long replyBytes() {
      return replyBytes;
    }

    /** Its intent is on disk now. */
    public void commit() {
      Release waiting = release;
      if (waiting == null) {
        throw new IllegalStateException("nothing waits");
      }
      waiting.durable();
    }

    /** Its intent will never be on disk. */
    public void lose() {
      Release waiting = release;
      if (waiting == null) {
        throw new IllegalStateException("nothing waits");
      }
      waiting.lost();
    }

    @Override
    public void answered(long bytes, long latencyNanos, Release told) {
      ends.incrementAndGet();
      outcome = Outcome.OK;
      replyBytes = bytes;
      release = told;
      if (!held) {
        told.durable();
      }
    }

    @Override
    public void refused(Outcome end, long latencyNanos) {
      ends.incrementAndGet();
      outcome = end;
    }
  }

  /** From now on nothing is begun, or again. */
  public void refuse(boolean value) {
    refusing = value;
  }

  /** From now on, answers wait for {@link Begun#commit} or {@link Begun#lose}. */
  public void hold() {
    held = true;
  }

  /** What was begun, in order. */
  public List<Begun> uses() {
    return uses;
  }

  /** The calls that were offered, in order. */
  public List<PlainCall> calls() {
    return calls;
  }

  @Override
  public @Nullable Use begin(InferenceIntent intent) {
    if (refusing) {
      return null;
    }
    Begun begun = new Begun(intent, held);
    uses.add(begun);
    return begun;
  }

  @Override
  public boolean offer(PlainCall call) {
    calls.add(call);
    return true;
  }
}
