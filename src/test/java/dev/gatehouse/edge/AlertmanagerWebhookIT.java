package dev.gatehouse.edge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.abuse.response.ReportedAlert;
import dev.gatehouse.keys.Secret;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.ext.web.Router;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The webhook over real HTTP. */
final class AlertmanagerWebhookIT {

  private static final String TOKEN = "a-token-of-at-least-32-characters-1";
  private static final Duration ANSWER_MAX = Duration.ofSeconds(60);

  private static Vertx vertx;
  private static HttpClient client;
  private static HttpServer server;
  private static final List<List<ReportedAlert>> TAKEN = new CopyOnWriteArrayList<>();
  private static volatile Predicate<List<ReportedAlert>> taker = alerts -> false;

  @BeforeAll
  static void start() throws Exception {
    vertx = Vertx.vertx();
    client = HttpClient.newHttpClient();
    server = serve(Optional.of(new Secret(TOKEN)));
  }

  private static HttpServer serve(Optional<Secret> token) throws Exception {
    Router router = Router.router(vertx);
    new AlertmanagerWebhook(token, alerts -> taker.test(alerts)).addTo(router);
    return vertx
        .createHttpServer()
        .requestHandler(router)
        .listen(0, "127.0.0.1")
        .toCompletionStage()
        .toCompletableFuture()
        .get(ANSWER_MAX.toSeconds(), TimeUnit.SECONDS);
  }

  @AfterAll
  static void stop() throws Exception {
    client.close();
    Void ignored =
        vertx
            .close()
            .toCompletionStage()
            .toCompletableFuture()
            .get(ANSWER_MAX.toSeconds(), TimeUnit.SECONDS);
  }

  @BeforeEach
  void forget() {
    TAKEN.clear();
    taker = TAKEN::add;
  }

  private static HttpRequest.Builder request(HttpServer server, String body) {
    return HttpRequest.newBuilder(
            URI.create("http://127.0.0.1:" + server.actualPort() + AlertmanagerWebhook.PATH))
        .timeout(ANSWER_MAX)
        .header("Content-Type", "application/json")
        .POST(HttpRequest.BodyPublishers.ofString(body));
  }

  private static int send(HttpRequest.Builder request) throws Exception {
    HttpResponse<String> response =
        client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    assertEquals("", response.body(), "no detail for strangers");
    return response.statusCode();
  }

  private static int post(String body) throws Exception {
    return send(request(server, body).header("Authorization", "Bearer " + TOKEN));
  }

  @Test
  void post_messageWithToken_isTaken() throws Exception {
    assertEquals(200, post(AlertmanagerMessageTest.MESSAGE));
    assertEquals(1, TAKEN.size());
    assertEquals("orders", TAKEN.getFirst().getFirst().caller());
  }

  @ParameterizedTest
  @NullSource
  @ValueSource(
      strings = {
        "Bearer ",
        "Bearer",
        TOKEN,
        "Basic " + TOKEN,
        "Bearer " + TOKEN + "x",
        "Bearer x" + TOKEN,
        "Bearer a-token-of-at-least-32-characters-2",
        "Bearer A-TOKEN-OF-AT-LEAST-32-CHARACTERS-1"
      })
  void post_withoutTheToken_isRefused(@Nullable String credential) throws Exception {
    HttpRequest.Builder request = request(server, AlertmanagerMessageTest.MESSAGE);
    if (credential != null) {
      request.header("Authorization", credential);
    }
    assertEquals(401, send(request));
    assertEquals(List.of(), TAKEN);
  }

  @Test
  void post_twoCredentials_isRefused() throws Exception {
    assertEquals(
        401,
        send(
            request(server, AlertmanagerMessageTest.MESSAGE)
                .header("Authorization", "Bearer " + TOKEN)
                .header("Authorization", "Bearer other")));
    assertEquals(List.of(), TAKEN);
  }

  @Test
  void post_withoutTheToken_isRefusedBeforeItsBodyComes() throws IOException {
    String head =
        "POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
            .formatted(AlertmanagerWebhook.PATH);
    String answer = exchange(head);
    assertTrue(answer.startsWith("HTTP/1.1 401 "), answer);
    assertTrue(answer.toLowerCase(java.util.Locale.ROOT).contains("connection: close"), answer);
  }

  /** Sends a head and reads the head of the answer. */
  private static String exchange(String head) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.actualPort())) {
      socket.setSoTimeout((int) ANSWER_MAX.toMillis());
      OutputStream out = socket.getOutputStream();
      out.write(head.getBytes(StandardCharsets.US_ASCII));
      out.flush();
      InputStream in = socket.getInputStream();
      StringBuilder answer = new StringBuilder();
      while (answer.indexOf("\r\n\r\n") < 0) {
        int next = in.read();
        assertTrue(next >= 0, answer.toString());
        answer.append((char) next);
      }
      return answer.toString();
    }
  }

  @Test
  void post_malformed_isABadRequest() throws Exception {
    for (String body : AlertmanagerMessageTest.hostile().toList()) {
      assertEquals(400, post(body), body.substring(0, Math.min(80, body.length())));
    }
    assertEquals(List.of(), TAKEN);
  }

  @Test
  void post_largerThanTheBound_isTooLarge() throws Exception {
    String blanks = " ".repeat(AlertmanagerWebhook.BODY_BYTES_MAX);
    assertEquals(413, post(blanks + AlertmanagerMessageTest.MESSAGE));
    int room =
        AlertmanagerWebhook.BODY_BYTES_MAX
            - AlertmanagerMessageTest.MESSAGE.getBytes(StandardCharsets.UTF_8).length;
    assertEquals(200, post(blanks.substring(0, room) + AlertmanagerMessageTest.MESSAGE));
    assertEquals(1, TAKEN.size());
  }

  @Test
  void post_anotherType_isUnsupported() throws Exception {
    HttpRequest.Builder form =
        request(server, "a=b")
            .header("Authorization", "Bearer " + TOKEN)
            .setHeader("Content-Type", "application/x-www-form-urlencoded");
    assertEquals(415, send(form));
    assertEquals(
        200,
        send(
            request(server, AlertmanagerMessageTest.MESSAGE)
                .header("Authorization", "bearer " + TOKEN)
                .setHeader("Content-Type", "application/json; charset=utf-8")));
  }

  @Test
  void post_tooMuchWaits_isToComeAgain() throws Exception {
    taker = alerts -> false;
    assertEquals(503, post(AlertmanagerMessageTest.MESSAGE));
  }

  @Test
  void post_fails_tellsNothing() throws Exception {
    taker =
        alerts -> {
          throw new IllegalStateException("a detail");
        };
    assertEquals(500, post(AlertmanagerMessageTest.MESSAGE));
  }

  @Test
  void route_withoutToken_isNotThere() throws Exception {
    HttpServer bare = serve(Optional.empty());
    HttpRequest.Builder request =
        request(bare, AlertmanagerMessageTest.MESSAGE).header("Authorization", "Bearer " + TOKEN);
    HttpResponse<String> response =
        client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    assertEquals(404, response.statusCode());
    assertFalse(response.body().contains(TOKEN));
  }
}
