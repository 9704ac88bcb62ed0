package dev.gatehouse.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.VersionId;
import dev.gatehouse.registry.HeldVersion;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** When a version that is ready elsewhere is loaded here. */
final class LocalLoadsTest {

  private static final HeldVersion ONE =
      new HeldVersion(new ModelName("model"), new VersionId("v1"), 1);
  private static final HeldVersion OTHER =
      new HeldVersion(new ModelName("model"), new VersionId("v2"), 2);

  private final AtomicLong nanos = new AtomicLong();
  private final LocalLoads loads = new LocalLoads(nanos::get);

  private void fail(HeldVersion version, boolean certain) {
    loads.queue(version);
    loads.failed(version, "does not fit", certain);
    loads.ended(version);
  }

  @Test
  void due_queuedOnce_isNotQueuedAgain() {
    assertEquals(List.of(ONE, OTHER), loads.due(List.of(ONE, OTHER)));
    loads.queue(ONE);
    assertEquals(List.of(OTHER), loads.due(List.of(ONE, OTHER)));
    assertEquals(Set.of(ONE), loads.expected());
    loads.succeeded(ONE);
    loads.ended(ONE);
    assertEquals(Set.of(), loads.expected());
  }

  @Test
  void due_afterFailures_waitsTwiceAsLongEachTimeUpToABound() {
    long pause = LocalLoads.RETRY_MIN.toNanos();
    for (int i = 0; i < 100; i++) {
      fail(ONE, true);
      nanos.addAndGet(pause - 1);
      assertEquals(List.of(), loads.due(List.of(ONE)));
      nanos.addAndGet(1);
      assertEquals(List.of(ONE), loads.due(List.of(ONE)));
      pause = Math.min(2 * pause, LocalLoads.RETRY_MAX.toNanos());
    }
    assertEquals(1, loads.failures());
  }

  @Test
  void failed_whatIsTriedAgain_isNotExpectedToRun() {
    fail(ONE, true);
    loads.queue(ONE);
    assertEquals(Set.of(), loads.expected());
    assertEquals(Map.of(ONE, "does not fit"), loads.hopeless());
  }

  @Test
  void failed_forAReasonThatMayPass_isNotHopeless() {
    fail(ONE, false);
    assertEquals(1, loads.failures());
    assertEquals(Map.of(), loads.hopeless());
  }

  @Test
  void due_noLongerMissing_forgetsTheFailure() {
    fail(ONE, true);
    assertEquals(List.of(), loads.due(List.of()));
    assertEquals(0, loads.failures());
    assertEquals(List.of(ONE), loads.due(List.of(ONE)));
  }
}
