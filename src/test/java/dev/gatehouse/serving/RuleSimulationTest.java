package dev.gatehouse.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.abuse.watch.WatchSettings;
import dev.gatehouse.audit.AccessJournal;
import dev.gatehouse.audit.Anchors;
import dev.gatehouse.audit.InferenceIntent;
import dev.gatehouse.audit.PlainCall;
import dev.gatehouse.audit.journal.GroupCommitJournal;
import dev.gatehouse.audit.journal.JournalListener;
import dev.gatehouse.audit.journal.JournalSettings;
import dev.gatehouse.audit.merkle.Hash;
import dev.gatehouse.audit.query.RecordedCalls;
import dev.gatehouse.core.Caller;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Outcome;
import dev.gatehouse.core.Reason;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import dev.gatehouse.core.Role;
import dev.gatehouse.core.SystemTime;
import dev.gatehouse.core.TeamName;
import dev.gatehouse.core.VersionId;
import dev.gatehouse.testing.TestCallers;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the rules would have found in a journal that the gateway's own writer wrote. */
final class RuleSimulationTest {

  private static final BooleanSupplier WAITING = () -> false;

  private static final Instant START = Instant.parse("2026-03-02T10:00:00Z");
  private static final Instant END = START.plus(Duration.ofHours(4));
  private static final Outcome DENIED = Outcome.refused(Reason.ACCESS_DENIED);
  private static final Caller HONEST = caller("honest");
  private static final Caller THIEF = caller("thief");

  private static final WatchSettings WATCHED =
      new WatchSettings(4_096, 256, 2_000, 1_000, Map.of(), null);

  @TempDir Path folder;

  private final AtomicReference<Instant> now = new AtomicReference<>(START);

  /** Nobody is told. */
  private record Silent() implements Anchors {
    @Override
    public List<Segment> anchoredSegments(String journal) {
      return List.of();
    }

    @Override
    public void opened(String journal) {}

    @Override
    public void anchored(Segment segment) {}

    @Override
    public void closed(String journal, long segments, long entries, Hash chain, boolean orderly) {}
  }

  @Test
  void simulate_enumerationOnRecord_isFoundOnceForEachTimeItHappened() throws Exception {
    record2Enumerations();
    RuleSimulation simulation = new RuleSimulation(RecordedCalls.in(folder), WATCHED);
    RuleSimulation.Outcome outcome = simulation.simulate(START, END, null, null, 1, WAITING);
    assertFalse(outcome.truncated());
    assertEquals(2 * (20 + 20), outcome.calls());
    assertEquals(1, outcome.lines().size(), outcome::toString);
    RuleSimulation.Line line = outcome.lines().getFirst();
    assertEquals("model-enumeration", line.rule());
    assertEquals(THIEF.id(), line.caller());
    assertEquals(2, line.findings());
    assertTrue(line.firstTime().isAfter(START), line::toString);
    assertTrue(
        Duration.between(line.firstTime(), line.lastTime()).compareTo(Duration.ofHours(1)) >= 0);
    assertTrue(line.evidence().contains("models denied"), line::evidence);
  }

  @Test
  void simulate_narrowed_looksAtWhatIsMeant() throws Exception {
    record2Enumerations();
    RuleSimulation simulation = new RuleSimulation(RecordedCalls.in(folder), WATCHED);
    assertEquals(List.of(), simulation.simulate(START, END, null, HONEST.id(), 1, WAITING).lines());
    assertEquals(1, simulation.simulate(START, END, null, THIEF.id(), 1, WAITING).lines().size());
    assertEquals(
        List.of(), simulation.simulate(START, END, "denied-ratio", null, 1, WAITING).lines());
    assertEquals(
        1, simulation.simulate(START, END, "model-enumeration", null, 1, WAITING).lines().size());
    assertEquals(List.of(), simulation.simulate(START, END, null, null, 3, WAITING).lines());
    Instant between = START.plus(Duration.ofMinutes(30));
    RuleSimulation.Outcome first = simulation.simulate(START, between, null, null, 1, WAITING);
    assertEquals(40, first.calls());
    assertEquals(1, first.lines().getFirst().findings());
    assertEquals(40, simulation.simulate(between, END, null, null, 1, WAITING).calls());
    assertEquals(0, simulation.simulate(END, END.plusSeconds(60), null, null, 1, WAITING).calls());
  }

