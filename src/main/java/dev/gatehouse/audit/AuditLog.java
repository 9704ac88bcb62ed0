package dev.gatehouse.audit;

import dev.gatehouse.audit.Backlog.Entry;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The record of calls and administrative changes, written off the threads that record.
 *
 * <p>Before anything runs, {@link #reserve} a place; when the outcome is known, {@link
 * Reservation#record} it. A place that was given is kept until its entry is on file, whatever the
 * disk does meanwhile. Calls refused before they ran need no place: {@link #offer} them.
 *
 * <p>Safe for any number of threads. Reserving and recording take no lock, format nothing and never
 * wait.
 */
public final class AuditLog implements AutoCloseable {

  private static final String THREAD_NAME = "gatehouse-audit";

  /** How long a writer that was told to give up may take to notice; it may hang in the kernel. */
  private static final Duration ABANDON_WAIT_MAX = Duration.ofSeconds(1);

  private final AuditSettings settings;
  private final InstantSource clock;
  private final Backlog backlog = new Backlog();
  private final AtomicLong dropped = new AtomicLong();
  private final LineWriter writer;
  private final Thread thread;

  /**
   * Opens the file and starts the writer.
   *
   * @throws IOException if the file cannot be opened for appending
   */
  public static AuditLog open(AuditSettings settings, InstantSource clock) throws IOException {
    return new AuditLog(settings, clock, AuditFile.open(settings.file()));
  }

  AuditLog(AuditSettings settings, InstantSource clock, AuditFile file) {
    this.settings = settings;
    this.clock = clock;
    this.writer = new LineWriter(file, backlog, settings, clock, dropped);
    this.thread = Thread.ofPlatform().daemon().name(THREAD_NAME).unstarted(writer);
    thread.start();
  }

  /**
   * Takes a place for an entry to come, or returns null when that entry might not be written: the
   * backlog is full, the last write failed, or the log is closed. The caller then refuses with
   * {@code AUDIT_UNAVAILABLE}; else it must record or release the reservation, or the place is
   * lost.
   */
  public @Nullable Reservation reserve() {
    return take(settings.backlogMax()) ? new Reservation() : null;
  }

  /**
   * Records an event if there is room, for calls that were refused before they ran; returns whether
   * it was accepted. Such events take at most three quarters of the backlog, so that a flood of
   * them never keeps others out. One that is not accepted is counted in {@link #dropped}, and the
   * next line written says how many there were.
   */
  public boolean offer(AuditEvent event) {
    if (!take(settings.offeredMax())) {
      dropped.incrementAndGet();
      return false;
    }
    enqueue(event);
    return true;
  }

  /** Whether entries can be written, as far as the last attempt told. */
  public AuditHealth health() {
    Instant failingSince = writer.failingSince();
    if (writer.closing()) {
      return new AuditHealth(AuditHealth.State.CLOSED, failingSince);
    }
    return failingSince == null
        ? new AuditHealth(AuditHealth.State.AVAILABLE, null)
        : new AuditHealth(AuditHealth.State.FAILING, failingSince);
  }

  /** The places taken: open reservations and entries not yet written. */
  public int backlog() {
    return backlog.taken();
  }

  /** How many entries were not kept since the log was opened; it only grows. */
  public long dropped() {
    return dropped.get();
  }

  /**
   * Stops giving reservations, writes what is there, and closes the file. It waits for open
   * reservations and for a failing disk as long as the settings say; entries that could not be
   * written by then are counted as dropped and logged.
   */
  @Override
  public void close() {
    writer.endWhenDone();
    LockSupport.unpark(thread);
    if (!joined(settings.closeWaitMax())) {
      writer.abandon();
      LockSupport.unpark(thread);
      joined(ABANDON_WAIT_MAX);
    }
  }

  /**
   * Takes a place. The check for closing comes after it, and the writer ends only after it has seen
   * the closing and then no place taken: so either the place is given back here or its entry is
   * still waited for.
   */
  private boolean take(int max) {
    if (writer.failingSince() != null || !backlog.take(max)) {
      return false;
    }
    if (writer.closing()) {
      giveBack();
      return false;
    }
    return true;
  }

  private void giveBack() {
    backlog.giveBack(1);
    if (writer.closing()) {
      LockSupport.unpark(thread);
    }
  }

  private void enqueue(AuditEvent event) {
    int queued = backlog.add(new Entry(clock.instant(), event));
    if (queued == 1 || queued == writer.hurryAt()) {
      LockSupport.unpark(thread);
    }
    if (writer.ended()) {
      writer.discardQueued();
    }
  }

  private boolean joined(Duration wait) {
    try {
      return wait.isZero() ? !thread.isAlive() : thread.join(wait);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** A place in the backlog, held until its entry is on file or it is released. */
  public final class Reservation {

    private static final VarHandle SPENT = spentField();

    /** Changed through {@link #SPENT} only; a field rather than an object for every call. */
    private volatile boolean spent;

    private Reservation() {}

    private static VarHandle spentField() {
      try {
        return MethodHandles.lookup().findVarHandle(Reservation.class, "spent", boolean.class);
      } catch (ReflectiveOperationException e) {
        throw new ExceptionInInitializerError(e);
      }
    }

    private boolean spend() {
      return SPENT.compareAndSet(this, false, true);
    }

    /**
     * Records the event that the place was taken for.
     *
     * @throws IllegalStateException if the reservation was recorded or released before
     */
    public void record(AuditEvent event) {
      if (!spend()) {
        throw new IllegalStateException("this reservation is spent");
      }
      enqueue(event);
    }

    /** Gives the place back if nothing was recorded; does nothing after that. */
    public void release() {
      if (spend()) {
        giveBack();
      }
    }
  }
}
