package dev.gatehouse.abuse.content;

import java.util.Arrays;

/**
 * The W statistic of Shapiro and Wilk: how well sorted values lie on a straight line against the
 * values expected of a normal sample, 1 at best.
 *
 * <p>With the approximate weights of P. Royston: "Remark AS R94: A Remark on Algorithm AS 181: The
 * W-test for Normality", Applied Statistics 44 (1995), and the normal quantile PPND7 of M. J.
 * Wichura: "Algorithm AS 241", Applied Statistics 37 (1988), which is right to seven digits. Keeps
 * the weights of the last sample size: 8 bytes for each two values. One thread at a time.
 */
final class ShapiroWilk {

  /** Fewest values of a sample: the approximation of the two outer weights needs as many. */
  static final int SAMPLE_MIN = 6;

  private static final double[] OUTER = {
    0, 0.221157, -0.147981, -2.07119, 4.434685, -2.706056,
  };
  private static final double[] NEXT = {
    0, 0.042981, -0.293762, -1.752461, 5.682633, -3.582633,
  };

  private static final double[] CENTRE_ABOVE = {
    3.3871327179, 50.434271938, 159.29113202, 59.109374720,
  };
  private static final double[] CENTRE_BELOW = {1, 17.895169469, 78.757757664, 67.187563600};
  private static final double[] TAIL_ABOVE = {
    1.4234372777, 2.7568153900, 1.3067284816, 0.17023821103,
  };
  private static final double[] TAIL_BELOW = {1, 0.73700164250, 0.12021132975};
  private static final double[] END_ABOVE = {
    6.6579051150, 3.0812263860, 0.42868294337, 0.017337203997,
  };
  private static final double[] END_BELOW = {1, 0.24197894225, 0.012258202635};

  private double[] weights = {};
  private int weightsOf;

  /**
   * W of the first {@code size} values, which are in ascending order.
   *
   * @return from 0 to 1; 0 if all values are the same, since no sample of a normal distribution is
   *     less like one
   */
  double statistic(double[] sorted, int size) {
    if (size < SAMPLE_MIN) {
      throw new IllegalArgumentException("Too few values: " + size);
    }
    if (weightsOf != size) {
      weights = weights(size);
      weightsOf = size;
    }
    double mean = Arrays.stream(sorted, 0, size).average().orElseThrow();
    double squares = 0;
    for (int i = 0; i < size; i++) {
      squares += (sorted[i] - mean) * (sorted[i] - mean);
    }
    double line = 0;
    for (int i = 0; i < weights.length; i++) {
      line += weights[i] * (sorted[size - 1 - i] - sorted[i]);
    }
    return squares > 0 ? Math.clamp(line * line / squares, 0, 1) : 0;
  }

  /** Weights of the differences of the greatest and the smallest value, the next two, and so on. */
  private static double[] weights(int size) {
    double[] weights = new double[size / 2];
    double squares = 0;
    for (int i = 0; i < weights.length; i++) {
      weights[i] = -quantile((i + 1 - 0.375) / (size + 0.25));
      squares += 2 * weights[i] * weights[i];
    }
    double root = 1 / Math.sqrt(size);
    double outer = weights[0] / Math.sqrt(squares) + polynomial(OUTER, root);
    double next = weights[1] / Math.sqrt(squares) + polynomial(NEXT, root);
    double rest = squares - 2 * (weights[0] * weights[0] + weights[1] * weights[1]);
    double scale = Math.sqrt(rest / (1 - 2 * (outer * outer + next * next)));
    for (int i = 2; i < weights.length; i++) {
      weights[i] /= scale;
    }
    weights[0] = outer;
    weights[1] = next;
    return weights;
  }

  /** The normal deviate below which lies the share {@code p}, which is between 0 and 1. */
  static double quantile(double p) {
    double q = p - 0.5;
    if (Math.abs(q) <= 0.425) {
      double r = 0.180625 - q * q;
      return q * polynomial(CENTRE_ABOVE, r) / polynomial(CENTRE_BELOW, r);
    }
    double r = Math.sqrt(-Math.log(Math.min(p, 1 - p)));
    double deviate =
        r <= 5
            ? polynomial(TAIL_ABOVE, r - 1.6) / polynomial(TAIL_BELOW, r - 1.6)
            : polynomial(END_ABOVE, r - 5) / polynomial(END_BELOW, r - 5);
    return Math.copySign(deviate, q);
  }

  private static double polynomial(double[] coefficients, double x) {
    double sum = 0;
    for (int i = coefficients.length - 1; i >= 0; i--) {
      sum = sum * x + coefficients[i];
    }
    return sum;
  }
}
