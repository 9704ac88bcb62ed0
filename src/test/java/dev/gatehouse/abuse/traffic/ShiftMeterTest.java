package dev.gatehouse.abuse.traffic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

/** A lasting shift of sizes is told, and one odd value is not. */
final class ShiftMeterTest {

  private static final long SECOND = 1_000_000_000L;

  /** Fixed: what is judged by chance is to be judged alike every time. */
  private static final long SEED = Long.getLong("gatehouse.seed", 20_261_123);

  private final Random random = new Random(SEED);
  private final ShiftMeter meter = new ShiftMeter();
  private long now;

  @Test
  void read_noHistory_isEmpty() {
    add(1_000, ShiftMeter.WARM_INTERVALS * 10 - 10);
    assertTrue(meter.read(now).isEmpty());
    add(1_000, 20);
    assertTrue(meter.read(now).isPresent());
  }

  @Test
  void read_tenfold_isToldInAMinute() {
    add(1_000, 7_200);
    assertEquals(1, meter.read(now).orElseThrow().factor(), 0.2, "seed " + SEED);
    add(10_000, 60);
    Shift shift = meter.read(now).orElseThrow();
    assertEquals(10, shift.factor(), 2, "seed " + SEED);
    assertTrue(shift.z() > 8, shift + " seed " + SEED);
    add(100, 60);
    assertTrue(meter.read(now).orElseThrow().z() < -8, "seed " + SEED);
  }

  @Test
  void read_tenfoldForHours_isStillTold() {
    add(1_000, 7_200);
    add(10_000, 6 * 3_600);
    assertTrue(meter.read(now).orElseThrow().factor() > 5, "seed " + SEED);
  }

  @Test
  void read_oneOddValue_isNoShift() {
    add(1_000, 7_200);
    meter.add(10_000_000, now);
    assertTrue(meter.read(now).orElseThrow().factor() < 1.5, "seed " + SEED);
  }

  @Test
  void read_fewValues_isEmpty() {
    add(1_000, 7_200);
    now += 3_600 * SECOND;
    for (int i = 0; i < ShiftMeter.VALUES_MIN - 1; i++) {
      meter.add(1_000, now);
    }
    assertTrue(meter.read(now).isEmpty());
    meter.add(1_000, now);
    assertTrue(meter.read(now).isPresent());
  }

  private void add(double size, int seconds) {
    for (int i = 0; i < seconds; i++) {
      meter.add(size * Math.exp(0.3 * random.nextGaussian()), now);
      now += SECOND;
    }
  }
}
