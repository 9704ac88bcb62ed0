package dev.gatehouse.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A row with what every round gave.
 *
 * @param kind what was measured
 * @param workload the model
 * @param load calls in flight, or rows of a batch
 * @param rounds the figures, round by round
 */
record Measured(Kind kind, Workload workload, int load, List<Figures> rounds) {

  /** Copies the list. */
  Measured {
    rounds = List.copyOf(rounds);
  }

  /** The row's name. */
  String name() {
    return kind.row(workload, load);
  }

  /** The median over the rounds, or null where there is no such figure. */
  @Nullable Double median(Function<Figures, @Nullable Double> figure) {
    List<Double> values = new ArrayList<>();
    for (Figures round : rounds) {
      Double value = figure.apply(round);
      if (value != null) {
        values.add(value);
      }
    }
    return median(values);
  }

  /** The median, or null if there is none. */
  static @Nullable Double median(List<Double> values) {
    if (values.isEmpty()) {
      return null;
    }
    double[] sorted = values.stream().mapToDouble(Objects::requireNonNull).sorted().toArray();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1
        ? sorted[middle]
        : Arrays.stream(sorted, middle - 1, middle + 1).average().orElseThrow();
  }
}
