package dev.gatehouse.abuse.content;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Where the rows of one model are placed to be compared: at most {@link #DIMENSIONS_MAX} numbers,
 * each feature centred and scaled before.
 *
 * <p>Of rows wider than {@link #FEATURES_MAX} a seeded choice of features is taken, one of each of
 * as many equal stretches. More features than dimensions are added up with seeded signs, each into
 * one dimension, which keeps distances and angles in expectation (K. Weinberger et al.: "Feature
 * Hashing for Large Scale Multitask Learning", ICML 2009). Immutable; at most 65 KiB.
 */
final class RowSpace {

  /** Features of a row that are looked at. */
  static final int FEATURES_MAX = 4096;

  /** Numbers that a row becomes. */
  static final int DIMENSIONS_MAX = 64;

  /** Greatest amount of a feature that is not scaled; squares of it can be added up. */
  private static final float PLAIN_MAX = 1e15f;

  private final int[] features;
  private final byte[] dimension;
  private final float[] means;
  private final float[] factors;
  private final float valueMax;
  private final int dimensions;

  private RowSpace(int[] features, byte[] dimension, float[] means, float[] factors, float max) {
    this.features = features;
    this.dimension = dimension;
    this.means = means;
    this.factors = factors;
    this.valueMax = max;
    this.dimensions = Math.min(DIMENSIONS_MAX, features.length);
  }

  /**
   * A space that neither centres nor scales.
   *
   * @param width features of a row
   */
  static RowSpace plain(int width, SplittableRandom random) {
    int taken = Math.min(width, FEATURES_MAX);
    int[] features = new int[taken];
    byte[] dimension = new byte[taken];
    float[] factors = new float[taken];
    for (int i = 0; i < taken; i++) {
      long first = (long) i * width / taken;
      long end = (long) (i + 1) * width / taken;
      features[i] = (int) random.nextLong(first, end);
      boolean fits = taken <= DIMENSIONS_MAX;
      dimension[i] = (byte) (fits ? i : random.nextInt(DIMENSIONS_MAX));
      factors[i] = fits || random.nextBoolean() ? 1 : -1;
    }
    return new RowSpace(features, dimension, new float[taken], factors, PLAIN_MAX);
  }

  /**
   * This space with each feature centred and scaled.
   *
   * @param featureMeans of the features taken
   * @param deviations greater than 0
   * @param featureMax greatest amount of a scaled feature; what is beyond is taken for this
   */
  RowSpace scaled(float[] featureMeans, float[] deviations, float featureMax) {
    float[] scaled = factors.clone();
    for (int i = 0; i < scaled.length; i++) {
      scaled[i] /= deviations[i];
    }
    return new RowSpace(features, dimension, featureMeans.clone(), scaled, featureMax);
  }

  /** How many numbers a row becomes. */
  int dimensions() {
    return dimensions;
  }

  /** The features taken of a row, by their places in it. */
  int[] features() {
    return features.clone();
  }

  /**
   * Places a row. NaN and features that are missing count as the mean, infinities as the greatest
   * amount, and features behind the width of the space are not looked at.
   *
   * @return whether all features looked at are finite
   */
  boolean place(float[] row, int offset, int length, float[] into) {
    Arrays.fill(into, 0);
    boolean finite = true;
    for (int i = 0; i < features.length; i++) {
      if (features[i] < length) {
        float value = row[offset + features[i]];
        finite &= Float.isFinite(value);
        float scaled = (value - means[i]) * factors[i];
        if (!Float.isNaN(value)) {
          into[dimension[i]] += Math.clamp(scaled, -valueMax, valueMax);
        }
      }
    }
    return finite;
  }

  /** The Euclidean distance, squared, of one place to another within an array of places. */
  static float squaredDistance(float[] place, float[] places, int from) {
    // four sums, since the processor can go on with one while it waits for another
    float a = 0;
    float b = 0;
    float c = 0;
    float d = 0;
    int i = 0;
    for (; i + 3 < place.length; i += 4) {
      float da = place[i] - places[from + i];
      float db = place[i + 1] - places[from + i + 1];
      float dc = place[i + 2] - places[from + i + 2];
      float dd = place[i + 3] - places[from + i + 3];
      a += da * da;
      b += db * db;
      c += dc * dc;
      d += dd * dd;
    }
    for (; i < place.length; i++) {
      float rest = place[i] - places[from + i];
      a += rest * rest;
    }
    return a + b + (c + d);
  }
}
