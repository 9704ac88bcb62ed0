package dev.gatehouse.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.gatehouse.testing.AlertmanagerServer;
import dev.gatehouse.testing.Await;
import dev.gatehouse.testing.DeployedWatch;
import dev.gatehouse.testing.PrometheusServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * From a scrape to the gateway's door: a real Prometheus with the deployed rules scrapes somebody
 * that counts as a gateway would, and a real Alertmanager with the deployed configuration tells it
 * of the alert.
 */
final class AlertDeliveryIT {

  private static final String TOKEN = "only-for-this-test";

  /** Ten times what it takes at five seconds a scrape. */
  private static final long DELIVERY_SECONDS_MAX = 300;

  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path folder;

  /** How often each caller has asked for a model that nobody knows: more at each scrape. */
  private final AtomicInteger scrapes = new AtomicInteger();

  /** What the gateway answers to a notification. */
  private final AtomicInteger answer = new AtomicInteger(200);

  private final BlockingQueue<Notification> notifications = new LinkedBlockingQueue<>();
  private HttpServer gateway;

  /** What came in. */
  private record Notification(String authorization, JsonNode body) {}

  @BeforeEach
  void start() throws IOException {
    assumeTrue(
        PrometheusServer.installed() && AlertmanagerServer.installed(),
        "no prometheus and alertmanager on the PATH: install them to run this test");
    gateway = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    gateway.createContext("/q/metrics", this::scraped);
    gateway.createContext("/abuse/alertmanager", this::told);
    gateway.start();
  }

  @AfterEach
  void stop() {
    if (gateway != null) {
      gateway.stop(0);
    }
  }

  @Test
  void alert_aboutACaller_reachesTheGateway() throws IOException, InterruptedException {
    int port = gateway.getAddress().getPort();
    Path token = Files.writeString(folder.resolve("token"), TOKEN);
    try (AlertmanagerServer alertmanager =
            AlertmanagerServer.start(DeployedWatch.alertmanager(port, token));
        PrometheusServer prometheus =
            PrometheusServer.start(DeployedWatch.prometheus(port, alertmanager.port()))) {
      Notification told = notifications.poll(DELIVERY_SECONDS_MAX, TimeUnit.SECONDS);
      assertNotNull(told, () -> prometheus.alerts("model-enumeration").toString());
      assertEquals("Bearer " + TOKEN, told.authorization());
      JsonNode body = told.body();
      assertEquals("4", body.path("version").asText());
      assertEquals("gateway", body.path("receiver").asText());
      assertEquals(1, body.path("alerts").size());
      JsonNode alert = body.path("alerts").path(0);
      assertEquals("firing", alert.path("status").asText());
      assertEquals("model-enumeration", alert.at("/labels/rule").asText());
      assertEquals("orders-service", alert.at("/labels/caller").asText());
      assertEquals("critical", alert.at("/labels/severity").asText());
      assertFalse(alert.path("fingerprint").asText().isEmpty());
      assertEquals(1, prometheus.alerts("model-enumeration").size());
      assertEquals(0, notifications.size());
    }
  }

  @Test
  void alerts_thatTheGatewayTurnsAway_areSeenToFailByTheDeployedConfiguration() throws IOException {
    answer.set(401);
    int port = gateway.getAddress().getPort();
    Path token = Files.writeString(folder.resolve("token"), "not what the gateway has");
    try (AlertmanagerServer alertmanager =
            AlertmanagerServer.start(DeployedWatch.alertmanager(port, token));
        PrometheusServer prometheus =
            PrometheusServer.start(DeployedWatch.prometheus(port, alertmanager.port()))) {
      boolean seen =
          Await.until(
              Duration.ofSeconds(DELIVERY_SECONDS_MAX),
              () -> !prometheus.alerts("alerts-undelivered").isEmpty());
      assertTrue(seen, () -> prometheus.alerts().toString());
      JsonNode alert = prometheus.alerts("alerts-undelivered").getFirst();
      assertEquals("webhook", alert.at("/labels/integration").asText());
      assertEquals("127.0.0.1:" + alertmanager.port(), alert.at("/labels/instance").asText());
    }
  }

  private void scraped(HttpExchange exchange) throws IOException {
    int unknown = scrapes.getAndAdd(20);
    String metrics =
        """
        # TYPE gatehouse_caller_unknown_models_total counter
        gatehouse_caller_unknown_models_total{caller="orders-service"} %d
        gatehouse_caller_unknown_models_total{caller="returns-service"} 1
        gatehouse_caller_unknown_models_total{caller="other"} %d
        """
            .formatted(unknown, unknown);
    exchange.getResponseHeaders().set("Content-Type", "text/plain; version=0.0.4");
    answer(exchange, 200, metrics);
  }

  private void told(HttpExchange exchange) throws IOException {
    String authorization = exchange.getRequestHeaders().getFirst("Authorization");
    notifications.add(
        new Notification(authorization, JSON.readTree(exchange.getRequestBody().readAllBytes())));
    answer(exchange, answer.get(), "");
  }

  private static void answer(HttpExchange exchange, int status, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
    if (bytes.length > 0) {
      exchange.getResponseBody().write(bytes);
    }
    exchange.close();
  }
}
