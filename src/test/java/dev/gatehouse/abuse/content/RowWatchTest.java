package dev.gatehouse.abuse.content;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What one caller's rows make of the signals: those of thieves, and those of honest callers. */
class RowWatchTest {

  private static final DigitsVictim VICTIM = DigitsVictim.trained();
  private static final int QUERIES = 500;

  /** Rows before which nothing is judged: shares of a few rows are chance. */
  private static final int ROWS_MIN = 100;

  private static final int SEEDS = 6;
  private static final double SCORE = 0.4;

  private static boolean manyNear(ContentSignals signals) {
    return signals.nearDuplicateShare() > 0.25;
  }

  private static boolean manyNovel(ContentSignals signals) {
    return signals.novelShare() > 0.2;
  }

  private static boolean atBoundary(ContentSignals signals) {
    return signals.lowMarginShare() > 0.25;
  }

  private static boolean notNormal(ContentSignals signals) {
    return signals.distanceNormality().orElse(1) < 0.85;
  }

  @ParameterizedTest
  @EnumSource
  void observe_500Queries_raiseWhatTheyShouldAndNothingOfNaturalOnes(Queries queries) {
    for (int seed = 100; seed < 100 + SEEDS; seed++) {
      String what = queries + ", seed " + seed;
      assertEquals(
          queries != Queries.NATURAL,
          ever(queries, seed, signals -> signals.extractionScore() > SCORE),
          () -> "score of " + what);
      switch (queries) {
        case NATURAL -> {
          assertFalse(ever(queries, seed, RowWatchTest::manyNear), () -> what);
          assertFalse(ever(queries, seed, RowWatchTest::manyNovel), () -> what);
          assertFalse(ever(queries, seed, RowWatchTest::atBoundary), () -> what);
          assertFalse(ever(queries, seed, RowWatchTest::notNormal), () -> what);
        }
        case NOISE, AUGMENTED_FAR ->
            assertTrue(ever(queries, seed, RowWatchTest::manyNovel), () -> what);
        case AUGMENTED, AUGMENTED_AT_RANDOM, NEAR_DUPLICATES ->
            assertTrue(ever(queries, seed, RowWatchTest::manyNear), () -> what);
        case BOUNDARY -> {
          assertTrue(ever(queries, seed, RowWatchTest::atBoundary), () -> what);
          assertTrue(ever(queries, seed, RowWatchTest::notNormal), () -> what);
        }
      }
    }
  }

  private static boolean ever(Queries queries, int seed, Predicate<ContentSignals> condition) {
    RowWatch watch = watch(seed);
    Supplier<float[]> rows = queries.from(VICTIM, new Random(seed));
    for (int i = 1; i <= QUERIES; i++) {
      observe(watch, rows.get());
      if (i >= ROWS_MIN && condition.test(watch.signals(0))) {
        return true;
      }
    }
    return false;
  }

  private static RowWatch watch(int seed) {
    return new RowWatch(Reference.of(VICTIM.reference(), seed));
  }

  private static void observe(RowWatch watch, float[] row) {
    watch.observe(row, 0, row.length, VICTIM.logits(row), 0, DigitsVictim.CLASSES, 0);
  }

  @Test
  void observe_polling_countsExactRepeatsOnly() {
    RowWatch watch = watch(1);
    for (int i = 0; i < 1000; i++) {
      observe(watch, VICTIM.natural().get(i % 3));
    }

    ContentSignals signals = watch.signals(0);
    assertEquals(1000, signals.observedRows());
    assertEquals(997, signals.exactRepeats());
    assertEquals(0, signals.nearDuplicateRows());
    assertEquals(3, signals.scoredRows());
    assertEquals(3, signals.volumeRows(), 1e-9);
    assertTrue(signals.extractionScore() < 0.01);
  }

  @Test
  void observe_sameNaturalRowsAgainAndAgain_isNoAttack() {
    for (int cycle : new int[] {100, 300, 500, 700, 1100}) {
      RowWatch watch = watch(2);
      for (int i = 0; i < 5000; i++) {
        observe(watch, VICTIM.natural().get(i % cycle));
        double score = i < ROWS_MIN ? 0 : watch.signals(0).extractionScore();
        assertTrue(score < SCORE, () -> "cycle of " + cycle + ": " + watch.signals(0));
      }
    }
  }

