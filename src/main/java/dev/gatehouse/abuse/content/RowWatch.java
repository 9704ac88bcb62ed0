package dev.gatehouse.abuse.content;

import dev.gatehouse.abuse.content.RecentRows.Repetition;
import java.time.Duration;
import java.util.BitSet;
import java.util.Objects;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * Watches the rows that one caller sends to one model, and the scores they get.
 *
 * <p>Holds at most {@link #BYTES_MAX} bytes however much it sees; it keeps no row as it came, but
 * up to 512 places of rows in the model's {@link Reference}, from which small rows could be read
 * again, so it must not be written anywhere. One thread at a time; readings are immutable.
 */
public final class RowWatch {

  /** A row whose two greatest probabilities differ by less than this is at a boundary. */
  public static final double LOW_MARGIN_MAX = 0.1;

  /** Time after which half of the volume is forgotten. */
  public static final Duration VOLUME_HALF_LIFE = Duration.ofDays(1);

  /** Classes that coverage tells apart; those beyond count as one of these. */
  public static final int CLASSES_MAX = 1024;

  /** Bytes that a watch holds at most, its reference not counted. */
  public static final long BYTES_MAX =
      RecentRows.BYTES_MAX
          + QueryDistances.BYTES_MAX
          + CLASSES_MAX / 8
          + 2L * RecentClasses.ROWS_MAX
          + 4L * (RowSpace.DIMENSIONS_MAX + SimHash.WIDTH)
          + 1024;

  /** Usual shares above this are no excuse: a thief may have been one from the first row on. */
  private static final double USUAL_SHARE_MAX = 0.1;

  /** Rows at which volume is full evidence of breadth. */
  private static final double VOLUME_FULL = 5000;

  private final Reference reference;
  private final float[] place;
  private final float[] work = new float[SimHash.WIDTH];
  private final long[] signature = new long[2];
  private final RecentRows recent;
  private final QueryDistances distances;
  private final Share near = new Share();
  private final Share lowMargin = new Share();
  private final Share novel = new Share();
  private final BitSet classes = new BitSet(CLASSES_MAX);
  private final RecentClasses recentClasses = new RecentClasses();
  private int classCount = 1;
  private long observed;
  private long exact;
  private long nonFinite;
  private double volumeThen;
  private long volumeAtNanos;

  /** Begins to watch a caller that nothing is known of. */
  public RowWatch(Reference reference) {
    this.reference = reference;
    this.place = new float[reference.space().dimensions()];
    this.recent = new RecentRows(reference.nearBits());
    this.distances = new QueryDistances(place.length);
  }

  /**
   * Looks at one row and the scores that the model gave it.
   *
   * @param scores as the model gave them, before an output policy; null if it gives none
   * @param nowNanos a reading of a ticker, not before that of the last call
   * @throws IndexOutOfBoundsException if a row or its scores are not within their array
   */
  public void observe(
      float[] row,
      int rowOffset,
      int rowLength,
      float @Nullable [] scores,
      int scoresOffset,
      int scoresLength,
      long nowNanos) {
    Objects.checkFromIndexSize(rowOffset, rowLength, row.length);
    observed++;
    boolean finite = reference.space().place(row, rowOffset, rowLength, place);
    nonFinite += finite ? 0 : 1;
    reference.simHash().sign(place, work, signature);
    long hash = RecentRows.hash(row, rowOffset, rowLength, reference.seed());
    Repetition repetition = recent.add(hash, signature);
    if (repetition == Repetition.EXACT) {
      // it tells a thief nothing new, so it must neither add to the other signals nor thin them out
      exact++;
      return;
    }
    addVolume(nowNanos);
    near.add(repetition == Repetition.NEAR);
    novel.add(!finite || reference.isNovel(place));
    int predicted = predicted(scores, scoresOffset, scoresLength);
    if (reference.known()) {
      distances.add(predicted, place);
    }
  }

  /**
   * What was seen so far.
   *
   * @param nowNanos a reading of the ticker that rows came with; volume has faded until then
   */
  public ContentSignals signals(long nowNanos) {
    double volume = volume(nowNanos);
    double coverage = (double) classes.cardinality() / classCount;
    return new ContentSignals(
        observed,
        exact,
        near.hits(),
        lowMargin.hits(),
        lowMargin.rows(),
        novel.hits(),
        nonFinite,
        near.recent(),
        lowMargin.recent(),
        lowMargin.usual(),
        novel.recent(),
        distances.normality(),
        coverage,
        recentClasses.coverage(classCount),
        volume,
        evidence(coverage, volume).score(),
        volumeThen == 0 ? 0 : (nowNanos - volumeAtNanos) / 1e9);
  }

  private ExtractionEvidence evidence(double coverage, double volume) {
    OptionalDouble normality = distances.normality();
    double usual = Math.min(lowMargin.usual(), USUAL_SHARE_MAX);
    return new ExtractionEvidence(
        ExtractionEvidence.ramp(novel.recent(), 0.06, 0.3),
        ExtractionEvidence.ramp(1 - normality.orElse(1), 0.1, 0.25),
        ExtractionEvidence.ramp(near.recent(), 0.12, 0.35),
        ExtractionEvidence.ramp(lowMargin.recent() - usual, 0.1, 0.4),
        coverage * Math.min(1, volume / VOLUME_FULL),
        volume);
  }

  /** The class that scores say, 0 without scores that say one. */
  private int predicted(float @Nullable [] scores, int offset, int length) {
    if (scores == null) {
      return 0;
    }
    Objects.checkFromIndexSize(offset, length, scores.length);
    Scores read = Scores.read(scores, offset, length).orElse(null);
    if (read == null) {
      return 0;
    }
    lowMargin.add(read.margin() < LOW_MARGIN_MAX);
    classes.set(read.predicted() % CLASSES_MAX);
    recentClasses.add(read.predicted() % CLASSES_MAX);
    classCount = Math.max(classCount, Math.min(length, CLASSES_MAX));
    return read.predicted();
  }

  private void addVolume(long nowNanos) {
    volumeThen = volume(nowNanos) + 1;
    volumeAtNanos = nowNanos;
  }

  private double volume(long nowNanos) {
    double halfLives = (double) (nowNanos - volumeAtNanos) / VOLUME_HALF_LIFE.toNanos();
    return volumeThen == 0 ? 0 : volumeThen * Math.exp(-Math.log(2) * Math.max(0, halfLives));
  }
}