  @Test
  void simulate_moreCallsThanAreLookedAt_saysSo() throws Exception {
    record2Enumerations();
    RuleSimulation simulation = new RuleSimulation(RecordedCalls.in(folder), WATCHED, 50);
    RuleSimulation.Outcome outcome = simulation.simulate(START, END, null, null, 1, WAITING);
    assertTrue(outcome.truncated());
    assertEquals(50, outcome.calls());
    assertFalse(
        new RuleSimulation(RecordedCalls.in(folder), WATCHED, 80)
            .simulate(START, END, null, null, 1, WAITING)
            .truncated());
  }

  @Test
  void simulate_nobodyWaitsAnyMore_stopsAndFreesThePlace() throws Exception {
    record2Enumerations();
    RuleSimulation simulation = new RuleSimulation(RecordedCalls.in(folder), WATCHED);
    AtomicInteger asked = new AtomicInteger();
    RefusedException refused =
        assertThrows(
            RefusedException.class,
            () ->
                simulation.simulate(START, END, null, null, 1, () -> asked.incrementAndGet() > 9));
    assertEquals(new Refusal.Cancelled(), refused.refusal());
    assertEquals(10, asked.get(), "no more is read");
    assertEquals(80, simulation.simulate(START, END, null, null, 1, WAITING).calls());
  }

  @Test
  void simulate_wrongArguments_areRefused() {
    refused(END, START, null, 1);
    refused(START, START, null, 1);
    refused(START, START.plus(RuleSimulation.SPAN_MAX).plusSeconds(1), null, 1);
    refused(START, END, "no-such-rule", 1);
    refused(START, END, "extraction", 1);
    refused(START, END, "daily-burn", 1);
    refused(START, END, null, 0.05);
    refused(START, END, null, 11);
    refused(START, END, null, Double.NaN);
  }

  private void refused(Instant start, Instant end, @Nullable String rule, double factor) {
    RefusedException refused =
        assertThrows(
            RefusedException.class,
            () ->
                new RuleSimulation(RecordedCalls.in(folder), WATCHED)
                    .simulate(start, end, rule, null, factor, WAITING));
    assertEquals(Reason.ARGUMENT_INVALID, refused.refusal().reason());
  }

  @Test
  void simulate_noJournals_findsNothing() {
    assertEquals(
        new RuleSimulation.Outcome(List.of(), 0, false),
        new RuleSimulation(RecordedCalls.in(folder.resolve("none")), WATCHED)
            .simulate(START, END, null, null, 1, WAITING));
  }

  /** Twice, hours apart and each in a journal of its own: honest calls, and names tried. */
  private void record2Enumerations() throws Exception {
    for (int time = 0; time < 2; time++) {
      now.set(START.plus(Duration.ofHours(2L * time)));
      try (GroupCommitJournal journal = open()) {
        for (int i = 0; i < 20; i++) {
          infer(journal);
          // a call of nobody is no call of a caller
          assertTrue(journal.offer(plain(null, "digits", DENIED)));
          assertTrue(journal.offer(plain(THIEF, "guess-" + time + "-" + i, DENIED)));
          now.updateAndGet(instant -> instant.plusSeconds(1));
        }
      }
    }
  }

  private static PlainCall plain(@Nullable Caller caller, String model, Outcome outcome) {
    return new PlainCall(
        caller, "inference.GRPCInferenceService/ModelInfer", model, 12, null, outcome, 3_000);
  }

  private GroupCommitJournal open() throws IOException {
    return GroupCommitJournal.open(
        new JournalSettings(
            folder,
            1024,
            Duration.ofMillis(10),
            Duration.ofMinutes(1),
            4 * 1024,
            Duration.ofHours(1),
            Duration.ofHours(2),
            Duration.ofDays(90),
            Duration.ofMillis(20),
            Duration.ofMinutes(1)),
        new Silent(),
        SystemTime.ticker(),
        now::get,
        JournalListener.NONE);
  }

  private static void infer(GroupCommitJournal journal) throws InterruptedException {
    AccessJournal.Use use =
        Objects.requireNonNull(
            journal.begin(
                new InferenceIntent(
                    HONEST,
                    new ModelName("digits"),
                    new VersionId("v1"),
                    new byte[Hash.BYTES],
                    "g1",
                    3,
                    256,
                    null,
                    null)));
    CountDownLatch told = new CountDownLatch(1);
    use.answered(
        40,
        1_000,
        new AccessJournal.Release() {
          @Override
          public void durable() {
            told.countDown();
          }

          @Override
          public void lost() {
            told.countDown();
          }
        });
    told.await();
  }

  private static Caller caller(String id) {
    return TestCallers.caller(
        new CallerId(id),
        new TeamName("risk"),
        Set.of(Role.CALLER),
        "0123456789abcdef",
        Instant.MAX);
  }
}
