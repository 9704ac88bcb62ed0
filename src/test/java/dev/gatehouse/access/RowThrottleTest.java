package dev.gatehouse.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.Refusal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class RowThrottleTest {

  private static final int BURST = 100;

  /** Near the end of the ticker's numbers, which it may pass. */
  private long nanos = Long.MAX_VALUE - Duration.ofSeconds(15).toNanos();

  private final RowThrottle throttle = new RowThrottle(new CallerId("alice"), 10, () -> nanos);

  private void pass(Duration time) {
    nanos += time.toNanos();
  }

  /** A call of so many rows. */
  private @Nullable Refusal take(int rows) {
    Refusal refusal = throttle.takeFirst();
    return refusal == null ? throttle.takeRest(rows) : refusal;
  }

  private Refusal.QuotaExhausted refused(int rows) {
    return assertInstanceOf(Refusal.QuotaExhausted.class, take(rows));
  }

  @Test
  void take_aBurst_thenAsManyAsASecondGives() {
    assertNull(take(60));
    assertNull(take(40));
    Refusal.QuotaExhausted refusal = refused(1);
    assertEquals("callers/alice", refusal.subject());
    assertEquals(Duration.ofMillis(100), refusal.retryAfter());
    assertTrue(refusal.description().contains("10 rows a second"), refusal.description());
    pass(Duration.ofMillis(100));
    assertNull(take(1));
    assertEquals(Duration.ofMillis(100), refused(20).retryAfter(), "not even the first");
    pass(Duration.ofSeconds(2));
    assertNull(take(20));
    assertNotNull(take(1));
    pass(Duration.ofDays(1));
    assertNull(take(BURST));
    assertNotNull(take(1), "a pause gives no more than a burst");
  }

  @Test
  void takeRest_tooFewLeft_keepsTheFirstAndSaysWhenAllAreThere() {
    assertNull(take(95));
    Refusal.QuotaExhausted refusal = refused(BURST);
    assertEquals(Duration.ofMillis(9_600), refusal.retryAfter(), "96 are taken");
    pass(refusal.retryAfter());
    assertNull(take(BURST), "who comes again when it was told to gets through");
    pass(Duration.ofMillis(500));
    for (int i = 1; i <= 5; i++) {
      assertEquals(Duration.ofMillis(600 + 100 * i), refused(11).retryAfter());
    }
    assertEquals(Duration.ofMillis(100), refused(1).retryAfter(), "each had its first row");
  }

  @Test
  void takeRest_moreThanABurst_isNeverGiven() {
    assertInstanceOf(Refusal.StateInvalid.class, throttle.takeRest(Integer.MAX_VALUE));
    pass(Duration.ofDays(1));
    assertInstanceOf(Refusal.StateInvalid.class, throttle.takeRest(BURST + 1), "no use in waiting");
    assertNull(take(BURST), "what was refused took nothing");
  }

  @Test
  void take_anythingAtAnyTime_staysWithinBurstAndRate() {
    long seed = 20_261_122;
    Random random = new Random(seed);
    long start = nanos;
    long taken = 0;
    for (int i = 0; i < 20_000; i++) {
      pass(Duration.ofMillis(random.nextInt(700)));
      int rows = 1 + random.nextInt(30);
      if (throttle.takeFirst() == null) {
        taken += throttle.takeRest(rows) == null ? rows : 1;
      }
      double seconds = (nanos - start) / 1e9;
      assertTrue(taken <= BURST + 10 * seconds, "seed " + seed + ", step " + i);
    }
    assertTrue(taken >= 9 * (nanos - start) / 1e9, "what is asked for is given, seed " + seed);
  }

  @Test
  void take_byManyAtOnce_isGivenOnce() throws InterruptedException {
    AtomicInteger taken = new AtomicInteger();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      threads.add(
          Thread.ofPlatform()
              .start(
                  () -> {
                    for (int j = 0; j < BURST; j++) {
                      if (throttle.takeFirst() == null) {
                        taken.incrementAndGet();
                      }
                    }
                  }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertEquals(BURST, taken.get());
  }
}
