package dev.gatehouse.scheduling;

import dev.gatehouse.core.Deadline;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A permit for the rows and bytes of one call, held until it is submitted and answered, or
 * released.
 *
 * @param <P> what a call brings
 * @param <R> what a call gets
 */
public final class Reservation<P, R> implements Admission<P, R> {

  /** The largest cost of one row; more counts as that. */
  public static final int ROW_COST_MAX = 1 << 20;

  private static final VarHandle USED;

  static {
    try {
      USED = MethodHandles.lookup().findVarHandle(Reservation.class, "used", boolean.class);
    } catch (ReflectiveOperationException impossible) {
      throw new ExceptionInInitializerError(impossible);
    }
  }

  private final Batcher<P, R> batcher;
  private final Call.Permit<P, R> permit;

  /** Whether the permit was taken out. */
  private volatile boolean used;

  Reservation(Batcher<P, R> batcher, Call.Permit<P, R> permit) {
    this.batcher = batcher;
    this.permit = permit;
  }

  /**
   * Enqueues the call; from here on the batcher owns the permit. What {@link PayloadParts} throw
   * about a call to be split is thrown on, and the reservation stays open.
   *
   * @param batchKey what calls must have equal to share a batch, such as trailing shapes and types
   * @param rowCost what one row costs, in units of the model, at least 1; callers share by rows ×
   *     cost, and what is more than {@link #ROW_COST_MAX} counts as that
   * @param deadline until when the call may start to run
   * @param payload what the runner gets
   * @param completion takes the answer, possibly before this returns
   * @throws IllegalStateException if the reservation was submitted or released before
   * @throws IllegalArgumentException for a cost less than 1
   */
  public Submission submit(
      Object batchKey, int rowCost, Deadline deadline, P payload, Completion<R> completion) {
    if (rowCost < 1) {
      throw new IllegalArgumentException("a row costs at least 1");
    }
    if (used) {
      throw usedTwice();
    }
    int cost = Math.min(rowCost, ROW_COST_MAX);
    return batcher.submit(this, batchKey, cost, deadline, payload, completion);
  }

  /**
   * Gives the permit back, for a call that ends before it is submitted.
   *
   * @throws IllegalStateException if the reservation was submitted or released before
   */
  public void release() {
    use();
    batcher.release(permit);
  }

  /** Gives the permit back unless it was submitted or released before; whether it did. */
  public boolean releaseIfOpen() {
    boolean open = USED.compareAndSet(this, false, true);
    if (open) {
      batcher.release(permit);
    }
    return open;
  }

  Call.Permit<P, R> permit() {
    return permit;
  }

  /** Takes the permit out, once. */
  void use() {
    if (!USED.compareAndSet(this, false, true)) {
      throw usedTwice();
    }
  }

  private static IllegalStateException usedTwice() {
    return new IllegalStateException("a reservation is submitted or released once");
  }
}
