package dev.gatehouse.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.core.Datatype;
import dev.gatehouse.core.Signature;
import dev.gatehouse.core.Tensor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Loading: several models at once, and one that hangs while it is warmed up. */
@Timeout(240)
class LoadingTest {

  private static final int THREADS = 3;
  private static final int LOADS = 40;

  @Test
  void load_onSeveralThreads_eachModelAnswersAsAlone() throws Exception {
    Signature digits = Samples.signature(Datatype.FP32, new long[] {-1, 64}, Datatype.FP32, -1, 10);
    try (TorchEngine engine = Samples.engine();
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        LoadedModel alone = Samples.load(engine, "digits_cnn", digits)) {
      float[] expected = answer(alone);
      int open = Samples.openOwners();
      List<Future<?>> loads = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        Callable<Void> load =
            () -> {
              for (int k = 0; k < LOADS; k++) {
                try (LoadedModel one = Samples.load(engine, "digits_cnn", digits);
                    LoadedModel other = Samples.load(engine, "remembering", Samples.floats(1))) {
                  assertArrayEquals(expected, answer(one));
                  other.run(0, List.of(List.of(Samples.floats("x", 1, k))));
                }
                assertThrows(
                    ModelLoadException.class,
                    () -> Samples.load(engine, "wrong_width", Samples.floats(4)));
              }
              return null;
            };
        loads.add(threads.submit(load));
      }
      for (Future<?> load : loads) {
        load.get(120, TimeUnit.SECONDS);
      }
      assertArrayEquals(expected, answer(alone));
      // Fewer, if what another test left behind has returned meanwhile.
      assertTrue(Samples.openOwners() <= open);
    }
  }

  private static float[] answer(LoadedModel model) throws Exception {
    float[] pixels = Arrays.copyOf(Samples.digits().getFirst(), 64);
    List<Tensor> call = List.of(Samples.floats("x", 1, pixels));
    return Samples.floats(model.run(0, List.of(call)).outputs().getFirst().getFirst());
  }

  @Test
  void load_warmUpHangs_givenUpLongBeforeTheLimitOfLoading() {
    AtomicLong nanos = new AtomicLong();
    LoadSettings settings =
        new LoadSettings(
            1, 8, List.of(), false, Duration.ofSeconds(1), Duration.ofHours(1), nanos::get);
    // Each reading of the clock is a second, so that the first look at the execution is past ten.
    LoadSettings hurrying =
        new LoadSettings(
            1,
            8,
            List.of(),
            false,
            settings.executionLimit(),
            settings.loadLimit(),
            () -> nanos.addAndGet(Duration.ofSeconds(6).toNanos()));
    try (TorchEngine engine = Samples.engine()) {
      ModelLoadException refusal =
          assertThrows(
              ModelLoadException.class,
              () ->
                  engine.load(
                      "lingering", Samples.bytes("lingering.pt"), Samples.floats(1), hurrying));
      assertEquals("an execution of the warm-up took longer than 10000 ms", refusal.getMessage());
    }
  }

  @Test
  void limitNanos_ofAnExecutionOfTheWarmUp_tenTimesOrTheLimitOfLoading() {
    assertEquals(10_000_000_000L, WarmUp.limitNanos(limits(1, 60)));
    assertEquals(60_000_000_000L, WarmUp.limitNanos(limits(6, 60)));
    assertEquals(60_000_000_000L, WarmUp.limitNanos(limits(1L << 40, 60)));
  }

  private static LoadSettings limits(long executionSeconds, long loadSeconds) {
    return new LoadSettings(
        1,
        1,
        List.of(),
        false,
        Duration.ofSeconds(executionSeconds),
        Duration.ofSeconds(loadSeconds),
        () -> 0);
  }

  @Test
  void close_whileLoading_givenUp() throws Exception {
    TorchEngine engine = Samples.engine();
    try (ExecutorService threads = Executors.newSingleThreadExecutor()) {
      Future<LoadedModel> loading =
          threads.submit(() -> Samples.load(engine, "lingering", Samples.floats(1)));
      Thread.sleep(200);
      engine.close();
      Exception failure = assertThrows(Exception.class, () -> loading.get(60, TimeUnit.SECONDS));
      Throwable cause = failure.getCause();
      assertTrue(
          cause instanceof ModelLoadException || cause instanceof IllegalStateException,
          String.valueOf(cause));
    }
  }
}
