package dev.gatehouse.demo.attacks;

import dev.gatehouse.stubs.inference.ModelInferRequest;
import dev.gatehouse.testing.Infer;
import io.grpc.StatusRuntimeException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Callers who only do their work: a steady one, a batch, a sensor that repeats itself, and one that
 * joins later. For several threads.
 */
final class Honest implements AutoCloseable {

  private static final long SEED = 7;
  private static final int FIRST_NETWORK = 10;
  private static final double STEADY_CALLS_A_SECOND = 4;
  private static final int STEADY_ROWS_MAX = 4;

  /** The steady caller also uses the model that attackers poison. */
  private static final int PICKY_ONE_IN = 4;

  private static final double BATCHES_A_SECOND = 0.05;
  private static final int BATCH_CALLS = 10;
  private static final int BATCH_ROWS = 20;
  private static final double SENSOR_CALLS_A_SECOND = 2;

  /** Calls after which the sensor sees something else. */
  private static final int SENSOR_REPEATS = 30;

  private static final double NEWCOMER_CALLS_A_SECOND = 2;

  private final Stage stage;
  private final List<float[]> rows;
  private final Set<String> ids = new ConcurrentSkipListSet<>();
  private final List<Thread> threads = new ArrayList<>();
  private final AtomicLong calls = new AtomicLong();
  private final Map<String, Integer> failures = new ConcurrentSkipListMap<>();
  private volatile boolean stopped;

  private Honest(Stage stage, List<float[]> rows) {
    this.stage = stage;
    this.rows = rows;
  }

  /** Starts those who are there from the beginning. */
  static Honest start(Stage stage, List<float[]> rows) {
    Honest honest = new Honest(stage, rows);
    honest.join("steady-shop", honest::steady);
    honest.join("nightly-batch", honest::batch);
    honest.join("door-sensor", honest::sensor);
    return honest;
  }

  /** One more begins. */
  void newcomer() {
    join("new-app", this::newcomer);
  }

  private void join(String id, Work work) {
    Account account = stage.account(id, "shop");
    ids.add(id);
    String address = "127.0." + (FIRST_NETWORK + ids.size()) + ".1";
    Random random = new Random(SEED + ids.size());
    threads.add(Thread.ofVirtual().name(id).start(() -> work(account, address, work, random)));
  }

  private void work(Account account, String address, Work work, Random random) {
    try (Line line = account.from(address)) {
      work.run(line, random);
    } catch (InterruptedException e) {
      // It is told to stop.
    }
  }

  private void steady(Line line, Random random) throws InterruptedException {
    Pace pace = new Pace(STEADY_CALLS_A_SECOND);
    ModelInferRequest picky = Infer.floats(Stage.PICKY, "x", 1, 2).build();
    while (!stopped) {
      pace.turn(arrival(random));
      if (random.nextInt(PICKY_ONE_IN) == 0) {
        call(() -> line.infer(picky));
      } else {
        natural(line, random, 1 + random.nextInt(STEADY_ROWS_MAX));
      }
    }
  }

  /** Independent arrivals: the times between them are distributed exponentially, with mean 1. */
  private static double arrival(Random random) {
    return -Math.log(1 - random.nextDouble());
  }

  private void batch(Line line, Random random) throws InterruptedException {
    Pace pace = new Pace(BATCHES_A_SECOND);
    while (!stopped) {
      pace.turn();
      for (int i = 0; i < BATCH_CALLS && !stopped; i++) {
        natural(line, random, BATCH_ROWS);
      }
    }
  }

  private void sensor(Line line, Random random) throws InterruptedException {
    Pace pace = new Pace(SENSOR_CALLS_A_SECOND);
    while (!stopped) {
      List<float[]> seen = List.of(rows.get(random.nextInt(rows.size())));
      for (int i = 0; i < SENSOR_REPEATS && !stopped; i++) {
        pace.turn();
        call(() -> line.digits(seen));
      }
    }
  }

  private void newcomer(Line line, Random random) throws InterruptedException {
    Pace pace = new Pace(NEWCOMER_CALLS_A_SECOND);
    while (!stopped) {
      pace.turn(arrival(random));
      natural(line, random, 1);
    }
  }

  private void natural(Line line, Random random, int count) {
    List<float[]> asked = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      asked.add(rows.get(random.nextInt(rows.size())));
    }
    call(() -> line.digits(asked));
  }

  private void call(Runnable call) {
    calls.incrementAndGet();
    try {
      call.run();
    } catch (StatusRuntimeException refused) {
      if (!stopped) {
        failures.merge(Attacker.reason(refused), 1, Integer::sum);
      }
    }
  }

  /** Who they are. */
  Set<String> ids() {
    return Set.copyOf(ids);
  }

  /** Calls they made so far. */
  long calls() {
    return calls.get();
  }

  /** How many of these were not answered, by reason. */
  Map<String, Integer> failures() {
    return new TreeMap<>(failures);
  }

  /** How many of these were not answered. */
  long failed() {
    return failures.values().stream().mapToLong(Integer::longValue).sum();
  }

  @Override
  public void close() {
    stopped = true;
    threads.forEach(Thread::interrupt);
    try {
      for (Thread thread : threads) {
        thread.join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** What a caller does until all are stopped. */
  @FunctionalInterface
  private interface Work {
    void run(Line line, Random random) throws InterruptedException;
  }
}
