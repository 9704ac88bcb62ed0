package dev.gatehouse.abuse.content;

import static dev.gatehouse.abuse.content.RecentRows.Repetition.EXACT;
import static dev.gatehouse.abuse.content.RecentRows.Repetition.NEAR;
import static dev.gatehouse.abuse.content.RecentRows.Repetition.NEW;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Each part of the watch by itself. */
class ContentPartsTest {

  private static final long SEED = 20_260_101;

  @Test
  void scores_probabilities_areTakenAsTheyAre() {
    Scores read = Scores.read(new float[] {9, 0.25f, 0.7f, 0.05f, 9}, 1, 3).orElseThrow();

    assertEquals(1, read.predicted());
    assertEquals(0.45, read.margin(), 1e-6);
  }

  @Test
  void scores_logits_becomeProbabilities() {
    Scores read = Scores.read(new float[] {1, 3, 2}, 0, 3).orElseThrow();

    double sum = Math.exp(1) + Math.exp(3) + Math.exp(2);
    assertEquals(1, read.predicted());
    assertEquals((Math.exp(3) - Math.exp(2)) / sum, read.margin(), 1e-9);
  }

  @Test
  void scores_hugeLogits_giveAMarginWithinBounds() {
    assertEquals(1, Scores.read(new float[] {3e38f, -3e38f}, 0, 2).orElseThrow().margin());
    assertEquals(0, Scores.read(new float[] {3e38f, 3e38f}, 0, 2).orElseThrow().margin());
  }

  @Test
  void scores_ofSeveralLabels_sayNothing() {
    assertTrue(Scores.read(new float[] {0.9f, 0.8f, 0.1f}, 0, 3).isEmpty());
    assertTrue(Scores.read(new float[] {0.01f, 0.02f, 0}, 0, 3).isEmpty());
    assertTrue(Scores.read(new float[] {0.9f, 0.8f, -0.1f}, 0, 3).isPresent());
  }

  @Test
  void scores_notFiniteOrTooFew_sayNothing() {
    assertTrue(Scores.read(new float[] {1, Float.NaN}, 0, 2).isEmpty());
    assertTrue(Scores.read(new float[] {1, Float.NEGATIVE_INFINITY}, 0, 2).isEmpty());
    assertTrue(Scores.read(new float[] {1}, 0, 1).isEmpty());
  }

  @Test
  void recentRows_bitsTurned_tellExactFromNearFromNew() {
    RecentRows rows = new RecentRows(6);
    SplittableRandom random = new SplittableRandom(SEED);
    long[] one = {random.nextLong(), random.nextLong()};
    long[] near = {one[0] ^ 0b10101L, one[1] ^ 0b11L << 40};
    long[] far = {one[0] ^ 0xFFL, one[1]};

    assertEquals(NEW, rows.add(1, one));
    assertEquals(EXACT, rows.add(1, one));
    assertEquals(NEAR, rows.add(2, near));
    assertEquals(EXACT, rows.add(2, near));
    assertEquals(NEW, new RecentRows(6).add(1, far));
    assertEquals(NEW, rows.add(3, new long[] {far[0] ^ 0xFF00L << 20, far[1]}));
  }

  @Test
  void recentRows_twoOfOneSignatureInTurn_areRepeats() {
    RecentRows rows = new RecentRows(6);
    long[] signature = {SEED, ~SEED};
    assertEquals(NEW, rows.add(1, signature));
    assertEquals(NEAR, rows.add(2, signature));
    for (int i = 0; i < 10; i++) {
      assertEquals(EXACT, rows.add(1, signature));
      assertEquals(EXACT, rows.add(2, signature));
    }
  }

  @Test
  void recentRows_asManyOthersSince_forget() {
    RecentRows rows = new RecentRows(6);
    SplittableRandom random = new SplittableRandom(SEED);
    long[] one = {random.nextLong(), random.nextLong()};
    rows.add(1, one);
    for (int i = 0; i < RecentRows.ROWS_MAX; i++) {
      rows.add(2 + i, new long[] {random.nextLong(), random.nextLong()});
    }

    assertEquals(NEW, rows.add(1, one));
  }

