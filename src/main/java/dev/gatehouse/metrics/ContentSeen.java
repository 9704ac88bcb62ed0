package dev.gatehouse.metrics;

import java.util.OptionalDouble;

/**
 * What of the rows of a caller to a model is shown.
 *
 * @param observedRows rows looked at since the reading before, exact repeats left out
 * @param nearDuplicateRows those of them that were close to another
 * @param lowMarginRows those of them of which the two greatest probabilities were close
 * @param novelRows those of them that were unlike the model's reference
 * @param distanceNormality Shapiro-Wilk's W of the distances between queries; empty if not known
 *     yet
 * @param extractionScore from 0 to 1
 */
public record ContentSeen(
    long observedRows,
    long nearDuplicateRows,
    long lowMarginRows,
    long novelRows,
    OptionalDouble distanceNormality,
    double extractionScore) {}
