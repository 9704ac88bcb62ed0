package dev.gatehouse.demo.attacks;

import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Walks to where the model changes its mind: asks natural rows until two are of different classes,
 * then halves the way between them until they nearly meet (the start of decision-based attacks:
 * Brendel, Rauber, Bethge, 2018).
 *
 * <p>Not for several threads.
 */
final class BoundaryWalk implements Queries {

  /** Times the way is halved: to a thousandth. */
  static final int HALVINGS = 10;

  /** A row and its class. */
  private record End(float[] row, int label) {}

  private final List<float[]> natural;
  private final Random random;
  private @Nullable End left;
  private @Nullable End right;
  private int halvings;

  BoundaryWalk(List<float[]> natural, Random random) {
    this.natural = natural;
    this.random = random;
  }

  @Override
  public Optional<float[]> next() {
    if (left == null || right == null) {
      return Optional.of(natural.get(random.nextInt(natural.size())));
    }
    float[] middle = new float[left.row.length];
    for (int i = 0; i < middle.length; i++) {
      middle[i] = (left.row[i] + right.row[i]) / 2;
    }
    return Optional.of(middle);
  }

  @Override
  public void answered(float[] row, float[] scores) {
    End end = new End(row, Surrogate.greatest(scores));
    if (left == null) {
      left = end;
    } else if (right == null) {
      right = end.label == left.label ? null : end;
      halvings = 0;
    } else if (++halvings == HALVINGS) {
      left = null;
      right = null;
    } else if (end.label == left.label) {
      left = end;
    } else {
      right = end;
    }
  }

  /** The two rows between which it walks now, or none. */
  List<float[]> ends() {
    return left == null || right == null ? List.of() : List.of(left.row, right.row);
  }
}
