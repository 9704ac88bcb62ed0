package dev.gatehouse.bench;

import java.util.List;

/** Rows of the bare gRPC server. */
final class EchoBench implements AutoCloseable {

  private final Child server;
  private final int port;
  private final int connections;

  /** Starts the server. */
  EchoBench(BenchSettings settings) {
    server = Child.start(EchoServer.class, settings.folder(), List.of());
    port = Integer.parseInt(server.next());
    connections = settings.connections();
  }

  /** A row with so many calls in flight. */
  Row row(Workload workload, List<Exchange> calls, int concurrency) {
    return new Row(
        Kind.ECHO,
        workload,
        concurrency,
        window -> {
          try (Connections open = new Connections(port, Math.min(connections, concurrency))) {
            return new LoadLoop(open.stubs(null), calls, concurrency, false, server.handle())
                .run(window);
          }
        });
  }

  @Override
  public void close() {
    server.close();
  }
}
