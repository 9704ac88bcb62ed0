package dev.gatehouse.serving;

import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * Disables clients at the identity provider after the policy has quarantined their callers, one
 * after another on a thread of its own: a provider that is slow or hangs keeps nobody else from
 * being restricted.
 *
 * <p>What is beyond {@link #WAITING_MAX}, or not done at the end, is left undone, with a line in
 * the log; it shows as drift, as does whatever the provider did not follow. The quarantine counts
 * without it.
 */
final class ClientStops implements AutoCloseable {

  /** Clients that wait to be disabled. */
  static final int WAITING_MAX = 256;

  /** So long an orderly end waits for those: the journal is still to be ended after it. */
  private static final Duration END_MAX = Duration.ofSeconds(3);

  private static final Duration IDLE_MAX = Duration.ofMinutes(1);
  private static final Logger LOG = Logger.getLogger(ClientStops.class);

  private final Duration endMax;
  private final ThreadPoolExecutor thread;

  ClientStops() {
    this(END_MAX);
  }

  /**
   * With another limit.
   *
   * @param endMax how long {@link #close} waits for what is not done
   */
  ClientStops(Duration endMax) {
    this.endMax = endMax;
    this.thread =
        new ThreadPoolExecutor(
            1,
            1,
            IDLE_MAX.toMillis(),
            TimeUnit.MILLISECONDS,
            new ArrayBlockingQueue<>(WAITING_MAX),
            Thread.ofPlatform().daemon().name("gatehouse-clients").factory());
    thread.allowCoreThreadTimeOut(true);
  }

  /** Has it done once what waits is; returns whether it will be. {@code stop} throws nothing. */
  boolean offer(Runnable stop) {
    try {
      thread.execute(stop);
      return true;
    } catch (RejectedExecutionException e) {
      LOG.warn(
          "Too many clients wait to be disabled, or the gateway ends: one stays enabled, and shows"
              + " as drift");
      return false;
    }
  }

  /** How many wait, without the one that is worked on. */
  int waiting() {
    return thread.getQueue().size();
  }

  /** Takes nothing more, and gives what waits a while. */
  @Override
  public void close() {
    thread.shutdown();
    boolean ended = false;
    try {
      ended = thread.awaitTermination(endMax.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (!ended) {
      int left = thread.shutdownNow().size();
      LOG.warnf(
          "The identity provider is slow: %d clients, and one begun, may stay enabled, and show as"
              + " drift",
          left);
    }
  }
}
