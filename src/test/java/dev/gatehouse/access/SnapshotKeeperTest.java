package dev.gatehouse.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class SnapshotKeeperTest {

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
            new SnapshotKeeper(
                this::load, nanos::get, Duration.ofSeconds(2), Duration.ofSeconds(60));
        ExecutorService callers = Executors.newCachedThreadPool()) {
      Future<Boolean> early = callers.submit(keeper::refresh);
      assertTrue(firstBegan.await(30, TimeUnit.SECONDS));
      // The running load has not seen this change.
      committed.set(1);
      nanos.set(Duration.ofSeconds(1).toNanos());
      List<FutureTask<Boolean>> late =
          List.of(new FutureTask<>(keeper::refresh), new FutureTask<>(keeper::refresh));
      for (FutureTask<Boolean> one : late) {
        awaitWaiting(Thread.ofPlatform().start(one));
      }
      mayFinish.release(3);
      assertTrue(early.get(30, TimeUnit.SECONDS));
      for (FutureTask<Boolean> one : late) {
        assertTrue(one.get(30, TimeUnit.SECONDS));
      }
      AccessSnapshot snapshot = keeper.fresh();
      assertNotNull(snapshot);
      assertEquals(1, snapshot.revision());
      assertEquals(2, loads.get(), "the late ones share one");
      assertEquals(Duration.ZERO, keeper.age());
    }
  }

  private static void awaitWaiting(Thread thread) throws InterruptedException {
    for (int i = 0; i < 3000 && thread.getState() != Thread.State.TIMED_WAITING; i++) {
      TimeUnit.MILLISECONDS.sleep(1);
    }
    assertEquals(Thread.State.TIMED_WAITING, thread.getState());
  }

  @Test
  void age_countsFromTheBeginningOfTheLoad() throws Exception {
    AtomicLong nanos = new AtomicLong();
    try (SnapshotKeeper keeper =
            new SnapshotKeeper(
                this::load, nanos::get, Duration.ofSeconds(2), Duration.ofSeconds(60));
        ExecutorService callers = Executors.newCachedThreadPool()) {
      Future<Boolean> refresh = callers.submit(keeper::refresh);
      assertTrue(firstBegan.await(30, TimeUnit.SECONDS));
      nanos.set(Duration.ofSeconds(4).toNanos());
      mayFinish.release();
      assertTrue(refresh.get(30, TimeUnit.SECONDS));
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
      assertTrue(keeper.refresh());
      assertEquals(1, told.get());
      assertTrue(keeper.refresh());
      assertEquals(1, told.get());
      committed.set(8);
      assertTrue(keeper.refresh());
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
