package dev.gatehouse.testing;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A real Prometheus on a port of its own of the loopback address, with its data in a folder of its
 * own; only where the machine has one on its PATH.
 */
public final class PrometheusServer implements AutoCloseable {

  /** How long a start may take; a usual one takes less than a second. */
  public static final Duration START_MAX = Duration.ofMinutes(1);

  /** How often a question is asked whose connection is lost. */
  static final int TRIES_MAX = 3;

  /** Itself, as files for it call it. */
  private static final String OWN = "127.0.0.1:9090";

  private final int port = Ports.free();
  private final Path folder = Folders.create("prometheus-");
  private final ChildProcess process;

  private PrometheusServer(Map<String, String> files, Optional<History> history) {
    try {
      for (Map.Entry<String, String> file : files.entrySet()) {
        Path path = folder.resolve(file.getKey());
        Files.createDirectories(path.resolveSibling("."));
        Files.writeString(path, file.getValue().replace(OWN, "127.0.0.1:" + port));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    history.ifPresent(this::fill);
    String binary = OnPath.find("prometheus").orElseThrow().toString();
    List<String> command =
        List.of(
            binary,
            "--config.file=" + folder.resolve("prometheus.yml"),
            "--storage.tsdb.path=" + folder.resolve("data"),
            "--web.listen-address=127.0.0.1:" + port,
            "--log.level=warn");
    process = ChildProcess.start(command, Map.of(), folder, folder.resolve("prometheus.log"));
  }

  private void fill(History history) {
    Path file = folder.resolve("history.txt");
    try {
      Files.writeString(file, history.text());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Promtool.assumed()
        .check(
            "tsdb",
            "create-blocks-from",
            "openmetrics",
            file.toString(),
            folder.resolve("data").toString());
  }

  /** Whether the machine has one. */
  public static boolean installed() {
    return OnPath.find("prometheus").isPresent();
  }

  /**
   * Starts a server without data and waits until it is ready.
   *
   * @param files what is put into its folder, by path; {@code prometheus.yml} among it. Where they
   *     name 127.0.0.1:9090 they get the port that it listens on
   * @throws IllegalStateException with the end of its log if it does not get ready
   */
  public static PrometheusServer start(Map<String, String> files) {
    return start(files, Optional.empty());
  }

  /**
   * As {@link #start(Map)}, with data of before.
   *
   * @param history what it has scraped before, as far as it says
   */
  public static PrometheusServer start(Map<String, String> files, History history) {
    return start(files, Optional.of(history));
  }

  private static PrometheusServer start(Map<String, String> files, Optional<History> history) {
    PrometheusServer server = new PrometheusServer(files, history);
    URI ready = server.uri("/-/ready");
    boolean answered = Await.until(START_MAX, () -> !server.process.alive() || Http.ok(ready));
    if (!answered || !server.process.alive()) {
      String tail = server.process.tail();
      server.close();
      throw new IllegalStateException("Prometheus is not ready; " + tail);
    }
    return server;
  }

  /** The address of a page of it. */
  public URI uri(String path) {
    return URI.create("http://127.0.0.1:" + port + path);
  }

  /**
   * Asks again if the connection is lost: a kept one may end at the very moment it is used, and a
   * question changes nothing.
   */
  private static HttpResponse<String> ask(HttpRequest.Builder question) {
    for (int tries = 1; true; tries++) {
      try {
        return Http.send(question);
      } catch (UncheckedIOException lost) {
        if (tries == TRIES_MAX) {
          throw lost;
        }
      }
    }
  }

  /**
   * The series of an expression over a time.
   *
   * @return the list {@code result} of Prometheus' answer
   * @throws IllegalStateException with Prometheus' words if the expression has no answer
   */
  public JsonNode range(String expression, Instant from, Instant to, Duration step) {
    Map<String, String> fields =
        Map.of(
            "query",
            expression,
            "start",
            from.toString(),
            "end",
            to.toString(),
            "step",
            step.toSeconds() + "s");
    HttpResponse<String> response = ask(Http.form(uri("/api/v1/query_range"), fields));
    if (response.statusCode() != 200) {
      throw new IllegalStateException(expression + ": " + response.body());
    }
    return OidcLogin.json(response.body()).at("/data/result");
  }

  /**
   * The values of a label over the series that {@code selector} chooses, at any time.
   *
   * @throws IllegalStateException with Prometheus' words if the selector is none
   */
  public JsonNode labelValues(String label, String selector) {
    String path = "/api/v1/label/" + label + "/values?" + Http.encode(Map.of("match[]", selector));
    HttpResponse<String> response = ask(Http.request(uri(path)));
    if (response.statusCode() != 200) {
      throw new IllegalStateException(selector + ": " + response.body());
    }
    return OidcLogin.json(response.body()).path("data");
  }

  /** The alerts that are pending or firing. */
  public JsonNode alerts() {
    HttpResponse<String> response = ask(Http.request(uri("/api/v1/alerts")));
    return OidcLogin.json(response.body()).at("/data/alerts");
  }

  /**
   * Those of one rule.
   *
   * @param rule its id in the catalogue
   */
  public List<JsonNode> alerts(String rule) {
    List<JsonNode> ofRule = new ArrayList<>();
    for (JsonNode alert : alerts()) {
      if (alert.at("/labels/rule").asText().equals(rule)) {
        ofRule.add(alert);
      }
    }
    return ofRule;
  }

  /** Stops it and deletes its data. */
  @Override
  public void close() {
    process.stop();
    Folders.delete(folder);
  }
}
