package dev.gatehouse.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.testing.Await;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class ClientStopsTest {

  private static final Duration WAIT = Duration.ofSeconds(60);

  private final CountDownLatch goOn = new CountDownLatch(1);
  private final CountDownLatch begun = new CountDownLatch(1);
  private final AtomicBoolean interrupted = new AtomicBoolean();

  private void hang() {
    begun.countDown();
    try {
      boolean unused = goOn.await(WAIT.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      interrupted.set(true);
    }
  }

  private void awaitBegun() throws InterruptedException {
    assertTrue(begun.await(WAIT.toSeconds(), TimeUnit.SECONDS));
  }

  @Test
  void offer_firstHangs_takesSoManyAndNoMore() throws InterruptedException {
    AtomicInteger done = new AtomicInteger();
    ClientStops stops = new ClientStops(WAIT);
    assertTrue(stops.offer(this::hang));
    awaitBegun();
    for (int i = 0; i < ClientStops.WAITING_MAX; i++) {
      assertTrue(stops.offer(done::incrementAndGet));
    }
    assertEquals(ClientStops.WAITING_MAX, stops.waiting());
    assertFalse(stops.offer(done::incrementAndGet), "beyond the bound");
    goOn.countDown();
    stops.close();
    assertEquals(ClientStops.WAITING_MAX, done.get(), "an orderly end does what waits");
    assertFalse(stops.offer(done::incrementAndGet), "after the end");
  }

  @Test
  void close_providerHangs_endsWithoutIt() throws InterruptedException {
    ClientStops stops = new ClientStops(Duration.ZERO);
    assertTrue(stops.offer(this::hang));
    awaitBegun();
    AtomicInteger done = new AtomicInteger();
    assertTrue(stops.offer(done::incrementAndGet));
    stops.close();
    assertTrue(Await.until(WAIT, interrupted::get));
    assertEquals(0, done.get());
  }
}
