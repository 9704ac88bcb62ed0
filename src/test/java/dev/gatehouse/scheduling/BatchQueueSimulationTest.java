package dev.gatehouse.scheduling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.core.Deadline;
import dev.gatehouse.core.Reason;
import dev.gatehouse.core.Refusal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Runs random schedules on the state machine beside a plain model of the rules that only knows
 * lists, and compares them after every step: what is admitted, which calls form a batch, what each
 * call is answered, and what is still reserved.
 */
final class BatchQueueSimulationTest {

  private static final int SCHEDULES = 4_000;
  private static final int STEPS = 150;

  @Test
  void randomSchedules_everyStep_agreesWithThePlainModel() {
    long first = 20_261_100L;
    for (long seed = first; seed < first + SCHEDULES; seed++) {
      try {
        new Schedule(seed).run();
      } catch (Throwable failure) {
        throw new AssertionError("seed " + seed, failure);
      }
    }
  }

  /** Where the model thinks a call is. */
  private enum Place {
    QUEUED,
    AGAIN,
    RUNNING,
    ANSWERED
  }

  /** A call as the model sees it. */
  private static final class Known {
    final int id;
    final int rows;
    final long bytes;
    final int key;
    final boolean poison;
    final Deadline deadline;
    final RecordedAnswer<Integer> answer = new RecordedAnswer<>();
    final Call<Integer, Integer> call;
    long enqueuedNanos;
    Place place = Place.QUEUED;

    /** A {@link Reason}, or the result. */
    @Nullable Object expected;

    Known(int id, int[] permit, int key, boolean poison, Deadline deadline) {
      this.id = id;
      this.rows = permit[0];
      this.bytes = permit[1];
      this.key = key;
      this.poison = poison;
      this.deadline = deadline;
      this.call = new Call<>(rows, bytes, "key " + key, deadline, id, answer);
    }

    void expect(Object answerExpected) {
      place = Place.ANSWERED;
      expected = answerExpected;
    }
  }

  /** A batch in flight. */
  private record Flight(Batch<Integer, Integer> batch, List<Known> calls) {}

  private static final class Schedule {
    private final Random random;
    private final BatcherSettings settings;
    private final BatchQueue<Integer, Integer> queue;
    private final List<Known> all = new ArrayList<>();
    private final List<Known> again = new ArrayList<>();
    private final List<int[]> reservations = new ArrayList<>();
    private final List<@Nullable Flight> flights = new ArrayList<>();
    private final boolean[] abandoned;
    private long now;
    private boolean draining;
    private boolean closed;

    Schedule(long seed) {
      random = new Random(seed);
      int batchRows = 1 + random.nextInt(8);
      settings =
          new BatcherSettings(
              1 + random.nextInt(3),
              batchRows,
              Duration.ofNanos(random.nextInt(3) * 50L),
              batchRows + random.nextInt(30),
              20 + random.nextInt(200));
      queue = new BatchQueue<>(settings);
      abandoned = new boolean[settings.instances()];
      for (int i = 0; i < settings.instances(); i++) {
        flights.add(null);
      }
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
      if (dice < 25) {
        reserve();
      } else if (dice < 45) {
        submit();
      } else if (dice < 48) {
        release();
      } else if (dice < 55) {
        cancel();
      } else if (dice < 72) {
        poll(random.nextInt(settings.instances()));
      } else if (dice < 87) {
        land(random.nextInt(settings.instances()));
      } else if (dice < 95) {
        now += random.nextInt(60);
      } else if (dice < 98) {
        expire();
        queue.expire(now);
      } else if (random.nextInt(40) == 0) {
        abandon(random.nextInt(settings.instances()));
      } else if (random.nextInt(60) == 0) {
        draining = true;
        queue.drain();
      }
    }

    private void reserve() {
      int rows = 1 + random.nextInt(settings.batchRowsMax());
      int bytes = random.nextInt(20);
      if (!fits(rows, bytes) && !draining && usable() > 0) {
        expire();
      }
      Refusal refusal = queue.reserve(rows, bytes, now);
      if (draining) {
        assertEquals(Reason.DRAINING, refused(refusal).reason());
      } else if (usable() == 0) {
        assertEquals(Reason.MODEL_NOT_READY, refused(refusal).reason());
      } else if (fits(rows, bytes)) {
        assertNull(refusal);
        reservations.add(new int[] {rows, bytes});
      } else {
        assertEquals(Reason.QUEUE_FULL, refused(refusal).reason());
      }
    }

