package dev.gatehouse.scheduling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.core.Deadline;
import dev.gatehouse.core.Reason;
import dev.gatehouse.core.Refusal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Runs random schedules on the state machine beside a list of what was submitted, and checks after
 * every step what must always hold: each call is answered once and with its own result or a refusal
 * it may get, permits are those of unanswered calls and open reservations, batches keep to keys,
 * limits, order and penalties, and no instance idles while anything waits.
 */
final class BatchQueueSimulationTest {

  private static final int SCHEDULES = 3_000;
  private static final int STEPS = 150;

  @Test
  void randomSchedules_everyStep_keepTheRules() {
    long first = 20_261_100L;
    for (long seed = first; seed < first + SCHEDULES; seed++) {
      try {
        new Schedule(seed).run();
      } catch (Throwable failure) {
        throw new AssertionError("seed " + seed, failure);
      }
    }
  }

  /** A call as the test sees it. */
  private static final class Known {
    final int id;
    final boolean poison;
    final RecordedAnswer<Integer> answer = new RecordedAnswer<>();
    final Call<Integer, Integer> call;
    int runs;
    int firstBatchCalls;

    Known(int id, boolean poison, Permit permit, String key, Deadline deadline, long now) {
      this.id = id;
      this.poison = poison;
      this.call =
          new Call<>(
              new Call.Permit<>(permit.flow, permit.terms, permit.rows, permit.bytes, 1),
              1 + id % 3,
              key,
              deadline,
              now,
              id,
              answer);
    }

    boolean answered() {
      return call.state() == Call.State.ANSWERED;
    }
  }

  /** An open reservation. */
  private record Permit(Flow<Integer, Integer> flow, CallTerms terms, int rows, long bytes) {}

  private static final class Schedule {
    private static final Set<Reason> POSSIBLE =
        Set.of(
            Reason.CANCELLED,
            Reason.DEADLINE_EXCEEDED,
            Reason.DRAINING,
            Reason.MODEL_NOT_READY,
            Reason.QUEUE_FULL);

    private final Random random;
    private final BatcherSettings settings;
    private final AdmissionGate<Integer, Integer> gate;
    private final BatchQueue<Integer, Integer> queue;
    private final List<Known> all = new ArrayList<>();
    private final List<Permit> reservations = new ArrayList<>();
    private final Map<Integer, Batch<Integer, Integer>> flights = new HashMap<>();
    private final List<Batch<Integer, Integer>> late = new ArrayList<>();
    private long now;
    private int bulkWaited;

    Schedule(long seed) {
      random = new Random(seed);
      int rows = 1 + random.nextInt(8);
      int queueRows = rows + random.nextInt(30);
      settings =
          new BatcherSettings(
              1 + random.nextInt(3),
              rows,
              rows > 4 && random.nextBoolean() ? List.of(2, 4) : List.of(),
              Duration.ofNanos(random.nextInt(3) * 50L),
              queueRows,
              20 + random.nextInt(200),
              1 + random.nextInt(queueRows),
              30 + random.nextInt(71),
              random.nextInt(3) == 0 ? Duration.ofNanos(500) : Duration.ZERO);
      gate = new AdmissionGate<>(settings);
      queue = new BatchQueue<>(settings, gate);
      now = random.nextBoolean() ? random.nextLong() : Long.MAX_VALUE - random.nextInt(5_000);
    }

    void run() throws InterruptedException {
      for (int step = 0; step < STEPS; step++) {
        step();
        check();
      }
      end();
    }

    private void step() {
      int dice = random.nextInt(100);
      int instance = random.nextInt(settings.instances());
      if (dice < 25) {
        reserve();
      } else if (dice < 45) {
        submit();
      } else if (dice < 48) {
        release();
      } else if (dice < 55) {
        cancel();
      } else if (dice < 72) {
        poll(instance);
      } else if (dice < 87) {
        land(instance);
      } else if (dice < 95) {
        now += random.nextInt(20) == 0 ? Duration.ofSeconds(6).toNanos() : random.nextInt(60);
      } else if (dice < 98) {
        queue.expire(now);
      } else if (random.nextInt(20) == 0) {
        abandonOrReplace(instance);
      } else if (random.nextInt(60) == 0) {
        gate.drain();
      }
    }

