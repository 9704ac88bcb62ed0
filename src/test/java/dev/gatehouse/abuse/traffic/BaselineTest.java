package dev.gatehouse.abuse.traffic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

/** The baseline follows what grows and does not learn an attack; a day is 144 periods. */
final class BaselineTest {

  private static final int DAY = 144;
  private static final int HOUR = 6;

  /** Fixed: what is judged by chance is to be judged alike every time. */
  private static final long SEED = Long.getLong("gatehouse.seed", 20_261_123);

  private final Random random = new Random(SEED);
  private Baseline baseline = Baseline.ofRates(DAY, DAY);
  private int period;

  /** What an honest caller does in a period. */
  @FunctionalInterface
  private interface Pattern {
    double at(int period);
  }

  private double steady(int at) {
    return 100;
  }

  /** From 20 at night to 180 at noon. */
  private double diurnal(int at) {
    return 100 + 80 * Math.sin(2 * Math.PI * at / DAY);
  }

  /** Ten hours of work, and a tenth of it at other times. */
  private double office(int at) {
    int hour = at % DAY / HOUR;
    return hour >= 8 && hour < 18 ? 100 : 10;
  }

  @Test
  void limit_attackAtTenTimes_isExceededForSeventeenHours() {
    for (Pattern pattern : new Pattern[] {this::steady, this::diurnal, this::office}) {
      baseline = Baseline.ofRates(DAY, DAY);
      period = 0;
      double sum = 0;
      for (int i = 0; i < 10 * DAY; i++) {
        sum += teach(pattern.at(period), 1);
      }
      double attack = 10 * sum / (10 * DAY);
      for (int i = 0; i < 17 * HOUR; i++) {
        assertTrue(attack > baseline.limit(), i + " periods, seed " + SEED);
        teach(attack, 0);
      }
    }
  }

  @Test
  void limit_honestPatterns_areWithin() {
    for (Pattern pattern : new Pattern[] {this::steady, this::diurnal, this::office}) {
      baseline = Baseline.ofRates(DAY, DAY);
      period = 0;
      for (int i = 0; i < 2 * DAY; i++) {
        teach(pattern.at(period), 1);
      }
      int beyond = 0;
      for (int i = 0; i < 14 * DAY; i++) {
        double limit = baseline.limit();
        beyond += teach(pattern.at(period), 1) > limit ? 1 : 0;
      }
      // A steady caller's band is four times its noise: once in 40,000 periods is beyond it.
      assertTrue(beyond <= 2, beyond + " periods, seed " + SEED);
    }
  }

  @Test
  void limit_growthOfTwoPercentADay_isFollowed() {
    for (int i = 0; i < 2 * DAY; i++) {
      teach(100, 0.5);
    }
    int beyond = 0;
    for (int i = 0; i < 120 * DAY; i++) {
      double limit = baseline.limit();
      beyond += teach(100 * Math.pow(1.02, (double) i / DAY), 0.5) > limit ? 1 : 0;
    }
    assertEquals(0, beyond, "seed " + SEED);
    assertEquals(100 * Math.pow(1.02, 120), baseline.mean(), 100, "seed " + SEED);
  }

  @Test
  void limit_lastingStep_isLearnedInDays() {
    for (int i = 0; i < 2 * DAY; i++) {
      teach(100, 0.5);
    }
    int periods = 0;
    while (teach(300, 0.5) > baseline.limit()) {
      periods++;
      assertTrue(periods < 5 * DAY, "seed " + SEED);
    }
    assertTrue(periods > DAY, periods + " periods, seed " + SEED);
  }

  @Test
  void feed_cold_believesNoMoreThanWhatIsCredible() {
    for (int i = 0; i < DAY - 1; i++) {
      baseline.feed(1_000, 50);
    }
    assertFalse(baseline.warm());
    baseline.feed(1_000, 50);
    assertTrue(baseline.warm());
    assertEquals(50, baseline.mean(), 1e-9);
  }

  @Test
  void feed_drop_isWinsorisedToo() {
    for (int i = 0; i < 2 * DAY; i++) {
      teach(100, 0.5);
    }
    for (int i = 0; i < 6 * HOUR; i++) {
      teach(0, 0);
    }
    assertTrue(baseline.mean() > 90, "seed " + SEED);
  }

  @Test
  void limit_logarithms_isAFactorAtLeast() {
    Baseline sizes = Baseline.ofLogarithms(DAY, 10);
    for (int i = 0; i < 20; i++) {
      sizes.feed(Math.log(1_000), Double.POSITIVE_INFINITY);
    }
    assertEquals(Math.log(1_500), sizes.limit(), 1e-9);
  }

  private double teach(double value, double noise) {
    double taught = value * Math.exp(noise * 0.1 * random.nextGaussian());
    baseline.feed(taught, Double.POSITIVE_INFINITY);
    period++;
    return taught;
  }
}
