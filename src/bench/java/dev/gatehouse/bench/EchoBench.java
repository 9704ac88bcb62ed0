package dev.gatehouse.bench;

import java.time.Duration;
import java.util.List;

/** Rows of the bare gRPC server. */
final class EchoBench implements AutoCloseable {

  private final Child server;
  private final ServerWatch watch;
  private final int port;
  private final int connections;
  private final int rounds;

  /** Starts the server. */
  EchoBench(BenchSettings settings) {
    server = Child.start(EchoServer.class, settings.folder(), List.of());
    port = Integer.parseInt(server.next());
    watch = ServerWatch.of(server.handle());
    connections = settings.connections();
    rounds = settings.rounds();
  }

  /** A row with so many calls in flight. */
  Row row(Workload workload, List<Exchange> calls, int concurrency) {
    return new Row(
        Kind.ECHO, workload, concurrency, rounds, window -> run(calls, concurrency, window));
  }

  private Figures run(List<Exchange> calls, int concurrency, Duration window) {
    try (Connections open = new Connections(port, Math.min(connections, concurrency))) {
      LoadLoop.Group group = LoadLoop.Group.all(open.stubs(null), concurrency);
      return new LoadLoop(List.of(group), calls, false, watch).run(window);
    }
  }

  @Override
  public void close() {
    watch.close();
    server.close();
  }
}
