package dev.gatehouse.audit.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.audit.AccessJournal;
import dev.gatehouse.audit.InferenceIntent;
import dev.gatehouse.audit.PlainCall;
import dev.gatehouse.audit.entry.Entry;
import dev.gatehouse.audit.entry.EntryCodec;
import dev.gatehouse.audit.entry.EntryFormatException;
import dev.gatehouse.audit.entry.EntryKind;
import dev.gatehouse.audit.entry.Field;
import dev.gatehouse.core.Caller;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Outcome;
import dev.gatehouse.core.Reason;
import dev.gatehouse.core.Role;
import dev.gatehouse.core.SystemTime;
import dev.gatehouse.core.TeamName;
import dev.gatehouse.core.TraceId;
import dev.gatehouse.core.VersionId;
import dev.gatehouse.testing.TestCallers;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Journals for tests, what is recorded in them, and what is read back. */
final class Journals {

  private static final long WAIT_NANOS_MAX = 60_000_000_000L;

  private static final Caller CALLER =
      TestCallers.caller(
          new CallerId("fraud-scoring"),
          new TeamName("payments"),
          Set.of(Role.CALLER),
          "0123456789abcdef",
          Instant.MAX);

  private Journals() {}

  /** An answer that waits, and what it was told. */
  static final class Answer implements AccessJournal.Release {

    private volatile int durable;
    private volatile int lost;
    private volatile @Nullable Thread teller;

    @Override
    public synchronized void durable() {
      durable++;
      teller = Thread.currentThread();
    }

    @Override
    public synchronized void lost() {
      lost++;
      teller = Thread.currentThread();
    }

    boolean told() {
      return durable + lost > 0;
    }

    boolean isDurable() {
      return durable == 1 && lost == 0;
    }

    boolean isLost() {
      return durable == 0 && lost == 1;
    }

    @Nullable Thread teller() {
      return teller;
    }
  }

  /** A settings record whose parts can be changed one by one. */
  static final class Settings {
    private final Path folder;
    int backlogMax = 1024;
    Duration commitInterval = Duration.ofMillis(10);
    Duration commitStallMax = Duration.ofMinutes(1);
    long segmentBytesMax = 1 << 20;
    Duration segmentAgeMax = Duration.ofHours(1);
    Duration anchorLagMax = Duration.ofHours(2);
    Duration closeWaitMax = Duration.ofMinutes(1);

    Settings(Path folder) {
      this.folder = folder;
    }

    JournalSettings done() {
      return new JournalSettings(
          folder,
          backlogMax,
          commitInterval,
          commitStallMax,
          segmentBytesMax,
          segmentAgeMax,
          anchorLagMax,
          Duration.ofDays(90),
          Duration.ofMillis(20),
          closeWaitMax);
    }
  }

  static GroupCommitJournal open(JournalSettings settings, FakeAnchors anchors, Medium medium)
      throws IOException {
    return GroupCommitJournal.open(
        settings, anchors, SystemTime.ticker(), SystemTime.wall(), JournalListener.NONE, medium);
  }

  static InferenceIntent intent(String grant) {
    byte[] artifact = new byte[32];
    artifact[0] = 1;
    return new InferenceIntent(
        CALLER,
        new ModelName("digits"),
        new VersionId("v1"),
        artifact,
        grant,
        3,
        256,
        new TraceId(1, 2),
        new byte[] {1, 2, 3});
  }

  static PlainCall refusedCall() {
    return new PlainCall(
        null,
        "inference.GRPCInferenceService/ModelInfer",
        "digits\n\u0000é\ud800",
        12,
        null,
        Outcome.refused(Reason.CREDENTIAL_INVALID),
        3_000);
  }

  /** Waits until {@code condition} holds; fails after a minute. */
  static void await(String what, BooleanSupplier condition) {
    long start = SystemTime.ticker().nanos();
    while (!condition.getAsBoolean()) {
      if (SystemTime.ticker().nanos() - start > WAIT_NANOS_MAX) {
        throw new AssertionError("never happened: " + what);
      }
      LockSupport.parkNanos(200_000);
    }
  }

  /** The entries of a journal; fails unless it is whole, and its segments but the last closed. */
  static List<Entry> read(JournalFolder folder) throws IOException {
    List<Entry> entries = new ArrayList<>();
    List<JournalFolder.Part> parts = folder.parts();
    var previous = ChainHasher.NOTHING;
    for (int i = 0; i < parts.size(); i++) {
      try (SegmentReader reader = SegmentReader.open(parts.get(i).file())) {
        SegmentHeader header = reader.header();
        assertTrue(header != null, () -> parts + " " + reader.end());
        assertEquals(folder.id(), header.journal());
        assertEquals(i, header.number());
        assertEquals(entries.size(), header.first());
        assertEquals(previous, header.previous());
        for (SegmentRecord record = reader.next(); record != null; record = reader.next()) {
          Entry entry = parse(record.entry());
          assertEquals(entries.size(), entry.sequence());
          entries.add(entry);
        }
        if (reader.end() instanceof SegmentEnd.Closed closed) {
          previous = closed.footer().hash();
        } else {
          assertEquals(parts.size() - 1, i, () -> "not closed: " + reader.end());
          assertTrue(reader.end() instanceof SegmentEnd.Open, () -> String.valueOf(reader.end()));
        }
      }
    }
    return entries;
  }

  static Entry parse(byte[] entry) {
    try {
      return EntryCodec.read(entry);
    } catch (EntryFormatException wrong) {
      throw new AssertionError(wrong);
    }
  }

  /** The outcome of the use whose grant is {@code grant}, or null if none is recorded. */
  static @Nullable String outcomeOf(List<Entry> entries, String grant) {
    for (Entry intent : entries) {
      if (intent.kind() == EntryKind.INTENT && grant.equals(intent.text(Field.GRANT))) {
        for (Entry outcome : entries) {
          if (outcome.kind() == EntryKind.OUTCOME
              && outcome.number(Field.INTENT) == intent.sequence()) {
            return outcome.text(Field.OUTCOME);
          }
        }
      }
    }
    return null;
  }

  static long count(List<Entry> entries, EntryKind kind) {
    return entries.stream().filter(entry -> entry.kind() == kind).count();
  }
}
