package dev.gatehouse.demo.attacks;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/**
 * Synthetic rows around a few natural seeds: once all rows so far are answered, a copy is trained
 * on them, and every row gives one more, moved along the signs of the copy's gradient.
 *
 * <p>Not for several threads.
 */
final class Augmentation implements Queries {

  private final Random random;
  private final int steps;
  private final float reach;
  private final boolean targeted;
  private final List<float[]> rows = new ArrayList<>();
  private final List<float[]> beliefs = new ArrayList<>();
  private final Deque<float[]> pending;
  private int rounds;

  private Augmentation(
      List<float[]> seeds, Random random, int steps, float reach, boolean targeted) {
    this.random = random;
    this.steps = steps;
    this.reach = reach;
    this.targeted = targeted;
    pending = new ArrayDeque<>(seeds);
  }

  /**
   * One step of a tenth of the range along the gradient of the row's own class, up and down in
   * turns (Papernot et al., 2017).
   */
  static Augmentation jacobian(List<float[]> seeds, Random random) {
    return new Augmentation(seeds, random, 1, 0.1f, false);
  }

  /** Five steps, together a quarter of the range, towards a random class (Juuti et al., 2019). */
  static Augmentation targeted(List<float[]> seeds, Random random) {
    return new Augmentation(seeds, random, 5, 0.25f, true);
  }

  @Override
  public Optional<float[]> next() {
    if (pending.isEmpty() && !rows.isEmpty()) {
      Surrogate copy = Surrogate.trained(rows, beliefs, rounds);
      for (int i = 0; i < rows.size(); i++) {
        pending.add(moved(copy, rows.get(i), Surrogate.greatest(beliefs.get(i))));
      }
      rounds++;
    }
    return Optional.ofNullable(pending.poll());
  }

  @Override
  public void answered(float[] row, float[] scores) {
    rows.add(row);
    beliefs.add(Surrogate.belief(scores));
  }

  private float[] moved(Surrogate copy, float[] from, int own) {
    int other = (own + 1 + random.nextInt(Surrogate.CLASSES - 1)) % Surrogate.CLASSES;
    int wanted = targeted ? other : own;
    float step = reach * Surrogate.PIXEL_MAX / steps * (!targeted && rounds % 2 == 1 ? -1 : 1);
    float[] row = from.clone();
    for (int s = 0; s < steps; s++) {
      float[] gradient = copy.gradient(row, wanted);
      for (int i = 0; i < row.length; i++) {
        row[i] = Math.clamp(row[i] + step * Math.signum(gradient[i]), 0, Surrogate.PIXEL_MAX);
      }
    }
    return row;
  }
}
