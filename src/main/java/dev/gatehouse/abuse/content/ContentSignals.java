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
 * @param nearDuplicateRows rows close to one that came lately and not the same;
 *     gatehouse_abuse_near_duplicate_rows_total
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
 *     normal distribution; empty below 100 of them; gatehouse_abuse_distance_normality
 * @param classCoverage classes predicted so far, of those there are (of 1,024, if there are more)
 * @param recentClassCoverage classes predicted for the last 128 rows that were not repeats, of
 *     those there are (of 128, if there are more); 0 where scores say no class
 * @param volumeRows rows that were not repeats, half of them forgotten each day
 * @param extractionScore from 0 to 1; gatehouse_abuse_extraction_score
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
    double idleSeconds) {}
