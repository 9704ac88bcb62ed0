package dev.gatehouse.bench;

import java.util.ArrayList;
import java.util.List;

/** Which rows there are, in the order of the table. */
final class Plan {

  /** Calls in flight. */
  static final int[] CONCURRENCIES = {1, 16, 64, 256};

  /** Rows of a batch without a gateway. */
  static final int[] BATCHES = {1, 8, 32};

  private Plan() {}

  /** The rows that are wanted: what belongs together is measured close together. */
  static List<Row> rows(
      BenchSettings settings, EchoBench echo, EngineBench engine, GatewayBench gateway) {
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
}
