package dev.gatehouse.abuse.traffic;

/**
 * What is usual for one quantity: a mean and a deviation that fade over about a day of activity,
 * and the band around the mean that they give: {@link #BAND_DEVIATIONS} deviations, at least {@link
 * #BAND_SHARE_MIN} of the mean (for logarithms: a factor of as much).
 *
 * <p><b>It does not learn the attacker.</b> Values are winsorised (C. Hastings, F. Mosteller, J. W.
 * Tukey, C. P. Winsor: "Low Moments for Small Samples", 1947): one beyond the band teaches as if it
 * were one deviation, at least half of the least width of the band, from the mean. Winsorising at
 * the edge of the band instead, at three deviations, would let each step widen the next: the
 * deviation would grow by e⁴ a day. At one deviation it does not grow, and the mean moves by one
 * deviation, or a quarter of itself, a day. A lasting step that is legitimate is learned too, in
 * days.
 *
 * <p>Until it is {@link #warm} there is no band of its own, and the caller says which values are
 * credible. One value is fed per period, and none for a period without activity: nights, holidays
 * and gaps teach nothing. State: 5 numbers.
 */
final class Baseline {

  static final double BAND_DEVIATIONS = 3;
  static final double BAND_SHARE_MIN = 0.5;

  private final double periodsOfMemory;
  private final int periodsToWarm;
  private final boolean logarithms;
  private double mean;
  private double variance;
  private int fed;

  private Baseline(double periodsOfMemory, int periodsToWarm, boolean logarithms) {
    this.periodsOfMemory = periodsOfMemory;
    this.periodsToWarm = periodsToWarm;
    this.logarithms = logarithms;
  }

  /** One of rates: never negative, and the least width of the band is a share of the mean. */
  static Baseline ofRates(int periodsOfMemory, int periodsToWarm) {
    return new Baseline(periodsOfMemory, periodsToWarm, false);
  }

  /** One of natural logarithms: the least width of the band is a factor. */
  static Baseline ofLogarithms(int periodsOfMemory, int periodsToWarm) {
    return new Baseline(periodsOfMemory, periodsToWarm, true);
  }

  /**
   * Learns the value of one period.
   *
   * @param credibleMax the most that is believed while it is not warm
   */
  void feed(double value, double credibleMax) {
    double taught = warm() ? winsorised(value) : Math.min(value, credibleMax);
    fed = fed == Integer.MAX_VALUE ? fed : fed + 1;
    double weight = Math.max(1 / periodsOfMemory, 1.0 / fed);
    double distance = taught - mean;
    mean += weight * distance;
    variance = (1 - weight) * (variance + weight * distance * distance);
  }

  private double winsorised(double value) {
    double distance = value - mean;
    if (Math.abs(distance) <= width()) {
      return value;
    }
    double taught = Math.max(deviation(), widthMin() / 2);
    return mean + Math.copySign(taught, distance);
  }

  /** Whether it has seen enough to judge. */
  boolean warm() {
    return fed >= periodsToWarm;
  }

  double mean() {
    return mean;
  }

  double deviation() {
    return Math.sqrt(variance);
  }

  /** The upper edge of the band. */
  double limit() {
    return mean + width();
  }

  private double width() {
    return Math.max(BAND_DEVIATIONS * deviation(), widthMin());
  }

  private double widthMin() {
    return logarithms ? Math.log1p(BAND_SHARE_MIN) : BAND_SHARE_MIN * mean;
  }
}
