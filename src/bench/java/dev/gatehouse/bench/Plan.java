package dev.gatehouse.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Which rows there are, in the order of the table. */
final class Plan {

  /** Calls in flight. */
  static final int[] CONCURRENCIES = {1, 16, 64, 256};

  /** Rows of a batch without a gateway. */
  static final int[] BATCHES = {1, 8, 32};

  /** Calls in flight where the cost of the record is looked for. */
  static final int[] RECORDED_CONCURRENCIES = {1, 64, 256, 1024};

  /** The model it is looked for with: one that costs next to nothing itself. */
  static final Workload RECORDED = Workload.ADD_SUB;

  private Plan() {}

  /** Whether a gateway without a record is wanted at all. */
  static boolean wantsUnrecorded(BenchSettings settings) {
    return Arrays.stream(RECORDED_CONCURRENCIES)
        .anyMatch(load -> settings.wants(Kind.UNRECORDED.row(RECORDED, load)));
  }

  /**
   * The rows that are wanted: what belongs together is measured close together.
   *
   * @param unrecorded a gateway without a record; null if it is not wanted
   */
  static List<Row> rows(
      BenchSettings settings,
      EchoBench echo,
      EngineBench engine,
      GatewayBench gateway,
      @Nullable GatewayBench unrecorded) {
    List<Row> rows = new ArrayList<>();
    for (Workload workload : Workload.COMPARED) {
      List<Exchange> calls = engine.exchanges(workload);
      for (int batch : BATCHES) {
        rows.add(engine.row(Kind.PREDICTOR, workload, batch));
        rows.add(engine.row(Kind.ENGINE, workload, batch));
      }
      for (int concurrency : CONCURRENCIES) {
        rows.add(echo.row(workload, calls, concurrency));
        rows.add(gateway.row(workload, calls, concurrency));
      }
    }
    rows.addAll(recorded(engine.exchanges(RECORDED), gateway, unrecorded));
    List<Exchange> slow = engine.exchanges(Workload.SLOW);
    for (int factor : Fairness.FACTORS) {
      rows.add(gateway.fairness(slow, factor));
    }
    List<Row> wanted = rows.stream().filter(row -> settings.wants(row.name())).toList();
    if (wanted.isEmpty()) {
      throw new IllegalArgumentException(
          "bench.filter leaves no row of " + rows.stream().map(Row::name).toList());
    }
    return wanted;
  }

  /** What only the comparison with a gateway without a record needs. */
  private static List<Row> recorded(
      List<Exchange> calls, GatewayBench gateway, @Nullable GatewayBench unrecorded) {
    List<Row> rows = new ArrayList<>();
    for (int concurrency : RECORDED_CONCURRENCIES) {
      if (Arrays.stream(CONCURRENCIES).noneMatch(other -> other == concurrency)) {
        rows.add(gateway.row(RECORDED, calls, concurrency));
      }
      if (unrecorded != null) {
        rows.add(unrecorded.row(RECORDED, calls, concurrency));
      }
    }
    return rows;
  }
}
