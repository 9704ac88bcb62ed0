package dev.gatehouse.abuse.content;

import java.util.Optional;

/**
 * What a model's scores of one row say: the class it predicts, and how clearly.
 *
 * @param predicted the place of the greatest score, of equal ones the first
 * @param margin the greatest probability less the second one, from 0 to 1
 */
record Scores(int predicted, double margin) {

  /** How far the sum of scores may be from 1 for them to be taken as probabilities. */
  static final double SUM_TOLERANCE = 0.01;

  /**
   * Reads the scores of one row. They are probabilities if all lie in 0 to 1 and their sum is 1
   * give or take {@link #SUM_TOLERANCE}; with another sum they are of several labels at once, of
   * which none is predicted rather than others. If any lies elsewhere they are logits, of which the
   * softmax is taken.
   *
   * @return empty if there are fewer than two, one of them is not finite, or they are of several
   *     labels
   */
  static Optional<Scores> read(float[] scores, int offset, int length) {
    if (length < 2) {
      return Optional.empty();
    }
    int first = 0;
    double second = Double.NEGATIVE_INFINITY;
    double least = scores[offset];
    double sum = scores[offset];
    for (int i = 1; i < length; i++) {
      float score = scores[offset + i];
      sum += score;
      least = Math.min(least, score);
      if (score > scores[offset + first]) {
        second = scores[offset + first];
        first = i;
      } else {
        second = Math.max(second, score);
      }
    }
    if (!Double.isFinite(sum)) {
      return Optional.empty();
    }
    double greatest = scores[offset + first];
    boolean probabilities = least >= 0 && greatest <= 1;
    if (probabilities && Math.abs(sum - 1) > SUM_TOLERANCE) {
      return Optional.empty();
    }
    double margin = greatest - second;
    if (!probabilities) {
      margin = -Math.expm1(-margin) / normalizer(scores, offset, length, greatest);
    }
    return Optional.of(new Scores(first, Math.min(margin, 1)));
  }

  /** The sum of exponentials, each over that of the greatest score. */
  private static double normalizer(float[] scores, int offset, int length, double greatest) {
    double sum = 0;
    for (int i = 0; i < length; i++) {
      sum += Math.exp(scores[offset + i] - greatest);
    }
    return sum;
  }
}
