package dev.gatehouse.scheduling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.core.Deadline;
import dev.gatehouse.core.Reason;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.SystemTime;
import dev.gatehouse.core.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Many threads submit, cancel and expire calls while batches fail and an instance gets stuck: each
 * call is answered once, with its own result or a refusal it may get, and no permit is left over.
 */
@Timeout(300)
final class BatcherStressTest {

  private static final long SEED = 20_261_101L;
  private static final int THREADS = 4;
  private static final int CALLS = 20_000;
  private static final int QUEUE_ROWS_MAX = 64;
  private static final long QUEUE_BYTES_MAX = 400;
  private static final Ticker TICKER = SystemTime.ticker();

  private static final int QUEUE_CALLS_MAX = 30;

  /** What a call brings: of a part, the rows from {@code firstRow}. */
  private record Payload(long id, int key, int firstRow, int rows, long bytes, boolean poison) {

    Payload part(int first, int partRows) {
      return new Payload(id, key, first, partRows, 0, poison);
    }
  }

  /** Results are checked to come from the parts in order. */
  private final class Parts implements PayloadParts<Payload, Long> {

    @Override
    public Payload part(Payload payload, int firstRow, int rows) {
      return payload.part(firstRow, rows);
    }

    @Override
    public Long join(List<Long> parts) {
      long id = (parts.getFirst() - 7) / 31;
      for (int i = 0; i < parts.size(); i++) {
        require(parts.get(i) == result(id) + (i == 0 ? 0 : 8L * i << 40), "parts out of order");
      }
      return result(id);
    }
  }

  private final AtomicReference<@Nullable String> fault = new AtomicReference<>();
  private final AtomicInteger completed = new AtomicInteger();
  private final AtomicInteger stuckRuns = new AtomicInteger();
  private final CountDownLatch unstick = new CountDownLatch(1);
  private final CountDownLatch stuck = new CountDownLatch(1);

  @Test
  void manyThreads_everyCallIsAnsweredOnceWithItsOwnResult() throws Exception {
    BatcherSettings settings =
        new BatcherSettings(
            3,
            8,
            List.of(4),
            Duration.ofNanos(50_000),
            QUEUE_ROWS_MAX,
            QUEUE_BYTES_MAX,
            QUEUE_CALLS_MAX,
            60,
            Duration.ZERO);
    List<Answer> answers = new ArrayList<>();
    try (Batcher<Payload, Long> batcher =
            Batcher.start("stress", settings, this::run, new Parts(), BatchListener.NONE, TICKER);
        ExecutorService executor = Executors.newFixedThreadPool(THREADS + 1)) {
      List<Future<List<Answer>>> futures = new ArrayList<>();
      for (int t = 0; t < THREADS; t++) {
        int thread = t;
        futures.add(executor.submit(() -> submitMany(batcher, thread)));
      }
      Future<?> abandoner = executor.submit(() -> abandonWhenStuck(batcher));
      for (Future<List<Answer>> future : futures) {
        answers.addAll(future.get());
      }
      abandoner.get();
      assertTrue(batcher.drain(Duration.ofSeconds(120)));
      assertEquals(0, batcher.reservedRows());
      assertEquals(0, batcher.pendingRows());
      assertEquals(0, batcher.reservedBytes());
      assertEquals(0, batcher.reservedCalls());
      assertEquals(3, batcher.usableInstances());
      unstick.countDown();
      batcher.close();
      assertTrue(batcher.awaitStopped(Duration.ofSeconds(60)));
    }
    assertNull(fault.get());
    for (Answer answer : answers) {
      assertEquals(1, answer.count.get(), () -> "seed " + SEED + ": " + answer.payload);
    }
    assertTrue(completed.get() > 0, "seed " + SEED);
  }

