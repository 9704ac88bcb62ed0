package dev.gatehouse.abuse.content;

import java.util.OptionalDouble;

/**
 * What the rows of one caller to one model, and the scores they got, looked like at one moment.
 *
 * <p>Numbers of rows only grow. Shares are from 0 to 1, over about the last 128 rows that were not
 * repeats, older ones weighing less.
 *
 * @param observedRows all rows looked at, repeats too; gatehouse_abuse_observed_rows_total
 * @param exactRepeats rows that came lately bit for bit; they go into no other signal
 * @param nearDuplicateRows rows close to one that came lately and not the same, 0 without a
 *     reference; gatehouse_abuse_near_duplicate_rows_total
 * @param lowMarginRows rows of which the two greatest probabilities were close;
 *     gatehouse_abuse_low_margin_rows_total
 * @param scoredRows rows with scores that say a class; low margins are out of these
 * @param novelRows rows unlike the model's reference; gatehouse_abuse_novel_rows_total
 * @param nonFiniteRows rows with NaN or infinities; they count as novel
 * @param nearDuplicateShare near duplicates lately
 * @param lowMarginShare low margins lately
 * @param lowMarginUsualShare low margins over the last thousands of rows, not learning bursts
 * @param novelShare novel rows lately
 * @param distanceNormality Shapiro-Wilk's W of the distances between queries, 1 for those of a
 *     normal distribution; empty below 100 of them, and without a reference;
 *     gatehouse_abuse_distance_normality while they are {@link #broad}
 * @param classCoverage classes predicted so far, of those there are (of 1,024, if there are more)
 * @param recentClassCoverage classes predicted for the last 128 rows that were not repeats, of
 *     those there are (of 128, if there are more); 0 where scores say no class
 * @param volumeRows rows that were not repeats, half of them forgotten each day
 * @param extractionScore from 0 to 1; gatehouse_abuse_extraction_score, which is 0 while rows are
 *     not {@link #copying}
 * @param idleSeconds how long ago the last row came that was no repeat; what is said above is of
 *     then
 */
public record ContentSignals(
    long observedRows,
    long exactRepeats,
    long nearDuplicateRows,
    long lowMarginRows,
    long scoredRows,
    long novelRows,
    long nonFiniteRows,
    double nearDuplicateShare,
    double lowMarginShare,
    double lowMarginUsualShare,
    double novelShare,
    OptionalDouble distanceNormality,
    double classCoverage,
    double recentClassCoverage,
    double volumeRows,
    double extractionScore,
    double idleSeconds) {

  /** Share of the classes up to which it may be one thing at rest that is looked at. */
  private static final double COVERAGE_MIN = 0.5;

  /** Novel rows from which a few classes are enough: a thing at rest is seldom novel. */
  private static final double STRANGE_SHARE_MIN = 0.2;

  /** Near duplicates from which, with few classes, it is one thing at rest that is looked at. */
  private static final double AT_REST_SHARE_MIN = 0.9;

  /** Whether rows are of many classes lately, or of a model that says none. */
  public boolean broad() {
    return recentClassCoverage == 0 || recentClassCoverage > COVERAGE_MIN;
  }

  /** Whether all rows are one thing: where that is novel, all are, and it is one novelty. */
  public boolean atRest() {
    return !broad() && nearDuplicateShare >= AT_REST_SHARE_MIN;
  }

  /** Whether a copy could be made with such rows: not with those of one thing that is natural. */
  public boolean copying() {
    return broad() || novelShare >= STRANGE_SHARE_MIN && !atRest();
  }
}
