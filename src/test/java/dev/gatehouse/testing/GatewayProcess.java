package dev.gatehouse.testing;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The packaged gateway as a process of its own, with ports of its own of the loopback address.
 *
 * <p>Its settings are a properties file in a folder of its own that only this user can read, where
 * the gateway runs and where its log is: {@code config/application.properties}, which Quarkus reads
 * above what the package says. The folder lies in the build folder and stays for a look afterwards.
 */
public final class GatewayProcess implements AutoCloseable {

  /** How long a start may take, deployed models coming back included; also of several at once. */
  public static final Duration START_MAX = Duration.ofMinutes(5);

  /** What every gateway's Java gets: what its libraries need, and bounds for heap and buffers. */
  public static final List<String> JVM_FLAGS =
      List.of(
          "--enable-native-access=ALL-UNNAMED",
          "--sun-misc-unsafe-memory-access=allow",
          "-Xms256m",
          "-Xmx1g",
          "-XX:MaxDirectMemorySize=1g",
          "-XX:+ExitOnOutOfMemoryError");

  /** Native threads that spin would take the cores from everybody else. */
  public static final Map<String, String> ENVIRONMENT =
      Map.of("OMP_NUM_THREADS", "1", "MKL_NUM_THREADS", "1");

  private static final String GRPC_PORT = "gatehouse.server.port";
  private static final String MANAGEMENT_PORT = "gatehouse.management.port";

  private final Path folder = Folders.create("gateway-");
  private final List<String> flags;
  private final Map<String, String> settings;

  @GuardedBy("this")
  private @Nullable ChildProcess process;

  private GatewayProcess(List<String> flags, Map<String, String> settings) {
    this.flags = List.copyOf(flags);
    this.settings = Map.copyOf(settings);
  }

  /**
   * Starts a gateway and waits until it is ready.
   *
   * @param settings the configuration; ports that it does not name are free ones
   * @param flags for its Java, after {@link #JVM_FLAGS}
   * @throws IllegalStateException with the end of its log if it ends or does not get ready
   */
  public static GatewayProcess start(Map<String, String> settings, String... flags) {
    GatewayProcess gateway = launch(settings, flags);
    gateway.awaitReady();
    return gateway;
  }

  /** Starts a gateway and does not wait; see {@link #awaitReady} and {@link #awaitEnd}. */
  public static GatewayProcess launch(Map<String, String> settings, String... flags) {
    Map<String, String> complete = new TreeMap<>(settings);
    complete.putIfAbsent(GRPC_PORT, Integer.toString(Ports.free()));
    complete.putIfAbsent(MANAGEMENT_PORT, Integer.toString(Ports.free()));
    GatewayProcess gateway = new GatewayProcess(List.of(flags), complete);
    gateway.launch();
    return gateway;
  }

  private synchronized void launch() {
    if (process != null) {
      throw new IllegalStateException("the gateway runs already");
    }
    writeSettings();
    process = ChildProcess.start(command(), ENVIRONMENT, folder, log());
  }

  private List<String> command() {
    Path jar = Folders.build().resolve("quarkus-app/quarkus-run.jar");
    if (!Files.exists(jar)) {
      throw new IllegalStateException("the gateway is not packaged: no " + jar);
    }
    List<String> command = new ArrayList<>();
    command.add(ChildProcess.java());
    command.addAll(JVM_FLAGS);
    command.addAll(flags);
    command.add("-jar");
    command.add(jar.toString());
    return command;
  }

  private void writeSettings() {
    Properties properties = new Properties();
    properties.putAll(settings);
    try {
      Path config = Files.createDirectories(folder.resolve("config"));
      try (Writer writer = Files.newBufferedWriter(config.resolve("application.properties"))) {
        properties.store(writer, null);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits until the gateway says that it is ready. */
  public void awaitReady() {
    ChildProcess child = running();
    URI ready = management("/q/health/ready");
    boolean answered = Await.until(START_MAX, () -> !child.alive() || Http.ok(ready));
    if (!answered || !child.alive()) {
      int status = stop();
      throw new IllegalStateException(
          "the gateway "
              + (answered ? "ended with " + status : "is not ready")
              + "; "
              + child.tail());
    }
  }

  /**
   * Waits until the gateway ends by itself, as it does for settings it refuses.
   *
   * @return its exit status
   */
  public int awaitEnd() {
    int status = running().await(START_MAX);
    stop();
    return status;
  }

  private synchronized ChildProcess running() {
    if (process == null) {
      throw new IllegalStateException("the gateway does not run");
    }
    return process;
  }

  /** The port that speaks gRPC. */
  public int grpcPort() {
    return port(GRPC_PORT);
  }

  /** The port with health and metrics. */
  public int managementPort() {
    return port(MANAGEMENT_PORT);
  }

  private int port(String key) {
    String port = settings.get(key);
    if (port == null) {
      throw new IllegalStateException("no " + key);
    }
    return Integer.parseInt(port);
  }

  /** The address of {@code path} on the management port. */
  public URI management(String path) {
    return URI.create("http://127.0.0.1:" + managementPort() + path);
  }

  /** What {@code path} on the management port answers to GET, whatever the status. */
  public HttpResponse<String> get(String path) {
    return Http.send(Http.request(management(path)));
  }

  /** The metrics in Prometheus' text format. */
  public String metrics() {
    return get("/q/metrics").body();
  }

  /** The process id. */
  public long pid() {
    return running().pid();
  }

  /** Whether its process lives. */
  public synchronized boolean alive() {
    return process != null && process.alive();
  }

  /** Where the gateway runs; relative paths of its settings begin here. */
  public Path folder() {
    return folder;
  }

  /** The file with everything it wrote to standard output and standard error, over all starts. */
  public Path log() {
    return folder.resolve("gateway.log");
  }

  /** Starts it again with the same settings, after {@link #stop} or {@link #kill}, and waits. */
  public void restart() {
    relaunch();
    awaitReady();
  }

  /** As {@link #restart}, but does not wait. */
  public void relaunch() {
    launch();
  }

  /**
   * Asks it to end (SIGTERM) and waits; does nothing if it does not run.
   *
   * @return its exit status, 0 if it did not run
   */
  public synchronized int stop() {
    if (process == null) {
      return 0;
    }
    saveMetrics();
    int status = process.stop();
    process = null;
    return status;
  }

  /** What it counted stays beside its log, if it still answers. */
  private void saveMetrics() {
    try {
      Files.writeString(folder.resolve("metrics.txt"), metrics());
    } catch (IOException | IllegalStateException | UncheckedIOException e) {
      // It was on its way down already.
    }
  }

  /** Kills it (SIGKILL). Does nothing if it does not run. */
  public synchronized void kill() {
    if (process != null) {
      process.kill();
      process = null;
    }
  }

  /** Stops it; its folder stays. */
  @Override
  public void close() {
    stop();
  }
}
