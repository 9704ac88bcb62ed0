package dev.gatehouse.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Which rows there are, in the order of the table. */
final class Plan {

  /** Calls in flight. */
  static final int[] CONCURRENCIES = {1, 16, 64, 256};

  /** Rows of a batch without a gateway. */
  static final int[] BATCHES = {1, 8, 32};

  /** Calls in flight where the costs of the record and of the watch are looked for. */
  static final int[] COMPARED_CONCURRENCIES = {1, 64, 256, 1024};

  /** The model they are looked for with: one that costs next to nothing itself. */
  static final Workload COMPARED = Workload.ADD_SUB;

  private Plan() {}

  /** The gateways that leave something out and are wanted. */
  static List<Kind> lesser(BenchSettings settings) {
    return Arrays.stream(Kind.values())
        .filter(Kind::lesser)
        .filter(
            kind ->
                Arrays.stream(COMPARED_CONCURRENCIES)
                    .anyMatch(load -> settings.wants(kind.row(COMPARED, load))))
        .toList();
  }

  /**
   * The rows that are wanted: what belongs together is measured close together.
   *
   * @param lesser gateways that leave something out
   */
  static List<Row> rows(
      BenchSettings settings,
      EchoBench echo,
      EngineBench engine,
      GatewayBench gateway,
      List<GatewayBench> lesser) {
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
    rows.addAll(compared(engine.exchanges(COMPARED), gateway, lesser));
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

  /** What only the comparison with lesser gateways needs. */
  private static List<Row> compared(
      List<Exchange> calls, GatewayBench gateway, List<GatewayBench> lesser) {
    List<Row> rows = new ArrayList<>();
    for (int concurrency : COMPARED_CONCURRENCIES) {
      if (Arrays.stream(CONCURRENCIES).noneMatch(other -> other == concurrency)) {
        rows.add(gateway.row(COMPARED, calls, concurrency));
      }
      for (GatewayBench less : lesser) {
        rows.add(less.row(COMPARED, calls, concurrency));
      }
    }
    return rows;
  }
}