    private void reserve() {
      int rows = 1 + random.nextInt(settings.batchRowsMax());
      int bytes = random.nextInt(20);
      CallTerms terms =
          new CallTerms(
              "caller " + random.nextInt(4),
              1 + random.nextInt(4),
              random.nextInt(3) == 0 ? Priority.BULK : Priority.INTERACTIVE);
      int held = gate.permits().rows();
      if (gate.reserve(terms, rows, bytes) instanceof Flow<Integer, Integer> flow) {
        assertTrue(gate.open() && gate.usableInstances() > 0);
        assertTrue(held == 0 || held + rows <= gate.inFlightRows());
        reservations.add(new Permit(flow, terms, rows, bytes));
      }
    }

    private void submit() {
      if (reservations.isEmpty()) {
        return;
      }
      Permit permit = reservations.remove(random.nextInt(reservations.size()));
      Deadline deadline =
          random.nextInt(3) == 0 ? Deadline.at(now + random.nextInt(200)) : Deadline.NONE;
      boolean poison = random.nextInt(10) == 0;
      Known known =
          new Known(all.size(), poison, permit, "key " + random.nextInt(3), deadline, now);
      all.add(known);
      queue.ledger().queued(known.call);
      queue.enqueue(known.call);
    }

    private void release() {
      if (!reservations.isEmpty()) {
        Permit permit = reservations.remove(random.nextInt(reservations.size()));
        gate.giveBack(permit.flow, permit.rows, permit.bytes, 1);
      }
    }

    private void cancel() {
      if (all.isEmpty()) {
        return;
      }
      Known known = all.get(Math.max(0, all.size() - 1 - random.nextInt(20)));
      boolean answered = known.answered();
      Call.State was = queue.claimCancelled(known.call);
      assertEquals(answered, was == null);
      if (was != null) {
        known.call.deliver();
        if (random.nextBoolean()) {
          queue.unlink(known.call); // else it is passed by
        }
      }
    }

    private void poll(int instance) {
      Slot<Integer, Integer> slot = queue.slot(instance);
      if (slot.running != null) {
        return;
      }
      Batch<Integer, Integer> batch = queue.poll(slot, now);
      if (batch == null) {
        assertTrue(slot.abandoned || gate.closed() || queue.ledger().pendingRows() == 0);
        return;
      }
      flights.put(instance, batch);
      List<Known> calls = batch.payloads().stream().map(all::get).toList();
      Known lead = calls.getFirst();
      int rows = 0;
      for (Known known : calls) {
        assertEquals(Call.State.RUNNING, known.call.state());
        assertEquals(lead.call.batchKey, known.call.batchKey);
        assertTrue(!known.call.deadline.passed(now), "ran though expired");
        rows += known.call.rows;
        known.runs++;
        known.firstBatchCalls = known.runs == 1 ? calls.size() : known.firstBatchCalls;
        int log = 31 - Integer.numberOfLeadingZeros(known.firstBatchCalls);
        assertTrue(known.runs <= 2 + log, "ran too often");
      }
      assertEquals(rows, batch.rows());
      if (lead.runs == 1) {
        checkFresh(calls, rows);
      }
    }

    /** What holds of a batch that does not run again. */
    private void checkFresh(List<Known> calls, int rows) {
      assertTrue(rows <= queue.batchRowsLimit() || calls.size() == 1);
      for (Known known : calls) {
        assertEquals(1, known.runs);
        assertTrue(!known.call.flow.apart || known.call.flow == calls.getFirst().call.flow);
        for (Known other : all.subList(0, known.id)) {
          boolean waits = other.call.state() == Call.State.QUEUED;
          boolean sameLane =
              other.call.flow == known.call.flow
                  && other.call.terms.priority() == known.call.terms.priority()
                  && other.call.batchKey.equals(known.call.batchKey);
          assertTrue(!waits || !sameLane, "overtook its own elder");
        }
      }
      boolean bulkLed = calls.getFirst().call.terms.priority() == Priority.BULK;
      bulkWaited = bulkLed || !bulkWaits() ? 0 : bulkWaited + 1;
      assertTrue(bulkWaited < BatchAssembly.BULK_TURN_BATCHES, "bulk starved");
    }