  @Test
  void hash_anyValueOrTheLengthChanged_isAnother() {
    float[] row = {1, 2, 3, 4, 5};
    long hash = RecentRows.hash(row, 0, 5, SEED);

    assertNotEquals(hash, RecentRows.hash(row, 0, 4, SEED));
    assertNotEquals(hash, RecentRows.hash(row, 0, 5, SEED + 1));
    for (int i = 0; i < row.length; i++) {
      float[] other = row.clone();
      other[i] = Math.nextUp(other[i]);
      assertNotEquals(hash, RecentRows.hash(other, 0, 5, SEED));
    }
  }

  @Test
  void simHash_angles_areTheShareOfBits() {
    SimHash simHash = new SimHash(new SplittableRandom(SEED));
    Random random = new Random(SEED);
    for (double angle : new double[] {0.1, 0.5, 1, 2}) {
      double bits = 0;
      for (int i = 0; i < 200; i++) {
        bits += bitsApart(simHash, random, angle) / 200.0;
      }
      assertEquals(128 * angle / Math.PI, bits, 2.0, () -> "seed " + SEED);
    }
  }

  private static int bitsApart(SimHash simHash, Random random, double angle) {
    double[] a = random.doubles(64).map(d -> d - 0.5).toArray();
    double[] b = random.doubles(64).map(d -> d - 0.5).toArray();
    double aa = IntStream.range(0, 64).mapToDouble(i -> a[i] * a[i]).sum();
    double ab = IntStream.range(0, 64).mapToDouble(i -> a[i] * b[i]).sum();
    double[] across = IntStream.range(0, 64).mapToDouble(i -> b[i] - a[i] * ab / aa).toArray();
    double cc = IntStream.range(0, 64).mapToDouble(i -> across[i] * across[i]).sum();
    float[] first = new float[64];
    float[] second = new float[64];
    for (int i = 0; i < 64; i++) {
      first[i] = (float) a[i];
      second[i] =
          (float)
              (Math.cos(angle) * a[i] / Math.sqrt(aa)
                  + Math.sin(angle) * across[i] / Math.sqrt(cc));
    }
    long[] one = new long[2];
    long[] two = new long[2];
    simHash.sign(first, new float[SimHash.WIDTH], one);
    simHash.sign(second, new float[SimHash.WIDTH], two);
    return SimHash.differing(one, two, 0);
  }

  @Test
  void queryDistances_equalOnes_areZero() {
    QueryDistances distances = new QueryDistances(2);
    for (int i = 0; i < 300; i++) {
      distances.add(0, new float[] {i, 0});
    }

    assertEquals(0, distances.normality().orElseThrow());
  }

  @Test
  void queryDistances_twoHeights_areFarFromNormal() {
    QueryDistances distances = new QueryDistances(1);
    float at = 0;
    for (int i = 0; i < 300; i++) {
      at += i % 2 == 0 ? 10 : 10.1f + i % 5 * 0.01f;
      distances.add(0, new float[] {i % 3 == 0 ? at - 9 : at});
    }

    assertTrue(distances.normality().orElseThrow() < 0.85);
  }

  @Test
  void queryDistances_normalRowsAndFewOutliers_areNearOne() {
    QueryDistances distances = new QueryDistances(32);
    Random random = new Random(SEED);
    for (int i = 0; i < 256; i++) {
      float[] place = new float[32];
      for (int d = 0; d < place.length; d++) {
        place[d] = (float) random.nextGaussian() * (i % 100 == 50 ? 50 : 1);
      }
      distances.add(0, place);
    }

    double normality = distances.normality().orElseThrow();
    assertTrue(normality > 0.97, () -> normality + ", seed " + SEED);
  }

  @Test
  void queryDistances_tooFew_areEmpty() {
    QueryDistances distances = new QueryDistances(1);
    for (int i = 0; i < QueryDistances.DISTANCES_MIN; i++) {
      distances.add(0, new float[] {i});
    }

    assertTrue(distances.normality().isEmpty());
  }

  @Test
  void share_burst_isLearnedSlowlyByWhatIsUsual() {
    Share share = new Share();
    for (int i = 0; i < 20_000; i++) {
      share.add(i % 50 == 0);
    }
    double usual = share.usual();
    for (int i = 0; i < 1000; i++) {
      share.add(true);
    }

    assertTrue(usual >= 0.012 && usual <= 0.025);
    assertTrue(share.recent() > 0.99);
    assertTrue(share.usual() < 0.03);
  }

