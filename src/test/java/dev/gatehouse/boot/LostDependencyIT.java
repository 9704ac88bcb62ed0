package dev.gatehouse.boot;

import static dev.gatehouse.testing.Infer.addSub;
import static dev.gatehouse.testing.Infer.intsOf;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.audit.entry.EntryKind;
import dev.gatehouse.core.Reason;
import dev.gatehouse.stubs.admin.v1.ListModelsRequest;
import dev.gatehouse.testing.Await;
import dev.gatehouse.testing.GatewayClient;
import dev.gatehouse.testing.InferStream;
import dev.gatehouse.testing.OidcLogin;
import dev.gatehouse.testing.PostgresServer;
import dev.gatehouse.testing.PrometheusText;
import dev.gatehouse.testing.RawCalls;
import dev.gatehouse.testing.RecordedEntries;
import dev.gatehouse.testing.Refused;
import dev.gatehouse.testing.SampleModels;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/** A gateway whose database goes away, and one whose audit record cannot be written. */
final class LostDependencyIT {

  private static final Duration SEEN_MAX = Duration.ofSeconds(60);

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

  static boolean mountable() {
    return "root".equals(System.getProperty("user.name"));
  }

  private static void run(String... command) throws Exception {
    int status = new ProcessBuilder(command).inheritIO().start().waitFor();
    assertEquals(0, status, String.join(" ", command));
  }

  /** Writes to a file until there is no room for another byte. */
  private static void fill(Path file) throws IOException {
    byte[] some = new byte[512];
    try (OutputStream out = Files.newOutputStream(file)) {
      while (true) {
        out.write(some);
      }
    } catch (IOException noRoomLeft) {
      assertTrue(Files.size(file) > 0, "there was room before");
    }
  }

  @Test
  @EnabledIf("mountable")
  void journal_diskFull_nothingRunsUntilThereIsRoomAgain(@TempDir Path disk) throws Exception {
    run("mount", "-t", "tmpfs", "-o", "size=2M", "tmpfs", disk.toString());
    try (OwnGateway gateway =
            OwnGateway.start(
                PostgresServer.shared(),
                Map.of("gatehouse.audit.folder", disk.resolve("audit").toString()));
        GatewayClient client = gateway.connect()) {
      gateway.register(client);
      gateway.publish(client, "add-sub", "add_sub.pt", SampleModels.ADD_SUB);
      OidcLogin.Tokens orders = gateway.orders();
      assertServes(client, orders);
      Path filler = disk.resolve("filler");
      fill(filler);
      assertTrue(Await.until(SEEN_MAX, () -> !serves(client, orders)), "it writes to a full disk");
      assertTrue(Await.until(SEEN_MAX, () -> ready(gateway) == 503), "readiness stays on");
      double ran = metric(gateway, "gatehouse_model_executions_total");
      for (int i = 0; i < 20; i++) {
        Refused.with(
            Status.Code.UNAVAILABLE,
            Reason.AUDIT_UNAVAILABLE,
            () -> client.inference(orders).modelInfer(addSub(1, 2).build()));
      }
      assertEquals(ran, metric(gateway, "gatehouse_model_executions_total"), "something has run");
      assertEquals(0, metric(gateway, "gatehouse_audit_available"));
      assertTrue(metric(gateway, "gatehouse_audit_commit_failures_total") > 0);
      assertEquals(200, gateway.process().get("/q/health/live").statusCode());
      Files.delete(filler);
      assertTrue(Await.until(SEEN_MAX, () -> serves(client, orders)), "it does not recover");
      assertTrue(Await.until(SEEN_MAX, () -> ready(gateway) == 200), "readiness stays off");
      // A second reading goes over every hash of what was written around the failure.
      RecordedEntries recorded = RecordedEntries.of(disk.resolve("audit"));
      recorded.all(EntryKind.INTENT, entry -> true).forEach(recorded::outcomeOf);
    } finally {
      run("umount", disk.toString());
    }
  }

  private static double metric(OwnGateway gateway, String name) {
    return new PrometheusText(gateway.process().metrics()).sum(name, Map.of());
  }
}
