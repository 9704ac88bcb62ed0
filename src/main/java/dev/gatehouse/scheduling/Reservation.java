package dev.gatehouse.scheduling;

import dev.gatehouse.core.Deadline;

/**
 * A permit for the rows and bytes of one call, held until it is submitted and answered, or
 * released.
 *
 * @param <P> what a call brings
 * @param <R> what a call gets
 */
public final class Reservation<P, R> implements Admission<P, R> {

  private final Batcher<P, R> batcher;
  private final int rows;
  private final long bytes;

  /** Guarded by the batcher's lock. */
  private boolean used;

  Reservation(Batcher<P, R> batcher, int rows, long bytes) {
    this.batcher = batcher;
    this.rows = rows;
    this.bytes = bytes;
  }

  /**
   * Enqueues the call; from here on the batcher owns the permit.
   *
   * @param batchKey what calls must have equal to share a batch, such as trailing shapes and types
   * @param deadline until when the call may start to run
   * @param payload what the runner gets
   * @param completion takes the answer, possibly before this returns
   * @throws IllegalStateException if the reservation was submitted or released before
   */
  public Submission submit(
      Object batchKey, Deadline deadline, P payload, Completion<R> completion) {
    return batcher.submit(this, new Call<>(rows, bytes, batchKey, deadline, payload, completion));
  }

  /**
   * Gives the permit back, for a call that ends before it is submitted.
   *
   * @throws IllegalStateException if the reservation was submitted or released before
   */
  public void release() {
    batcher.release(this);
  }

  int rows() {
    return rows;
  }

  long bytes() {
    return bytes;
  }

  /** Takes the permit out, once; under the batcher's lock. */
  void use() {
    if (used) {
      throw new IllegalStateException("a reservation is submitted or released once");
    }
    used = true;
  }
}
