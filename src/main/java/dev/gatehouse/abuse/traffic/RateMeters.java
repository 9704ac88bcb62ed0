package dev.gatehouse.abuse.traffic;

import dev.gatehouse.abuse.traffic.Peers.UsualRates;

/**
 * The rates of a caller that are judged: calls, rows and device time of 10 s; and calls and rows
 * that were kept up for three quarters of a second, by the least of them, so that ten large calls
 * at once are nothing.
 *
 * <p>What is kept up has a baseline of its own: who sends much for a second now and then has high
 * ones within ordinary tens of them.
 */
final class RateMeters {

  private static final double NANOS_PER_SECOND = 1e9;

  /** A second, as buckets of a quarter. */
  static final int QUARTERS = 4;

  static final long QUARTER_NANOS = Windows.SECOND_NANOS / QUARTERS;

  private final RateMeter calls;
  private final RateMeter rows;
  private final RateMeter compute;
  private final RateMeter sustainedCalls;
  private final RateMeter sustainedRows;
  private final Ring lastSecond = new Ring(QUARTERS, QUARTER_NANOS, Columns.OF_A_SECOND);
  private long quarter;
  private long second;
  private long period;
  private boolean calledThisQuarter;
  private boolean calledThisSecond;
  private boolean calledThisPeriod;

  RateMeters(TrafficSettings settings) {
    calls = new RateMeter(settings.calls());
    rows = new RateMeter(settings.rows());
    compute = new RateMeter(settings.compute());
    sustainedCalls = new RateMeter(settings.calls().ofSustained());
    sustainedRows = new RateMeter(settings.rows().ofSustained());
  }

  /**
   * Notes a call.
   *
   * @param values one for each of the {@link Columns}
   * @param tookNanos how long it took: where a second passed meanwhile, it is nothing that was kept
   *     up now. Who waited behind something that stood still is let go with many others, and floods
   *     nobody
   */
  void called(long[] values, long tookNanos) {
    if (tookNanos < Windows.SECOND_NANOS) {
      lastSecond.add(values);
    }
    calledThisQuarter = true;
    calledThisSecond = true;
    calledThisPeriod = true;
  }

  /** Ends what is over; {@code lastSeconds} have not been moved yet. */
  void advance(long now, Ring lastSeconds, UsualRates peers) {
    if (now / QUARTER_NANOS != quarter) {
      quarter = now / QUARTER_NANOS;
      endQuarter();
    }
    lastSecond.advance(now);
    if (now / Windows.SHORT_BUCKET_NANOS != second) {
      second = now / Windows.SHORT_BUCKET_NANOS;
      endSecond(lastSeconds);
    }
    if (now / Windows.DAY_BUCKET_NANOS != period) {
      endPeriod(peers);
      period = now / Windows.DAY_BUCKET_NANOS;
    }
  }

  private void endQuarter() {
    if (!calledThisQuarter) {
      return;
    }
    calledThisQuarter = false;
    sustainedCalls.see(keptUp(Columns.CALLS, true));
    sustainedRows.see(keptUp(Columns.ROWS, true));
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
    calls.endPeriod(peers.calls(), period);
    rows.endPeriod(peers.rows(), period);
    compute.endPeriod(peers.compute(), period);
    sustainedCalls.endPeriod(peers.sustainedCalls(), period);
    sustainedRows.endPeriod(peers.sustainedRows(), period);
  }

  Rate calls(TrafficSignals.Window lastSeconds, UsualRates peers) {
    return calls.read(lastSeconds.callsPerSecond(), peers.calls(), period);
  }

  Rate rows(TrafficSignals.Window lastSeconds, UsualRates peers) {
    return rows.read(lastSeconds.rowsPerSecond(), peers.rows(), period);
  }

  Rate compute(TrafficSignals.Window lastSeconds, UsualRates peers) {
    return compute.read(lastSeconds.computePerSecond(), peers.compute(), period);
  }

  /** What was kept up lately of calls and rows. */
  TrafficSignals.Sustained sustained(UsualRates peers) {
    return new TrafficSignals.Sustained(
        sustainedCalls.read(keptUp(Columns.CALLS, false), peers.sustainedCalls(), period),
        sustainedRows.read(keptUp(Columns.ROWS, false), peers.sustainedRows(), period));
  }

  private double keptUp(int column, boolean ended) {
    return (double) QUARTERS * lastSecond.least(column, ended);
  }

  /** What the peaks usually are; unknown while the history is short. */
  UsualRates usual() {
    return new UsualRates(
        calls.usual(),
        rows.usual(),
        compute.usual(),
        sustainedCalls.usual(),
        sustainedRows.usual());
  }
}
