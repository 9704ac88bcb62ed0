package dev.gatehouse.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The bound of the backlog, under contention. */
final class BacklogTest {

  @Test
  void take_contendedAtTheBound_neverGivesOneTooMany() {
    Backlog backlog = new Backlog();
    AtomicInteger held = new AtomicInteger();
    AtomicInteger tooMany = new AtomicInteger();
    int threads = 2;
    CyclicBarrier start = new CyclicBarrier(threads);
    try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
      for (int t = 0; t < threads; t++) {
        pool.submit(
            () -> {
              start.await();
              for (int i = 0; i < 10_000_000; i++) {
                if (backlog.take(1)) {
                  tooMany.addAndGet(held.incrementAndGet() - 1);
                  tooMany.addAndGet(backlog.taken() - 1);
                  held.decrementAndGet();
                  backlog.giveBack(1);
                }
              }
              return null;
            });
      }
    }
    assertEquals(0, tooMany.get());
    assertEquals(0, backlog.taken());
  }
}
