package dev.gatehouse.abuse.traffic;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** The window is what a list of everything says it is. */
final class RingTest {

  private record Added(long bucket, long value) {}

  @Test
  void total_randomGapsAndJumps_isThatOfTheWindow() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    Ring ring = new Ring(10, 100, 2);
    List<Added> all = new ArrayList<>();
    long now = 0;
    for (int i = 0; i < 5_000; i++) {
      now += random.nextInt(20) == 0 ? random.nextInt(5_000) : random.nextInt(60);
      long value = random.nextInt(100);
      ring.advance(now);
      ring.add(new long[] {value, 1});
      all.add(new Added(now / 100, value));
      long head = now / 100;
      long sum = all.stream().filter(a -> a.bucket() > head - 10).mapToLong(Added::value).sum();
      long count = all.stream().filter(a -> a.bucket() > head - 10).count();
      assertEquals(sum, ring.total(0), "seed " + seed);
      assertEquals(least(all, head - 9), ring.least(0, false), "seed " + seed);
      assertEquals(least(all, head - 8), ring.least(0, true), "seed " + seed);
      assertEquals(count, ring.total(1), "seed " + seed);
    }
  }

  /** Of nine buckets. */
  private static long least(List<Added> all, long from) {
    return LongStream.range(from, from + 9)
        .map(one -> all.stream().filter(a -> a.bucket() == one).mapToLong(Added::value).sum())
        .min()
        .orElseThrow();
  }

  @Test
  void coveredSeconds_anywhere_isBetweenNineTenthsAndAll() {
    Ring ring = new Ring(10, 1_000_000_000L, 1);
    ring.advance(50_000_000_000L);
    assertEquals(9, ring.coveredSeconds(50_000_000_000L));
    assertEquals(9.5, ring.coveredSeconds(50_500_000_000L));
  }
}
