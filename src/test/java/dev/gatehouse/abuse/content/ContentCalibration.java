package dev.gatehouse.abuse.content;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/** Prints when each stream of {@link Queries} crosses which bound, and what a row costs. */
final class ContentCalibration {

  private static final int SEEDS = Integer.getInteger("seeds", 20);
  private static final int QUERIES = 500;

  /** Rows before which nothing is measured: shares of a few rows are chance. */
  private static final int ROWS_MIN = 100;

  private static final List<Measure> MEASURES =
      List.of(
          new Measure("near", 0.25, ContentSignals::nearDuplicateShare),
          new Measure("low margin", 0.25, ContentSignals::lowMarginShare),
          new Measure("novel", 0.2, ContentSignals::novelShare),
          new Measure("1 - W", 0.15, signals -> 1 - signals.distanceNormality().orElse(1)),
          new Measure("score", 0.4, ContentSignals::extractionScore));

  private record Measure(String name, double bound, ToDoubleFunction<ContentSignals> of) {}

  private ContentCalibration() {}

  /** Takes no arguments. */
  public static void main(String[] arguments) {
    DigitsVictim victim = DigitsVictim.trained();
    long right = victim.natural().size();
    System.out.println("natural rows " + right + ", seeds " + SEEDS + ", queries " + QUERIES);
    for (Queries queries : Queries.values()) {
      print(victim, queries);
    }
    for (int round = 0; round < 6; round++) {
      cost(victim);
    }
  }

  private static void print(DigitsVictim victim, Queries queries) {
    double[][] greatest = new double[MEASURES.size()][SEEDS];
    int[][] crossed = new int[MEASURES.size()][SEEDS];
    for (int seed = 0; seed < SEEDS; seed++) {
      RowWatch watch = new RowWatch(Reference.of(victim.reference(), seed));
      Supplier<float[]> rows = queries.from(victim, new Random(seed));
      for (int i = 1; i <= QUERIES; i++) {
        float[] row = rows.get();
        watch.observe(row, 0, row.length, victim.logits(row), 0, DigitsVictim.CLASSES, i);
        ContentSignals signals = watch.signals(i);
        for (int m = 0; m < MEASURES.size() && i >= ROWS_MIN; m++) {
          double value = MEASURES.get(m).of.applyAsDouble(signals);
          greatest[m][seed] = Math.max(greatest[m][seed], value);
          boolean first = crossed[m][seed] == 0 && value > MEASURES.get(m).bound;
          crossed[m][seed] = first ? i : crossed[m][seed];
        }
      }
    }
    for (int m = 0; m < MEASURES.size(); m++) {
      Measure measure = MEASURES.get(m);
      int[] after = Arrays.stream(crossed[m]).filter(i -> i > 0).sorted().toArray();
      System.out.printf(
          Locale.ROOT,
          "%-20s %-10s greatest of a seed: %.3f to %.3f; beyond %.2f: %d of %d%s%n",
          queries,
          measure.name,
          Arrays.stream(greatest[m]).min().orElseThrow(),
          Arrays.stream(greatest[m]).max().orElseThrow(),
          measure.bound,
          after.length,
          SEEDS,
          after.length == 0
              ? ""
              : ", after " + after[after.length / 2] + " (median), " + after[after.length - 1]);
    }
  }

  private static void cost(DigitsVictim victim) {
    RowWatch watch = new RowWatch(Reference.of(victim.reference(), 1));
    Random random = new Random(1);
    List<float[]> rows = new ArrayList<>();
    List<float[]> scores = new ArrayList<>();
    for (int i = 0; i < 20_000; i++) {
      float[] row = victim.natural().get(i % victim.natural().size()).clone();
      row[random.nextInt(row.length)] += random.nextFloat();
      rows.add(row);
      scores.add(victim.logits(row));
    }
    long begin = cpuNanos();
    for (int i = 0; i < rows.size(); i++) {
      watch.observe(rows.get(i), 0, DigitsVictim.PIXELS, scores.get(i), 0, 10, i);
    }
    long nanos = (cpuNanos() - begin) / rows.size();
    System.out.println(nanos + " ns a row; " + watch.signals(0));
  }

  /** Time on a processor, so that others on the machine do not count. */
  private static long cpuNanos() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }
}
