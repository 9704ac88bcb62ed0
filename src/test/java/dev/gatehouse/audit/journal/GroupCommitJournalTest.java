package dev.gatehouse.audit.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.audit.AccessJournal.Use;
import dev.gatehouse.audit.Anchors;
import dev.gatehouse.audit.entry.Entry;
import dev.gatehouse.audit.entry.EntryKind;
import dev.gatehouse.audit.entry.Field;
import dev.gatehouse.core.Outcome;
import dev.gatehouse.core.Reason;
import dev.gatehouse.core.SystemTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The journal on a real disk, which is made to fail and to wait. */
final class GroupCommitJournalTest {

  @TempDir Path folder;

  private final FakeAnchors anchors = new FakeAnchors();
  private final FickleMedium medium = new FickleMedium();
  private Journals.Settings settings;
  private final List<GroupCommitJournal> open = new ArrayList<>();

  @BeforeEach
  void settings() {
    settings = new Journals.Settings(folder);
  }

  @AfterEach
  void close() {
    medium.resume();
    medium.failWrites(false);
    medium.failForces(false);
    medium.throwOnWrite(null);
    open.forEach(GroupCommitJournal::close);
  }

  private GroupCommitJournal open() throws IOException {
    GroupCommitJournal journal = Journals.open(settings.done(), anchors, medium);
    open.add(journal);
    return journal;
  }

  private static Use begin(GroupCommitJournal journal, String grant) {
    Use use = journal.begin(Journals.intent(grant));
    assertNotNull(use);
    return use;
  }

  private static Journals.Answer answer(Use use) {
    Journals.Answer answer = new Journals.Answer();
    use.answered(40, 1_500_000, answer);
    return answer;
  }

  /** Runs a whole use. */
  private static void use(GroupCommitJournal journal, String grant) {
    Journals.Answer answer = answer(begin(journal, grant));
    Journals.await("durable", answer::isDurable);
  }

  private static void awaitIntentOnDisk(GroupCommitJournal journal, long commits) {
    Journals.await("commit", () -> journal.commits() >= commits);
  }

  @Test
  void use_answered_isReadBackAsIntentAndOutcome() throws IOException {
    GroupCommitJournal journal = open();
    use(journal, "grant-7");
    journal.close();
    List<Entry> entries = Journals.read(journal.folder());
    assertEquals(2, entries.size());
    Entry intent = entries.get(0);
    assertEquals(EntryKind.INTENT, intent.kind());
    assertEquals("fraud-scoring", intent.text(Field.CALLER));
    assertEquals("grant-7", intent.text(Field.GRANT));
    assertEquals(3, intent.number(Field.ROWS));
    assertEquals("00000000000000010000000000000002", intent.text(Field.TRACE));
    assertEquals("010203", intent.text(Field.INPUT_DIGEST));
    Entry outcome = entries.get(1);
    assertEquals(EntryKind.OUTCOME, outcome.kind());
    assertEquals(0, outcome.number(Field.INTENT));
    assertEquals("OK", outcome.text(Field.OUTCOME));
    assertEquals(40, outcome.number(Field.REPLY_BYTES));
    assertEquals(1_500, outcome.number(Field.LATENCY_MICROS));
  }

  @Test
  void use_refused_isReadBackWithItsReason() throws IOException {
    GroupCommitJournal journal = open();
    begin(journal, "a").refused(Outcome.refused(Reason.DEADLINE_EXCEEDED), 10);
    journal.close();
    assertEquals("DEADLINE_EXCEEDED", Journals.outcomeOf(Journals.read(journal.folder()), "a"));
  }

  @Test
  void open_files_areForTheirOwnerAlone() throws IOException {
    GroupCommitJournal journal = open();
    assertEquals("rwx------", permissions(journal.folder().path()));
    assertEquals("rw-------", permissions(journal.folder().segment(0)));
    assertEquals("rw-------", permissions(journal.folder().lock()));
    assertTrue(anchors.opened(journal.id()));
  }

  private static String permissions(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  @Test
  void answered_commitUnderWay_waitsForIt() throws IOException {
    GroupCommitJournal journal = open();
    medium.hold();
    Journals.Answer answer = answer(begin(journal, "a"));
    Journals.await("writing", () -> medium.waiting.get() == 1);
    assertFalse(answer.told());
    medium.resume();
    Journals.await("durable", answer::isDurable);
  }

  @Test
  void answered_intentOnDisk_isToldAtOnce() throws IOException {
    GroupCommitJournal journal = open();
    Use use = begin(journal, "a");
    awaitIntentOnDisk(journal, 1);
    Journals.Answer answer = answer(use);
    assertTrue(answer.isDurable());
    assertSame(Thread.currentThread(), answer.teller());
  }

  @Test
  void answered_manyAtOnce_areAllTold() throws IOException {
    GroupCommitJournal journal = open();
    medium.hold();
    List<Journals.Answer> answers = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      answers.add(answer(begin(journal, "g" + i)));
    }
    medium.resume();
    for (Journals.Answer answer : answers) {
      Journals.await("durable", answer::isDurable);
    }
  }

