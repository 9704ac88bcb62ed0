package dev.gatehouse.boot;

import static dev.gatehouse.testing.Infer.addSub;
import static dev.gatehouse.testing.Infer.intsOf;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.core.Reason;
import dev.gatehouse.stubs.admin.v1.ListModelsRequest;
import dev.gatehouse.testing.Await;
import dev.gatehouse.testing.GatewayClient;
import dev.gatehouse.testing.InferStream;
import dev.gatehouse.testing.OidcLogin;
import dev.gatehouse.testing.PostgresServer;
import dev.gatehouse.testing.PrometheusText;
import dev.gatehouse.testing.RawCalls;
import dev.gatehouse.testing.Refused;
import dev.gatehouse.testing.SampleModels;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** A gateway whose database goes away, and one whose audit record cannot be written. */
final class LostDependencyIT {

  private static final Duration SEEN_MAX = Duration.ofSeconds(60);
  private static final Path FULL = Path.of("/dev/full");

  @Test
  void database_lost_callsGoOnUntilTheSnapshotIsTooOldAndAllRecovers() throws Exception {
    try (PostgresServer postgres = PostgresServer.start();
        OwnGateway gateway =
            OwnGateway.start(
                postgres,
                Map.of(
                    "gatehouse.access.snapshot-refresh", "1S",
                    "gatehouse.access.snapshot-age-max", "12S"));
        GatewayClient client = gateway.connect()) {
      gateway.register(client);
      gateway.publish(client, "add-sub", "add_sub.pt", SampleModels.ADD_SUB);
      OidcLogin.Tokens orders = gateway.orders();
      OidcLogin.Tokens pipeline = gateway.pipeline();
      assertServes(client, orders);
      InferStream stream = InferStream.open(client.channel(), RawCalls.headers(orders), 10);
      stream.send(addSub(1, 2).build());
      assertEquals("", stream.awaitAnswers(1).getFirst().getErrorMessage());
      postgres.stop();
      assertServes(client, orders);
      Refused.with(
          Status.Code.UNAVAILABLE,
          Reason.DEPENDENCY_LOST,
          () -> client.models(pipeline).listModels(ListModelsRequest.getDefaultInstance()));
      assertTrue(Await.until(SEEN_MAX, () -> ready(gateway) == 503), "readiness stays on");
      assertTrue(Await.until(SEEN_MAX, () -> !serves(client, orders)), "it decides for ever");
      Refused.with(
          Status.Code.UNAVAILABLE,
          Reason.DEPENDENCY_LOST,
          () -> client.inference(orders).modelInfer(addSub(1, 2).build()));
      // A stream stays, since what is not known may be again; its messages are refused meanwhile.
      stream.send(addSub(1, 2).build());
      String refused = stream.awaitAnswers(2).getLast().getErrorMessage();
      assertTrue(refused.startsWith("DEPENDENCY_LOST"), refused);
      assertEquals(200, gateway.process().get("/q/health/live").statusCode());
      assertEquals(
          0,
          new PrometheusText(gateway.process().metrics())
              .sum("gatehouse_changes_listening", Map.of()));
      postgres.restart();
      assertTrue(Await.until(SEEN_MAX, () -> serves(client, orders)), "it does not recover");
      assertTrue(Await.until(SEEN_MAX, () -> ready(gateway) == 200), "readiness stays off");
      stream.send(addSub(1, 2).build());
      assertEquals("", stream.awaitAnswers(3).getLast().getErrorMessage());
      stream.cancel();
      assertEquals(
          1,
          client
              .models(pipeline)
              .listModels(ListModelsRequest.getDefaultInstance())
              .getModelsCount());
    }
  }

  private static int ready(OwnGateway gateway) {
    return gateway.process().get("/q/health/ready").statusCode();
  }

  private static void assertServes(GatewayClient client, OidcLogin.Tokens orders) {
    assertEquals(
        3, intsOf(client.inference(orders).modelInfer(addSub(1, 2).build()), 0).getFirst());
  }

  private static boolean serves(GatewayClient client, OidcLogin.Tokens orders) {
    try {
      assertServes(client, orders);
      return true;
    } catch (StatusRuntimeException e) {
      return false;
    }
  }

  static boolean full() {
    return Files.exists(FULL);
  }

  @Test
  @EnabledIf("full")
  void audit_diskFull_nothingRuns() throws Exception {
    PostgresServer postgres = PostgresServer.shared();
    Map<String, String> settings = OwnGateway.settings(postgres, Map.of());
    try (OwnGateway gateway = OwnGateway.start(postgres, settings);
        GatewayClient client = gateway.connect()) {
      gateway.register(client);
      gateway.publish(client, "add-sub", "add_sub.pt", SampleModels.ADD_SUB);
    }
    var full = new java.util.HashMap<>(settings);
    full.put("gatehouse.audit.file", FULL.toString());
    full.put("gatehouse.audit.backlog-max", "16");
    full.put("gatehouse.registry.artifact-folder", "artifacts");
    try (dev.gatehouse.testing.GatewayProcess process =
            dev.gatehouse.testing.GatewayProcess.launch(full);
        GatewayClient client = new GatewayClient(process.grpcPort())) {
      OidcLogin.Tokens orders =
          dev.gatehouse.testing.KeycloakServer.shared()
              .login()
              .service(dev.gatehouse.testing.SharedGateway.PIPELINE);
      assertTrue(
          Await.until(
              SEEN_MAX,
              () -> {
                try {
                  var unused =
                      client
                          .models(orders)
                          .createModel(
                              dev.gatehouse.stubs.admin.v1.CreateModelRequest.newBuilder()
                                  .setModelId("m" + System.identityHashCode(new Object()))
                                  .build());
                  return false;
                } catch (StatusRuntimeException e) {
                  return GatewayClient.errorInfo(e)
                      .filter(info -> info.getReason().equals("AUDIT_UNAVAILABLE"))
                      .isPresent();
                }
              }));
      Refused.with(
          Status.Code.UNAVAILABLE,
          Reason.AUDIT_UNAVAILABLE,
          () ->
              client
                  .models(orders)
                  .createModel(
                      dev.gatehouse.stubs.admin.v1.CreateModelRequest.newBuilder()
                          .setModelId("never")
                          .build()));
      assertFalse(
          client
              .models(orders)
              .listModels(ListModelsRequest.getDefaultInstance())
              .getModelsList()
              .stream()
              .anyMatch(model -> model.getName().equals("models/never")));
      assertEquals(503, process.get("/q/health/ready").statusCode());
    }
  }
}
