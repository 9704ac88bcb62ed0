package dev.gatehouse.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.access.AccessUses.Use;
import dev.gatehouse.access.AccessUses.Used;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What is followed of uses, and what is written when, on a clock of the test's own. */
final class AccessUsesTest {

  private static final GrantId GRANT = new GrantId("g");
  private static final Used KEY = new Used.Key("k");

  private final List<Use> written = new ArrayList<>();
  private Instant now = AccessFixture.START;
  private boolean databaseAway;
  private final InstantSource clock = () -> now;
  private final AccessUses uses = new AccessUses(this::sink, clock, 3);

  private void sink(List<Use> batch) {
    if (databaseAway) {
      throw new IllegalStateException("away, as the test wants it");
    }
    written.addAll(batch);
  }

  private List<Use> write() {
    written.clear();
    uses.write();
    return List.copyOf(written);
  }

  private static Use use(Used used, Instant at) {
    return new Use(used, at.getEpochSecond());
  }

  @Test
  void write_manyUses_isOneOfEachWithTheLastTime() {
    for (int i = 0; i < 1_000; i++) {
      uses.apiKeyUsed("k");
      now = now.plusMillis(10);
    }
    uses.grantUsed(AccessFixture.DIGITS, GRANT, Action.INFER);
    uses.grantUsed(AccessFixture.DIGITS, GRANT, Action.READ_METADATA);
    List<Use> batch = write();
    assertEquals(3, batch.size());
    assertTrue(batch.contains(use(KEY, AccessFixture.START.plusSeconds(9))), batch::toString);
    assertEquals(List.of(), write(), "nothing happened since");
    uses.apiKeyUsed("k");
    assertEquals(List.of(use(KEY, now)), write());
  }

  @Test
  void write_databaseAway_isMadeUpForTheNextTime() {
    uses.apiKeyUsed("k");
    databaseAway = true;
    assertEquals(List.of(), write());
    databaseAway = false;
    assertEquals(List.of(use(KEY, now)), write());
  }

  @Test
  void used_clockSetBack_keepsTheLaterTime() {
    uses.apiKeyUsed("k");
    now = now.minusSeconds(100);
    uses.apiKeyUsed("k");
    assertEquals(Optional.of(AccessFixture.START), uses.lastUseTime(KEY));
  }

  @Test
  void used_moreThanAreFollowed_boundsMemoryAndFollowsAgainWhenOthersAreIdle() {
    for (int i = 0; i < 10; i++) {
      uses.apiKeyUsed("k" + i);
    }
    assertEquals(3, write().size());
    now = now.plus(AccessUses.FOLLOWED_MAX).plusSeconds(1);
    assertEquals(List.of(), write());
    uses.apiKeyUsed("k9");
    assertEquals(List.of(use(new Used.Key("k9"), now)), write());
  }

  @Test
  void used_whileTheDatabaseIsAway_isNotForgottenHoweverLong() {
    uses.apiKeyUsed("k");
    databaseAway = true;
    for (int i = 0; i < 5; i++) {
      now = now.plus(AccessUses.FOLLOWED_MAX);
      assertEquals(List.of(), write());
    }
    databaseAway = false;
    assertEquals(List.of(use(KEY, AccessFixture.START)), write());
  }

  @Test
  void lastUseTime_writtenAndSeen_isTheLater() {
    Optional<Instant> earlier = Optional.of(now.minusSeconds(5));
    Optional<Instant> later = Optional.of(now.plusSeconds(5));
    assertEquals(earlier, uses.lastUseTime(KEY, earlier));
    assertEquals(Optional.empty(), uses.lastUseTime(KEY, Optional.empty()));
    uses.apiKeyUsed("k");
    assertEquals(Optional.of(now), uses.lastUseTime(KEY, earlier));
    assertEquals(Optional.of(now), uses.lastUseTime(KEY, Optional.empty()));
    assertEquals(later, uses.lastUseTime(KEY, later));
  }

  @Test
  void used_byManyThreads_isWrittenOnceWithTheLastSecond() throws InterruptedException {
    CountDownLatch go = new CountDownLatch(1);
    List<Thread> threads =
        IntStream.range(0, 8)
            .mapToObj(
                i ->
                    Thread.ofPlatform()
                        .start(
                            () -> {
                              try {
                                go.await();
                              } catch (InterruptedException e) {
                                return;
                              }
                              for (int n = 0; n < 10_000; n++) {
                                uses.apiKeyUsed("k");
                              }
                            }))
            .toList();
    go.countDown();
    for (Thread thread : threads) {
      thread.join(Duration.ofMinutes(1));
    }
    assertEquals(List.of(use(KEY, now)), write());
  }

  @Test
  void stop_afterUses_writesThem() {
    uses.start();
    uses.apiKeyUsed("k");
    uses.stop();
    assertEquals(List.of(use(KEY, now)), written);
    uses.stop();
    assertEquals(1, written.size());
  }
}