  @Test
  void use_endedTwice_isRefused() throws IOException {
    GroupCommitJournal journal = open();
    Use use = begin(journal, "a");
    use.refused(Outcome.OK, 1);
    assertThrows(IllegalStateException.class, () -> use.refused(Outcome.OK, 1));
    assertThrows(IllegalStateException.class, () -> answer(use));
  }

  @Test
  void begin_intentThatNoEntryHolds_isRefusedThere() throws IOException {
    GroupCommitJournal journal = open();
    var good = Journals.intent("a");
    assertThrows(
        IllegalArgumentException.class,
        () ->
            journal.begin(
                new dev.gatehouse.audit.InferenceIntent(
                    good.caller(),
                    good.model(),
                    good.version(),
                    new byte[31],
                    good.grant(),
                    1,
                    1,
                    null,
                    null)));
    assertEquals(0, journal.backlog());
  }

  @Test
  void begin_backlogFull_returnsNullAndKeepsPlacesForOutcomes() throws IOException {
    settings.backlogMax = 16;
    GroupCommitJournal journal = open();
    List<Use> uses = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      uses.add(begin(journal, "g" + i));
    }
    // The intents give their places back when they are on disk; outcomes keep theirs.
    Journals.await("commits", () -> journal.backlog() == 8);
    for (int i = 8; i < 12; i++) {
      uses.add(begin(journal, "g" + i));
      int places = i + 1;
      Journals.await("commits", () -> journal.backlog() == places);
    }
    for (int i = 12; i < 15; i++) {
      uses.add(begin(journal, "g" + i));
      int places = i + 1;
      Journals.await("commits", () -> journal.backlog() == places);
    }
    assertNull(journal.begin(Journals.intent("one too many")));
    for (Use use : uses) {
      use.refused(Outcome.OK, 1);
    }
    Journals.await("all written", () -> journal.backlog() == 0);
    journal.close();
    assertEquals(15, Journals.count(Journals.read(journal.folder()), EntryKind.OUTCOME));
  }

  @Test
  void offer_aboveThreeQuarters_isDroppedAndTold() throws IOException {
    settings.backlogMax = 16;
    GroupCommitJournal journal = open();
    medium.hold();
    Use use = begin(journal, "a");
    Journals.await("writing", () -> medium.waiting.get() == 1);
    for (int i = 0; i < 10; i++) {
      assertTrue(journal.offer(Journals.refusedCall()));
    }
    assertFalse(journal.offer(Journals.refusedCall()));
    assertFalse(journal.offer(Journals.refusedCall()));
    Use second = begin(journal, "b");
    assertEquals(14, journal.backlog());
    assertEquals(2, journal.dropped());
    medium.resume();
    use.refused(Outcome.OK, 1);
    second.refused(Outcome.OK, 1);
    journal.close();
    List<Entry> entries = Journals.read(journal.folder());
    assertEquals(10, Journals.count(entries, EntryKind.CALL));
    List<Entry> drops =
        entries.stream().filter(entry -> entry.kind() == EntryKind.DROPPED).toList();
    assertEquals(1, drops.size());
    assertEquals(2, drops.getFirst().number(Field.COUNT));
  }

  @Test
  void offer_alone_isWrittenWithoutAnIntent() throws IOException {
    GroupCommitJournal journal = open();
    assertTrue(journal.offer(Journals.refusedCall()));
    awaitIntentOnDisk(journal, 1);
    Entry call = Journals.read(journal.folder()).getFirst();
    assertEquals(EntryKind.CALL, call.kind());
    assertEquals("digits\n\u0000é?", call.text(Field.RESOURCE));
  }

  @Test
  void commit_fails_losesWhatWasNotOnDiskAndHealsWithAllOutcomes() throws IOException {
    GroupCommitJournal journal = open();
    Use before = begin(journal, "before");
    awaitIntentOnDisk(journal, 1);
    medium.hold();
    Use open = begin(journal, "open");
    Use given = begin(journal, "given up");
    Journals.Answer answered = answer(begin(journal, "answered"));
    medium.failWrites(true);
    medium.resume();
    Journals.await("lost", answered::isLost);
    assertEquals(JournalHealth.State.FAILING, journal.health().state());
    assertNull(journal.begin(Journals.intent("refused")));
    assertTrue(answer(open).isLost());
    given.refused(Outcome.refused(Reason.DEADLINE_EXCEEDED), 1);
    assertTrue(answer(before).isDurable());
    int failures = medium.writesFailed.get();
    Journals.await("another attempt", () -> medium.writesFailed.get() > failures + 1);
    medium.failWrites(false);
    Journals.await("healed", () -> journal.health().available());
    use(journal, "after");
    journal.close();
    List<Entry> entries = Journals.read(journal.folder());
    assertEquals("OK", Journals.outcomeOf(entries, "before"));
    assertEquals("AUDIT_UNAVAILABLE", Journals.outcomeOf(entries, "open"));
    assertEquals("AUDIT_UNAVAILABLE", Journals.outcomeOf(entries, "answered"));
    assertEquals("DEADLINE_EXCEEDED", Journals.outcomeOf(entries, "given up"));
    assertEquals("OK", Journals.outcomeOf(entries, "after"));
    assertEquals(10, entries.size());
    assertEquals(2, journal.folder().parts().size());
    assertEquals(2, anchors.segments(journal.id()).size());
    assertTrue(anchors.end(journal.id()).orderly());
  }

  @Test
  void commit_fsyncFailsAndDropsPages_nothingOfItIsBelieved() throws IOException {
    GroupCommitJournal journal = open();
    use(journal, "before");
    Journals.await("outcome", () -> journal.backlog() == 0);
    medium.failForces(true);
    Journals.Answer lost = answer(begin(journal, "lost"));
    Journals.await("lost", lost::isLost);
    medium.failForces(false);
    Journals.await("healed", () -> journal.health().available());
    use(journal, "after");
    journal.close();
    List<Entry> entries = Journals.read(journal.folder());
    assertEquals("OK", Journals.outcomeOf(entries, "before"));
    assertEquals("AUDIT_UNAVAILABLE", Journals.outcomeOf(entries, "lost"));
    assertEquals("OK", Journals.outcomeOf(entries, "after"));
  }

  @Test
  void commit_longFailure_makesNoChainOfEmptySegments() throws IOException {
    GroupCommitJournal journal = open();
    use(journal, "before");
    Journals.await("outcome", () -> journal.backlog() == 0);
    medium.failForces(true);
    answer(begin(journal, "lost"));
    Journals.await("many attempts", () -> medium.forcesFailed.get() > 10);
    medium.failForces(false);
    Journals.await("healed", () -> journal.health().available());
    journal.close();
    assertEquals(2, journal.folder().parts().size());
  }

  @Test
  void commit_error_doesNotEndTheWriter() throws IOException {
    GroupCommitJournal journal = open();
    medium.throwOnWrite(new StackOverflowError("on purpose"));
    Journals.Answer lost = answer(begin(journal, "a"));
    Journals.await("lost", lost::isLost);
    medium.throwOnWrite(null);
    Journals.await("healed", () -> journal.health().available());
    use(journal, "b");
  }

  @Test
  void commit_stalls_losesWhatWaitsAndRecordsThat() throws IOException {
    settings.commitStallMax = Duration.ofMillis(500);
    AtomicLong nanos = new AtomicLong();
    GroupCommitJournal journal =
        GroupCommitJournal.open(
            settings.done(), anchors, nanos::get, SystemTime.wall(), JournalListener.NONE, medium);
    open.add(journal);
    Use before = begin(journal, "before");
    awaitIntentOnDisk(journal, 1);
    medium.hold();
    Journals.Answer waiting = answer(begin(journal, "waiting"));
    Use running = begin(journal, "open");
    Journals.await("stuck", () -> medium.waiting.get() == 1);
    nanos.addAndGet(settings.commitStallMax.toNanos() + 1);
    Journals.await("lost", waiting::isLost);
    assertEquals(JournalHealth.State.STALLED, journal.health().state());
    assertNull(journal.begin(Journals.intent("refused")));
    assertTrue(answer(running).isLost());
    assertTrue(answer(before).isDurable());
    medium.resume();
    Journals.await("healed", () -> journal.health().available());
    use(journal, "after");
    journal.close();
    List<Entry> entries = Journals.read(journal.folder());
    assertEquals("OK", Journals.outcomeOf(entries, "before"));
    assertEquals("AUDIT_UNAVAILABLE", Journals.outcomeOf(entries, "waiting"));
    assertEquals("AUDIT_UNAVAILABLE", Journals.outcomeOf(entries, "open"));
    assertEquals("OK", Journals.outcomeOf(entries, "after"));
    assertEquals(1, journal.folder().parts().size());
  }

  @Test
  void rotation_bySize_chainsAndAnchorsSegments() throws IOException {
    settings.segmentBytesMax = JournalSettings.SEGMENT_BYTES_MIN;
    GroupCommitJournal journal = open();
    for (int i = 0; i < 60; i++) {
      use(journal, "g" + i);
    }
    journal.close();
    assertEquals(120, Journals.read(journal.folder()).size());
    List<Anchors.Segment> segments = anchors.segments(journal.id());
    assertTrue(segments.size() > 2, segments::toString);
    assertEquals(journal.folder().parts().size(), segments.size());
    FakeAnchors.End end = anchors.end(journal.id());
    assertEquals(segments.getLast().chain(), end.chain());
    assertEquals(120, end.entries());
    assertTrue(journal.folder().closed());
  }

  @Test
  void rotation_byAge_happensWithoutAnyCall() throws IOException {
    settings.segmentAgeMax = Duration.ofMillis(30);
    GroupCommitJournal journal = open();
    use(journal, "a");
    Journals.await("anchored", () -> !anchors.segments(journal.id()).isEmpty());
    Journals.await("no lag", () -> journal.anchorLag().isZero());
  }

  @Test
  void anchors_late_usesAreRefusedUntilTheyCatchUp() throws IOException {
    settings.segmentAgeMax = Duration.ofMillis(10);
    settings.anchorLagMax = Duration.ofMillis(60);
    GroupCommitJournal journal = open();
    anchors.failing(true);
    use(journal, "a");
    Journals.await("late", () -> journal.health().state() == JournalHealth.State.ANCHORS_LATE);
    assertNull(journal.begin(Journals.intent("refused")));
    Journals.await("unanchored", () -> journal.segmentsUnanchored() > 0);
    Journals.await("failing", journal::anchorsFailing);
    anchors.failing(false);
    Journals.await("in time", () -> journal.health().available());
    use(journal, "b");
  }

  @Test
  void open_controlLogGone_refusesUntilItKnowsTheJournal() throws IOException {
    anchors.failing(true);
    GroupCommitJournal journal = open();
    assertNull(journal.begin(Journals.intent("refused")));
    anchors.failing(false);
    Journals.await("announced", () -> journal.health().available());
    assertTrue(anchors.opened(journal.id()));
    use(journal, "a");
  }

  @Test
  void close_openUse_isWaitedFor() throws Exception {
    GroupCommitJournal journal = open();
    Use use = begin(journal, "a");
    Thread closing = Thread.ofPlatform().start(journal::close);
    Journals.await("closing", () -> !journal.health().available());
    assertNull(journal.begin(Journals.intent("refused")));
    assertFalse(journal.offer(Journals.refusedCall()));
    Journals.Answer answer = answer(use);
    Journals.await("durable", answer::isDurable);
    closing.join();
    assertEquals("OK", Journals.outcomeOf(Journals.read(journal.folder()), "a"));
    // The call that was not accepted is told of.
    assertEquals(3, anchors.end(journal.id()).entries());
  }

  @Test
  void close_useStaysOpen_closesAllTheSame() throws IOException {
    settings.closeWaitMax = Duration.ofMillis(200);
    GroupCommitJournal journal = open();
    Use use = begin(journal, "a");
    awaitIntentOnDisk(journal, 1);
    journal.close();
    assertTrue(anchors.end(journal.id()).orderly());
    assertTrue(answer(use).isDurable());
    assertEquals(1, journal.dropped());
    assertEquals(1, Journals.read(journal.folder()).size());
  }

  @Test
  void close_diskFails_losesWhatWaitsAndLeavesTheRestToOthers() throws IOException {
    settings.closeWaitMax = Duration.ofMillis(100);
    GroupCommitJournal journal = open();
    use(journal, "a");
    medium.failForces(true);
    Use use = begin(journal, "b");
    Journals.await("failing", () -> !journal.health().available());
    journal.close();
    assertTrue(answer(use).isLost());
    assertFalse(anchors.ended(journal.id()));
    assertFalse(journal.folder().closed());
  }

  @Test
  void close_twice_doesNothing() throws IOException {
    GroupCommitJournal journal = open();
    journal.close();
    journal.close();
    assertEquals(JournalHealth.State.CLOSED, journal.health().state());
    assertEquals(1, anchors.end(journal.id()).segments());
  }
}
