package dev.gatehouse.abuse.content;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What the inputs of one model are like, by examples of them: their centre and scale, prototypes,
 * and how far natural rows are from the nearest prototype.
 *
 * <p>Two thirds of the examples give {@link #PROTOTYPES_MAX} prototypes (k-means; S. P. Lloyd:
 * "Least Squares Quantization in PCM", 1982); the others, which the prototypes have not seen, give
 * the distance that only one in {@code 1 / (1 - }{@link #NATURAL_SHARE}{@code )} natural rows
 * exceeds. Distances are of scaled features, so that they are those of Mahalanobis with a diagonal
 * covariance. All watches of a model share its reference.
 *
 * <p>Immutable; at most {@link #BYTES_MAX} bytes. The seed should be secret: who knows it can make
 * rows that look alike to the watch.
 */
public final class Reference {

  /** Fewest examples that make a reference. */
  public static final int EXAMPLES_MIN = 100;

  /** Most examples that are looked at; those behind are not. */
  public static final int EXAMPLES_MAX = 10_000;

  /** Share of natural rows that are not novel. */
  public static final double NATURAL_SHARE = 0.995;

  /** Prototypes of a reference. */
  static final int PROTOTYPES_MAX = 64;

  /** Bytes of a reference at most. */
  public static final long BYTES_MAX =
      RowSpace.FEATURES_MAX * 13L + RowSpace.DIMENSIONS_MAX * 4L * PROTOTYPES_MAX + 4096;

  /**
   * Least deviation of a feature, as a share of all features' root mean square: one that hardly
   * ever moves would outweigh all others when it does, and hide how little they did.
   */
  private static final float DEVIATION_SHARE_MIN = 1;

  /** Deviations beyond which it makes no difference how far a feature is off. */
  private static final float DEVIATIONS_MAX = 8;

  /** Most bits in which signatures of near duplicates differ: about twenty degrees. */
  static final int NEAR_BITS_MAX = 14;

  /**
   * The same where nothing is known of the inputs: no row is near another. Features that are far
   * greater than they vary, as ages and incomes are, point almost the same way in all natural rows.
   */
  static final int NEAR_BITS_UNKNOWN = -1;

  /** Share of natural rows that may lie as near to one of as many as a watch remembers. */
  private static final double NEAR_SHARE = 0.1;

  private static final int LLOYD_ROUNDS = 8;
  private static final int HELD_OUT_EVERY = 3;

  private final RowSpace space;
  private final SimHash simHash;
  private final int nearBits;
  private final float @Nullable [] prototypes;
  private final double noveltySquared;
  private final long seed;

  private Reference(
      RowSpace space,
      SimHash simHash,
      int nearBits,
      float @Nullable [] prototypes,
      double far,
      long seed) {
    this.space = space;
    this.simHash = simHash;
    this.nearBits = nearBits;
    this.prototypes = prototypes;
    this.noveltySquared = far;
    this.seed = seed;
  }

  /**
   * The reference of a model of whose inputs nothing is known: no row is novel, none is near
   * another, and distances between rows mean nothing.
   *
   * @param width features of a row, at least 1
   */
  public static Reference unknown(int width, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    RowSpace space = RowSpace.plain(checked(width), random);
    SimHash simHash = new SimHash(random);
    return new Reference(space, simHash, NEAR_BITS_UNKNOWN, null, Double.POSITIVE_INFINITY, seed);
  }

  /**
   * The reference that examples give, in no particular order.
   *
   * @param examples at least {@link #EXAMPLES_MIN} rows that are natural and of the same length
   * @throws IllegalArgumentException if there are fewer, or their lengths differ or are 0
   */
  public static Reference of(List<float[]> examples, long seed) {
    if (examples.size() < EXAMPLES_MIN) {
      throw new IllegalArgumentException("Too few examples: " + examples.size());
    }
    List<float[]> rows = examples.subList(0, Math.min(examples.size(), EXAMPLES_MAX));
    int width = checked(rows.getFirst().length);
    if (rows.stream().anyMatch(row -> row.length != width)) {
      throw new IllegalArgumentException("Examples differ in length");
    }
    SplittableRandom random = new SplittableRandom(seed);
    RowSpace space = scaled(RowSpace.plain(width, random), rows);
    float[][] places = new float[rows.size()][space.dimensions()];
    for (int i = 0; i < places.length; i++) {
      space.place(rows.get(i), 0, width, places[i]);
    }
    float[] prototypes = prototypes(places, random);
    SimHash simHash = new SimHash(random);
    int near = nearBits(places, simHash);
    return new Reference(space, simHash, near, prototypes, natural(places, prototypes), seed);
  }

  /** Where rows are placed. */
  RowSpace space() {
    return space;
  }

  /** What signs places. */
  SimHash simHash() {
    return simHash;
  }

  /** Most bits in which signatures of near duplicates differ. */
  int nearBits() {
    return nearBits;
  }

  /** What hashes of whole rows begin with. */
  long seed() {
    return seed;
  }

  /** Whether it can be told how rows lie to each other and to natural ones. */
  boolean known() {
    return prototypes != null;
  }

  /** Whether a place is further from every prototype than natural rows are. */
  boolean isNovel(float[] place) {
    if (prototypes == null) {
      return false;
    }
    for (int from = 0; from < prototypes.length; from += place.length) {
      if (RowSpace.squaredDistance(place, prototypes, from) <= noveltySquared) {
        return false; // most rows are natural, and need no more than a few of these
      }
    }
    return true;
  }

  private static int checked(int width) {
    if (width < 1) {
      throw new IllegalArgumentException("Rows without features");
    }
    return width;
  }

  private static RowSpace scaled(RowSpace plain, List<float[]> rows) {
    int[] features = plain.features();
    float[] means = new float[features.length];
    float[] deviations = new float[features.length];
    double all = 0;
    for (int i = 0; i < features.length; i++) {
      int feature = features[i];
      double[] values =
          rows.stream().mapToDouble(row -> row[feature]).filter(Double::isFinite).toArray();
      double mean = Arrays.stream(values).average().orElse(0);
      double variance = Arrays.stream(values).map(v -> (v - mean) * (v - mean)).average().orElse(0);
      means[i] = (float) mean;
      deviations[i] = (float) Math.sqrt(variance);
      all += variance / features.length;
    }
    float least = all > 0 ? DEVIATION_SHARE_MIN * (float) Math.sqrt(all) : 1;
    for (int i = 0; i < deviations.length; i++) {
      deviations[i] = Math.max(deviations[i], least);
    }
    return plain.scaled(means, deviations, DEVIATIONS_MAX);
  }

  private static boolean isHeldOut(int row) {
    return row % HELD_OUT_EVERY == 0;
  }

  private static float[] prototypes(float[][] places, SplittableRandom random) {
    int dimensions = places[0].length;
    int count = Math.min(PROTOTYPES_MAX, places.length / 4);
    float[] prototypes = new float[count * dimensions];
    for (int p = 0; p < count; p++) {
      // one of each stretch, and none that is held out
      int row = p * places.length / count + random.nextInt(places.length / count);
      row -= isHeldOut(row) ? (row > 0 ? 1 : -1) : 0;
      System.arraycopy(places[row], 0, prototypes, p * dimensions, dimensions);
    }
    for (int round = 0; round < LLOYD_ROUNDS; round++) {
      moveToMeans(prototypes, count, places);
    }
    return prototypes;
  }

  private static void moveToMeans(float[] prototypes, int count, float[][] places) {
    int dimensions = places[0].length;
    double[] sums = new double[prototypes.length];
    int[] sizes = new int[count];
    for (int row = 0; row < places.length; row++) {
      if (!isHeldOut(row)) {
        int nearest = nearestIndex(places[row], prototypes);
        sizes[nearest]++;
        for (int d = 0; d < dimensions; d++) {
          sums[nearest * dimensions + d] += places[row][d];
        }
      }
    }
    for (int i = 0; i < prototypes.length; i++) {
      int size = sizes[i / dimensions];
      prototypes[i] = size == 0 ? prototypes[i] : (float) (sums[i] / size);
    }
  }

  /** The squared distance that {@link #NATURAL_SHARE} of the rows held out do not exceed. */
  private static double natural(float[][] places, float[] prototypes) {
    double[] distances =
        IntStream.range(0, places.length)
            .filter(Reference::isHeldOut)
            .mapToDouble(row -> nearest(places[row], prototypes))
            .sorted()
            .toArray();
    return distances[(int) Math.ceil(NATURAL_SHARE * distances.length) - 1];
  }

  /** The bits within which {@link #NEAR_SHARE} of the rows have a neighbour, or fewer. */
  private static int nearBits(float[][] places, SimHash simHash) {
    int count = Math.min(places.length, RecentRows.ROWS_MAX);
    long[] signatures = new long[2 * count];
    long[] signature = new long[2];
    int[] least = new int[count];
    for (int row = 0; row < count; row++) {
      simHash.sign(places[row], new float[SimHash.WIDTH], signature);
      least[row] = SimHash.BITS;
      for (int other = 0; other < row; other++) {
        int bits = SimHash.differing(signature, signatures, other);
        least[row] = Math.min(least[row], bits);
        least[other] = Math.min(least[other], bits);
      }
      System.arraycopy(signature, 0, signatures, 2 * row, 2);
    }
    Arrays.sort(least);
    return Math.clamp(least[(int) (NEAR_SHARE * count)] - 1, 0, NEAR_BITS_MAX);
  }

  private static float nearest(float[] place, float[] prototypes) {
    float nearest = Float.MAX_VALUE;
    for (int from = 0; from < prototypes.length; from += place.length) {
      nearest = Math.min(nearest, RowSpace.squaredDistance(place, prototypes, from));
    }
    return nearest;
  }

  private static int nearestIndex(float[] place, float[] prototypes) {
    int best = 0;
    float nearest = Float.MAX_VALUE;
    for (int p = 0; p < prototypes.length / place.length; p++) {
      float distance = RowSpace.squaredDistance(place, prototypes, p * place.length);
      best = distance < nearest ? p : best;
      nearest = Math.min(distance, nearest);
    }
    return best;
  }
}
