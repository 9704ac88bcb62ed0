package dev.gatehouse.abuse.traffic;

import dev.gatehouse.abuse.traffic.Peers.UsualRates;

/** The three rates of a caller that are judged: calls, rows and device time. */
final class RateMeters {

  private static final double NANOS_PER_SECOND = 1e9;

  private final RateMeter calls;
  private final RateMeter rows;
  private final RateMeter compute;
  private long second;
  private long period;
  private boolean calledThisSecond;
  private boolean calledThisPeriod;

  RateMeters(TrafficSettings settings) {
    calls = new RateMeter(settings.calls());
    rows = new RateMeter(settings.rows());
    compute = new RateMeter(settings.compute());
  }

  /** Notes that a call was made. */
  void called() {
    calledThisSecond = true;
    calledThisPeriod = true;
  }

  /** Ends seconds and periods that are over; {@code lastSeconds} has not been moved yet. */
  void advance(long now, Ring lastSeconds, UsualRates peers) {
    if (now / Windows.SHORT_BUCKET_NANOS != second) {
      second = now / Windows.SHORT_BUCKET_NANOS;
      endSecond(lastSeconds);
    }
    if (now / Windows.DAY_BUCKET_NANOS != period) {
      endPeriod(peers);
      period = now / Windows.DAY_BUCKET_NANOS;
    }
  }

  private void endSecond(Ring lastSeconds) {
    if (!calledThisSecond) {
      return;
    }
    calledThisSecond = false;
    double seconds = Windows.SHORT_PLACES;
    calls.see(lastSeconds.total(Columns.CALLS) / seconds);
    rows.see(lastSeconds.total(Columns.ROWS) / seconds);
    compute.see(lastSeconds.total(Columns.COMPUTE_NANOS) / NANOS_PER_SECOND / seconds);
  }

  private void endPeriod(UsualRates peers) {
    if (!calledThisPeriod) {
      return;
    }
    calledThisPeriod = false;
    long day = day();
    calls.endPeriod(peers.calls(), day);
    rows.endPeriod(peers.rows(), day);
    compute.endPeriod(peers.compute(), day);
  }

  Rate calls(TrafficSignals.Window lastSeconds, UsualRates peers) {
    return calls.read(lastSeconds.callsPerSecond(), peers.calls(), day());
  }

  Rate rows(TrafficSignals.Window lastSeconds, UsualRates peers) {
    return rows.read(lastSeconds.rowsPerSecond(), peers.rows(), day());
  }

  Rate compute(TrafficSignals.Window lastSeconds, UsualRates peers) {
    return compute.read(lastSeconds.computePerSecond(), peers.compute(), day());
  }

  private long day() {
    return period / Windows.DAY_PLACES;
  }

  /** What the peaks usually are; unknown while the history is short. */
  UsualRates usual() {
    return new UsualRates(calls.usual(), rows.usual(), compute.usual());
  }

  /** Begins anew with what is usual, after a change that is meant to last. */
  void forget() {
    calls.forget();
    rows.forget();
    compute.forget();
  }
}
