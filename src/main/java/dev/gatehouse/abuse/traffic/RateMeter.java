package dev.gatehouse.abuse.traffic;

import java.util.OptionalDouble;

/**
 * Judges one rate of a caller over one window: its peak in each period of ten minutes feeds a
 * {@link Baseline}, so that bursts that come every ten minutes are usual, and periods without calls
 * teach nothing.
 *
 * <p>What it came to on two of the last days ({@link DailyPeaks}) is usual too, with {@link
 * #MORE_SHARE} more: a nightly batch beside steady calls.
 *
 * <p>Until there is a day of active periods, the limit is what {@link #MORE_SHARE} more than the
 * peers' quantile is, or the ceiling where that is less or there are no peers; more than this the
 * baseline does not learn either. A newcomer that honestly does more than its peers is therefore
 * beyond its limit once it has one of its own, until it has done so on two days.
 */
final class RateMeter {

  /** A day of activity, in periods of ten minutes. */
  static final int MEMORY_PERIODS = 144;

  /** How much more than its peers, or than on other days, a caller may do. */
  static final double MORE_SHARE = 0.5;

  private final RateBounds bounds;
  private final Baseline baseline = Baseline.ofRates(MEMORY_PERIODS, MEMORY_PERIODS);
  private final DailyPeaks days = new DailyPeaks();
  private double peak;

  RateMeter(RateBounds bounds) {
    this.bounds = bounds;
  }

  /** Sees the rate over the window. */
  void see(double perSecond) {
    peak = Math.max(peak, perSecond);
  }

  /** Ends a period, numbered in tens of minutes, in which there were calls. */
  void endPeriod(OptionalDouble peers, long period) {
    double credible = coldLimit(peers);
    days.see(peak, period);
    baseline.feed(peak, credible);
    peak = 0;
  }

  /** The rate with its limit in {@code period}. */
  Rate read(double perSecond, OptionalDouble peers, long period) {
    if (baseline.warm()) {
      double known = (1 + MORE_SHARE) * days.known(period);
      double limit = Math.max(bounds.floor(), Math.max(baseline.limit(), known));
      return new Rate(perSecond, baseline.mean(), limit, Rate.Basis.OWN);
    }
    Rate.Basis basis = peers.isPresent() ? Rate.Basis.PEERS : Rate.Basis.CEILING;
    return new Rate(perSecond, baseline.mean(), coldLimit(peers), basis);
  }

  /** What its peaks usually are; empty while its history is short. */
  OptionalDouble usual() {
    return baseline.warm() ? OptionalDouble.of(baseline.mean()) : OptionalDouble.empty();
  }

  private double coldLimit(OptionalDouble peers) {
    if (peers.isEmpty()) {
      return bounds.ceiling();
    }
    double limit = (1 + MORE_SHARE) * peers.getAsDouble();
    return Math.clamp(limit, bounds.floor(), bounds.ceiling());
  }
}
