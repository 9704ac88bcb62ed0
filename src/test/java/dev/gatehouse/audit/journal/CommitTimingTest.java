package dev.gatehouse.audit.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.gatehouse.audit.AccessJournal.Use;
import dev.gatehouse.core.SystemTime;
import dev.gatehouse.core.Ticker;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When the writer begins a commit, by a clock that stands unless it is moved. */
final class CommitTimingTest {

  private static final int CROWD = 2 * Committer.CROWD_MIN;

  /** Long enough for a writer that commits too early to be caught at it. */
  private static final long LOOK_NANOS = Duration.ofMillis(50).toNanos();

  @TempDir Path folder;

  private final StandingTicker ticker = new StandingTicker();
  private final FickleMedium medium = new FickleMedium();
  private GroupCommitJournal journal;

  /** A clock that stands until it is moved or let go. */
  private static final class StandingTicker implements Ticker {

    private volatile long now = SystemTime.ticker().nanos();
    private volatile boolean runs;

    @Override
    public long nanos() {
      return runs ? SystemTime.ticker().nanos() : now;
    }

    void move(Duration by) {
      now += by.toNanos();
    }
  }

  @BeforeEach
  void open() throws IOException {
    Journals.Settings settings = new Journals.Settings(folder);
    settings.backlogMax = 64 * CROWD;
    settings.closeWaitMax = Duration.ofMillis(100); // some uses stay open
    journal =
        GroupCommitJournal.open(
            settings.done(),
            new FakeAnchors(),
            ticker,
            SystemTime.wall(),
            JournalListener.NONE,
            medium);
  }

  @AfterEach
  void close() {
    ticker.runs = true;
    medium.resume();
    journal.close();
  }

  private List<Use> begin(int count) {
    List<Use> uses = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Use use = journal.begin(Journals.intent("g"));
      assertNotNull(use);
      uses.add(use);
    }
    return uses;
  }

  private static List<Journals.Answer> answer(List<Use> uses) {
    List<Journals.Answer> answers = new ArrayList<>();
    for (Use use : uses) {
      Journals.Answer answer = new Journals.Answer();
      use.answered(40, 1_000, answer);
      answers.add(answer);
    }
    return answers;
  }

  /** Has the writer commit many records at once, and leaves nothing that waits. */
  private void crowd() {
    medium.hold();
    List<Use> first = begin(1);
    Journals.await("writing", () -> medium.waiting.get() == 1);
    List<Use> uses = begin(CROWD);
    medium.resume();
    Journals.await("both commits", () -> journal.commits() == 2);
    // On disk already, so these end at once; their outcomes lie.
    answer(first);
    answer(uses);
  }

  private void awaitWhileTimePasses(BooleanSupplier condition) {
    Journals.await(
        "what time brings",
        () -> {
          ticker.move(Duration.ofMillis(1));
          return condition.getAsBoolean();
        });
  }

  @Test
  void intent_few_isCommittedAtOnce() {
    begin(1);
    Journals.await("commit", () -> journal.commits() == 1);
  }

  @Test
  void answers_ofACrowd_areCommittedWhenMostWait() {
    crowd();
    List<Use> uses = begin(16);
    List<Journals.Answer> answers = answer(uses.subList(0, 11));
    LockSupport.parkNanos(LOOK_NANOS);
    assertEquals(2, journal.commits());
    assertFalse(answers.getFirst().told());
    answers.addAll(answer(uses.subList(11, 12)));
    answers.forEach(answer -> Journals.await("durable", answer::isDurable));
  }

  @Test
  void entries_ofACrowd_areCommittedAfterTheInterval() {
    crowd();
    List<Journals.Answer> answers = answer(begin(16).subList(0, 1));
    awaitWhileTimePasses(answers.getFirst()::isDurable);
  }

  @Test
  void intents_onDisk_doNotCountAsWaiting() {
    crowd();
    begin(CROWD);
    awaitWhileTimePasses(() -> journal.commits() == 3);
    // They run on; another use is not made to wait for them.
    Journals.Answer answer = answer(begin(1)).getFirst();
    Journals.await("durable", answer::isDurable);
  }

  @Test
  void intents_fillTheQueue_areCommittedThoughNobodyWaits() {
    crowd();
    begin(8 * CROWD);
    Journals.await("commit", () -> journal.commits() > 2);
  }
}
