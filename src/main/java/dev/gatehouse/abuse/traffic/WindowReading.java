package dev.gatehouse.abuse.traffic;

import dev.gatehouse.abuse.traffic.TrafficSignals.Cost;
import dev.gatehouse.abuse.traffic.TrafficSignals.Window;
import java.util.OptionalDouble;

/** Turns the sums of a window into signals. */
final class WindowReading {

  private static final double NANOS_PER_SECOND = 1e9;

  private WindowReading() {}

  /** The window of a caller, with its part in that of all callers. */
  static Window window(Ring own, Ring all, long now) {
    double seconds = own.coveredSeconds(now);
    long calls = own.total(Columns.CALLS);
    long computeNanos = own.total(Columns.COMPUTE_NANOS);
    return new Window(
        seconds,
        calls,
        calls / seconds,
        own.total(Columns.ROWS) / seconds,
        computeNanos / NANOS_PER_SECOND / seconds,
        ratio(computeNanos, all.total(Columns.COMPUTE_NANOS), 1),
        ofCalls(own, Columns.DENIED),
        ofCalls(own, Columns.INVALID),
        ofCalls(own, Columns.CANCELLED),
        ofCalls(own, Columns.DEADLINE));
  }

  /** What the calls of a window cost, and those of all others. */
  static Cost cost(Ring own, Ring all, long now) {
    long compared = own.total(Columns.COMPARED_NANOS);
    long usual = own.total(Columns.USUAL_NANOS);
    return new Cost(
        ratio(compared, usual, 1),
        ratio(
            all.total(Columns.COMPARED_NANOS) - compared,
            all.total(Columns.USUAL_NANOS) - usual,
            1),
        ratio(own.total(Columns.WASTED_NANOS), own.total(Columns.COMPUTE_NANOS), 1),
        own.total(Columns.CANCELLED) / own.coveredSeconds(now));
  }

  private static OptionalDouble ofCalls(Ring own, int column) {
    return ratio(own.total(column), own.total(Columns.CALLS), Window.RATIO_CALLS_MIN);
  }

  private static OptionalDouble ratio(long part, long whole, long wholeMin) {
    return whole < wholeMin ? OptionalDouble.empty() : OptionalDouble.of((double) part / whole);
  }
}
