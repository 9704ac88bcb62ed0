package dev.gatehouse.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.gatehouse.audit.AuditLog.Reservation;
import dev.gatehouse.core.SystemTime;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Reservations, bounds, failing disks and closing, against a disk in memory. */
final class AuditLogTest {

  private static final int BACKLOG_MAX = 16;
  private static final int ROOMY = 1 << 30;

  @Test
  void record_manyAtOnce_areWrittenInOrderOfEachThread() throws Exception {
    StubbornChannel disk = new StubbornChannel(1_000, ROOMY);
    int threads = 8;
    int each = 2_000;
    try (AuditLog log = log(disk, 1 << 16, Duration.ofSeconds(30));
        ExecutorService pool = Executors.newFixedThreadPool(threads)) {
      List<Future<?>> done = new ArrayList<>();
      for (int t = 0; t < threads; t++) {
        long first = (long) t * each;
        done.add(
            pool.submit(
                () -> {
                  for (int i = 0; i < each; i++) {
                    reserved(log).record(Events.call(first + i));
                  }
                }));
      }
      for (Future<?> future : done) {
        future.get();
      }
    }
    long[] rows = rows(disk);
    long[][] ofThread = new long[threads][];
    for (int t = 0; t < threads; t++) {
      int thread = t;
      ofThread[t] = Arrays.stream(rows).filter(row -> row / each == thread).toArray();
      assertEquals(each, ofThread[t].length);
      assertTrue(isAscending(ofThread[t]));
    }
    assertEquals(threads * each, rows.length);
  }

