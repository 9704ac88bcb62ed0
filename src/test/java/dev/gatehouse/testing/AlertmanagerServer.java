package dev.gatehouse.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A real Alertmanager on a port of its own of the loopback address, with its data in a folder of
 * its own; only where the machine has one on its PATH.
 */
public final class AlertmanagerServer implements AutoCloseable {

  /** How long a start may take; a usual one takes less than a second. */
  public static final Duration START_MAX = Duration.ofMinutes(1);

  private final int port = Ports.free();
  private final Path folder = Folders.create("alertmanager-");
  private final ChildProcess process;

  private AlertmanagerServer(String configuration) {
    Path file = folder.resolve("alertmanager.yml");
    try {
      Files.writeString(file, configuration);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    List<String> command =
        List.of(
            binary().orElseThrow().toString(),
            "--config.file=" + file,
            "--storage.path=" + folder.resolve("data"),
            "--web.listen-address=127.0.0.1:" + port,
            "--cluster.listen-address=",
            "--log.level=warn");
    process = ChildProcess.start(command, Map.of(), folder, folder.resolve("alertmanager.log"));
  }

  /** Debian calls it otherwise than those who make it. */
  private static Optional<Path> binary() {
    return Stream.of("alertmanager", "prometheus-alertmanager")
        .flatMap(name -> OnPath.find(name).stream())
        .findFirst();
  }

  /** Whether the machine has one. */
  public static boolean installed() {
    return binary().isPresent();
  }

  /**
   * Starts a server and waits until it is ready.
   *
   * @throws IllegalStateException with the end of its log if it does not get ready
   */
  public static AlertmanagerServer start(String configuration) {
    AlertmanagerServer server = new AlertmanagerServer(configuration);
    URI ready = server.uri("/-/ready");
    boolean answered = Await.until(START_MAX, () -> !server.process.alive() || Http.ok(ready));
    if (!answered || !server.process.alive()) {
      String tail = server.process.tail();
      server.close();
      throw new IllegalStateException("Alertmanager is not ready; " + tail);
    }
    return server;
  }

  /** The port it listens on. */
  public int port() {
    return port;
  }

  /** The address of a page of it. */
  public URI uri(String path) {
    return URI.create("http://127.0.0.1:" + port + path);
  }

  /** What it counted of itself. */
  public PrometheusText metrics() {
    return new PrometheusText(Http.send(Http.request(uri("/metrics"))).body());
  }

  /** Stops it and deletes its data. */
  @Override
  public void close() {
    process.stop();
    Folders.delete(folder);
  }
}
