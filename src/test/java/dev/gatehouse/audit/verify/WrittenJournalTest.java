package dev.gatehouse.audit.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.audit.AccessJournal;
import dev.gatehouse.audit.Anchors;
import dev.gatehouse.audit.InferenceIntent;
import dev.gatehouse.audit.PlainCall;
import dev.gatehouse.audit.entry.EntryKind;
import dev.gatehouse.audit.entry.Field;
import dev.gatehouse.audit.journal.GroupCommitJournal;
import dev.gatehouse.audit.journal.JournalListener;
import dev.gatehouse.audit.journal.JournalSettings;
import dev.gatehouse.audit.merkle.Hash;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Outcome;
import dev.gatehouse.core.Role;
import dev.gatehouse.core.SystemTime;
import dev.gatehouse.core.TeamName;
import dev.gatehouse.core.VersionId;
import dev.gatehouse.keys.SigningKey;
import dev.gatehouse.testing.TestCallers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the gateway's own journal writes verifies, and a byte of it changed does not. */
final class WrittenJournalTest {

  private static final int CALLS = 400;

  /** Tells a record in memory. */
  private record Told(WrittenRecord record, Set<String> done) implements Anchors {

    /** Nobody dies in this folder. */
    @Override
    public List<Segment> anchoredSegments(String journal) {
      return List.of();
    }

    @Override
    public void opened(String journal) {
      once(journal, EntryKind.JOURNAL_OPENED, Map.of(Field.JOURNAL, journal, Field.REPLICA, "r"));
    }

    @Override
    public void anchored(Segment segment) {
      once(
          segment.journal() + segment.number(),
          EntryKind.SEGMENT_ANCHORED,
          Map.of(
              Field.JOURNAL, segment.journal(),
              Field.SEGMENT, segment.number(),
              Field.FIRST, segment.first(),
              Field.COUNT, segment.count(),
              Field.ROOT, segment.root(),
              Field.CHAIN, segment.chain(),
              Field.REPLICA, "r"));
    }

    @Override
    public void closed(String journal, long segments, long entries, Hash chain, boolean orderly) {
      once(
          journal + "closed",
          EntryKind.JOURNAL_CLOSED,
          Map.of(
              Field.JOURNAL, journal,
              Field.SEGMENT, segments,
              Field.COUNT, entries,
              Field.CHAIN, chain,
              Field.OUTCOME, orderly ? "OK" : "FAILED",
              Field.REPLICA, "r"));
    }

    private synchronized void once(String what, EntryKind kind, Map<Field, Object> fields) {
      if (done.add(what)) {
        record.append(kind, fields);
      }
    }
  }

  @Test
  void verify_whatTheGatewayWrote_verifiesUntilAByteIsChanged(@TempDir Path folder)
      throws Exception {
    WrittenRecord record = WrittenRecord.begun(SigningKey.open(folder.resolve("key.json"), true));
    Path journals = folder.resolve("journals");
    try (GroupCommitJournal journal = open(journals, new Told(record, new HashSet<>()))) {
      call(journal);
      Report living = verify(record, journals);
      assertEquals(List.of(), living.findings(), "while it is written");
    }
    Report report = verify(record, journals);
    assertEquals(List.of(), report.findings());
    assertEquals(3L * CALLS, report.counts().get("journal entries"));
    assertTrue(report.counts().getOrDefault("segments", 0L) > 3, report.counts()::toString);
    try (Stream<Path> files = Files.walk(journals)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".segment")).toList()) {
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);
        assertEquals(
            Finding.Kind.ENTRY_CHANGED, verify(record, journals).findings().getFirst().kind());
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);
      }
    }
  }

  private static Report verify(WrittenRecord record, Path journals) throws IOException {
    synchronized (record) {
      record.notes.clear();
      record.checkpoint();
      var rows = List.copyOf(record.control).iterator();
      return Verifier.verify(
          new Evidence(
              List.of(record.verifierKey),
              record.notes,
              () -> rows.hasNext() ? rows.next() : null,
              null,
              List.of(journals),
              false),
          dev.gatehouse.audit.Progress.SILENT);
    }
  }

  private static GroupCommitJournal open(Path journals, Anchors anchors) throws IOException {
    return GroupCommitJournal.open(
        new JournalSettings(
            journals,
            1024,
            Duration.ofMillis(10),
            Duration.ofMinutes(1),
            8 * 1024,
            Duration.ofHours(1),
            Duration.ofHours(2),
            Duration.ofDays(90),
            Duration.ofMillis(20),
            Duration.ofMinutes(1)),
        anchors,
        SystemTime.ticker(),
        SystemTime.wall(),
        JournalListener.NONE);
  }

  private static void call(GroupCommitJournal journal) throws InterruptedException {
    InferenceIntent intent =
        new InferenceIntent(
            TestCallers.caller(
                new CallerId("fraud"),
                new TeamName("risk"),
                Set.of(Role.CALLER),
                "0123456789abcdef",
                Instant.MAX),
            new ModelName("digits"),
            new VersionId("v1"),
            new byte[Hash.BYTES],
            "g1",
            3,
            256,
            null,
            null);
    for (int i = 0; i < CALLS; i++) {
      AccessJournal.Use use = Objects.requireNonNull(journal.begin(intent));
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
      assertTrue(
          journal.offer(new PlainCall(null, "a/B", "digits\n", 12, null, Outcome.OK, 3_000)));
      told.await();
    }
  }
}