  @Test
  void observe_repeatsBetweenProbes_doNotThinThemOut() {
    RowWatch watch = watch(3);
    Supplier<float[]> probes = Queries.NOISE.from(VICTIM, new Random(3));
    float[] polled = VICTIM.natural().getFirst();
    for (int i = 0; i < 2000; i++) {
      observe(watch, i % 10 == 0 ? probes.get() : polled);
    }

    assertTrue(watch.signals(0).novelShare() > 0.9);
  }

  @Test
  void observe_notFiniteRowsAndScores_poisonNothing() {
    RowWatch watch = watch(4);
    float[] bad = new float[DigitsVictim.PIXELS];
    float[] badScores = new float[DigitsVictim.CLASSES];
    Random random = new Random(4);
    for (int i = 0; i < 200; i++) {
      Arrays.fill(bad, i % 2 == 0 ? Float.NaN : Float.NEGATIVE_INFINITY);
      bad[i % bad.length] = random.nextFloat();
      badScores[i % badScores.length] = i % 3 == 0 ? Float.NaN : Float.POSITIVE_INFINITY;
      watch.observe(bad, 0, bad.length, badScores, 0, badScores.length, 0);
    }
    ContentSignals signals = watch.signals(0);
    assertEquals(200, signals.nonFiniteRows());
    assertEquals(200 - signals.exactRepeats(), signals.novelRows());
    assertEquals(0, signals.scoredRows());
    assertTrue(signals.extractionScore() >= 0.5 && signals.extractionScore() <= 1.0);

    Supplier<float[]> natural = Queries.NATURAL.from(VICTIM, new Random(4));
    for (int i = 0; i < 1000; i++) {
      observe(watch, natural.get());
    }
    signals = watch.signals(0);
    assertTrue(signals.novelShare() < 0.1);
    assertTrue(signals.distanceNormality().orElseThrow() > 0.85);
    assertTrue(signals.extractionScore() < SCORE);
  }

  /** As age, income and temperature are: far greater than they vary, so that angles are small. */
  @Test
  void observe_nothingKnownOfTheModel_accusesNoTable() {
    RowWatch watch = new RowWatch(Reference.unknown(6, 5));
    Random random = new Random(5);
    double[] means = {41, 36_000, 293, 5.8, 120, 0.2};
    for (int i = 0; i < 4 * QUERIES; i++) {
      float[] row = new float[means.length];
      for (int f = 0; f < row.length; f++) {
        row[f] = (float) (means[f] * (1 + 0.2 * random.nextGaussian()));
      }
      float[] scores = i % 2 == 0 ? new float[] {0.9f, 0.1f} : new float[] {0.2f, 0.8f};
      watch.observe(row, 0, row.length, scores, 0, scores.length, 0);
    }

    ContentSignals signals = watch.signals(0);
    assertTrue(signals.broad());
    assertEquals(0, signals.nearDuplicateRows());
    assertEquals(0, signals.novelRows());
    assertTrue(signals.distanceNormality().isEmpty());
    assertTrue(signals.extractionScore() <= ExtractionEvidence.BREADTH_WEIGHT);
  }

  @Test
  void observe_nothingKnownOfTheModel_stillCountsRepeatsAndBoundaries() {
    RowWatch watch = new RowWatch(Reference.unknown(2, 6));
    float[] undecided = {0.5f, 0.5f};
    for (int i = 0; i < QUERIES; i++) {
      float[] row = {i / 2, 1};
      watch.observe(row, 0, row.length, undecided, 0, undecided.length, 0);
    }

    ContentSignals signals = watch.signals(0);
    assertEquals(QUERIES / 2, signals.exactRepeats());
    assertEquals(QUERIES / 2, signals.lowMarginRows());
    assertTrue(signals.extractionScore() > SCORE);
  }

