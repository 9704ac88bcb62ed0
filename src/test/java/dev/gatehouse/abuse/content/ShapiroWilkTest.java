package dev.gatehouse.abuse.content;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** W against figures of {@code scipy.stats.shapiro} (SciPy 1.17.1) for the same values. */
class ShapiroWilkTest {

  @Test
  void statistic_valuesOfManyShapes_isThatOfScipy() {
    assertW(0.896180054, 100, i -> (i + 1.0) * (i + 1));
    assertW(0.988229646, 200, i -> Math.sin(i) * 3 + i % 7);
    assertW(0.955582688, 50, i -> i * 37 % 50 / 50.0);
    assertW(0.845110777, 128, i -> Math.log(i + 1.0));
    assertW(0.687925133, 120, i -> (i % 2 == 0 ? 10 : 0) + i * 31 % 60 / 60.0);
    assertW(0.999815525, 256, i -> ShapiroWilk.quantile((i + 0.5) / 256));
    double[] weights = {148, 154, 158, 160, 161, 162, 166, 170, 182, 195, 236};
    assertW(0.788814695, weights.length, i -> weights[i]);
  }

  @Test
  void statistic_sizesInTurn_usesTheWeightsOfEach() {
    ShapiroWilk one = new ShapiroWilk();
    double[] many = IntStream.rangeClosed(1, 100).mapToDouble(i -> (double) i * i).toArray();
    double before = one.statistic(many, 100);
    one.statistic(many, 30);

    assertEquals(before, one.statistic(many, 100));
  }

  @Test
  void statistic_allTheSame_isZero() {
    assertEquals(0, new ShapiroWilk().statistic(new double[100], 100));
  }

  @Test
  void statistic_tooFew_isRefused() {
    assertThrows(
        IllegalArgumentException.class, () -> new ShapiroWilk().statistic(new double[5], 5));
  }

  @Test
  void quantile_centreAndTails_isThatOfTheNormalDistribution() {
    assertEquals(-3.2905267315, ShapiroWilk.quantile(0.0005), 1e-6);
    assertEquals(-1.4395314709, ShapiroWilk.quantile(0.075), 1e-6);
    assertEquals(0.2533471031, ShapiroWilk.quantile(0.6), 1e-6);
    assertEquals(3.0902323062, ShapiroWilk.quantile(0.999), 1e-6);
  }

  private static void assertW(double expected, int size, IntToDoubleFunction value) {
    double[] sorted = IntStream.range(0, size).mapToDouble(value).sorted().toArray();
    assertEquals(expected, new ShapiroWilk().statistic(sorted, size), 1e-6);
  }
}
