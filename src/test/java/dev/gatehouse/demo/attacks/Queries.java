package dev.gatehouse.demo.attacks;

import dev.gatehouse.demo.Digits;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** What a thief asks, one row at a time, each possibly chosen by the answers so far. */
@FunctionalInterface
interface Queries {

  /** The next row to ask, or empty if there is none. */
  Optional<float[]> next();

  /** What the model said of the row that was asked last. */
  default void answered(float[] row, float[] scores) {}

  /** Natural rows in any order, none twice. */
  static Queries natural(List<float[]> rows, Random random) {
    List<float[]> shuffled = new ArrayList<>(rows);
    Collections.shuffle(shuffled, random);
    var left = shuffled.iterator();
    return () -> left.hasNext() ? Optional.of(left.next()) : Optional.empty();
  }

  /** Each pixel drawn on its own (Tramèr et al., 2016). */
  static Queries noise(Random random) {
    return () -> {
      float[] row = new float[Digits.PIXELS];
      for (int i = 0; i < row.length; i++) {
        row[i] = random.nextFloat() * Surrogate.PIXEL_MAX;
      }
      return Optional.of(row);
    };
  }

  /** One natural row after another, each in fifty variations that hardly differ. */
  static Queries variations(List<float[]> rows, Random random) {
    int[] sent = {0};
    return () -> {
      float[] row = rows.get(sent[0]++ / 50 % rows.size()).clone();
      for (int i = 0; i < row.length; i++) {
        row[i] += (float) random.nextGaussian() * 0.3f;
      }
      return Optional.of(row);
    };
  }
}
