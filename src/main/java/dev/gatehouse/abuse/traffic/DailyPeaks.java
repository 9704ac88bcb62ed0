package dev.gatehouse.abuse.traffic;

/**
 * The highest value of each of the last {@link #DAYS} days, so that what a caller does once a day,
 * such as a nightly batch beside steady calls, is known as its own.
 *
 * <p>Known is what it came to on two of these days, today left out and at least {@link
 * #APART_PERIODS} apart: one day's attack excuses nothing on the next, nor does one around
 * midnight, and weekends make no batch unknown. Days are those since the watch began. 128 bytes.
 */
final class DailyPeaks {

  /** How many days are remembered, today included. */
  static final int DAYS = 8;

  /** Half a day, in periods of ten minutes. */
  static final int APART_PERIODS = Windows.DAY_PLACES / 2;

  private final double[] peaks = new double[DAYS];
  private final long[] periods = new long[DAYS];
  private long today;

  /** Sees the value of a period, which is never before the one seen last. */
  void see(double value, long period) {
    long day = period / Windows.DAY_PLACES;
    advance(day);
    int place = (int) (day % DAYS);
    if (value > peaks[place]) {
      peaks[place] = value;
      periods[place] = period;
    }
  }

  /** What it came to on two days before the day of {@code period}; 0 if there were none. */
  double known(long period) {
    long day = period / Windows.DAY_PLACES;
    advance(day);
    int now = (int) (day % DAYS);
    double known = 0;
    for (int i = 0; i < DAYS; i++) {
      for (int j = i + 1; j < DAYS; j++) {
        if (i != now && j != now && Math.abs(periods[i] - periods[j]) >= APART_PERIODS) {
          known = Math.max(known, Math.min(peaks[i], peaks[j]));
        }
      }
    }
    return known;
  }

  private void advance(long day) {
    today = Math.max(today, day - DAYS);
    while (today < day) {
      today++;
      peaks[(int) (today % DAYS)] = 0;
    }
  }
}
