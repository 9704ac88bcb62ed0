package dev.gatehouse.audit.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.audit.AccessJournal;
import dev.gatehouse.audit.AccessJournal.Use;
import dev.gatehouse.audit.entry.Entry;
import dev.gatehouse.audit.entry.EntryKind;
import dev.gatehouse.audit.entry.Field;
import dev.gatehouse.core.Outcome;
import dev.gatehouse.core.Reason;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many threads on a disk that fails, waits and rotates: what was promised holds for each use. */
final class GroupCommitStressTest {

  private static final int THREADS = 8;
  private static final int USES = 4_000;

  @TempDir Path folder;

  private final FickleMedium medium = new FickleMedium();

  /** What was on the medium when the answer of a grant was let go. */
  private final Map<String, Map<Path, Long>> forcedAtDurable = new ConcurrentHashMap<>();

  private final Map<String, String> told = new ConcurrentHashMap<>();
  private final ConcurrentLinkedQueue<String> wrong = new ConcurrentLinkedQueue<>();

  /** Notes what it hears, and that it hears it once. */
  private final class Noting implements AccessJournal.Release {

    private final String grant;

    Noting(String grant) {
      this.grant = grant;
    }

    @Override
    public void durable() {
      forcedAtDurable.put(grant, new HashMap<>(medium.forced));
      note("OK");
    }

    @Override
    public void lost() {
      note("AUDIT_UNAVAILABLE");
    }

    private void note(String what) {
      if (told.put(grant, what) != null) {
        wrong.add(grant + " was told twice");
      }
    }
  }

  @Test
  void everyUse_failingDisk_isToldOnceAndWhatItWasToldIsOnDisk() throws Exception {
    long seed = new Random().nextLong();
    System.out.println("seed " + seed);
    Journals.Settings settings = new Journals.Settings(folder);
    settings.segmentBytesMax = 200_000;
    settings.commitStallMax = Duration.ofMillis(40);
    FakeAnchors anchors = new FakeAnchors();
    GroupCommitJournal journal = Journals.open(settings.done(), anchors, medium);
    List<Thread> threads = new ArrayList<>();
    Map<String, String> expected = new ConcurrentHashMap<>();
    for (int i = 0; i < THREADS; i++) {
      int thread = i;
      threads.add(
          Thread.ofPlatform()
              .start(() -> uses(journal, thread, new Random(seed + thread), expected)));
    }
    annoy(threads, new Random(seed));
    for (Thread thread : threads) {
      thread.join();
    }
    Journals.await("healed", () -> journal.health().available());
    Journals.await("written", () -> journal.backlog() == 0);
    journal.close();
    verify(journal, expected);
    assertTrue(told.containsValue("OK"));
    assertTrue(told.containsValue("AUDIT_UNAVAILABLE"));
    assertEquals(List.of(), List.copyOf(wrong));
    assertEquals(journal.folder().parts().size(), anchors.segments(journal.id()).size());
  }

  private void uses(
      GroupCommitJournal journal, int thread, Random random, Map<String, String> expected) {
    for (int i = 0; i < USES; i++) {
      String grant = thread + "-" + i;
      Use use = journal.begin(Journals.intent(grant));
      while (use == null) {
        LockSupport.parkNanos(500_000);
        use = journal.begin(Journals.intent(grant));
      }
      if (random.nextInt(4) == 0) {
        LockSupport.parkNanos(random.nextInt(400_000));
      }
      if (random.nextInt(10) == 0) {
        expected.put(grant, "DEADLINE_EXCEEDED");
        use.refused(Outcome.refused(Reason.DEADLINE_EXCEEDED), 1);
      } else {
        expected.put(grant, "answered");
        use.answered(i, i, new Noting(grant));
      }
      if (random.nextInt(8) == 0) {
        journal.offer(Journals.refusedCall());
      }
    }
  }

  /** Makes the disk fail and wait for as long as the threads live. */
  private void annoy(List<Thread> threads, Random random) {
    while (threads.stream().anyMatch(Thread::isAlive)) {
      LockSupport.parkNanos(random.nextInt(60_000_000));
      switch (random.nextInt(4)) {
        case 0 -> medium.failWrites(true);
        case 1 -> medium.failForces(true);
        case 2 -> medium.hold();
        default -> medium.throwOnWrite(new OutOfMemoryError("on purpose"));
      }
      LockSupport.parkNanos(random.nextInt(80_000_000));
      medium.failWrites(false);
      medium.failForces(false);
      medium.throwOnWrite(null);
      medium.resume();
    }
  }

  private void verify(GroupCommitJournal journal, Map<String, String> expected) throws IOException {
    List<Entry> entries = Journals.read(journal.folder());
    Map<Long, String> grants = new HashMap<>();
    Map<String, String> outcomes = new HashMap<>();
    for (Entry entry : entries) {
      if (entry.kind() == EntryKind.INTENT) {
        grants.put(entry.sequence(), String.valueOf(entry.text(Field.GRANT)));
      } else if (entry.kind() == EntryKind.OUTCOME) {
        String grant = grants.get(entry.number(Field.INTENT));
        assertTrue(outcomes.put(grant, entry.text(Field.OUTCOME)) == null, "twice: " + grant);
      }
    }
    assertEquals(THREADS * USES, grants.size());
    assertEquals(THREADS * USES, outcomes.size());
    expected.forEach(
        (grant, kind) ->
            assertEquals(kind.equals("answered") ? told.get(grant) : kind, outcomes.get(grant)));
    verifyOnDisk(journal.folder());
  }

  /** Each intent lay within what had been forced when its answer went. */
  private void verifyOnDisk(JournalFolder journal) throws IOException {
    for (JournalFolder.Part part : journal.parts()) {
      try (SegmentReader reader = SegmentReader.open(part.file())) {
        for (SegmentRecord record = reader.next(); record != null; record = reader.next()) {
          Entry entry = Journals.parse(record.entry());
          Map<Path, Long> forced =
              entry.kind() == EntryKind.INTENT
                  ? forcedAtDurable.get(String.valueOf(entry.text(Field.GRANT)))
                  : null;
          if (forced != null) {
            long end = record.position() + 4 + record.entry().length + 32;
            assertTrue(forced.getOrDefault(part.file(), 0L) >= end, () -> "not on disk: " + entry);
          }
        }
      }
    }
  }
}
