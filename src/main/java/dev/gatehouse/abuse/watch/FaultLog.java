package dev.gatehouse.abuse.watch;

import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/** Faults of the watch in the log, one a minute at most. One thread. */
final class FaultLog {

  private static final Logger LOG = Logger.getLogger(FaultLog.class);
  private static final long PAUSE_NANOS = TimeUnit.MINUTES.toNanos(1);

  private long loggedNanos;
  private long unlogged;
  private boolean any;

  void add(String what, Throwable fault, long nowNanos) {
    if (any && nowNanos - loggedNanos < PAUSE_NANOS) {
      unlogged++;
      return;
    }
    LOG.errorf(fault, "%s; the watch goes on (%d faults more were not logged)", what, unlogged);
    any = true;
    unlogged = 0;
    loggedNanos = nowNanos;
  }
}
