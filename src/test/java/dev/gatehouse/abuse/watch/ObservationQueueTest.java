package dev.gatehouse.abuse.watch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.core.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class ObservationQueueTest {

  private static EndedCall numbered(int producer, long number) {
    return new EndedCall(
        WatchScript.caller(WatchScript.ANNA), null, Outcome.OK, producer, number, 0, 0, 0);
  }

  @Test
  void offer_whenFull_isRefusedUntilOneIsPolled() {
    ObservationQueue queue = new ObservationQueue(4);
    for (int turn = 0; turn < 3; turn++) {
      List<EndedCall> offered = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        offered.add(numbered(0, i));
        assertTrue(queue.offer(offered.getLast()));
      }
      assertFalse(queue.offer(numbered(0, 4)));
      assertEquals(offered.removeFirst(), queue.poll());
      offered.add(numbered(0, 5));
      assertTrue(queue.offer(offered.getLast()));
      assertFalse(queue.offer(numbered(0, 6)));
      offered.forEach(one -> assertEquals(one, queue.poll()));
      assertNull(queue.poll());
    }
    assertThrows(IllegalArgumentException.class, () -> new ObservationQueue(6));
  }

  /** Whatever is taken in comes out once, in the order of each who offered. */
  @Test
  void offer_byManyThreads_losesAndDoublesNothing() throws InterruptedException {
    int producers = 4;
    int each = 200_000;
    ObservationQueue queue = new ObservationQueue(256);
    AtomicLong refused = new AtomicLong();
    AtomicInteger finished = new AtomicInteger();
    List<Thread> threads = new ArrayList<>();
    for (int p = 0; p < producers; p++) {
      int producer = p;
      threads.add(
          Thread.ofPlatform()
              .start(
                  () -> {
                    for (int i = 0; i < each; i++) {
                      if (!queue.offer(numbered(producer, i))) {
                        refused.incrementAndGet();
                      }
                    }
                    finished.incrementAndGet();
                  }));
    }
    long[] last = new long[producers];
    long polled = 0;
    boolean over = false;
    while (!over) {
      over = finished.get() == producers;
      for (Observation next = queue.poll(); next != null; next = queue.poll()) {
        EndedCall call = (EndedCall) next;
        assertTrue(call.requestBytes() >= last[call.rows()], "in order, and once");
        last[call.rows()] = call.requestBytes() + 1;
        polled++;
      }
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertEquals((long) producers * each, polled + refused.get());
  }
}