  @Test
  void reserve_burstOfThreads_givesExactlyTheBound() throws Exception {
    StubbornChannel disk = new StubbornChannel(1_000, ROOMY);
    int threads = 16;
    for (int round = 0; round < 200; round++) {
      AuditLog log = log(disk, 37, Duration.ZERO);
      AtomicInteger given = new AtomicInteger();
      CyclicBarrier start = new CyclicBarrier(threads);
      try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
        for (int t = 0; t < threads; t++) {
          pool.submit(
              () -> {
                start.await();
                for (int i = 0; i < 10; i++) {
                  if (log.reserve() != null) {
                    given.incrementAndGet();
                  }
                }
                return null;
              });
        }
      }
      assertEquals(37, given.get());
      assertEquals(37, log.backlog());
      log.close();
    }
  }

  @Test
  void reserve_placesComeAndGo_boundNeverExceededAndAllReturn() throws Exception {
    StubbornChannel disk = new StubbornChannel(10_000, ROOMY);
    AtomicInteger open = new AtomicInteger();
    AtomicInteger openMost = new AtomicInteger();
    AtomicInteger recorded = new AtomicInteger();
    AuditLog log = log(disk, BACKLOG_MAX, Duration.ofSeconds(30));
    try (ExecutorService pool = Executors.newFixedThreadPool(8)) {
      for (int t = 0; t < 8; t++) {
        pool.submit(
            () -> {
              for (int i = 0; i < 20_000; i++) {
                Reservation place = log.reserve();
                if (place == null) {
                  continue;
                }
                openMost.accumulateAndGet(open.incrementAndGet(), Math::max);
                open.decrementAndGet();
                if (i % 3 == 0) {
                  place.release();
                } else {
                  place.record(Events.call(i));
                  recorded.incrementAndGet();
                }
              }
            });
      }
    }
    log.close();
    assertTrue(openMost.get() <= BACKLOG_MAX);
    assertEquals(0, log.backlog());
    assertEquals(0, log.dropped());
    assertEquals(recorded.get(), rows(disk).length);
  }

  @Test
  void backlog_diskHangs_fillsToTheBoundAndRefuses() {
    StubbornChannel disk = new StubbornChannel(1_000, ROOMY);
    disk.hang();
    AuditLog log = log(disk, BACKLOG_MAX, Duration.ofSeconds(30));
    for (int i = 0; i < BACKLOG_MAX; i++) {
      reserved(log).record(Events.call(i));
    }
    assertNull(log.reserve());
    assertEquals(BACKLOG_MAX, log.backlog());
    disk.resume();
    Events.await("the backlog is written", () -> log.backlog() == 0);
    reserved(log).release();
    log.close();
    assertEquals(BACKLOG_MAX, rows(disk).length);
  }

  @Test
  void offer_flood_leavesPlacesForReservationsAndIsCounted() {
    StubbornChannel disk = new StubbornChannel(1_000, ROOMY);
    disk.hang();
    AuditLog log = log(disk, BACKLOG_MAX, Duration.ofSeconds(30));
    int accepted = 0;
    for (int i = 0; i < 100; i++) {
      accepted += log.offer(Events.refused("m")) ? 1 : 0;
    }
    assertEquals(12, accepted);
    assertEquals(88, log.dropped());
    reserved(log).record(Events.call(1));
    disk.resume();
    Events.await("the flood is written", () -> log.backlog() == 0);
    assertTrue(log.offer(Events.refused("m")));
    log.close();
    List<JsonNode> entries = entries(disk);
    List<JsonNode> notes =
        entries.stream().filter(e -> e.get("kind").textValue().equals("dropped")).toList();
    assertEquals(14, entries.size() - notes.size());
    assertEquals(88, notes.stream().mapToLong(e -> e.get("count").longValue()).sum());
  }

  @Test
  void write_diskFull_refusesKeepsAndHealsWithoutATornOrDoubleLine() {
    StubbornChannel disk = new StubbornChannel(100, 150);
    AuditLog log = log(disk, BACKLOG_MAX, Duration.ofSeconds(30));
    Reservation early = reserved(log);
    reserved(log).record(Events.call(1));
    Events.await("the failure is seen", () -> !log.health().available());
    assertEquals(AuditHealth.State.FAILING, log.health().state());
    assertNotNull(log.health().failingSince());
    assertNull(log.reserve());
    assertFalse(log.offer(Events.refused("m")));
    early.record(Events.call(2));
    assertEquals(2, log.backlog());
    assertEquals(150, disk.text().length());
    int failures = disk.failures();
    Events.await("it tries again", () -> disk.failures() > failures + 2);

    disk.capacity(ROOMY);
    Events.await("it heals", () -> log.health().available());
    assertNull(log.health().failingSince());
    reserved(log).record(Events.call(3));
    log.close();
    List<JsonNode> entries = entries(disk);
    assertEquals(4, entries.size());
    assertEquals(List.of(1L, 2L, 3L), Arrays.stream(rows(disk)).boxed().toList());
    assertEquals(1, log.dropped());
    assertEquals(0, log.backlog());
  }

  @Test
  void write_anyCapacity_resumesAtTheVeryByte() {
    for (int capacity = 0; capacity < 700; capacity += 13) {
      StubbornChannel disk = new StubbornChannel(97, capacity);
      AuditLog log = log(disk, BACKLOG_MAX, Duration.ofSeconds(30));
      Reservation first = reserved(log);
      Reservation second = reserved(log);
      first.record(Events.call(1));
      second.record(Events.call(2));
      Events.await("written or failed", () -> disk.failures() > 0 || log.backlog() == 0);
      disk.capacity(ROOMY);
      log.close();
      assertEquals(List.of(1L, 2L), Arrays.stream(rows(disk)).boxed().toList());
    }
  }

  @Test
  void close_openReservation_waitsForItsEntry() throws Exception {
    StubbornChannel disk = new StubbornChannel(1_000, ROOMY);
    AuditLog log = log(disk, BACKLOG_MAX, Duration.ofSeconds(60));
    Reservation place = reserved(log);
    Reservation unused = reserved(log);
    Thread closer = Thread.ofPlatform().start(log::close);
    Events.await("closing", () -> log.health().state() == AuditHealth.State.CLOSED);
    assertNull(log.reserve());
    assertFalse(log.offer(Events.refused("m")));
    assertFalse(closer.join(Duration.ofMillis(200)));
    place.record(Events.call(5));
    assertFalse(closer.join(Duration.ofMillis(50)));
    unused.release();
    closer.join();
    assertEquals(List.of(5L), Arrays.stream(rows(disk)).boxed().toList());
    assertFalse(disk.isOpen());
    log.close();
  }

  @Test
  void close_diskStaysFull_givesUpAndCountsWhatIsLost() {
    StubbornChannel disk = new StubbornChannel(100, 10);
    AuditLog log = log(disk, BACKLOG_MAX, Duration.ofMillis(20));
    Reservation late = reserved(log);
    Reservation second = reserved(log);
    reserved(log).record(Events.call(1));
    Events.await("the failure is seen", () -> !log.health().available());
    second.record(Events.call(2));
    log.close();
    assertEquals(2, log.dropped());
    assertEquals(AuditHealth.State.CLOSED, log.health().state());
    late.record(Events.call(3));
    assertEquals(3, log.dropped());
    assertEquals(0, log.backlog());
  }

  @Test
  void reservation_usedTwice_isRefused() {
    AuditLog log = log(new StubbornChannel(1_000, ROOMY), BACKLOG_MAX, Duration.ofSeconds(30));
    Reservation recorded = reserved(log);
    recorded.record(Events.call(1));
    assertThrows(IllegalStateException.class, () -> recorded.record(Events.call(2)));
    recorded.release();
    Reservation released = reserved(log);
    released.release();
    released.release();
    assertThrows(IllegalStateException.class, () -> released.record(Events.call(3)));
    log.close();
    assertEquals(0, log.backlog());
  }

  @Test
  void entry_recorded_carriesTheTimeOfRecording() {
    StubbornChannel disk = new StubbornChannel(1_000, ROOMY);
    Instant at = Instant.parse("2026-01-02T03:04:05.000006Z");
    AuditFile file = new AuditFile(disk, false);
    AuditLog log =
        new AuditLog(settings(BACKLOG_MAX, Duration.ofSeconds(30)), InstantSource.fixed(at), file);
    reserved(log).record(Events.call(1));
    log.close();
    assertEquals(at.toString(), entries(disk).get(0).get("at").textValue());
  }

  private static AuditLog log(StubbornChannel disk, int backlogMax, Duration closeWaitMax) {
    return new AuditLog(
        settings(backlogMax, closeWaitMax), SystemTime.wall(), new AuditFile(disk, false));
  }

  private static AuditSettings settings(int backlogMax, Duration closeWaitMax) {
    return new AuditSettings(
        Path.of("unused"), backlogMax, Duration.ofMillis(1), Duration.ofMillis(5), closeWaitMax);
  }

  private static Reservation reserved(AuditLog log) {
    return Objects.requireNonNull(log.reserve());
  }

  private static List<JsonNode> entries(StubbornChannel disk) {
    String text = disk.text();
    assertTrue(text.isEmpty() || text.endsWith("\n"));
    return text.lines().map(Events::parse).toList();
  }

  private static long[] rows(StubbornChannel disk) {
    return entries(disk).stream()
        .filter(e -> e.has("rows"))
        .mapToLong(e -> e.get("rows").longValue())
        .toArray();
  }

  private static boolean isAscending(long[] values) {
    for (int i = 1; i < values.length; i++) {
      if (values[i] <= values[i - 1]) {
        return false;
      }
    }
    return true;
  }
}
