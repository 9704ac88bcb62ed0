package dev.gatehouse.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.core.Signature;
import dev.gatehouse.core.Tensor;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Executions over their limit, on a clock that the test turns. */
@Timeout(120)
class StuckInstanceTest {

  /** Some tenths of a second of one core. */
  private static final float LONG = 50_000;

  private static final float SHORT = 200;

  @SuppressWarnings("NullAway.Init") // set before any test
  private static TorchEngine engine;

  private final AtomicLong nanos = new AtomicLong();

  @BeforeAll
  static void start() {
    engine = Samples.engine();
  }

  @AfterAll
  static void stop() {
    engine.close();
  }

  private LoadedModel slow(int instances) throws ModelLoadException {
    Signature signature = Samples.floats(1);
    byte[] artifact = Samples.bytes("slow.pt");
    return engine.load("slow", artifact, signature, Samples.settings(instances, nanos::get));
  }

  private static CompletableFuture<@Nullable BatchOutcome> begin(
      LoadedModel model, int instance, float cost) throws InterruptedException {
    CompletableFuture<@Nullable BatchOutcome> outcome = new CompletableFuture<>();
    CountDownLatch begun = new CountDownLatch(1);
    List<List<Tensor>> calls = List.of(List.of(Samples.floats("x", 1, cost)));
    Thread.ofPlatform()
        .daemon()
        .start(
            () -> {
              begun.countDown();
              try {
                outcome.complete(model.run(instance, calls));
              } catch (Exception e) {
                outcome.completeExceptionally(e);
              }
            });
    begun.await();
    while (!model.running(instance) && !outcome.isDone()) {
      Thread.onSpinWait();
    }
    return outcome;
  }

  private void passTheLimit() {
    nanos.addAndGet(Samples.MINUTE.toNanos() + 1);
  }

  @Test
  void watchdog_executionOverLimit_instanceAbandonedOthersAnswer() throws Exception {
    LinkedBlockingQueue<Integer> stuck = new LinkedBlockingQueue<>();
    try (LoadedModel model = slow(2)) {
      model.onStuck(stuck::add);
      var late = begin(model, 1, LONG);
      passTheLimit();
      assertEquals(1, stuck.poll(60, TimeUnit.SECONDS));
      assertEquals(1, model.usableInstances());

      List<List<Tensor>> calls = List.of(List.of(Samples.floats("x", 1, 0)));
      assertThrows(InstanceStuckException.class, () -> model.run(1, calls));
      assertEquals(1, model.run(0, calls).outputs().size());

      Throwable failure =
          assertThrows(Exception.class, () -> late.get(60, TimeUnit.SECONDS)).getCause();
      assertInstanceOf(InstanceStuckException.class, failure);
      assertTrue(model.released(1));
      assertThrows(IllegalStateException.class, () -> model.run(1, calls));
      assertEquals(1, model.usableInstances());
      assertTrue(stuck.isEmpty());
    }
  }

  @Test
  void watchdog_executionWithinLimit_leftAlone() throws Exception {
    LinkedBlockingQueue<Integer> stuck = new LinkedBlockingQueue<>();
    try (LoadedModel model = slow(1)) {
      model.onStuck(stuck::add);
      var outcome = begin(model, 0, LONG);
      nanos.addAndGet(Samples.MINUTE.toNanos());
      assertTrue(outcome.get(60, TimeUnit.SECONDS) != null);
      passTheLimit();
      assertEquals(1, model.run(0, List.of(List.of(Samples.floats("x", 1, 0)))).outputs().size());
      assertTrue(stuck.isEmpty());
    }
  }

  @Test
  void close_whileRunning_waitsAndTheResultArrives() throws Exception {
    LoadedModel model = slow(2);
    var outcome = begin(model, 0, SHORT);
    model.close();
    assertTrue(model.released(0));
    assertTrue(model.released(1));
    assertTrue(outcome.get(60, TimeUnit.SECONDS) != null);
  }

  @Test
  void close_whileStuck_returnsAndLeavesTheMemory() throws Exception {
    LoadedModel model = slow(2);
    var late = begin(model, 0, LONG);
    passTheLimit();
    model.close();
    assertEquals(0, model.usableInstances());
    assertTrue(model.released(1));
    assertEquals(late.isDone(), model.released(0));
    assertThrows(Exception.class, () -> late.get(60, TimeUnit.SECONDS));
    assertTrue(model.released(0));
  }

  @Test
  void close_fromTheListener_doesNotBlockTheWatchdog() throws Exception {
    LoadedModel model = slow(2);
    CompletableFuture<Boolean> closed = new CompletableFuture<>();
    model.onStuck(
        instance -> {
          model.close();
          closed.complete(true);
        });
    var first = begin(model, 0, LONG);
    var second = begin(model, 1, LONG);
    passTheLimit();
    assertTrue(closed.get(60, TimeUnit.SECONDS));
    assertThrows(Exception.class, () -> first.get(60, TimeUnit.SECONDS));
    assertThrows(Exception.class, () -> second.get(60, TimeUnit.SECONDS));
  }

  @Test
  void run_twoThreadsOneInstance_secondRefused() throws Exception {
    try (LoadedModel model = slow(1)) {
      var outcome = begin(model, 0, LONG);
      List<List<Tensor>> calls = List.of(List.of(Samples.floats("x", 1, 0)));
      assertThrows(IllegalStateException.class, () -> model.run(0, calls));
      assertTrue(outcome.get(60, TimeUnit.SECONDS) != null);
    }
  }

  @Test
  void load_warmUpTooSlow_givenUp() {
    LoadSettings hasty =
        new LoadSettings(
            4,
            Samples.ROWS_MAX,
            List.of(),
            false,
            Samples.MINUTE,
            Duration.ofMillis(50),
            nanos::get);
    byte[] artifact = Samples.bytes("lingering.pt");
    ModelLoadException refusal =
        assertThrows(
            ModelLoadException.class,
            () -> engine.load("lingering", artifact, Samples.floats(1), hasty));
    assertEquals("loading and warm-up took longer than 50 ms", refusal.getMessage());
  }

  @Test
  void close_engine_closesItsModels() throws Exception {
    LoadedModel model;
    try (TorchEngine other = Samples.engine()) {
      model =
          other.load(
              "left open",
              Samples.bytes("identity.pt"),
              Samples.floats(1),
              Samples.settings(2, nanos::get));
      Tensor y =
          model.run(1, List.of(List.of(Samples.floats("x", 1, 3)))).outputs().getFirst().getFirst();
      assertArrayEquals(new float[] {3}, Samples.floats(y));
    }
    assertTrue(model.released(0));
    assertTrue(model.released(1));
  }
}