  @Test
  void score_anyPartGreater_isNeverLess() {
    Random random = new Random(SEED);
    for (int i = 0; i < 10_000; i++) {
      double[] parts = random.doubles(6).toArray();
      parts[5] *= 200;
      double before = score(parts);
      int raised = i % parts.length;
      parts[raised] += (raised == 5 ? 50 : 1 - parts[raised]) * random.nextDouble();

      assertTrue(score(parts) >= before && score(parts) <= 1.0, () -> "seed " + SEED);
    }
    assertEquals(0, score(new double[] {0, 0, 0, 0, 0, 1e9}));
    assertEquals(0, score(new double[] {1, 1, 1, 1, 1, 0}));
    for (int part = 0; part < 5; part++) {
      double[] alone = {0, 0, 0, 0, 0, 100};
      alone[part] = 1;
      assertTrue(score(alone) >= 0.199 && score(alone) <= 0.71);
    }
  }

  private static double score(double[] p) {
    return new ExtractionEvidence(p[0], p[1], p[2], p[3], p[4], p[5]).score();
  }

  @Test
  void rowSpace_wideRows_keepDistances() {
    int width = 20_000;
    RowSpace space = RowSpace.plain(width, new SplittableRandom(SEED));
    Random random = new Random(SEED);
    float[] a = new float[space.dimensions()];
    float[] b = new float[space.dimensions()];
    double ratio = 0;
    for (int i = 0; i < 50; i++) {
      float[] row = new float[width];
      float[] other = new float[width];
      for (int f = 0; f < width; f++) {
        row[f] = (float) random.nextGaussian();
        other[f] = row[f] + (float) random.nextGaussian() * 0.1f;
      }
      space.place(row, 0, width, a);
      space.place(other, 0, width, b);
      // 4,096 features of a deviation of 0.1 in each
      ratio += Math.sqrt(RowSpace.squaredDistance(a, b, 0)) / 6.4 / 50;
    }

    assertEquals(RowSpace.DIMENSIONS_MAX, space.dimensions());
    assertEquals(RowSpace.FEATURES_MAX, space.features().length);
    assertTrue(
        IntStream.range(1, space.features().length)
            .allMatch(i -> space.features()[i - 1] <= space.features()[i]));
    assertTrue(ratio >= 0.9 && ratio <= 1.1, () -> "seed " + SEED);
  }

  @Test
  void rowSpace_notFinite_staysFinite() {
    RowSpace space = RowSpace.plain(4, new SplittableRandom(SEED));
    float[] place = new float[4];
    float inf = Float.POSITIVE_INFINITY;

    assertFalse(space.place(new float[] {Float.NaN, inf, -inf, 1}, 0, 4, place));
    assertEquals(0, place[0]);
    for (float value : place) {
      assertTrue(Math.abs(value) < 1e16f);
    }
    assertTrue(Float.isFinite(RowSpace.squaredDistance(place, new float[4], 0)));
    assertTrue(space.place(new float[] {5}, 0, 1, place));
    assertArrayEquals(new float[] {5, 0, 0, 0}, place);
  }

  @Test
  void reference_badExamples_areRefused() {
    assertThrows(
        IllegalArgumentException.class,
        () -> Reference.of(Collections.nCopies(99, new float[3]), SEED));
    assertThrows(
        IllegalArgumentException.class,
        () -> Reference.of(Collections.nCopies(100, new float[0]), SEED));
    List<float[]> mixed = new ArrayList<>(Collections.nCopies(100, new float[3]));
    mixed.set(7, new float[2]);
    assertThrows(IllegalArgumentException.class, () -> Reference.of(mixed, SEED));
  }

  @Test
  void reference_examplesAllTheSame_findsOthersNovel() {
    Reference reference = Reference.of(Collections.nCopies(100, new float[] {1, 2}), SEED);
    float[] place = new float[2];
    reference.space().place(new float[] {1, 2}, 0, 2, place);
    assertFalse(reference.isNovel(place));
    reference.space().place(new float[] {1, 3}, 0, 2, place);
    assertTrue(reference.isNovel(place));
  }
}