  private List<Long> run(int instance, List<Payload> batch) throws Exception {
    int rows = batch.stream().mapToInt(Payload::rows).sum();
    if (batch.size() == 3 && batch.getFirst().id % 512 == 0) {
      throw new DeviceMemoryExhaustedException();
    }
    long bytes = batch.stream().mapToLong(Payload::bytes).sum();
    require(rows <= 8 && bytes <= QUEUE_BYTES_MAX, "too large a batch");
    require(batch.stream().mapToInt(Payload::key).distinct().count() == 1, "keys mixed");
    if (instance == 1 && stuckRuns.incrementAndGet() == 20) {
      stuck.countDown();
      boolean interrupted = false;
      while (unstick.getCount() > 0) {
        try {
          unstick.await();
        } catch (InterruptedException abandoned) {
          interrupted = true; // stuck all the same, as native code is
        }
      }
      require(interrupted, "an abandoned runner is interrupted");
    }
    if (batch.stream().anyMatch(Payload::poison)) {
      throw new IllegalArgumentException("poison");
    }
    return batch.stream()
        .map(payload -> result(payload.id) + ((long) payload.firstRow << 40))
        .toList();
  }

  private static CallTerms terms(Random random) {
    return new CallTerms(
        "caller " + random.nextInt(3),
        1 + random.nextInt(4),
        random.nextBoolean() ? Priority.INTERACTIVE : Priority.BULK);
  }

  private @Nullable Void abandonWhenStuck(Batcher<Payload, Long> batcher) throws Exception {
    stuck.await();
    batcher.abandon(1);
    require(batcher.replace(1), "an abandoned instance is replaced");
    return null;
  }

  private List<Answer> submitMany(Batcher<Payload, Long> batcher, int thread) {
    Random random = new Random(SEED + thread);
    List<Answer> answers = new ArrayList<>();
    List<Submission> recent = new ArrayList<>();
    while (answers.size() < CALLS) {
      int rows = random.nextInt(20) == 0 ? 9 + random.nextInt(12) : 1 + random.nextInt(4);
      long bytes = random.nextInt(30);
      switch (batcher.reserve(terms(random), rows, bytes)) {
        case Admission.Refused<Payload, Long> refused -> {
          require(refused.refusal().reason() == Reason.QUEUE_FULL, "refused otherwise");
          Thread.yield();
        }
        case Reservation<Payload, Long> reservation -> {
          if (random.nextInt(50) == 0) {
            reservation.release();
            continue;
          }
          long id = (long) thread * CALLS + answers.size();
          boolean poison = random.nextInt(100) == 0;
          Answer answer = new Answer(new Payload(id, random.nextInt(3), 0, rows, bytes, poison));
          answers.add(answer);
          Deadline deadline =
              random.nextInt(4) == 0
                  ? Deadline.at(TICKER.nanos() + random.nextInt(200_000))
                  : Deadline.NONE;
          recent.add(
              reservation.submit(
                  answer.payload.key, 1 + random.nextInt(3), deadline, answer.payload, answer));
        }
      }
      if (!recent.isEmpty() && random.nextInt(10) == 0) {
        recent.get(random.nextInt(recent.size())).cancel();
      }
      if (recent.size() > 20) {
        recent.clear();
      }
      require(batcher.reservedRows() <= QUEUE_ROWS_MAX, "more rows than the bound");
      require(batcher.reservedBytes() <= QUEUE_BYTES_MAX, "more bytes than the bound");
      require(batcher.reservedCalls() <= QUEUE_CALLS_MAX, "more calls than the bound");
    }
    return answers;
  }

  /** Counts the answers of one call and checks each. */
  private final class Answer implements Completion<Long> {
    private static final Set<Reason> POSSIBLE =
        Set.of(Reason.CANCELLED, Reason.DEADLINE_EXCEEDED, Reason.MODEL_NOT_READY);

    private final Payload payload;
    private final AtomicInteger count = new AtomicInteger();

    Answer(Payload payload) {
      this.payload = payload;
    }

    @Override
    public void completed(Long result, Timing timing) {
      count.incrementAndGet();
      completed.incrementAndGet();
      require(!payload.poison && result == result(payload.id), "not its own result");
    }

    @Override
    public void refused(Refusal refusal) {
      count.incrementAndGet();
      Reason reason = refusal.reason();
      require(
          POSSIBLE.contains(reason) || (payload.poison && reason == Reason.MODEL_REJECTED_INPUT),
          "refused with " + reason);
    }
  }

  private void require(boolean condition, String message) {
    if (!condition) {
      fault.compareAndSet(null, message);
    }
  }

  private static long result(long id) {
    return id * 31 + 7;
  }
}
