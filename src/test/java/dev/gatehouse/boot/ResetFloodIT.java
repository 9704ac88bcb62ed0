package dev.gatehouse.boot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.testing.Await;
import dev.gatehouse.testing.GatewayClient;
import dev.gatehouse.testing.PostgresServer;
import grpc.health.v1.HealthGrpc;
import grpc.health.v1.HealthOuterClass.HealthCheckRequest;
import grpc.health.v1.HealthOuterClass.HealthCheckResponse;
import grpc.health.v1.HealthOuterClass.HealthCheckResponse.ServingStatus;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A connection that resets one stream after the other, as rapid-reset attacks do. */
class ResetFloodIT {

  private static final int RESETS_MAX = 20;
  private static final Duration CLOSED_MAX = Duration.ofSeconds(30);

  /** A call that stays open until it is cancelled or its connection ends. */
  private static final class Watch
      implements ClientResponseObserver<HealthCheckRequest, HealthCheckResponse> {
    private final CountDownLatch answered = new CountDownLatch(1);
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile @Nullable ClientCallStreamObserver<HealthCheckRequest> call;

    @Override
    public void beforeStart(ClientCallStreamObserver<HealthCheckRequest> started) {
      call = started;
    }

    @Override
    public void onNext(HealthCheckResponse response) {
      answered.countDown();
    }

    @Override
    public void onError(Throwable failure) {
      ended.countDown();
    }

    @Override
    public void onCompleted() {
      ended.countDown();
    }

    /** Whether the call got through and was then reset by us. */
    boolean reset() {
      boolean open =
          Await.until(CLOSED_MAX, () -> answered.getCount() == 0 || ended.getCount() == 0)
              && answered.getCount() == 0;
      ClientCallStreamObserver<HealthCheckRequest> started = call;
      if (started != null) {
        started.cancel("reset", null);
      }
      return open;
    }
  }

  private static Watch watch(GatewayClient client) {
    Watch watch = new Watch();
    HealthGrpc.newStub(client.channel()).watch(HealthCheckRequest.getDefaultInstance(), watch);
    return watch;
  }

  @Test
  void connection_manyResets_isClosedAndOthersGoOn() throws Exception {
    try (OwnGateway gateway =
            OwnGateway.start(
                PostgresServer.shared(),
                Map.of("gatehouse.server.resets-max", Integer.toString(RESETS_MAX)));
        GatewayClient attacker = gateway.connect();
        GatewayClient other = gateway.connect()) {
      Watch onAttacked = watch(attacker);
      Watch onOther = watch(other);
      assertTrue(onAttacked.answered.await(CLOSED_MAX.toSeconds(), TimeUnit.SECONDS));
      assertTrue(onOther.answered.await(CLOSED_MAX.toSeconds(), TimeUnit.SECONDS));

      int through = 0;
      for (int i = 0; i < 3 * RESETS_MAX && onAttacked.ended.getCount() > 0; i++) {
        through += watch(attacker).reset() ? 1 : 0;
      }

      assertTrue(through >= RESETS_MAX, "resets up to the bound are taken: " + through);
      assertTrue(
          Await.until(CLOSED_MAX, () -> onAttacked.ended.getCount() == 0),
          "the connection is closed with all its calls");
      assertFalse(onOther.ended.await(0, TimeUnit.SECONDS), "another connection goes on");
      assertEquals(
          ServingStatus.SERVING,
          HealthGrpc.newBlockingStub(other.channel())
              .check(HealthCheckRequest.getDefaultInstance())
              .getStatus());
    }
  }
}
