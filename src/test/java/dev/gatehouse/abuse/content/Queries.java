package dev.gatehouse.abuse.content;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;

/** Streams of queries to the model of digits, as honest callers and thieves send them. */
public enum Queries {
  /** Natural rows in any order, none twice. */
  NATURAL {
    @Override
    public Supplier<float[]> from(DigitsVictim victim, Random random) {
      List<float[]> rows = new ArrayList<>(victim.natural());
      Collections.shuffle(rows, random);
      return rows.iterator()::next;
    }
  },
  /** Each pixel drawn on its own (Tramèr et al., 2016). */
  NOISE {
    @Override
    public Supplier<float[]> from(DigitsVictim victim, Random random) {
      return () -> {
        float[] row = new float[DigitsVictim.PIXELS];
        for (int i = 0; i < row.length; i++) {
          row[i] = random.nextFloat() * DigitsVictim.PIXEL_MAX;
        }
        return row;
      };
    }
  },
  /** Seeds and what comes of them by steps of a tenth along the signs of the gradient. */
  AUGMENTED {
    @Override
    public Supplier<float[]> from(DigitsVictim victim, Random random) {
      return augmented(victim, random, 0.1f, true);
    }
  },
  /** The same with steps of a quarter. */
  AUGMENTED_FAR {
    @Override
    public Supplier<float[]> from(DigitsVictim victim, Random random) {
      return augmented(victim, random, 0.25f, true);
    }
  },
  /** Seeds and what comes of them by steps of a tenth along random signs. */
  AUGMENTED_AT_RANDOM {
    @Override
    public Supplier<float[]> from(DigitsVictim victim, Random random) {
      return augmented(victim, random, 0.1f, false);
    }
  },
  /** One natural row after another, each in variations that hardly differ. */
  NEAR_DUPLICATES {
    @Override
    public Supplier<float[]> from(DigitsVictim victim, Random random) {
      int[] sent = {0};
      float[][] seed = {null};
      return () -> {
        if (sent[0]++ % 50 == 0) {
          seed[0] = natural(victim, random);
        }
        float[] row = seed[0].clone();
        for (int i = 0; i < row.length; i++) {
          row[i] += (float) random.nextGaussian() * 0.3f;
        }
        return row;
      };
    }
  },
  /** Halving the way between two natural rows of different classes until they nearly meet. */
  BOUNDARY {
    @Override
    public Supplier<float[]> from(DigitsVictim victim, Random random) {
      float[][] ends = new float[2][];
      int[] step = {0};
      return () -> {
        if (step[0]++ % 12 == 0) {
          do {
            ends[0] = natural(victim, random);
            ends[1] = natural(victim, random);
          } while (victim.predicted(ends[0]) == victim.predicted(ends[1]));
        }
        float[] middle = new float[DigitsVictim.PIXELS];
        for (int i = 0; i < middle.length; i++) {
          middle[i] = (ends[0][i] + ends[1][i]) / 2;
        }
        ends[victim.predicted(middle) == victim.predicted(ends[0]) ? 0 : 1] = middle;
        return middle;
      };
    }
  };

  /** Natural rows that augmentation begins with. */
  private static final int SEEDS = 50;

  /** Begins a stream; it ends with an exception when there are no rows left. */
  public abstract Supplier<float[]> from(DigitsVictim victim, Random random);

  private static float[] natural(DigitsVictim victim, Random random) {
    return victim.natural().get(random.nextInt(victim.natural().size()));
  }

  /**
   * Jacobian-based augmentation (Papernot et al., 2017): in each round every row so far gives one
   * more. The gradient is the victim's own, which a good surrogate's comes near to.
   */
  private static Supplier<float[]> augmented(
      DigitsVictim victim, Random random, float step, boolean gradient) {
    List<float[]> rows = new ArrayList<>();
    int[] parent = {0};
    int[] roundEnd = {SEEDS};
    Supplier<float[]> seeds = NATURAL.from(victim, random);
    return () -> {
      if (rows.size() < SEEDS) {
        rows.add(seeds.get());
        return rows.getLast();
      }
      if (parent[0] == roundEnd[0]) {
        parent[0] = 0;
        roundEnd[0] = rows.size();
      }
      float[] row = rows.get(parent[0]++).clone();
      float[] weights = victim.weights()[victim.predicted(row)];
      float away = step * DigitsVictim.PIXEL_MAX * (random.nextBoolean() ? 1 : -1);
      for (int i = 0; i < row.length; i++) {
        float sign = gradient ? Math.signum(weights[i]) : random.nextBoolean() ? 1 : -1;
        row[i] = Math.clamp(row[i] + away * sign, 0, DigitsVictim.PIXEL_MAX);
      }
      rows.add(row);
      return row;
    };
  }
}
