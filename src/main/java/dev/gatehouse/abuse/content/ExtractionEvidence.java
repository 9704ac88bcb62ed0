package dev.gatehouse.abuse.content;

/**
 * What speaks for one caller copying one model, and how much all of it together does.
 *
 * <p>Each part is a share of full evidence from 0 to 1, with a weight: the score that it would give
 * alone. Parts add up as independent reasons do, one less the product of what each leaves of doubt
 * ("noisy or"; J. Pearl: "Probabilistic Reasoning in Intelligent Systems", 1988), so that two that
 * are weak weigh more than one of them, and none can lower the score. The sum counts in full from
 * {@link #ROWS_FULL} rows on: what a few rows show is chance.
 *
 * @param novel rows unlike the model's inputs, weight {@value #NOVEL_WEIGHT}: hardly any honest
 *     caller sends them for long, but one with a new device or country does
 * @param distances distances of queries that are not normal, weight {@value #DISTANCES_WEIGHT}: the
 *     signal made for extraction, but honest inputs of two kinds look so too
 * @param nearDuplicates rows that vary one before, weight {@value #NEAR_WEIGHT}: augmentation and
 *     probing, but slow sensors too
 * @param lowMargin rows at a boundary between classes, more than usual, weight {@value
 *     #LOW_MARGIN_WEIGHT}: they tell a thief most, but hard inputs are honest
 * @param breadth classes seen, of those there are, times volume, weight {@value #BREADTH_WEIGHT}: a
 *     copy needs all of both, as does any busy honest caller, so that it can only tip the scales
 * @param rows rows seen that were not repeats, older ones weighing less
 */
record ExtractionEvidence(
    double novel,
    double distances,
    double nearDuplicates,
    double lowMargin,
    double breadth,
    double rows) {

  static final double NOVEL_WEIGHT = 0.7;
  static final double DISTANCES_WEIGHT = 0.6;
  static final double NEAR_WEIGHT = 0.65;
  static final double LOW_MARGIN_WEIGHT = 0.5;
  static final double BREADTH_WEIGHT = 0.2;

  /** Rows from which on the evidence counts in full. */
  static final double ROWS_FULL = 100;

  /** The extraction score, from 0 to 1; it never falls when a part rises. */
  double score() {
    double doubt =
        (1 - NOVEL_WEIGHT * novel)
            * (1 - DISTANCES_WEIGHT * distances)
            * (1 - NEAR_WEIGHT * nearDuplicates)
            * (1 - LOW_MARGIN_WEIGHT * lowMargin)
            * (1 - BREADTH_WEIGHT * breadth);
    return (1 - doubt) * Math.min(1, rows / ROWS_FULL);
  }

  /** How far {@code value} is on the way from {@code none} to {@code full}, from 0 to 1. */
  static double ramp(double value, double none, double full) {
    return Math.clamp((value - none) / (full - none), 0, 1);
  }
}