    private boolean bulkWaits() {
      return all.stream()
          .anyMatch(
              known ->
                  known.call.state() == Call.State.QUEUED
                      && known.call.terms.priority() == Priority.BULK);
    }

    /** A batch in flight ends: it fails if one of its calls is poison, or for want of memory. */
    private void land(int instance) {
      Batch<Integer, Integer> batch = flights.remove(instance);
      if (batch == null) {
        return;
      }
      if (batch.payloads().stream().anyMatch(id -> all.get(id).poison)) {
        queue.failed(batch, new Refusal.ModelRejectedInput(), false, now);
      } else if (random.nextInt(15) == 0) {
        queue.exhausted(batch, now);
      } else {
        List<Integer> results =
            batch.payloads().stream().map(BatchQueueSimulationTest::result).toList();
        queue.finished(batch, results, now);
      }
    }

    private void abandonOrReplace(int instance) {
      Slot<Integer, Integer> slot = queue.slot(instance);
      if (slot.abandoned) {
        assertNotNull(queue.replace(instance));
        return;
      }
      Batch<Integer, Integer> batch = flights.remove(instance);
      if (batch != null) {
        late.add(batch);
      }
      queue.abandon(slot);
    }

    /** Half the schedules run dry, half are closed in the middle; then nothing may be left. */
    private void end() throws InterruptedException {
      gate.drain();
      while (!reservations.isEmpty()) {
        release();
      }
      if (gate.usableInstances() == 0) {
        assertNotNull(queue.replace(0));
      }
      if (random.nextBoolean()) {
        queue.close();
      }
      while (gate.permits().rows() > 0) {
        for (int i = 0; i < settings.instances(); i++) {
          poll(i);
          land(i);
          check();
        }
      }
      check();
      for (Known known : all) {
        assertEquals(1, known.answer.count());
      }
      late.addAll(flights.values());
      for (Batch<Integer, Integer> batch : late) {
        queue.failed(batch, new Refusal.ModelRejectedInput(), false, now);
        assertTrue(queue.takeOutbox().isEmpty(), "late ones change nothing");
      }
      assertEquals(0, gate.permits().bytes());
      assertEquals(0, gate.permits().calls());
      assertEquals(0, queue.ledger().pendingRows());
    }

    private void check() throws InterruptedException {
      queue.takeOutbox().answers().forEach(Call::deliver);
      int rows = reservations.stream().mapToInt(Permit::rows).sum();
      long bytes = reservations.stream().mapToLong(Permit::bytes).sum();
      int calls = reservations.size();
      int pending = 0;
      for (Known known : all) {
        if (known.answered()) {
          checkAnswer(known);
          continue;
        }
        assertEquals(0, known.answer.count());
        rows += known.call.rows;
        bytes += known.call.bytes;
        calls++;
        pending += known.call.state() == Call.State.RUNNING ? 0 : known.call.rows;
      }
      assertEquals(rows, gate.permits().rows());
      assertEquals(bytes, gate.permits().bytes());
      assertEquals(calls, gate.permits().calls());
      assertEquals(pending, queue.ledger().pendingRows());
      assertTrue(rows <= settings.queueRowsMax() && bytes <= settings.queueBytesMax());
      assertTrue(calls <= settings.queueCallsMax());
    }

    private static void checkAnswer(Known known) throws InterruptedException {
      @Nullable Object answer = known.answer.get();
      if (answer instanceof Refusal refusal) {
        boolean own = known.poison && refusal.reason() == Reason.MODEL_REJECTED_INPUT;
        assertTrue(own || POSSIBLE.contains(refusal.reason()), refusal.toString());
      } else {
        assertEquals(result(known.id), answer);
        assertTrue(!known.poison);
      }
    }
  }

  private static int result(int id) {
    return id * 31 + 7;
  }
}
