package dev.gatehouse.abuse.rules;

import dev.gatehouse.abuse.content.ContentSignals;
import java.util.Optional;

/** Conditions on what a caller's rows to one model are like. */
final class ContentConditions {

  /** Rows, repeats left out, before which a share is chance. */
  private static final long ROWS_MIN = 100;

  /** The same for distances, which are of pairs of rows. */
  private static final long DISTANCES_ROWS_MIN = 200;

  /** Rows after which what a caller has always sent is no longer held against it. */
  private static final long ROWS_KNOWN = 1_000;

  /** How much more than always a share must be from then on. */
  private static final double MORE_THAN_ALWAYS = 2;

  /** The most of boundary rows that is excused as usual. */
  private static final double USUAL_LOW_MARGIN_MAX = 0.1;

  private ContentConditions() {}

  /** Its queries are those with which a copy is made. */
  static Optional<String> extraction(ContentSignals signals, RuleSettings settings) {
    return Measured.when(
        rows(signals) >= ROWS_MIN
            && signals.extractionScore() >= settings.extractionScore()
            && signals.copying(),
        "extraction score %.2f after %d rows: near duplicates %.0f %%, novel %.0f %%, low margins"
            + " %.0f %%, distance normality %.2f, classes lately %.0f %%",
        signals.extractionScore(),
        rows(signals),
        100 * signals.nearDuplicateShare(),
        100 * signals.novelShare(),
        100 * signals.lowMarginShare(),
        signals.distanceNormality().orElse(1),
        100 * signals.recentClassCoverage());
  }

  /** Distances between its queries are not those of natural inputs. */
  static Optional<String> distances(ContentSignals signals, RuleSettings settings) {
    double normality = signals.distanceNormality().orElse(1);
    return Measured.when(
        rows(signals) >= DISTANCES_ROWS_MIN
            && 1 - normality > settings.distanceAbnormality()
            && signals.broad(),
        "distance normality %.2f after %d rows",
        normality,
        rows(signals));
  }

  /** It looks for inputs between two classes. */
  static Optional<String> boundary(ContentSignals signals, RuleSettings settings) {
    double usual = Math.min(signals.lowMarginUsualShare(), USUAL_LOW_MARGIN_MAX);
    return Measured.when(
        signals.scoredRows() >= ROWS_MIN
            && rows(signals) >= ROWS_MIN
            && signals.broad()
            && signals.lowMarginShare() - usual > settings.lowMarginShare(),
        "low margins in %.0f %% of rows, usually %.0f %%",
        100 * signals.lowMarginShare(),
        100 * signals.lowMarginUsualShare());
  }

  /** It sends nearly the same row again and again. */
  static Optional<String> nearDuplicates(ContentSignals signals, RuleSettings settings) {
    return share(
        "near duplicates",
        signals.nearDuplicateShare(),
        signals.nearDuplicateRows(),
        settings.nearDuplicateShare(),
        signals);
  }

  /** Its rows are not those that the model was made for. */
  static Optional<String> novelty(ContentSignals signals, RuleSettings settings) {
    return signals.atRest()
        ? Optional.empty()
        : share(
            "novel rows",
            signals.novelShare(),
            signals.novelRows(),
            settings.novelShare(),
            signals);
  }

  private static Optional<String> share(
      String what, double share, long rowsWithIt, double shareMin, ContentSignals signals) {
    long rows = rows(signals);
    double always = rows == 0 ? 0 : (double) rowsWithIt / rows;
    return Measured.when(
        rows >= ROWS_MIN
            && share > shareMin
            && (rows < ROWS_KNOWN || share > MORE_THAN_ALWAYS * always),
        "%.0f %% " + what + " lately, %.0f %% of %d rows in all",
        100 * share,
        100 * always,
        rows);
  }

  /** Rows that were no repeats. */
  private static long rows(ContentSignals signals) {
    return signals.observedRows() - signals.exactRepeats();
  }
}