    private boolean fits(int rows, long bytes) {
      return reservedRows() + rows <= settings.queueRowsMax()
          && reservedBytes() + bytes <= settings.queueBytesMax();
    }

    private void submit() {
      if (reservations.isEmpty()) {
        return;
      }
      int[] permit = reservations.remove(random.nextInt(reservations.size()));
      Deadline deadline =
          random.nextInt(3) == 0 ? Deadline.at(now + random.nextInt(200)) : Deadline.NONE;
      boolean poison = random.nextInt(10) == 0;
      Known known = new Known(all.size(), permit, random.nextInt(3), poison, deadline);
      known.enqueuedNanos = now;
      all.add(known);
      if (deadline.passed(now)) {
        known.expect(Reason.DEADLINE_EXCEEDED);
      } else if (closed) {
        known.expect(Reason.DRAINING);
      } else if (usable() == 0) {
        known.expect(Reason.MODEL_NOT_READY);
      }
      queue.enqueue(known.call, now);
    }

    private void release() {
      if (!reservations.isEmpty()) {
        int[] permit = reservations.remove(random.nextInt(reservations.size()));
        queue.release(permit[0], permit[1]);
      }
    }

    private void cancel() {
      if (all.isEmpty()) {
        return;
      }
      Known known = all.get(Math.max(0, all.size() - 1 - random.nextInt(20)));
      if (known.place != Place.ANSWERED) {
        again.remove(known);
        known.expect(Reason.CANCELLED);
      }
      queue.cancel(known.call);
    }

    private void expire() {
      for (Known known : all) {
        boolean waiting = known.place == Place.QUEUED || known.place == Place.AGAIN;
        if (waiting && known.deadline.passed(now)) {
          again.remove(known);
          known.expect(Reason.DEADLINE_EXCEEDED);
        }
      }
    }

    private void poll(int instance) {
      if (flights.get(instance) != null) {
        return;
      }
      expire();
      List<Known> wanted = abandoned[instance] || closed ? List.of() : nextBatch();
      Batch<Integer, Integer> batch = queue.poll(instance, now);
      if (wanted.isEmpty()) {
        assertNull(batch);
        return;
      }
      assertTrue(batch != null, "an idle instance takes what is there");
      assertEquals(wanted.stream().map(known -> known.id).toList(), batch.payloads());
      assertEquals(wanted.stream().mapToInt(known -> known.rows).sum(), batch.rows());
      assertTrue(batch.rows() <= settings.batchRowsMax());
      again.removeAll(wanted);
      wanted.forEach(known -> known.place = Place.RUNNING);
      flights.set(instance, new Flight(batch, wanted));
    }

    /** The rules of the package description, by looking at everything. */
    private List<Known> nextBatch() {
      if (!again.isEmpty()) {
        return List.of(again.getFirst());
      }
      List<Known> queued = all.stream().filter(known -> known.place == Place.QUEUED).toList();
      if (queued.isEmpty()) {
        return List.of();
      }
      Known oldest = queued.getFirst();
      Known chosen = queued.stream().filter(known -> due(known, queued)).findFirst().orElse(oldest);
      List<Known> batch = new ArrayList<>();
      int rows = 0;
      for (Known known : queued) {
        if (known.key == chosen.key) {
          rows += known.rows;
          if (rows > settings.batchRowsMax()) {
            break;
          }
          batch.add(known);
        }
      }
      return batch;
    }

    /** Whether the group of this call is due, if it is the oldest of its group. */
    private boolean due(Known known, List<Known> queued) {
      List<Known> group = queued.stream().filter(other -> other.key == known.key).toList();
      return group.getFirst() == known
          && (now - known.enqueuedNanos >= settings.queueDelayMax().toNanos()
              || group.stream().mapToInt(other -> other.rows).sum() >= settings.batchRowsMax());
    }

    /** A batch in flight ends: it fails if one of its calls is poison. */
    private void land(int instance) {
      Flight flight = flights.get(instance);
      if (flight == null) {
        return;
      }
      flights.set(instance, null);
      if (flight.calls.stream().noneMatch(known -> known.poison)) {
        flight.calls.stream()
            .filter(known -> known.place == Place.RUNNING)
            .forEach(known -> known.expect(result(known.id)));
        List<Integer> results =
            flight.batch.payloads().stream().map(BatchQueueSimulationTest::result).toList();
        queue.finished(flight.batch, results, now);
        return;
      }
      expire();
      for (Known known : flight.calls) {
        if (known.place == Place.RUNNING) {
          fail(known, flight.calls.size() == 1);
        }
      }
      queue.failed(flight.batch, new Refusal.ModelRejectedInput(), false, now);
    }

