package dev.gatehouse.scheduling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.core.Reason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Permits are exact: all or nothing, never beyond a bound, for all and for each caller. */
final class AdmissionGateTest {

  private final AdmissionGate<String, String> gate = gate(20, 1_000, 10, 100);

  private static CallTerms terms(Object caller) {
    return new CallTerms(caller, 1, Priority.INTERACTIVE);
  }

  @Test
  void reserve_rowsBytesOrCallsBeyondTheBound_takesNothing() {
    Flow<String, String> flow = admit(gate, "a", 4, 990);
    assertEquals(Reason.QUEUE_FULL, refused(gate, "b", 1, 11));
    assertHeld(4, 990, 1);
    assertTrue(gate.flows().get("b").permits.none(), "its caller holds nothing either");
    assertEquals(0, gate.flows().get("b").permits.bytes());
    admit(gate, "b", 1, 10);
    gate.giveBack(flow, 4, 990, 1);
    assertHeld(1, 10, 1);
    for (int i = 0; i < 4; i++) {
      admit(gate, "c", 4, 0);
    }
    assertEquals(Reason.QUEUE_FULL, refused(gate, "d", 4, 0));
    assertHeld(17, 10, 5);
    for (int i = 0; i < 3; i++) {
      admit(gate, "d", 1, 0);
    }
    assertEquals(Reason.QUEUE_FULL, refused(gate, "d", 1, 0));
    assertHeld(20, 10, 8);
  }

  @Test
  void reserve_tooManyCalls_isRefused() {
    for (int i = 0; i < 10; i++) {
      admit(gate, "a" + i, 1, 1);
    }
    assertEquals(Reason.QUEUE_FULL, refused(gate, "b", 1, 1));
    assertHeld(10, 10, 10);
  }

  @Test
  void reserve_callsHeldWithoutRows_countAllTheSame() {
    AdmissionGate<String, String> one = gate(20, 1_000, 1, 100);
    Flow<String, String> flow = admit(one, "a", 4, 10);
    one.giveBack(flow, 4, 10, 0); // the parts of a split call ended, and it is not joined yet
    assertEquals(Reason.QUEUE_FULL, refused(one, "a", 1, 1));
    assertEquals(Reason.QUEUE_FULL, refused(one, "b", 1, 1));
    one.giveBack(flow, 0, 0, 1);
    admit(one, "b", 1, 1);
  }

  @Test
  void reserve_wouldNotFitAnEmptyQueue_isRefusedAsTooLarge() {
    assertEquals(Reason.TENSOR_INVALID, refused(gate, "a", 5, 1));
    assertEquals(Reason.TENSOR_INVALID, refused(gate, "a", 1, 1_001));
    assertEquals(Reason.TENSOR_INVALID, refused(gate, "a", 1, Long.MAX_VALUE));
    assertThrows(IllegalArgumentException.class, () -> gate.reserve(terms("a"), 0, 1));
    assertThrows(IllegalArgumentException.class, () -> gate.reserve(terms("a"), 1, -1));
    assertHeld(0, 0, 0);
  }

  @Test
  void reserve_beyondTheCallersShare_isRefusedWhileOthersAreAdmitted() {
    AdmissionGate<String, String> shared = gate(20, 1_000, 10, 30);
    admit(shared, "a", 4, 100);
    admit(shared, "a", 2, 200);
    assertEquals(Reason.QUEUE_FULL, refused(shared, "a", 1, 0), "6 of 20 rows");
    Flow<String, String> bytes = admit(shared, "b", 1, 290);
    assertEquals(Reason.QUEUE_FULL, refused(shared, "b", 1, 11), "300 of 1000 bytes");
    assertEquals(290, bytes.permits.bytes());
    assertEquals(1, bytes.permits.rows());
    for (int i = 0; i < 3; i++) {
      admit(shared, "c", 1, 0);
    }
    assertEquals(Reason.QUEUE_FULL, refused(shared, "c", 1, 0), "3 of 10 calls");
    assertEquals(10, shared.permits().rows());
  }

  @Test
  void reserve_tinyShare_stillAdmitsOneCallOfAnySize() {
    AdmissionGate<String, String> tiny = gate(20, 1_000, 10, 1);
    Flow<String, String> flow = admit(tiny, "a", 4, 1_000);
    assertEquals(Reason.QUEUE_FULL, refused(tiny, "a", 1, 0));
    tiny.giveBack(flow, 4, 1_000, 1);
    admit(tiny, "a", 1, 1);
  }

  @Test
  void giveBack_moreThanTaken_throws() {
    Permits permits = new Permits();
    assertEquals(Permits.Take.TAKEN, permits.take(2, 5, 10, 10, 10));
    permits.give(2, 5, 1);
    assertThrows(IllegalStateException.class, () -> permits.give(1, 0, 0));
  }

