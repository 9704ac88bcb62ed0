package dev.gatehouse.abuse.content;

import java.util.Arrays;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * Distances of one caller's successive queries, and how normally they are distributed: the detector
 * of M. Juuti, S. Szyller, S. Marchal, N. Asokan: "PRADA: Protecting against DNN Model Stealing
 * Attacks", EuroS&amp;P 2019.
 *
 * <p>Of each class that the model predicts a growing set of queries is kept. The distance of a new
 * query to the nearest member of the set of its class is noted; the query becomes a member if that
 * distance is at least the mean less one standard deviation of those with which the members came, a
 * threshold that never falls. Natural queries come at distances that are about normal, synthetic
 * ones at few that repeat or at two heights.
 *
 * <p>Other than in the paper everything is bounded: a set keeps its {@link #MEMBERS_MAX} latest
 * members, classes beyond {@link #CLASSES_MAX} share sets, and the statistic is of the {@link
 * #DISTANCES_MAX} latest distances. It is taken anew every {@link #STATISTIC_EVERY} queries. {@link
 * #BYTES_MAX} bytes. One thread.
 */
final class QueryDistances {

  static final int CLASSES_MAX = 16;
  static final int MEMBERS_MAX = 32;
  static final int DISTANCES_MAX = 256;

  /** Fewest distances of which the statistic is taken, as in the paper. */
  static final int DISTANCES_MIN = 100;

  /** Queries between two statistics; sorting for each would cost more than all else. */
  static final int STATISTIC_EVERY = 32;

  /** Distances further than this from the mean, in standard deviations, are left out. */
  private static final double OUTLIER_DEVIATIONS = 3;

  /** Bytes of all arrays when every set is full, with what the objects need besides. */
  static final long BYTES_MAX =
      CLASSES_MAX * (4L * MEMBERS_MAX * RowSpace.DIMENSIONS_MAX + 128)
          + 2 * 8L * DISTANCES_MAX
          + 8L * DISTANCES_MAX / 2
          + 512;

  private final int dimensions;
  private final @Nullable Members[] sets = new Members[CLASSES_MAX];
  private final double[] distances = new double[DISTANCES_MAX];
  private final double[] sorted = new double[DISTANCES_MAX];
  private final ShapiroWilk shapiroWilk = new ShapiroWilk();
  private long noted;
  private double normality = Double.NaN;

  QueryDistances(int dimensions) {
    this.dimensions = dimensions;
  }

  /** Takes a query's place, and the class predicted for it. */
  void add(int predicted, float[] place) {
    int index = Math.floorMod(predicted, CLASSES_MAX);
    Members set = sets[index];
    if (set == null) {
      set = new Members(dimensions);
      sets[index] = set;
    }
    double distance = set.offer(place);
    if (distance > 0) { // a repeat that was forgotten says nothing, nor does the first of a class
      distances[(int) (noted % DISTANCES_MAX)] = distance;
      noted++;
      if (noted >= DISTANCES_MIN && noted % STATISTIC_EVERY == 0) {
        normality = statistic((int) Math.min(noted, DISTANCES_MAX));
      }
    }
  }

  /** Shapiro-Wilk's W of the latest distances, from 0 to 1; empty while there are too few. */
  OptionalDouble normality() {
    return Double.isNaN(normality) ? OptionalDouble.empty() : OptionalDouble.of(normality);
  }

  private double statistic(int count) {
    double mean = Arrays.stream(distances, 0, count).average().orElseThrow();
    double squares = 0;
    for (int i = 0; i < count; i++) {
      squares += (distances[i] - mean) * (distances[i] - mean);
    }
    double apart = OUTLIER_DEVIATIONS * Math.sqrt(squares / count);
    int kept = 0;
    for (int i = 0; i < count; i++) {
      if (Math.abs(distances[i] - mean) <= apart) {
        sorted[kept++] = distances[i];
      }
    }
    Arrays.sort(sorted, 0, kept);
    return kept < ShapiroWilk.SAMPLE_MIN ? 0 : shapiroWilk.statistic(sorted, kept);
  }

  /** The growing set of one class. */
  private static final class Members {

    private final int dimensions;
    private final float[] places;
    private int count;
    private int next;
    private long joined;
    private double mean;
    private double squares;
    private double threshold;

    Members(int dimensions) {
      this.dimensions = dimensions;
      this.places = new float[MEMBERS_MAX * dimensions];
    }

    /** The distance to the nearest member, or NaN for the first query, which has none. */
    double offer(float[] place) {
      if (count == 0) {
        keep(place);
        return Double.NaN;
      }
      float nearest = Float.MAX_VALUE;
      for (int i = 0; i < count; i++) {
        nearest = Math.min(nearest, RowSpace.squaredDistance(place, places, i * dimensions));
      }
      double distance = Math.sqrt(nearest);
      if (distance >= threshold) {
        keep(place);
        joined++;
        double before = distance - mean;
        mean += before / joined;
        squares += before * (distance - mean);
        threshold = Math.max(threshold, mean - Math.sqrt(squares / joined));
      }
      return distance;
    }

    private void keep(float[] place) {
      System.arraycopy(place, 0, places, next * dimensions, dimensions);
      next = (next + 1) % MEMBERS_MAX;
      count = Math.min(count + 1, MEMBERS_MAX);
    }
  }
}