  @Test
  void copying_oneThingAtRest_isNone() {
    RowWatch watch = watch(8);
    Random random = new Random(8);
    float[] thing = VICTIM.natural().getFirst();
    for (int i = 0; i < QUERIES; i++) {
      float[] row = thing.clone();
      row[random.nextInt(row.length)] += random.nextFloat() / 10;
      observe(watch, row);
    }
    assertTrue(watch.signals(0).extractionScore() >= SCORE);
    assertFalse(watch.signals(0).copying());
    assertFalse(watch.signals(0).broad());

    Supplier<float[]> probes = Queries.NOISE.from(VICTIM, new Random(8));
    for (int i = 0; i < QUERIES; i++) {
      observe(watch, probes.get());
    }
    assertTrue(watch.signals(0).copying());
  }

  @Test
  void signals_aDayLater_volumeIsHalved() {
    RowWatch watch = watch(6);
    for (int i = 0; i < 10; i++) {
      observe(watch, VICTIM.natural().get(i));
    }
    ContentSignals before = watch.signals(0);
    long aDayLater = RowWatch.VOLUME_HALF_LIFE.toNanos();
    ContentSignals idle = watch.signals(aDayLater);
    float[] row = VICTIM.natural().get(10);
    watch.observe(row, 0, row.length, null, 0, 0, aDayLater);

    assertEquals(10, before.volumeRows(), 1e-9);
    assertEquals(5, idle.volumeRows(), 1e-9);
    assertEquals(before.extractionScore() / 2, idle.extractionScore(), 0.01);
    assertEquals(6, watch.signals(aDayLater).volumeRows(), 1e-9);
  }

  @Test
  void observe_100000Rows_holdsNoMoreThanStated() throws IllegalAccessException {
    RowWatch watch = watch(7);
    Random random = new Random(7);
    float[] row = new float[DigitsVictim.PIXELS];
    float[] scores = new float[40];
    long early = 0;
    for (int i = 1; i <= 100_000; i++) {
      for (int f = 0; f < row.length; f++) {
        row[f] = random.nextFloat() * DigitsVictim.PIXEL_MAX;
      }
      scores[random.nextInt(scores.length)] = i;
      watch.observe(row, 0, row.length, scores, 0, scores.length, i);
      early = i == 10_000 ? bytes(watch) : early;
    }

    // the weights of the statistic are as many as distances that are no outliers
    assertEquals((double) early, (double) bytes(watch), 128);
    assertTrue(bytes(watch) <= RowWatch.BYTES_MAX);
    assertTrue(RowWatch.BYTES_MAX < 170_000);
    assertTrue(bytes(Reference.of(VICTIM.reference(), 7)) < Reference.BYTES_MAX);
    assertTrue(
        bytes(Reference.of(Collections.nCopies(300, new float[9000]), 7)) < Reference.BYTES_MAX);
  }

  /** Bytes of an object and all it holds, but for the reference that watches share. */
  private static long bytes(Object root) throws IllegalAccessException {
    long bytes = 0;
    List<Object> open = new ArrayList<>(List.of(root));
    while (!open.isEmpty()) {
      Object object = open.removeLast();
      Class<?> type = object.getClass();
      bytes += 16;
      if (type.isArray()) {
        Class<?> part = type.getComponentType();
        int length = Array.getLength(object);
        bytes += length * (long) size(part);
        for (int i = 0; i < length && !part.isPrimitive(); i++) {
          addIfHeld(open, Array.get(object, i), root);
        }
      } else if (object instanceof BitSet set) {
        bytes += 40 + set.size() / 8;
      } else {
        for (Field field : type.getDeclaredFields()) {
          if (!Modifier.isStatic(field.getModifiers())) {
            field.setAccessible(true);
            bytes += size(field.getType());
            if (!field.getType().isPrimitive()) {
              addIfHeld(open, field.get(object), root);
            }
          }
        }
      }
    }
    return bytes;
  }

  private static void addIfHeld(List<Object> open, Object held, Object root) {
    if (held != null && (root instanceof Reference || !(held instanceof Reference))) {
      open.add(held);
    }
  }

  private static int size(Class<?> type) {
    if (type == byte.class || type == boolean.class) {
      return 1;
    }
    if (type == short.class) {
      return 2;
    }
    return type == float.class || type == int.class ? 4 : 8;
  }
}
