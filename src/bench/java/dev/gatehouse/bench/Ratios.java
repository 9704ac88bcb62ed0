package dev.gatehouse.bench;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * How rows compare: ratios within each round, and their median. Null where a row was left out.
 *
 * @param rows all rows of the run
 */
record Ratios(List<Measured> rows) {

  /** Copies the list. */
  Ratios {
    rows = List.copyOf(rows);
  }

  /** Calls per second over those of the bare server under the same load. */
  @Nullable Double toEcho(Measured row) {
    return row.kind() == Kind.GATEWAY || row.kind().lesser()
        ? ratio(row, matching(Kind.ECHO, row.workload(), row.load()), Figures::callsPerSecond)
        : null;
  }

  /** Rows per second over those of DJL's predictor at the batch nearest to the mean batch. */
  @Nullable Double toPredictor(Measured row) {
    Double meanBatch = row.median(Figures::meanBatch);
    if (meanBatch == null) {
      return null;
    }
    List<Measured> nearest =
        predictors(row).stream()
            .min(Comparator.comparingDouble(p -> Math.abs(Math.log(p.load() / meanBatch))))
            .stream()
            .toList();
    return ratio(row, nearest, Figures::rowsPerSecond);
  }

  /** Rows per second over those of DJL's predictor at its best batch. */
  @Nullable Double toPredictorBest(Measured row) {
    return ratio(row, predictors(row), Figures::rowsPerSecond);
  }

  /** What a row that executes something is compared with. */
  private List<Measured> predictors(Measured row) {
    return row.kind() == Kind.GATEWAY || row.kind() == Kind.ENGINE
        ? rows.stream()
            .filter(r -> r.kind() == Kind.PREDICTOR && r.workload() == row.workload())
            .toList()
        : List.of();
  }

  /** Calls per second of the gateway with one model over those with another. */
  @Nullable Double calls(Workload of, Workload over, int concurrency) {
    List<Measured> row = matching(Kind.GATEWAY, of, concurrency);
    return row.isEmpty()
        ? null
        : ratio(row.getFirst(), matching(Kind.GATEWAY, over, concurrency), Figures::callsPerSecond);
  }

  /** Calls per second of the gateway over those of a lesser one, under the same load. */
  @Nullable Double over(Kind lesser, Workload workload, int concurrency) {
    List<Measured> row = matching(Kind.GATEWAY, workload, concurrency);
    return row.isEmpty()
        ? null
        : ratio(row.getFirst(), matching(lesser, workload, concurrency), Figures::callsPerSecond);
  }

  /** The load under which a gateway without a record answers the most calls a second; or null. */
  @Nullable Integer unrecordedPeak(Workload workload) {
    return rows.stream()
        .filter(row -> row.kind() == Kind.UNRECORDED && row.workload() == workload)
        .filter(row -> row.median(Figures::callsPerSecond) != null)
        .max(Comparator.comparingDouble(row -> row.median(Figures::callsPerSecond)))
        .map(Measured::load)
        .orElse(null);
  }

  /** The median over the rounds of the microseconds that the gateway's p50 is above the echo's. */
  @Nullable Double addedMicros(Workload workload, int concurrency) {
    return addedMicros(workload, concurrency, Kind.ECHO);
  }

  /** As the other one, above a row of another kind. */
  @Nullable Double addedMicros(Workload workload, int concurrency, Kind least) {
    List<Measured> row = matching(Kind.GATEWAY, workload, concurrency);
    List<Measured> echo = matching(least, workload, concurrency);
    if (row.isEmpty() || echo.isEmpty()) {
      return null;
    }
    List<Double> added = new ArrayList<>();
    for (int round = 0; round < row.getFirst().rounds().size(); round++) {
      added.add(
          row.getFirst().rounds().get(round).p50Micros()
              - echo.getFirst().rounds().get(round).p50Micros());
    }
    return Measured.median(added);
  }

  /** The heap bytes a call that the server allocates beyond what the bare server does. */
  @Nullable Double allocatedBeyondEcho(Measured row) {
    List<Measured> echo = matching(Kind.ECHO, row.workload(), row.load());
    if (row.kind() != Kind.GATEWAY || echo.isEmpty()) {
      return null;
    }
    List<Double> beyond = new ArrayList<>();
    for (int round = 0; round < row.rounds().size(); round++) {
      Double own = row.rounds().get(round).allocatedPerCall();
      Double least = echo.getFirst().rounds().get(round).allocatedPerCall();
      if (own != null && least != null) {
        beyond.add(own - least);
      }
    }
    return Measured.median(beyond);
  }

  /** The p99 of the other callers with one that offers so many times its share, over without. */
  @Nullable Double unfairness(int factor) {
    List<Measured> row = matching(Kind.FAIRNESS, Workload.SLOW, factor);
    return row.isEmpty()
        ? null
        : ratio(row.getFirst(), matching(Kind.FAIRNESS, Workload.SLOW, 1), Figures::p99Micros);
  }

  /** The rows of that kind, workload and load: one or none. */
  List<Measured> matching(Kind kind, Workload workload, int load) {
    return rows.stream()
        .filter(r -> r.kind() == kind && r.workload() == workload && r.load() == load)
        .toList();
  }

  private static @Nullable Double ratio(
      Measured row, List<Measured> ceilings, ToDoubleFunction<Figures> figure) {
    if (ceilings.isEmpty()) {
      return null;
    }
    List<Double> ratios = new ArrayList<>();
    for (int i = 0; i < row.rounds().size(); i++) {
      int round = i;
      double best =
          ceilings.stream()
              .mapToDouble(ceiling -> figure.applyAsDouble(ceiling.rounds().get(round)))
              .max()
              .orElseThrow();
      ratios.add(figure.applyAsDouble(row.rounds().get(round)) / best);
    }
    return Measured.median(ratios);
  }
}
