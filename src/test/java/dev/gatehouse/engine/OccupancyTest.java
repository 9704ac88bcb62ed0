package dev.gatehouse.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Memory has exactly one releaser, however execution, watchdog and closing fall together. */
class OccupancyTest {

  private final AtomicLong nanos = new AtomicLong();
  private final Occupancy occupancy = new Occupancy(nanos::get);

  @Test
  void enter_whileRunning_busy() {
    assertEquals(Occupancy.Entry.ENTERED, occupancy.enter(0));
    assertEquals(Occupancy.Entry.BUSY, occupancy.enter(0));
    assertTrue(occupancy.leave());
    assertEquals(Occupancy.Entry.ENTERED, occupancy.enter(0));
  }

  @Test
  void overrun_atTheLimit_notYet() {
    assertEquals(Occupancy.Entry.ENTERED, occupancy.enter(0));
    nanos.set(10);
    assertFalse(occupancy.overrun(10));
    nanos.set(11);
    assertTrue(occupancy.overrun(10));
    assertFalse(occupancy.overrun(10), "told once");
    assertFalse(occupancy.usable());
    assertFalse(occupancy.retire(), "the executing thread still holds the memory");
    assertEquals(Occupancy.Entry.STUCK, occupancy.enter(11));
    assertFalse(occupancy.leave(), "and releases it");
    assertEquals(Occupancy.Entry.RELEASED, occupancy.enter(11));
  }

  @Test
  void overrun_idle_never() {
    nanos.set(1_000);
    assertFalse(occupancy.overrun(10));
    assertTrue(occupancy.retire());
    assertFalse(occupancy.retire());
    assertFalse(occupancy.overrun(10));
    assertEquals(Occupancy.Entry.RELEASED, occupancy.enter(0));
  }

  @Test
  void overrun_clockWrapsAround_counted() {
    nanos.set(Long.MAX_VALUE);
    assertEquals(Occupancy.Entry.ENTERED, occupancy.enter(Long.MAX_VALUE));
    nanos.set(Long.MIN_VALUE + 5);
    assertFalse(occupancy.overrun(10));
    nanos.set(Long.MIN_VALUE + 50);
    assertTrue(occupancy.overrun(10));
  }

  @Test
  void race_ofAllThree_oneReleases() throws Exception {
    for (int round = 0; round < 5_000; round++) {
      AtomicLong clock = new AtomicLong();
      Occupancy raced = new Occupancy(clock::get);
      AtomicInteger released = new AtomicInteger();
      CyclicBarrier start = new CyclicBarrier(3);
      List<Runnable> parts = new ArrayList<>();
      parts.add(
          () -> {
            for (int i = 0; i < 3 && raced.enter(clock.get()) == Occupancy.Entry.ENTERED; i++) {
              clock.addAndGet(2);
              if (!raced.leave()) {
                released.incrementAndGet();
              }
            }
          });
      parts.add(
          () -> {
            for (int i = 0; i < 5; i++) {
              raced.overrun(1);
            }
          });
      parts.add(
          () -> {
            while (raced.usable()) {
              if (raced.retire()) {
                released.incrementAndGet();
              } else {
                raced.parkWhileRunning(1_000);
              }
            }
          });
      List<Thread> threads = new ArrayList<>();
      for (Runnable part : parts) {
        threads.add(
            Thread.ofPlatform()
                .start(
                    () -> {
                      try {
                        start.await();
                      } catch (Exception e) {
                        throw new IllegalStateException(e);
                      }
                      part.run();
                    }));
      }
      for (Thread thread : threads) {
        thread.join();
      }
      assertEquals(1, released.get(), "round " + round);
    }
  }
}
