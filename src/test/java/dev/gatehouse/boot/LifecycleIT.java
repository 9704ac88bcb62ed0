package dev.gatehouse.boot;

import static dev.gatehouse.testing.Infer.addSub;
import static dev.gatehouse.testing.Infer.floats;
import static dev.gatehouse.testing.Infer.intsOf;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.core.Reason;
import dev.gatehouse.stubs.inference.GRPCInferenceServiceGrpc;
import dev.gatehouse.stubs.inference.ModelInferResponse;
import dev.gatehouse.stubs.inference.ModelStreamInferResponse;
import dev.gatehouse.testing.Await;
import dev.gatehouse.testing.GatewayClient;
import dev.gatehouse.testing.InferStream;
import dev.gatehouse.testing.LoggedFaults;
import dev.gatehouse.testing.OidcLogin;
import dev.gatehouse.testing.PostgresServer;
import dev.gatehouse.testing.PrometheusText;
import dev.gatehouse.testing.RawCalls;
import dev.gatehouse.testing.Refused;
import dev.gatehouse.testing.SampleModels;
import grpc.health.v1.HealthGrpc;
import grpc.health.v1.HealthOuterClass.HealthCheckRequest;
import grpc.health.v1.HealthOuterClass.HealthCheckResponse;
import grpc.health.v1.HealthOuterClass.HealthCheckResponse.ServingStatus;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A gateway that is asked to end, that is killed, and that comes back. */
final class LifecycleIT {

  /** The status of a Java program that ended properly because it was asked to: 128 + SIGTERM. */
  private static final int TERMINATED = 143;

  /** More than a batch takes in rows, so that some wait for those that run. */
  private static final int CALLS = 48;

  private static final Duration SEEN_MAX = Duration.ofSeconds(30);

  @Test
  void gateway_askedToEndKilledAndStartedAgain_finishesCallsAndBringsModelsBack() throws Exception {
    try (OwnGateway gateway = OwnGateway.start(PostgresServer.shared(), Map.of())) {
      OidcLogin.Tokens orders = gateway.orders();
      try (GatewayClient client = gateway.connect()) {
        gateway.register(client);
        gateway.publish(client, "add-sub", "add_sub.pt", SampleModels.ADD_SUB);
        gateway.publish(client, "slow", "slow.pt", SampleModels.SLOW);
        drain(gateway, client, orders);
      }
      gateway.process().restart();
      assertServes(gateway);
      gateway.process().kill();
      assertFalse(gateway.process().alive());
      gateway.process().restart();
      assertServes(gateway);
      String log = Files.readString(gateway.process().log());
      assertEquals(List.of(), LoggedFaults.in(log));
    }
  }

  private static void assertServes(OwnGateway gateway) {
    try (GatewayClient client = gateway.connect()) {
      var stub = client.inference(gateway.orders());
      assertEquals(3, intsOf(stub.modelInfer(addSub(1, 2).build()), 0).getFirst());
      assertEquals(1, stub.modelInfer(floats("slow", "work", 1).build()).getOutputsCount());
    }
  }

  private static void drain(OwnGateway gateway, GatewayClient client, OidcLogin.Tokens orders)
      throws Exception {
    List<ServingStatus> watched = watch(client);
    var later =
        GatewayClient.withToken(GRPCInferenceServiceGrpc.newFutureStub(client.channel()), orders);
    List<Future<ModelInferResponse>> running = new ArrayList<>();
    for (int i = 0; i < CALLS; i++) {
      running.add(later.modelInfer(floats("slow", "work", 60_000).build()));
    }
    InferStream stream = InferStream.open(client.channel(), RawCalls.headers(orders), 10);
    stream.send(floats("slow", "work", 60_000).setId("running").build());
    // Every call that was let in holds a place in the record until it ends.
    assertTrue(
        Await.until(
            SEEN_MAX,
            () ->
                new PrometheusText(gateway.process().metrics())
                        .sum("gatehouse_audit_backlog", Map.of())
                    >= CALLS + 1));
    CompletableFuture<Integer> ended = CompletableFuture.supplyAsync(gateway.process()::stop);
    assertTrue(
        Await.until(SEEN_MAX, () -> watched.contains(ServingStatus.NOT_SERVING)),
        "watchers are told: " + watched);
    Refused.with(
        Status.Code.UNAVAILABLE,
        Reason.DRAINING,
        () -> client.inference(orders).modelInfer(addSub(1, 2).build()));
    assertEquals(
        ServingStatus.NOT_SERVING,
        HealthGrpc.newBlockingStub(client.channel())
            .check(HealthCheckRequest.getDefaultInstance())
            .getStatus());
    assertFalse(ready(gateway));
    assertDrains(stream);
    for (Future<ModelInferResponse> one : running) {
      assertEquals(1, one.get(60, TimeUnit.SECONDS).getOutputsCount());
    }
    assertEquals(TERMINATED, ended.get(60, TimeUnit.SECONDS));
    Refused.plainly(
        Status.Code.UNAVAILABLE, () -> client.inference(orders).modelInfer(addSub(1, 2).build()));
  }

  /** A stream refuses what comes, answers what runs, and then ends. */
  private static void assertDrains(InferStream stream) {
    stream.send(addSub(1, 2).setId("late").build());
    List<ModelStreamInferResponse> answers = stream.awaitAnswers(2);
    assertEquals(
        List.of("late", "running"),
        answers.stream().map(answer -> answer.getInferResponse().getId()).toList());
    assertTrue(answers.getFirst().getErrorMessage().startsWith("DRAINING: "));
    assertEquals("", answers.get(1).getErrorMessage());
    Refused.is(Status.Code.UNAVAILABLE, Reason.DRAINING, stream.awaitEnd());
  }

  /** Over HTTP; the port of operators may be closed already, which a probe takes for a no. */
  private static boolean ready(OwnGateway gateway) {
    try {
      return gateway.process().get("/q/health/ready").statusCode() == 200;
    } catch (UncheckedIOException e) {
      return false;
    }
  }

  private static List<ServingStatus> watch(GatewayClient client) {
    List<ServingStatus> watched = new CopyOnWriteArrayList<>();
    HealthGrpc.newStub(client.channel())
        .watch(
            HealthCheckRequest.newBuilder().setService("inference.GRPCInferenceService").build(),
            new StreamObserver<HealthCheckResponse>() {
              @Override
              public void onNext(HealthCheckResponse response) {
                watched.add(response.getStatus());
              }

              @Override
              public void onError(Throwable failure) {}

              @Override
              public void onCompleted() {}
            });
    assertTrue(Await.until(SEEN_MAX, () -> watched.equals(List.of(ServingStatus.SERVING))));
    return watched;
  }

  /** A watcher of health is no call that could hold up the end. */
  @Test
  void gateway_askedToEndWhileHealthIsWatched_endsAtOnce() throws IOException {
    try (OwnGateway gateway =
        OwnGateway.start(
            PostgresServer.shared(), Map.of("gatehouse.server.drain-timeout", "30S"))) {
      try (GatewayClient client = gateway.connect()) {
        List<ServingStatus> watched = watch(client);
        assertEquals(TERMINATED, gateway.process().stop());
        assertTrue(
            Await.until(SEEN_MAX, () -> watched.contains(ServingStatus.NOT_SERVING)),
            watched.toString());
      }
      String log = Files.readString(gateway.process().log());
      assertTrue(log.contains("0 calls in flight"), log);
      assertFalse(log.contains("did not finish"), log);
    }
  }
}