  @Test
  void burst_manyThreadsAndCallers_neverBeyondABoundAndNothingLeft() throws Exception {
    int threads = 4;
    AdmissionGate<String, String> busy = gate(16, 120, 9, 50);
    CyclicBarrier barrier = new CyclicBarrier(threads);
    List<Future<Integer>> futures = new ArrayList<>();
    try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
      for (int t = 0; t < threads; t++) {
        long seed = 77 + t;
        futures.add(
            executor.submit(
                () -> {
                  barrier.await(60, TimeUnit.SECONDS);
                  return takeAndGive(busy, new Random(seed));
                }));
      }
      for (Future<Integer> future : futures) {
        assertTrue(future.get() > 0);
      }
    }
    assertEquals(0, busy.permits().rows());
    assertEquals(0, busy.permits().bytes());
    assertEquals(0, busy.permits().calls());
  }

  @Test
  void burst_roomForOneCall_neverTwoAreIn() throws Exception {
    Permits permits = new Permits();
    AtomicInteger inside = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    List<Future<?>> futures = new ArrayList<>();
    try (ExecutorService executor = Executors.newFixedThreadPool(3)) {
      for (int t = 0; t < 3; t++) {
        futures.add(
            executor.submit(
                () -> {
                  for (int i = 0; i < 1_000_000; i++) {
                    if (permits.take(1, 1, 1, 1, 1) == Permits.Take.TAKEN) {
                      most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                      inside.decrementAndGet();
                      permits.give(1, 1, 1);
                    }
                  }
                }));
      }
      for (Future<?> future : futures) {
        future.get();
      }
    }
    assertEquals(1, most.get());
    assertTrue(permits.none());
  }

  private static int takeAndGive(AdmissionGate<String, String> gate, Random random) {
    record Held(Flow<String, String> flow, int rows, long bytes) {}
    List<Held> held = new ArrayList<>();
    int taken = 0;
    for (int i = 0; i < 200_000; i++) {
      int rows = 1 + random.nextInt(4);
      long bytes = random.nextInt(40);
      if (gate.reserve(terms("c" + random.nextInt(3)), rows, bytes)
          instanceof Flow<String, String> flow) {
        taken++;
        held.add(new Held(flow, rows, bytes));
        assertTrue(gate.permits().rows() <= 16 && gate.permits().bytes() <= 120);
        assertTrue(gate.permits().calls() <= 9);
        assertTrue(flow.permits.rows() <= 8 && flow.permits.bytes() <= 60);
      }
      if (held.size() > 5 || random.nextInt(3) == 0 && !held.isEmpty()) {
        Held last = held.remove(random.nextInt(held.size()));
        gate.giveBack(last.flow, last.rows, last.bytes, 1);
      }
    }
    held.forEach(last -> gate.giveBack(last.flow, last.rows, last.bytes, 1));
    return taken;
  }

  @Test
  void flows_idleOnesBeyondTheBound_areForgottenAndBusyOnesKept() {
    Flow<String, String> busy = admit(gate, "busy", 1, 1);
    Flow<String, String> idle = admit(gate, "idle", 1, 1);
    gate.giveBack(idle, 1, 1, 1);
    for (int i = 0; gate.flows().size() <= Flows.FLOWS; i++) {
      gate.giveBack(admit(gate, "c" + i, 1, 1), 1, 1, 1);
    }
    assertTrue(gate.flows().many());
    gate.flows().sweep(0);
    assertEquals(1, gate.flows().size());
    assertEquals(busy, gate.flows().known("busy"));
    assertEquals(Permits.Take.RETIRED, idle.permits.take(1, 1, 9, 9, 9));
    assertNotSame(idle, admit(gate, "idle", 1, 1));
  }

  @Test
  void flows_retiredUnderAReserve_isReplaced() {
    Flow<String, String> flow = gate.flows().get("a");
    assertTrue(flow.permits.retire());
    assertNotSame(flow, admit(gate, "a", 1, 1));
    assertHeld(1, 1, 1);
  }

  @Test
  void refusedForAFullQueue_doesNotMakeCallersKnown() {
    for (int i = 0; i < 5; i++) {
      admit(gate, "a", 4, 0);
    }
    assertEquals(Reason.QUEUE_FULL, refused(gate, "stranger", 1, 0));
    assertEquals(1, gate.flows().size());
  }

  private void assertHeld(int rows, long bytes, int calls) {
    assertEquals(rows, gate.permits().rows());
    assertEquals(bytes, gate.permits().bytes());
    assertEquals(calls, gate.permits().calls());
  }

  private static AdmissionGate<String, String> gate(int rows, long bytes, int calls, int percent) {
    return new AdmissionGate<>(
        new BatcherSettings(
            1, 4, List.of(), Duration.ZERO, rows, bytes, calls, percent, Duration.ZERO));
  }

  private static Flow<String, String> admit(
      AdmissionGate<String, String> gate, String caller, int rows, long bytes) {
    return switch (gate.reserve(terms(caller), rows, bytes)) {
      case Flow<String, String> flow -> flow;
      case Place.None<String, String> none ->
          throw new AssertionError("refused: " + none.refusal());
    };
  }

  private static Reason refused(
      AdmissionGate<String, String> gate, String caller, int rows, long bytes) {
    Place<String, String> place = gate.reserve(terms(caller), rows, bytes);
    return assertInstanceOf(Place.None.class, place).refusal().reason();
  }
}
