package dev.gatehouse.abuse.response;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.abuse.Alarm;
import dev.gatehouse.abuse.Severity;
import dev.gatehouse.abuse.response.Finding.Response;
import dev.gatehouse.abuse.response.Finding.Source;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Findings in a real PostgreSQL, as the role of the application. */
final class FindingsIT {

  private static final Instant NOW = Instant.parse("2026-11-22T12:00:00.123456Z");
  private static final CallerId THIEF = new CallerId("thief");

  private static FindingsDatabase database;
  private static Findings findings;

  @BeforeAll
  static void start() throws SQLException {
    database = new FindingsDatabase();
    findings = database.findings();
  }

  @AfterAll
  static void stop() {
    database.close();
  }

  @BeforeEach
  void empty() throws SQLException {
    database.empty();
  }

  private static NewFinding found(
      String rule, CallerId caller, @Nullable String model, Source source, Instant at) {
    return new NewFinding(
        rule,
        Severity.WARNING,
        source,
        caller,
        model == null ? null : new ModelName(model),
        "12 of 20",
        1,
        at,
        at);
  }

  private static NewFinding found(String rule, Instant at) {
    return found(rule, THIEF, null, Source.GATEWAY, at);
  }

  private static Noted note(NewFinding found) {
    return database.in(() -> findings.note(found));
  }

  @Test
  void note_again_isTheSameFindingWhileItLasts() {
    Noted first = note(found("drift", NOW));
    assertTrue(first.fresh());
    assertEquals(0, first.finding().repetitions());
    assertEquals(Response.UNCONFIRMED, first.finding().response());
    assertEquals(NOW, first.finding().createTime());
    Noted second = note(found("drift", NOW.plus(Findings.LASTING)));
    assertFalse(second.fresh());
    assertEquals(first.finding().id(), second.finding().id());
    assertEquals(1, second.finding().repetitions());
    assertEquals(NOW.plus(Findings.LASTING), second.finding().lastTime());
    Noted late = note(found("drift", NOW.plus(Findings.LASTING.multipliedBy(2)).plusSeconds(1)));
    assertTrue(late.fresh());
    assertNotEquals(first.finding().id(), late.finding().id());
    assertEquals(second.finding(), findings.get(first.finding().id()), "as it ended");
  }

  @Test
  void note_ofAnotherRuleCallerModelOrSource_isAnotherFinding() {
    assertTrue(note(found("drift", NOW)).fresh());
    assertTrue(note(found("surge", NOW)).fresh());
    assertTrue(note(found("drift", new CallerId("b"), null, Source.GATEWAY, NOW)).fresh());
    assertTrue(note(found("drift", THIEF, "digits", Source.GATEWAY, NOW)).fresh());
    assertTrue(note(found("drift", THIEF, null, Source.ALERTMANAGER, NOW)).fresh());
    assertFalse(note(found("drift", THIEF, "digits", Source.GATEWAY, NOW)).fresh());
    assertFalse(note(found("drift", NOW.minusSeconds(9))).fresh(), "of a replica that is late");
    assertEquals(5, findings.list(null, null, null, 100).size());
  }

  @Test
  void note_byManyAtOnce_makesOneFinding() throws Exception {
    int replicas = 8;
    try (var threads = Executors.newFixedThreadPool(replicas)) {
      List<Future<Noted>> all = new ArrayList<>();
      for (int i = 0; i < replicas; i++) {
        all.add(threads.submit(() -> note(found("drift", NOW))));
      }
      int fresh = 0;
      for (Future<Noted> one : all) {
        fresh += one.get().fresh() ? 1 : 0;
      }
      assertEquals(1, fresh);
    }
    assertEquals(replicas - 1, findings.list(null, null, null, 9).getFirst().repetitions());
  }

  @Test
  void note_ofMoreModelsThanTheBound_isFoldedIntoOne() {
    for (int i = 0; i < Findings.OPEN_MAX + 3; i++) {
      Noted noted = note(found("drift", THIEF, "m" + i, Source.GATEWAY, NOW));
      assertEquals(i <= Findings.OPEN_MAX, noted.fresh());
      assertEquals(i < Findings.OPEN_MAX, noted.finding().model() != null);
    }
    assertEquals(Findings.OPEN_MAX + 1, findings.list(null, THIEF, null, 1_000).size());
    assertTrue(note(found("surge", THIEF, "m", Source.GATEWAY, NOW)).fresh(), "never lost");
  }

  @Test
  void note_evidence_isCutAndPrintable() {
    Noted noted =
        note(
            new NewFinding(
                "drift",
                Severity.CRITICAL,
                Source.GATEWAY,
                THIEF,
                null,
                "a\u0000\n" + "x".repeat(5_000),
                1,
                NOW,
                NOW));
    assertEquals(Alarm.EVIDENCE_CHARS_MAX, noted.finding().evidence().length());
    assertTrue(noted.finding().evidence().startsWith("a  x"));
    assertEquals(Severity.CRITICAL, noted.finding().severity());
  }

