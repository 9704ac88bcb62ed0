package dev.gatehouse.scheduling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.core.Deadline;
import dev.gatehouse.core.Reason;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** No work is done for nobody: what leaves the queue unrun, why, and that it is counted. */
final class DeadWorkTest {

  private static final long RUN = Duration.ofMillis(100).toNanos();
  private static final long SECOND = Duration.ofSeconds(1).toNanos();

  private final Harness h = new Harness(Harness.settings(2, 4, Duration.ZERO, 100));

  @Test
  void deadlineNearerThanTheShortestRun_isRefusedAtOnceAndCounted() throws InterruptedException {
    runFor("first", RUN);
    h.enqueue("certain", "k", 1, Deadline.at(h.now + RUN - 1));
    h.enqueue("possible", "k", 1, Deadline.at(h.now + RUN));
    assertEquals(List.of("possible"), h.poll(0));
    h.deliver();
    assertEquals(Reason.DEADLINE_EXCEEDED, h.answer("certain").reason());
    assertEquals(List.of("dropped CERTAIN_TO_EXPIRE"), h.told);
  }

  @Test
  void modelOnceSlow_nothingEndedForASecond_isTriedAgainAndRecovers() throws InterruptedException {
    runFor("slow", 10 * SECOND);
    h.enqueue("refused", "k", 1, Deadline.at(h.now + SECOND / 2));
    h.expire();
    assertEquals(Reason.DEADLINE_EXCEEDED, h.answer("refused").reason());
    h.now += SECOND - 1;
    h.enqueue("still", "k", 1, Deadline.at(h.now + SECOND / 2));
    assertTrue(h.idle(0));
    h.now += 1;
    h.enqueue("tried", "k", 1, Deadline.at(h.now + SECOND / 2));
    Batch<String, String> tried = h.batch(0);
    h.now += RUN;
    h.finish(tried);
    h.enqueue("next", "k", 1, Deadline.at(h.now + SECOND / 2));
    assertEquals(List.of("next"), h.poll(0));
  }

  @Test
  void shortestRun_isForgottenAfterTwoWindows() {
    runFor("fast", 10);
    for (int i = 0; i < 2 * RunTimes.WINDOW_BATCHES; i++) {
      assertEquals(10, h.queue.certainNanos(h.now));
      runFor("slow" + i, RUN);
    }
    assertEquals(RUN, h.queue.certainNanos(h.now));
  }

  @Test
  void cancelledAndExpired_anywhereInTheQueue_neverRunAndAreCounted() throws InterruptedException {
    h.enqueue("a", "k", 1);
    h.enqueue("late", "k", 1, Deadline.at(h.now + 5));
    h.enqueue("gone", "k", 1);
    h.enqueue("b", "k", 1);
    h.cancel("gone");
    h.now += 5;
    assertEquals(List.of("a", "b"), h.poll(0));
    h.deliver();
    assertEquals(Reason.CANCELLED, h.answer("gone").reason());
    assertEquals(List.of("dropped EXPIRED"), h.told, "the cancelling thread tells of its own");
  }

  @Test
  void cancelledAndNotUnlinkedYet_isPassedByAndNotCharged() {
    h.enqueue("a", "k", 1);
    h.enqueue("gone", "k", 3);
    h.enqueue("b", "k", 3);
    assertEquals(Call.State.QUEUED, h.queue.claimCancelled(h.call("gone")));
    assertEquals(List.of("a", "b"), h.poll(0));
    h.queue.unlink(h.call("gone"));
    assertTrue(h.idle(1));
  }

  @Test
  void droppedBetweenRuns_didReachTheRunner_andIsNotCounted() throws InterruptedException {
    h.enqueue("a", "k", 1, Deadline.at(h.now + 50));
    h.enqueue("b", "k", 1);
    Batch<String, String> together = h.batch(0);
    h.now += 60;
    h.queue.failed(together, Harness.REJECTED, false, h.now);
    h.deliver();
    assertEquals(Reason.DEADLINE_EXCEEDED, h.answer("a").reason());
    assertEquals(List.of("retried 2"), h.told);
    assertEquals(List.of("b"), h.poll(0));
  }

  private void runFor(String name, long nanos) {
    h.enqueue(name, "k", 1);
    Batch<String, String> batch = h.batch(1);
    h.now += nanos;
    h.finish(batch);
  }
}