    private void fail(Known known, boolean ranAlone) {
      if (ranAlone) {
        known.expect(Reason.MODEL_REJECTED_INPUT);
      } else if (known.deadline.passed(now)) {
        known.expect(Reason.DEADLINE_EXCEEDED);
      } else {
        known.place = Place.AGAIN;
        again.add(known);
      }
    }

    private void abandon(int instance) {
      if (!abandoned[instance]) {
        abandoned[instance] = true;
        Flight flight = flights.get(instance);
        if (flight != null) {
          endWaiting(flight.calls, Reason.MODEL_NOT_READY);
        }
        if (usable() == 0) {
          endWaiting(all, Reason.MODEL_NOT_READY);
        }
      }
      queue.abandon(instance);
    }

    private void endWaiting(List<Known> calls, Reason reason) {
      for (Known known : calls) {
        if (known.place != Place.ANSWERED) {
          again.remove(known);
          known.expect(reason);
        }
      }
    }

    /** Half the schedules run dry, half are closed in the middle; then nothing may be left. */
    private void end() throws InterruptedException {
      queue.drain();
      draining = true;
      while (!reservations.isEmpty()) {
        release();
      }
      if (random.nextBoolean()) {
        closed = true;
        endWaiting(all, Reason.DRAINING);
        queue.close();
      }
      while (queue.reservedRows() > 0) {
        for (int i = 0; i < settings.instances(); i++) {
          poll(i);
          land(i);
          check();
        }
      }
      check();
      for (Known known : all) {
        assertEquals(Place.ANSWERED, known.place);
        assertEquals(1, known.answer.count());
      }
      assertEquals(0, queue.reservedBytes());
      assertNull(queue.firstToExpire());
      for (int i = 0; i < settings.instances(); i++) {
        land(i); // late ones change nothing
        assertTrue(queue.takeAnswers().isEmpty());
      }
    }

    private void check() throws InterruptedException {
      queue.takeAnswers().forEach(Call::deliver);
      for (Known known : all) {
        Object expected = known.expected;
        if (expected == null) {
          assertEquals(0, known.answer.count());
        } else if (expected instanceof Reason) {
          assertEquals(expected, known.answer.reason());
        } else {
          assertEquals(expected, known.answer.get());
        }
      }
      assertEquals(reservedRows(), queue.reservedRows());
      assertEquals(reservedBytes(), queue.reservedBytes());
      assertTrue(queue.reservedRows() <= settings.queueRowsMax());
      assertTrue(queue.reservedBytes() <= settings.queueBytesMax());
      assertEquals(
          all.stream().filter(this::waiting).mapToInt(known -> known.rows).sum(),
          queue.pendingRows());
      checkNextDeadline();
    }

    private void checkNextDeadline() {
      Known first =
          all.stream()
              .filter(known -> waiting(known) && known.deadline.finite())
              .min(Comparator.comparingLong(known -> known.deadline.nanos() - now))
              .orElse(null);
      Call<Integer, Integer> actual = queue.firstToExpire();
      assertEquals(first == null, actual == null);
      if (first != null && actual != null) {
        assertEquals(first.deadline, actual.deadline);
      }
    }

    private boolean waiting(Known known) {
      return known.place == Place.QUEUED || known.place == Place.AGAIN;
    }

    private int usable() {
      int usable = 0;
      for (boolean gone : abandoned) {
        usable += gone ? 0 : 1;
      }
      return usable;
    }

    private int reservedRows() {
      return reservations.stream().mapToInt(permit -> permit[0]).sum()
          + all.stream()
              .filter(known -> known.place != Place.ANSWERED)
              .mapToInt(known -> known.rows)
              .sum();
    }

    private long reservedBytes() {
      return reservations.stream().mapToLong(permit -> permit[1]).sum()
          + all.stream()
              .filter(known -> known.place != Place.ANSWERED)
              .mapToLong(known -> known.bytes)
              .sum();
    }
  }

  private static Refusal refused(@Nullable Refusal refusal) {
    assertNotNull(refusal, "must be refused");
    return Objects.requireNonNull(refusal);
  }

  private static int result(int id) {
    return id * 31 + 7;
  }
}
