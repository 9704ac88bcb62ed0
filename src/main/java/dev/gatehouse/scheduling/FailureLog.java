package dev.gatehouse.scheduling;

import dev.gatehouse.core.Ticker;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.jboss.logging.Logger;

/**
 * Warns of failed runs, at most once an {@link #INTERVAL}: callers can make a model fail as often
 * as they like, and must not be able to fill the log.
 */
final class FailureLog {

  static final Duration INTERVAL = Duration.ofSeconds(1);

  private static final Logger LOG = Logger.getLogger(FailureLog.class);

  private final String label;
  private final Ticker ticker;
  private final AtomicLong nextNanos;
  private final AtomicLong unreported = new AtomicLong();

  FailureLog(String label, Ticker ticker) {
    this.label = label;
    this.ticker = ticker;
    this.nextNanos = new AtomicLong(ticker.nanos());
  }

  /** A batch of {@code calls} calls failed. */
  void runFailed(int calls, Throwable failure) {
    long now = ticker.nanos();
    long next = nextNanos.get();
    if (now - next < 0 || !nextNanos.compareAndSet(next, now + INTERVAL.toNanos())) {
      unreported.incrementAndGet();
      LOG.debugf(failure, "%s: a batch of %d calls failed", label, calls);
      return;
    }
    LOG.warnf(
        failure,
        "%s: a batch of %d calls failed (%d failures before it were not reported)",
        label,
        calls,
        unreported.getAndSet(0));
  }
}