  @Test
  void note_withoutTransaction_isRefused() {
    assertThrows(IllegalStateException.class, () -> findings.note(found("drift", NOW)));
    assertEquals(List.of(), findings.list(null, null, null, 9));
  }

  @Test
  void note_rolledBack_leavesNothing() {
    assertThrows(
        IllegalArgumentException.class,
        () ->
            database.in(
                () -> {
                  Noted ignored = findings.note(found("drift", NOW));
                  throw new IllegalArgumentException("no entry in the record");
                }));
    assertEquals(List.of(), findings.list(null, null, null, 9));
  }

  private static Optional<Noted> alert(String fingerprint, Instant startsAt, Instant at) {
    return database.in(
        () ->
            findings.noteAlert(
                fingerprint, startsAt, found("surge", THIEF, null, Source.ALERTMANAGER, at)));
  }

  @Test
  void noteAlert_replayed_changesNothing() {
    Finding first = alert("0a", NOW, NOW).orElseThrow().finding();
    assertEquals(Optional.empty(), alert("0a", NOW, NOW.plusSeconds(59)));
    assertEquals(first, findings.get(first.id()));
    assertFalse(alert("0a", NOW.plusSeconds(1), NOW.plusSeconds(60)).orElseThrow().fresh());
    assertFalse(alert("0b", NOW, NOW.plusSeconds(60)).orElseThrow().fresh());
    assertEquals(2, findings.get(first.id()).repetitions());
    assertFalse(alert("0a", NOW, NOW.plusSeconds(60)).orElseThrow().fresh(), "it goes on");
    assertEquals(3, findings.get(first.id()).repetitions());
    findings.forget(NOW.plus(Findings.ALERTS_KEPT));
    assertEquals(Optional.empty(), alert("0a", NOW, NOW.plusSeconds(61)), "still known");
  }

  @Test
  void list_inPages_isTheLatestFirst() {
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < 7; i++) {
      CallerId caller = new CallerId(i % 2 == 0 ? "even" : "odd");
      String rule = i < 4 ? "drift" : "surge";
      ids.addFirst(
          note(found(rule, caller, "m" + i, Source.GATEWAY, NOW.plusSeconds(i / 2)))
              .finding()
              .id());
    }
    List<String> listed = new ArrayList<>();
    String after = null;
    while (true) {
      List<Finding> page = findings.list(after, null, null, 3);
      if (page.isEmpty()) {
        break;
      }
      page.forEach(finding -> listed.add(finding.id()));
      after = page.getLast().id();
    }
    assertEquals(List.copyOf(ids).stream().sorted().toList(), listed.stream().sorted().toList());
    assertEquals(ids.getFirst(), listed.getFirst());
    assertEquals(4, findings.list(null, new CallerId("even"), null, 9).size());
    assertEquals(2, findings.list(null, new CallerId("even"), "drift", 9).size());
    assertEquals(3, findings.list(null, null, "surge", 9).size());
    RefusedException gone =
        assertThrows(RefusedException.class, () -> findings.list("gone", null, null, 9));
    assertTrue(gone.refusal() instanceof Refusal.NotFound);
  }

  @Test
  void settle_byTwoReplicas_isDoneByOne() {
    Finding finding = note(found("drift", NOW)).finding();
    assertEquals(List.of(finding), findings.unconfirmed(NOW));
    assertEquals(List.of(), findings.confirmed(THIEF, NOW));
    findings.confirm(finding, NOW);
    assertEquals(NOW, findings.get(finding.id()).confirmTime());
    assertTrue(findings.settle(finding, Response.RESTRICTED, "r-1"));
    assertFalse(findings.settle(finding, Response.NONE, null));
    Finding settled = findings.get(finding.id());
    assertEquals(Response.RESTRICTED, settled.response());
    assertEquals("r-1", settled.restriction());
    assertEquals(List.of(settled), findings.confirmed(THIEF, NOW));
    assertEquals(List.of(), findings.confirmed(THIEF, NOW.plusSeconds(1)));
    findings.confirm(settled, NOW.minusSeconds(9));
    assertEquals(NOW, findings.get(finding.id()).confirmTime(), "of a replica that is late");
    assertEquals(List.of(), findings.confirmed(new CallerId("b"), NOW));
    assertEquals(List.of(), findings.unconfirmed(NOW));
  }

  @Test
  void forget_afterRetention_removesWhatIsOld() {
    Finding old = note(found("drift", NOW)).finding();
    findings.forget(NOW.plus(Findings.RETENTION));
    assertEquals(old, findings.get(old.id()));
    findings.forget(NOW.plus(Findings.RETENTION).plusSeconds(1));
    assertThrows(RefusedException.class, () -> findings.get(old.id()));
  }
}
