package dev.gatehouse.abuse.traffic;

import java.util.Arrays;

/**
 * The highest value of each of the last {@link #DAYS} days, so that what a caller does once a day,
 * such as a nightly batch beside steady calls, is known as its own.
 *
 * <p>Known is what it came to on two of these days, today left out: one day's attack excuses
 * nothing on the next, and weekends make no batch unknown. Days are those since the watch began. 64
 * bytes.
 */
final class DailyPeaks {

  /** How many days are remembered, today included. */
  static final int DAYS = 8;

  private final double[] peaks = new double[DAYS];
  private long today;

  /** Sees a value on {@code day}, which is never before the one seen last. */
  void see(double value, long day) {
    advance(day);
    int place = (int) (day % DAYS);
    peaks[place] = Math.max(peaks[place], value);
  }

  /** What it came to on two days before {@code day}; 0 if there were none. */
  double known(long day) {
    advance(day);
    double highest = 0;
    double second = 0;
    for (int i = 0; i < DAYS; i++) {
      if (i != day % DAYS) {
        second = Math.max(second, Math.min(highest, peaks[i]));
        highest = Math.max(highest, peaks[i]);
      }
    }
    return second;
  }

  void forget() {
    Arrays.fill(peaks, 0);
  }

  private void advance(long day) {
    today = Math.max(today, day - DAYS);
    while (today < day) {
      today++;
      peaks[(int) (today % DAYS)] = 0;
    }
  }
}
