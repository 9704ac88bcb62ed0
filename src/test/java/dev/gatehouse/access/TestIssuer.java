package dev.gatehouse.access;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;

/**
 * An OpenID provider that serves nothing but discovery and keys, so that tests hold the private
 * keys which a real one would never give away.
 *
 * <p>A GET of {@code /count?PATH} tells how often a path was asked for, to tests that live in
 * another class loader than what started this.
 */
final class TestIssuer implements AutoCloseable {

  static final String REALM = "/realms/test";

  private final HttpServer server;
  private final Map<String, Integer> requests = new ConcurrentHashMap<>();
  private final Semaphore answers = new Semaphore(Integer.MAX_VALUE);
  private volatile String keys;

  /** Starts it on the loopback interface; port 0 picks one. */
  TestIssuer(int port, String keys) {
    this.keys = keys;
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.createContext("/", this::answer);
    server.start();
  }

  String issuer() {
    return "http://localhost:" + server.getAddress().getPort() + REALM;
  }

  void publish(String newKeys) {
    keys = newKeys;
  }

  /** Lets requests for the keys wait until {@link #release()}. */
  void hold() {
    answers.drainPermits();
  }

  void release() {
    answers.release(Integer.MAX_VALUE);
  }

  @Override
  public void close() {
    server.stop(0);
  }

  private void answer(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    if (path.equals("/count")) {
      String counted = exchange.getRequestURI().getQuery();
      send(exchange, 200, Integer.toString(requests.getOrDefault(counted, 0)));
      return;
    }
    requests.merge(path, 1, Integer::sum);
    switch (path) {
      case REALM + "/.well-known/openid-configuration" -> send(exchange, 200, discovery());
      case REALM + "/certs" -> {
        answers.acquireUninterruptibly();
        send(exchange, 200, keys);
        answers.release();
      }
      default -> send(exchange, 404, "");
    }
  }

  private String discovery() {
    return """
    {"issuer": "%1$s", "jwks_uri": "%1$s/certs", "token_endpoint": "%1$s/token",
     "introspection_endpoint": "%1$s/introspect", "userinfo_endpoint": "%1$s/userinfo"}
    """
        .formatted(issuer());
  }

  private static void send(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(bytes);
    }
  }
}
