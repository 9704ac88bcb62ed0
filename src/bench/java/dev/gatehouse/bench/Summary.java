package dev.gatehouse.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The few ratios that the table is read for. */
final class Summary {

  /** Calls in flight from which a batch can be expected to fill. */
  private static final int BATCHED_MIN = 16;

  private static final int BUSY = 64;

  private final Ratios ratios;
  private final List<Line> lines = new ArrayList<>();

  /**
   * One of them.
   *
   * @param measure what it is
   * @param value null if the rows it needs were left out
   * @param unit what it counts; empty for a ratio
   */
  record Line(String measure, @Nullable Double value, String unit) {
    /** For people. */
    String text() {
      if (value == null) {
        return "–";
      }
      return unit.isEmpty()
          ? String.format(Locale.ROOT, "%.2f", value)
          : String.format(Locale.ROOT, "%.0f %s", value, unit);
    }
  }

  private Summary(Ratios ratios) {
    this.ratios = ratios;
  }

  /** What the rows come to. */
  static List<Line> of(Ratios ratios) {
    Summary summary = new Summary(ratios);
    summary.add();
    return List.copyOf(summary.lines);
  }

  private void add() {
    add(
        "mobilenet_v3_small, best concurrency of 16 and more: rows/s over the predictor at that batch",
        best(Workload.MOBILENET, BATCHED_MIN, ratios::toPredictor));
    add(
        "mobilenet_v3_small, best concurrency of 16 and more: rows/s over the predictor at its best",
        best(Workload.MOBILENET, BATCHED_MIN, ratios::toPredictorBest));
    add(
        "add_sub, best concurrency of 64 and more: calls/s over bare echo",
        best(Workload.ADD_SUB, BUSY, ratios::toEcho));
    lines.add(
        new Line(
            "add_sub, concurrency 1: p50 above bare echo",
            ratios.addedMicros(Workload.ADD_SUB, 1),
            "µs"));
    add(
        "digits_cnn, concurrency 64: calls/s over add_sub",
        ratios.calls(Workload.DIGITS_CNN, Workload.ADD_SUB, BUSY));
    add(
        "digits_cnn, best concurrency of 64 and more: rows/s over the predictor at its best",
        best(Workload.DIGITS_CNN, BUSY, ratios::toPredictorBest));
    add(
        "slow, saturated: p99 of two callers with a third at 10 times its share, over at its share",
        ratios.unfairness(10));
    record();
    allocation("of the gateway", Kind.GATEWAY, row -> row.median(Figures::allocatedPerCall));
    allocation("of the bare echo", Kind.ECHO, row -> row.median(Figures::allocatedPerCall));
    allocation("beyond the bare echo", Kind.GATEWAY, ratios::allocatedBeyondEcho);
  }

  /** What the record of uses costs, and the watch. */
  private void record() {
    Workload workload = Plan.COMPARED;
    for (int concurrency : Plan.COMPARED_CONCURRENCIES) {
      add(
          "add_sub, concurrency " + concurrency + ": calls/s with the record over without",
          ratios.over(Kind.UNRECORDED, workload, concurrency));
      add(
          "add_sub, concurrency " + concurrency + ": calls/s with the watch over without",
          ratios.over(Kind.UNWATCHED, workload, concurrency));
    }
    Integer peak = ratios.unrecordedPeak(workload);
    add(
        "add_sub, where it peaks without (" + peak + "): calls/s with the record over without",
        peak == null ? null : ratios.over(Kind.UNRECORDED, workload, peak));
    lines.add(
        new Line(
            "add_sub, concurrency 64: p50 with the record above without",
            ratios.addedMicros(workload, BUSY, Kind.UNRECORDED),
            "µs"));
    lines.add(
        new Line(
            "add_sub, concurrency 64: bytes of the journal a call",
            ratios.matching(Kind.GATEWAY, workload, BUSY).stream()
                .map(row -> row.median(Figures::journalPerCall))
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null),
            "B"));
  }

  private void allocation(String whose, Kind kind, Function<Measured, @Nullable Double> figure) {
    Double bytes =
        ratios.matching(kind, Workload.ADD_SUB, BUSY).stream()
            .map(figure)
            .filter(Objects::nonNull)
            .findFirst()
            .orElse(null);
    lines.add(
        new Line("add_sub, concurrency 64: heap bytes allocated a call " + whose, bytes, "B"));
  }

  private void add(String measure, @Nullable Double ratio) {
    lines.add(new Line(measure, ratio, ""));
  }

  private @Nullable Double best(
      Workload workload, int concurrencyMin, Function<Measured, @Nullable Double> ratio) {
    List<Double> found =
        IntStream.of(Plan.CONCURRENCIES)
            .filter(concurrency -> concurrency >= concurrencyMin)
            .boxed()
            .flatMap(concurrency -> ratios.matching(Kind.GATEWAY, workload, concurrency).stream())
            .map(ratio)
            .filter(Objects::nonNull)
            .toList();
    return found.stream().max(Double::compare).orElse(null);
  }
}
