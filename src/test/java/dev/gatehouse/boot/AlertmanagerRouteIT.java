package dev.gatehouse.boot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.gatehouse.edge.AlertmanagerWebhook;
import dev.gatehouse.testing.KnownSecrets;
import dev.gatehouse.testing.PostgresServer;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The webhook is on the management port of the packaged gateway if there is a token, else not. */
final class AlertmanagerRouteIT {

  private static final String TOKEN = "demo-only-alertmanager-token-0123456789";

  private static int post(OwnGateway gateway, String token, String body)
      throws IOException, InterruptedException {
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client
          .send(
              HttpRequest.newBuilder(gateway.process().management(AlertmanagerWebhook.PATH))
                  .timeout(Duration.ofMinutes(1))
                  .header("Content-Type", "application/json")
                  .header("Authorization", "Bearer " + token)
                  .POST(HttpRequest.BodyPublishers.ofString(body))
                  .build(),
              HttpResponse.BodyHandlers.discarding())
          .statusCode();
    }
  }

  @Test
  void post_toThePackagedGateway_asksForTheToken() throws Exception {
    KnownSecrets.learn(TOKEN);
    try (OwnGateway gateway =
        OwnGateway.start(
            PostgresServer.shared(), Map.of("gatehouse.abuse.response.webhook-token", TOKEN))) {
      String empty = "{\"version\":\"4\",\"alerts\":[]}";
      assertEquals(401, post(gateway, TOKEN + "x", empty));
      assertEquals(400, post(gateway, TOKEN, "{"));
      assertEquals(200, post(gateway, TOKEN, empty));
      assertEquals(413, post(gateway, TOKEN, empty + " ".repeat(1 << 20)));
      assertEquals(200, post(gateway, TOKEN, empty + " ".repeat(1_000_000)));
      String unknown =
          "{\"version\":\"4\",\"alerts\":[{\"status\":\"firing\",\"fingerprint\":\"0a\","
              + "\"startsAt\":\"2026-11-22T12:00:00Z\","
              + "\"labels\":{\"rule\":\"invented\",\"caller\":\"other\"}}]}";
      assertEquals(200, post(gateway, TOKEN, unknown));
      String log = Files.readString(gateway.process().log());
      assertFalse(log.contains(TOKEN));
      assertFalse(log.contains("invented"), "no text of strangers");
    }
  }

  @Test
  void post_withoutConfiguredToken_findsNothing() throws Exception {
    try (OwnGateway gateway = OwnGateway.start(PostgresServer.shared(), Map.of())) {
      assertEquals(404, post(gateway, TOKEN, "{}"));
    }
  }
}
