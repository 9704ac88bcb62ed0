package dev.gatehouse.edge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.DefaultEventLoop;
import io.netty.util.concurrent.EventExecutor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Answers leave on the event loop, all of them, in order, and in groups. */
final class OutboxTest {

  private static final int WAIT_SECONDS_MAX = 30;

  /** How often the loop was given something to do. */
  private final AtomicInteger given = new AtomicInteger();

  private final EventExecutor loop =
      new DefaultEventLoop() {
        @Override
        public void execute(Runnable task) {
          given.incrementAndGet();
          super.execute(task);
        }
      };

  private final Outbox outbox = new Outbox(loop);
  private final List<Integer> sent = Collections.synchronizedList(new ArrayList<>());

  @AfterEach
  void stop() {
    loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }

  private CountDownLatch busy() {
    CountDownLatch release = new CountDownLatch(1);
    loop.execute(() -> await(release));
    given.set(0);
    return release;
  }

  private static void await(CountDownLatch latch) {
    try {
      assertTrue(latch.await(WAIT_SECONDS_MAX, TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Returns once everything that was sent before has run. */
  private void drained() {
    CountDownLatch end = new CountDownLatch(1);
    outbox.execute(end::countDown);
    await(end);
  }

  @Test
  void execute_ofAnotherThread_runsOnTheLoop() {
    List<Boolean> here = Collections.synchronizedList(new ArrayList<>());
    outbox.execute(() -> here.add(outbox.isHere()));
    drained();
    assertEquals(List.of(true), here);
  }

  @Test
  void execute_ofTheLoop_runsAtOnce() {
    CountDownLatch end = new CountDownLatch(1);
    loop.execute(
        () -> {
          outbox.execute(() -> sent.add(1));
          sent.add(2);
          end.countDown();
        });
    await(end);
    assertEquals(List.of(1, 2), sent);
  }

  @Test
  void execute_ofManyWhileTheLoopIsBusy_tellsItOnce() {
    CountDownLatch release = busy();
    List<Integer> all = IntStream.range(0, 100).boxed().toList();
    all.forEach(i -> outbox.execute(() -> sent.add(i)));
    assertEquals(1, given.get());
    release.countDown();
    drained();
    assertEquals(all, sent);
  }

  @Test
  void turn_ofMoreThanItsMost_letsTheLoopDoOtherThings() {
    CountDownLatch release = busy();
    IntStream.rangeClosed(0, Outbox.TURN_MAX).forEach(i -> outbox.execute(() -> sent.add(i)));
    loop.execute(() -> sent.add(-1));
    release.countDown();
    drained();
    assertEquals(Outbox.TURN_MAX, sent.indexOf(-1), "after so many answers, not after all");
    assertEquals(Outbox.TURN_MAX + 2, sent.size());
  }

  @Test
  void turn_anAnswerThatFails_costsNoOtherItsOwn() {
    CountDownLatch release = busy();
    outbox.execute(
        () -> {
          throw new IllegalStateException("meant to fail");
        });
    outbox.execute(() -> sent.add(1));
    release.countDown();
    drained();
    assertEquals(List.of(1), sent);
  }

  @Test
  void execute_ofSeveralThreadsAtOnce_losesNothing() throws InterruptedException {
    int each = 20_000;
    AtomicInteger ran = new AtomicInteger();
    List<Thread> threads =
        IntStream.range(0, 4)
            .mapToObj(
                t ->
                    Thread.ofPlatform()
                        .start(
                            () -> {
                              for (int i = 0; i < each; i++) {
                                outbox.execute(ran::incrementAndGet);
                              }
                            }))
            .toList();
    for (Thread thread : threads) {
      thread.join();
    }
    drained();
    assertEquals(4 * each, ran.get());
  }

  /** The next comes just when the loop has seen that nothing is left. */
  @Test
  void execute_ofOneAfterTheOther_isNeverOverlooked() {
    AtomicInteger ran = new AtomicInteger();
    assertTimeoutPreemptively(
        Duration.ofMinutes(5),
        () -> {
          for (int i = 1; i <= 200_000; i++) {
            outbox.execute(ran::incrementAndGet);
            while (ran.get() < i) {
              Thread.onSpinWait();
            }
          }
        });
  }

  @Test
  void execute_afterTheLoopHasEnded_keepsNothing() throws InterruptedException {
    loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    assertTrue(loop.awaitTermination(WAIT_SECONDS_MAX, TimeUnit.SECONDS));
    outbox.execute(() -> sent.add(1));
    outbox.execute(() -> sent.add(2));
    assertEquals(List.of(), sent);
    assertEquals(0, outbox.waiting());
  }
}
