package dev.gatehouse.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.core.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A stuck instance gives its place to a fresh one, on a clock that the test turns. */
@Timeout(240)
class ReplacementTest {

  /** Some tenths of a second of one core. */
  private static final float LONG = 50_000;

  private static final float SHORT = 0;

  @SuppressWarnings("NullAway.Init") // set before any test
  private static TorchEngine engine;

  private final byte[] artifact = Samples.bytes("slow.pt");
  private final AtomicLong nanos = new AtomicLong();
  private final LinkedBlockingQueue<Integer> stuck = new LinkedBlockingQueue<>();

  @BeforeAll
  static void start() {
    engine = Samples.engine();
  }

  @AfterAll
  static void stop() {
    engine.close();
  }

  private LoadedModel slow(int instances) throws ModelLoadException {
    LoadSettings settings = Samples.settings(instances, nanos::get);
    LoadedModel model = engine.load("slow", artifact, Samples.floats(1), settings);
    model.onStuck(stuck::add);
    return model;
  }

  private static List<List<Tensor>> calls(float cost) {
    return List.of(List.of(Samples.floats("x", 1, cost)));
  }

  /** Runs until the watchdog gave the instance up, and returns what becomes of the execution. */
  private CompletableFuture<@Nullable BatchOutcome> stick(LoadedModel model, int instance)
      throws InterruptedException {
    CompletableFuture<@Nullable BatchOutcome> outcome = new CompletableFuture<>();
    Thread.ofPlatform()
        .daemon()
        .start(
            () -> {
              try {
                outcome.complete(model.run(instance, calls(LONG)));
              } catch (Exception e) {
                outcome.completeExceptionally(e);
              }
            });
    while (!model.running(instance) && !outcome.isDone()) {
      Thread.onSpinWait();
    }
    nanos.addAndGet(Samples.MINUTE.toNanos() + 1);
    assertEquals(instance, stuck.poll(60, TimeUnit.SECONDS));
    return outcome;
  }

  private static void assertLateAndRefused(CompletableFuture<@Nullable BatchOutcome> late) {
    Throwable failure =
        assertThrows(Exception.class, () -> late.get(60, TimeUnit.SECONDS)).getCause();
    assertInstanceOf(InstanceStuckException.class, failure);
  }

  @Test
  void replace_stuckInstance_freshOneAnswersAndTheOldReleasesItself() throws Exception {
    try (LoadedModel model = slow(2)) {
      var late = stick(model, 1);
      Instance old = model.instance(1);
      assertEquals(1, model.usableInstances());
      assertTrue(model.replace(1, artifact));
      assertEquals(2, model.usableInstances());
      assertEquals(2, model.instances());
      assertNotSame(old, model.instance(1));
      Tensor y = model.run(1, calls(SHORT)).outputs().getFirst().getFirst();
      assertArrayEquals(new float[] {0}, Samples.floats(y));
      assertLateAndRefused(late);
      assertTrue(old.released());
      assertFalse(model.released(1));
      model.run(1, calls(SHORT));
      assertTrue(stuck.isEmpty());
    }
  }

  @Test
  void replace_freshOneSticksToo_toldAgain() throws Exception {
    try (LoadedModel model = slow(1)) {
      var first = stick(model, 0);
      assertTrue(model.replace(0, artifact));
      var second = stick(model, 0); // polls the queue: it is told once more
      assertEquals(0, model.usableInstances());
      assertTrue(model.replace(0, artifact));
      model.run(0, calls(SHORT));
      assertLateAndRefused(first);
      assertLateAndRefused(second);
    }
  }

  @Test
  void replace_instanceNotStuck_leftAlone() throws Exception {
    try (LoadedModel model = slow(1)) {
      Instance before = model.instance(0);
      assertFalse(model.replace(0, artifact));
      assertSame(before, model.instance(0));
      model.run(0, calls(SHORT));
    }
  }

  @Test
  void replace_boundUsedUp_refusedUntilThePeriodHasPassed() throws Exception {
    try (LoadedModel model = slow(1)) {
      List<CompletableFuture<@Nullable BatchOutcome>> late = new ArrayList<>();
      for (int i = 0; i < LoadedModel.REPLACEMENTS_MAX; i++) {
        late.add(stick(model, 0));
        assertTrue(model.replace(0, artifact));
      }
      long passed = LoadedModel.REPLACEMENTS_MAX * Samples.MINUTE.toNanos();
      late.add(stick(model, 0));
      assertFalse(model.replace(0, artifact));
      nanos.addAndGet(LoadedModel.REPLACEMENTS_PERIOD.toNanos() - passed - 10);
      assertFalse(model.replace(0, artifact));
      nanos.addAndGet(Samples.MINUTE.toNanos() + 10);
      assertTrue(model.replace(0, artifact), "the first of them counts no more");
      late.add(stick(model, 0));
      assertTrue(model.replace(0, artifact), "nor does the second");
      model.run(0, calls(SHORT));
      late.forEach(ReplacementTest::assertLateAndRefused);
    }
  }

  @Test
  void replace_artifactNotLoadable_falseAndStillStuck() throws Exception {
    try (LoadedModel model = slow(1)) {
      var late = stick(model, 0);
      assertFalse(model.replace(0, new byte[] {1, 2, 3}));
      assertEquals(0, model.usableInstances());
      assertTrue(model.replace(0, artifact));
      assertEquals(1, model.usableInstances());
      assertLateAndRefused(late);
    }
  }

  @Test
  void replace_afterClose_refused() throws Exception {
    LoadedModel model = slow(1);
    var late = stick(model, 0);
    model.close();
    assertFalse(model.replace(0, artifact));
    assertEquals(0, model.usableInstances());
    assertLateAndRefused(late);
    assertTrue(model.released(0));
  }

  @Test
  void replace_twiceAtOnce_once() throws Exception {
    try (LoadedModel model = slow(1)) {
      var late = stick(model, 0);
      List<CompletableFuture<Boolean>> answers = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        answers.add(CompletableFuture.supplyAsync(() -> model.replace(0, artifact)));
      }
      int replaced = 0;
      for (CompletableFuture<Boolean> answer : answers) {
        replaced += answer.get(60, TimeUnit.SECONDS) ? 1 : 0;
      }
      assertEquals(1, replaced);
      model.run(0, calls(SHORT));
      assertLateAndRefused(late);
    }
  }

  /** Whoever comes first: afterwards nothing is left that nobody would close. */
  @Test
  void replace_whileClosing_nothingLeftOpen() throws Exception {
    int open = Samples.openOwners();
    for (int round = 0; round < 10; round++) {
      LoadedModel model = slow(1);
      var late = stick(model, 0);
      CyclicBarrier start = new CyclicBarrier(2);
      CompletableFuture<Boolean> replaced =
          CompletableFuture.supplyAsync(
              () -> {
                await(start);
                return model.replace(0, artifact);
              });
      await(start);
      // Loading takes a few milliseconds: close before, during and after it.
      Thread.sleep(round);
      model.close();
      boolean installed = replaced.get(60, TimeUnit.SECONDS);
      assertEquals(0, model.usableInstances(), "installed: " + installed);
      assertThrows(IllegalStateException.class, () -> model.run(0, calls(SHORT)));
      late.handle((outcome, failure) -> failure).get(60, TimeUnit.SECONDS);
      assertTrue(model.released(0));
    }
    // Fewer, if what another test left behind has returned meanwhile.
    assertTrue(Samples.openOwners() <= open);
  }

  private static void await(CyclicBarrier barrier) {
    try {
      barrier.await(60, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
