package dev.gatehouse.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.testing.Await;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class SnapshotKeeperTest {

  private static final Duration WAIT_MAX = Duration.ofSeconds(60);

  private final AtomicLong committed = new AtomicLong();
  private final AtomicLong loads = new AtomicLong();
  private final Semaphore mayFinish = new Semaphore(0);
  private final CountDownLatch firstBegan = new CountDownLatch(1);

  private AccessSnapshot load(AccessSnapshot previous) {
    long seen = committed.get();
    loads.incrementAndGet();
    firstBegan.countDown();
    mayFinish.acquireUninterruptibly();
    return AccessFixture.snapshot(seen, List.of(), List.of());
  }

  @Test
  void refresh_whileALoadRuns_waitsForOneThatBeginsAfterIt() throws Exception {
    AtomicLong nanos = new AtomicLong();
    try (SnapshotKeeper keeper =
        new SnapshotKeeper(this::load, nanos::get, Duration.ofSeconds(2), Duration.ofSeconds(60))) {
      Future<?> early = asked(keeper);
      assertTrue(firstBegan.await(30, TimeUnit.SECONDS));
      // The running load has not seen this change.
      committed.set(1);
      nanos.set(Duration.ofSeconds(1).toNanos());
      List<Future<?>> late = List.of(asked(keeper), asked(keeper));
      mayFinish.release(3);
      assertNull(early.get(30, TimeUnit.SECONDS));
      for (Future<?> one : late) {
        assertNull(one.get(30, TimeUnit.SECONDS));
      }
      AccessSnapshot snapshot = keeper.fresh();
      assertNotNull(snapshot);
      assertEquals(1, snapshot.revision());
      assertEquals(2, loads.get(), "the late ones share one");
      assertEquals(Duration.ZERO, keeper.age());
    }
  }

  /** What {@link SnapshotKeeper#refresh} waits for, which it does for some seconds at most. */
  private static Future<?> asked(SnapshotKeeper keeper) {
    Future<?> asked = keeper.request();
    assertNotNull(asked);
    return asked;
  }

  /** Asked again where the machine stood still for longer than it waits. */
  private static void refresh(SnapshotKeeper keeper) {
    assertTrue(Await.until(WAIT_MAX, keeper::refresh));
  }

  @Test
  void age_countsFromTheBeginningOfTheLoad() throws Exception {
    AtomicLong nanos = new AtomicLong();
    try (SnapshotKeeper keeper =
        new SnapshotKeeper(this::load, nanos::get, Duration.ofSeconds(2), Duration.ofSeconds(60))) {
      Future<?> refresh = asked(keeper);
      assertTrue(firstBegan.await(30, TimeUnit.SECONDS));
      nanos.set(Duration.ofSeconds(4).toNanos());
      mayFinish.release();
      assertNull(refresh.get(30, TimeUnit.SECONDS));
      assertEquals(Duration.ofSeconds(4), keeper.age());
    }
  }

  @Test
  void onChange_anotherSnapshot_isToldAndTheSameIsNot() {
    AtomicLong told = new AtomicLong();
    try (SnapshotKeeper keeper =
        new SnapshotKeeper(
            previous ->
                committed.get() == previous.revision()
                    ? previous
                    : AccessFixture.snapshot(committed.get(), List.of(), List.of()),
            () -> 0,
            Duration.ofSeconds(2),
            Duration.ofSeconds(60))) {
      keeper.onChange(
          () -> {
            throw new IllegalStateException("a listener that fails keeps nobody else from hearing");
          });
      keeper.onChange(told::incrementAndGet);
      committed.set(7);
      refresh(keeper);
      assertEquals(1, told.get());
      refresh(keeper);
      assertEquals(1, told.get());
      committed.set(8);
      refresh(keeper);
      assertEquals(2, told.get());
    }
  }

  @Test
  void request_withoutWaiting_loadsWhatIsThereThen() throws Exception {
    mayFinish.release(100);
    try (SnapshotKeeper keeper =
        new SnapshotKeeper(this::load, () -> 0, Duration.ofSeconds(2), Duration.ofSeconds(60))) {
      committed.set(3);
      var load = keeper.request();
      assertNotNull(load);
      var unused = load.get(30, TimeUnit.SECONDS);
      AccessSnapshot snapshot = keeper.fresh();
      assertNotNull(snapshot);
      assertEquals(3, snapshot.revision());
    }
  }
}
