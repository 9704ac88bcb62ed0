package dev.gatehouse.edge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.core.Reason;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

final class InboundBudgetTest {

  private final InboundBudget budget = new InboundBudget(100, Duration.ofSeconds(1));

  private InboundBudget.Share share() {
    return budget.newServerStreamTracer("s/m", new Metadata());
  }

  @Test
  void take_upToTheBound_isHeldAndGivenBackAtTheEnd() {
    InboundBudget.Share one = share();
    InboundBudget.Share two = share();
    one.inboundWireSize(60);
    two.inboundWireSize(40);
    assertEquals(100, budget.heldBytes());
    StatusRuntimeException refused =
        assertThrows(StatusRuntimeException.class, () -> two.inboundWireSize(1));
    assertEquals(Reason.QUEUE_FULL, RefusalStatus.reason(refused.getStatus()));
    assertEquals(100, budget.heldBytes(), "what is refused is not held");
    one.streamClosed(Status.OK);
    one.streamClosed(Status.OK);
    assertEquals(40, budget.heldBytes());
    two.streamClosed(Status.CANCELLED);
    assertEquals(0, budget.heldBytes());
  }

  @Test
  void take_afterTheEnd_holdsNothing() {
    InboundBudget.Share share = share();
    share.streamClosed(Status.OK);
    share.inboundWireSize(50);
    share.consumed();
    assertEquals(0, budget.heldBytes());
  }

  @Test
  void consumed_betweenMessages_letsAStreamGoOnForEver() {
    InboundBudget.Share share = share();
    for (int i = 0; i < 1_000; i++) {
      share.inboundWireSize(90);
      share.consumed();
    }
    assertEquals(90_000, share.receivedBytes());
    assertEquals(0, budget.heldBytes());
  }

  @Test
  void take_fromManyThreads_neverExceedsTheBoundAndEndsAtZero() throws Exception {
    long seed = 20261121;
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      Future<?>[] running = new Future<?>[4];
      for (int t = 0; t < running.length; t++) {
        Random random = new Random(seed + t);
        running[t] =
            threads.submit(
                () -> {
                  for (int i = 0; i < 20_000; i++) {
                    InboundBudget.Share share = share();
                    try {
                      share.inboundWireSize(random.nextInt(70));
                      share.take(random.nextInt(70));
                    } catch (StatusRuntimeException e) {
                      assertEquals(Status.Code.UNAVAILABLE, e.getStatus().getCode());
                    }
                    if (random.nextBoolean()) {
                      share.consumed();
                    }
                    share.streamClosed(Status.OK);
                  }
                });
      }
      for (Future<?> one : running) {
        one.get();
      }
    }
    assertEquals(0, budget.heldBytes());
    assertThrows(IllegalStateException.class, InboundBudget::current);
    assertTrue(seed > 0);
  }
}
