package dev.gatehouse.bench;

import com.google.protobuf.ByteString;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** Rows of the engine without a gateway. */
final class EngineBench implements AutoCloseable {

  private final Child server;
  private final int rounds;

  /** Starts the engine's process and loads every workload there. */
  EngineBench(BenchSettings settings) {
    rounds = settings.rounds();
    server =
        Child.start(
            EngineServer.class,
            settings.folder(),
            List.of("" + settings.instances(), "" + settings.graphOptimizer()));
    String ready = server.next();
    if (!ready.equals("ready")) {
      throw new IllegalStateException("the engine says " + ready);
    }
  }

  /** The calls of a workload, with what the engine answers to them. */
  List<Exchange> exchanges(Workload workload) {
    List<List<ByteString>> expected = new ArrayList<>();
    for (String variant : server.ask("answers " + workload.name()).split(";", -1)) {
      List<ByteString> outputs = new ArrayList<>();
      for (String output : variant.split(",", -1)) {
        outputs.add(ByteString.copyFrom(HexFormat.of().parseHex(output)));
      }
      expected.add(outputs);
    }
    return Exchange.of(workload, expected);
  }

  /**
   * A row that repeats batches of so many rows.
   *
   * @param kind {@link Kind#ENGINE} or {@link Kind#PREDICTOR}
   */
  Row row(Kind kind, Workload workload, int rows) {
    return new Row(kind, workload, rows, rounds, window -> run(kind, workload, rows, window));
  }

  private Figures run(Kind kind, Workload workload, int rows, Duration window) {
    Cpu before = Cpu.read(server.handle());
    String question =
        "run %s %s %d %d".formatted(kind.name(), workload.name(), rows, window.toNanos());
    RawRun run = RawRun.parse(server.ask(question));
    double seconds = run.nanos() / 1e9;
    double batchesPerSecond = run.batches() / seconds;
    return new Figures(
        run.batches(),
        seconds,
        batchesPerSecond,
        batchesPerSecond * rows,
        run.p50Nanos() / 1e3,
        run.p99Nanos() / 1e3,
        (double) rows,
        before.until(Cpu.read(server.handle()), seconds),
        null,
        null);
  }

  @Override
  public void close() {
    server.close();
  }
}
