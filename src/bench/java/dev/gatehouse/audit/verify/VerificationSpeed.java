package dev.gatehouse.audit.verify;

import dev.gatehouse.audit.Progress;
import dev.gatehouse.audit.entry.Entry;
import dev.gatehouse.audit.entry.EntryCodec;
import dev.gatehouse.audit.entry.EntryKind;
import dev.gatehouse.audit.entry.Field;
import dev.gatehouse.audit.merkle.Hash;
import dev.gatehouse.core.SystemTime;
import dev.gatehouse.core.Ticker;
import dev.gatehouse.keys.SigningKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Prints how many entries a minute the verifier reads on one core: a journal of intents and
 * outcomes, anchored in a control log. The argument is how many.
 */
public final class VerificationSpeed {

  private static final int PER_SEGMENT = 100_000;
  private static final String JOURNAL = "ab".repeat(16);

  private VerificationSpeed() {}

  /** Writes a record into a new temporary folder, verifies it, and prints the figures. */
  public static void main(String[] arguments) throws IOException {
    long entries = arguments.length == 0 ? 1_000_000 : Long.parseLong(arguments[0]);
    Path folder = Files.createTempDirectory("verification");
    WrittenRecord record = WrittenRecord.begun(SigningKey.open(folder.resolve("key"), true));
    Path journals = folder.resolve("journals");
    write(record, journals.resolve(JOURNAL), entries);
    record.checkpoint();
    var rows = record.control.iterator();
    var nodes = WrittenRecord.nodesOf(record.control).iterator();
    Ticker ticker = SystemTime.ticker();
    long start = ticker.nanos();
    Report report =
        Verifier.verify(
            new Evidence(
                List.of(record.verifierKey),
                record.notes,
                () -> rows.hasNext() ? rows.next() : null,
                () -> nodes.hasNext() ? nodes.next() : null,
                List.of(journals),
                false),
            Progress.SILENT);
    double seconds = (ticker.nanos() - start) / (double) TimeUnit.SECONDS.toNanos(1);
    System.out.printf(
        "%d entries verified in %.2f s: %.2f million a minute; %s%n",
        entries, seconds, entries / seconds * 60 / 1e6, report);
  }

  private static void write(WrittenRecord record, Path folder, long entries) throws IOException {
    Files.createDirectories(folder);
    record.append(EntryKind.JOURNAL_OPENED, Map.of(Field.JOURNAL, JOURNAL, Field.REPLICA, "r"));
    Hash previous = SegmentFile.ZERO;
    long sequence = 0;
    for (long number = 0; sequence < entries; number++) {
      SegmentFile segment = new SegmentFile(JOURNAL, number, sequence, previous);
      long first = sequence;
      while (sequence < entries && sequence < first + PER_SEGMENT) {
        segment.add(entry(sequence++));
      }
      previous = segment.close();
      Files.write(folder.resolve("%08d.segment".formatted(number)), segment.bytes());
      record.append(
          EntryKind.SEGMENT_ANCHORED,
          Map.of(
              Field.JOURNAL, JOURNAL,
              Field.SEGMENT, number,
              Field.FIRST, first,
              Field.COUNT, sequence - first,
              Field.ROOT, segment.root(),
              Field.CHAIN, previous,
              Field.REPLICA, "r"));
    }
  }

  private static byte[] entry(long sequence) {
    Instant time = Instant.ofEpochSecond(1_700_000_000L + sequence / 1_000);
    return sequence % 2 == 0
        ? EntryCodec.write(
            new Entry(
                EntryKind.INTENT,
                sequence,
                time,
                Map.of(
                    Field.CALLER, "fraud-scoring",
                    Field.TEAM, "payments",
                    Field.CREDENTIAL, "0123456789abcdef",
                    Field.MODEL, "digits",
                    Field.VERSION, "v1",
                    Field.ARTIFACT, SegmentFile.ZERO,
                    Field.GRANT, "g-0123456789",
                    Field.ROWS, 8L,
                    Field.REQUEST_BYTES, 2048L)))
        : EntryCodec.write(
            new Entry(
                EntryKind.OUTCOME,
                sequence,
                time,
                Map.of(
                    Field.INTENT,
                    sequence - 1,
                    Field.OUTCOME,
                    "OK",
                    Field.REPLY_BYTES,
                    320L,
                    Field.LATENCY_MICROS,
                    900L)));
  }
}
