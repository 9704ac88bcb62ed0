package dev.gatehouse.audit.verify;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.audit.Progress;
import dev.gatehouse.audit.control.ControlLogReader;
import dev.gatehouse.audit.export.ControlEntries;
import dev.gatehouse.audit.export.ExportFilter;
import dev.gatehouse.audit.export.ExportFormat;
import dev.gatehouse.audit.journal.JournalFolder;
import dev.gatehouse.audit.journal.JournalId;
import dev.gatehouse.audit.merkle.Hash;
import dev.gatehouse.audit.verify.Finding.Kind;
import dev.gatehouse.keys.SigningKey;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ref.WeakReference;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Exports verify, and what is done to one shows. */
@TestInstance(Lifecycle.PER_CLASS)
final class ExportsTest {

  private static final int MUTATIONS = Integer.getInteger("gatehouse.mutations", 4_000);
  private static final ExportFilter ONE_CALLER =
      new ExportFilter("fraud", null, null, null, null, null);

  private static final ExportFilter OPERATOR =
      new ExportFilter("operator", null, null, null, null, null);

  /** What somebody might make of an export so that each line but one is as it was. */
  private enum Lie {
    SIZE(Kind.LINE_CHANGED) {
      @Override
      String change(String text) {
        return text.replaceFirst("\"size\":22", "\"size\":21");
      }
    },
    ORIGIN(Kind.LINE_CHANGED) {
      @Override
      String change(String text) {
        return text.replaceFirst("\"origin\":\"gatehouse", "\"origin\":\"other");
      }
    },
    CONTROL_LINES(Kind.EXPORT_INCOMPLETE) {
      @Override
      String change(String text) {
        return text.replace("\"control_lines\":22", "\"control_lines\":23");
      }
    },
    JOURNAL_LINES(Kind.EXPORT_INCOMPLETE) {
      @Override
      String change(String text) {
        return text.replace("\"journal_lines\":108", "\"journal_lines\":109");
      }
    },
    LAST_ENTRY_OF_THE_CONTROL_LOG_DROPPED(Kind.LOG_TRUNCATED) {
      @Override
      String change(String text) {
        return text.replaceFirst("\\{\"log\":\"control\",\"sequence\":21,.*\n", "")
            .replace("\"control_lines\":22", "\"control_lines\":21");
      }
    },
    LINE_BEHIND_THE_LAST(Kind.LINE_CHANGED) {
      @Override
      String change(String text) {
        return text + text.substring(text.lastIndexOf("{"));
      }
    },
    SEGMENT_THERE_AND_SAID_TO_BE_DELETED(Kind.LINE_CHANGED) {
      @Override
      String change(String text) {
        Matcher proof =
            Pattern.compile(
                    "\"proof_journal\":\"\\w+\",\"proof_segment\":\\d+,|\"proof_anchor\":\\d+")
                .matcher(text);
        assertTrue(proof.find());
        String segment = proof.group();
        assertTrue(proof.find());
        String absent =
            "{\"log\":\"absent\"," + segment + proof.group() + ",\"state\":\"deleted\"}\n";
        return text.replace("{\"log\":\"end\"", absent + "{\"log\":\"end\"");
      }
    },
    SEGMENT_OF_THE_PROOF(Kind.PROOF_INVALID) {
      @Override
      String change(String text) {
        return text.replaceFirst("\"proof_segment\":0", "\"proof_segment\":1");
      }
    },
    JOURNAL_OF_THE_PROOF(Kind.PROOF_INVALID) {
      @Override
      String change(String text) {
        return text.replaceFirst(
            "\"proof_journal\":\"" + WrittenRecord.FIRST,
            "\"proof_journal\":\"" + WrittenRecord.SECOND);
      }
    },
    PLACE_OF_THE_PROOF(Kind.PROOF_INVALID) {
      @Override
      String change(String text) {
        return text.replaceFirst("\"proof_index\":3,", "\"proof_index\":2,");
      }
    };

    final Kind kind;

    Lie(Kind kind) {
      this.kind = kind;
    }

    abstract String change(String text);
  }

  private WrittenRecord record;
  private Path journals;

  @BeforeAll
  void write(@TempDir Path folder) throws IOException {
    record = WrittenRecord.written(SigningKey.open(folder.resolve("key.json"), true));
    journals = folder.resolve("journals");
    record.put(journals);
  }

  private byte[] export(ExportFormat format, ExportFilter filter) {
    return record.export(journals, format, filter);
  }

  private Report verify(byte[] export) {
    return verify(export, record.notes, record);
  }

  private static Report verify(byte[] export, List<Note> notes, WrittenRecord of) {
    try {
      return ExportCheck.verify(
          new ByteArrayInputStream(export), List.of(of.verifierKey), notes, Progress.SILENT);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @ParameterizedTest
  @EnumSource(ExportFormat.class)
  void export_ofEverything_verifiesAndIsComplete(ExportFormat format) {
    byte[] export = export(format, ExportFilter.ALL);
    Report report = verify(export);
    assertEquals(List.of(), report.findings());
    assertEquals(22, report.counts().get("control entries"));
    assertEquals(108, report.counts().get("journal entries"));
  }

  @ParameterizedTest
  @EnumSource(ExportFormat.class)
  void export_ofOneCaller_verifiesAndHasItsCallsAndTheirOutcomes(ExportFormat format) {
    Report report = verify(export(format, ONE_CALLER));
    assertEquals(List.of(), report.findings());
    assertEquals(36, report.counts().get("journal entries"));
    assertEquals(9, report.counts().get("control entries"), "the anchors alone");
    assertTrue(
        report.notes().contains("2 checkpoints could not be compared with a filtered export"),
        () -> report.notes().toString());
  }

  @ParameterizedTest
  @EnumSource(ExportFormat.class)
  void export_ofTextsOfOthers_hasALineForEachEntryAndNoCharacterThatActs(ExportFormat format) {
    String text = new String(export(format, ExportFilter.ALL), StandardCharsets.UTF_8);
    assertEquals(130 + (format == ExportFormat.CSV ? 3 : 2), text.lines().count());
    String rest = format == ExportFormat.CSV ? text.replace("\r\n", "\n") : text;
    assertTrue(
        rest.chars().allMatch(c -> c == '\n' || c >= ' ' && c < 0x7f || c == 'é' || c == '\u2014'),
        "only what was written harmlessly");
    assertTrue(text.contains("\\u202e") && text.contains("\\u0000") && text.contains("\\u2028"));
    if (format == ExportFormat.CSV) {
      assertFalse(Stream.of(text.split("[\n,]")).anyMatch(cell -> cell.matches("\"?[=+@-].*")));
    }
  }

  @ParameterizedTest
  @EnumSource(ExportFormat.class)
  void verify_anyMutationOfAnExport_isFound(ExportFormat format) {
    long seed = Long.getLong("gatehouse.mutations.seed", new SplittableRandom().nextLong());
    System.out.println("ExportsTest seed " + seed);
    SplittableRandom random = new SplittableRandom(seed);
    List<ExportFilter> filters = List.of(ExportFilter.ALL, ONE_CALLER, OPERATOR);
    List<byte[]> exports = filters.stream().map(filter -> export(format, filter)).toList();
    for (int i = 0; i < MUTATIONS; i++) {
      int which = random.nextInt(filters.size());
      byte[] export = exports.get(which);
      int kind = random.nextInt(8);
      byte[] changed = changed(export, kind, filters.get(which), random);
      if (!Arrays.equals(changed, export)) {
        Report report = verify(changed);
        assertFalse(report.verifies(), () -> "kind " + kind + ", seed " + seed);
      }
    }
  }

  private static byte[] changed(
      byte[] export, int kind, ExportFilter filter, SplittableRandom random) {
    if (kind == 0) {
      byte[] bytes = export.clone();
      bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
      return bytes;
    }
    if (kind == 1) {
      return Arrays.copyOf(export, random.nextInt(export.length));
    }
    List<String> lines =
        new ArrayList<>(List.of(new String(export, StandardCharsets.UTF_8).split("(?<=\n)")));
    int first = lines.getFirst().startsWith("#") ? 2 : 1;
    int at = random.nextInt(first, lines.size() - 1);
    switch (kind) {
      case 2 -> lines.remove(at);
      case 3 -> lines.add(at, lines.get(at));
      case 4 -> {
        if (!filter.equals(ONE_CALLER)) {
          Collections.swap(lines, at, first);
        }
      }
      case 5 -> lines.remove(random.nextInt(first));
      case 6 -> lines.set(at, lines.get(random.nextInt(first, lines.size() - 1)));
      default -> {
        // A cell of another line, in its place.
        String one = lines.get(at);
        String other = lines.get(random.nextInt(first, lines.size() - 1));
        int cut = random.nextInt(Math.min(one.length(), other.length()));
        lines.set(at, one.substring(0, cut) + other.substring(cut));
      }
    }
    // What is left out of a part of the record shows by the count alone.
    if (filter.all() || kind == 3) {
      recount(lines);
    }
    return String.join("", lines).getBytes(StandardCharsets.UTF_8);
  }

  /** Has the last line tell of the lines that there are now. */
  private static void recount(List<String> lines) {
    for (String log : List.of("control", "journal")) {
      long count =
          lines.stream()
              .filter(
                  line -> line.startsWith("{\"log\":\"" + log + "\"") || line.startsWith(log + ","))
              .count();
      lines.set(
          lines.size() - 1,
          lines
              .getLast()
              .replaceFirst("\"" + log + "_lines\":[0-9]+", "\"" + log + "_lines\":" + count));
    }
  }

  @Test
  void verify_readableFieldChanged_isNamedWithItsLine() {
    Report report =
        verify(
            changed(
                text -> text.replaceFirst("\"caller\":\"operator\"", "\"caller\":\"somebody\"")));
    assertEquals(Kind.LINE_CHANGED, report.findings().getFirst().kind());
    assertEquals("line 4", report.findings().getFirst().place().log());
  }

  private byte[] changed(UnaryOperator<String> change) {
    String text = new String(export(ExportFormat.JSONL, ExportFilter.ALL), StandardCharsets.UTF_8);
    return change.apply(text).getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void verify_lineTooLong_isOneFaultInItsPlace() {
    Report report =
        verify(
            changed(
                text -> text.replaceFirst("\n", "\n{\"x\":\"" + "x".repeat(3_000_000) + "\"}\n")));
    assertEquals(
        List.of(new Finding(Kind.LINE_CHANGED, Place.line(2), "it has more than 262144 bytes")),
        report.findings());
  }

  @Test
  void verify_segmentSaidToBeAbsentThatNobodyAnchored_isNamed() {
    String absent =
        "{\"log\":\"absent\",\"proof_journal\":\"x\",\"proof_segment\":7,\"proof_anchor\":1,"
            + "\"state\":\"deleted\"}\n";
    Report report =
        verify(changed(text -> text.replace("{\"log\":\"end\"", absent + "{\"log\":\"end\"")));
    assertEquals(
        List.of(Kind.LINE_CHANGED), report.findings().stream().map(Finding::kind).toList());
    assertEquals(Place.line(132), report.findings().getFirst().place());
  }

  @ParameterizedTest
  @EnumSource
  void verify_exportThatIsNoLongerWhatItSays_isNamed(Lie lie) {
    Report report = verify(changed(lie::change));
    assertEquals(lie.kind, report.findings().getFirst().kind(), report::toString);
  }

  @Test
  void verify_checkpointOfAnotherHistory_isAForkOfACompleteExport() {
    WrittenRecord fork = record.copy();
    fork.control.subList(10, fork.control.size()).clear();
    fork.change("models.update", "models/other", "OK");
    List<Note> notes = List.of(fork.signed("fork", fork.control));
    Report report = verify(export(ExportFormat.JSONL, ExportFilter.ALL), notes, record);
    assertEquals(Kind.LOG_FORKED, report.findings().getFirst().kind(), report::toString);
  }

  @ParameterizedTest
  @EnumSource(ExportFormat.class)
  void verify_entriesThatAreNotWhereTheySay_areNamed(ExportFormat format, @TempDir Path folder)
      throws IOException {
    WrittenRecord lies = record.copy();
    List<byte[]> entries = new ArrayList<>();
    for (SegmentFile.Linked linked : record.segmentsOf(WrittenRecord.FIRST).getLast().records) {
      entries.add(linked.entry());
    }
    entries.set(4, Mutation.renumbered(entries.get(4), 100));
    lies.endFirstWith(entries);
    byte[] changed = Mutation.renumbered(lies.control.get(7).entry(), 100);
    lies.control.set(7, new ControlRows.Row(7, changed, null));
    lies.signedAnew();
    lies.put(folder);
    for (ExportFilter filter :
        List.of(ExportFilter.ALL, new ExportFilter(null, null, null, null, Instant.EPOCH, null))) {
      Report report = verify(lies.export(folder, format, filter), lies.notes, lies);
      assertEquals(
          2,
          report.findings().stream().filter(f -> f.kind() == Kind.PROOF_INVALID).count(),
          report::toString);
    }
  }

  @Test
  void verify_entryOfTheOtherLog_isNamed(@TempDir Path folder) throws IOException {
    WrittenRecord lies = record.copy();
    lies.control.add(WrittenRecord.row(JournalMutations.forged(lies.control.size())));
    lies.signedAnew();
    lies.put(folder);
    Report report =
        verify(lies.export(folder, ExportFormat.JSONL, ExportFilter.ALL), lies.notes, lies);
    assertEquals(Kind.LINE_CHANGED, report.findings().getFirst().kind(), report::toString);
    assertEquals(Place.line(24), report.findings().getFirst().place());
  }

  @Test
  void verify_linesDroppedWithTheirCount_areNamed() {
    String text = new String(export(ExportFormat.JSONL, ExportFilter.ALL), StandardCharsets.UTF_8);
    List<String> lines = new ArrayList<>(text.lines().toList());
    lines.remove(59);
    lines.set(
        lines.size() - 1,
        lines.getLast().replace("\"journal_lines\":108", "\"journal_lines\":107"));
    Report report = verify((String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8));
    assertEquals(
        List.of(
            new Finding(
                Kind.ENTRY_MISSING,
                Place.journal(WrittenRecord.SECOND, 0, 0),
                "1 entries are missing, from this one on")),
        report.findings());
  }

  @Test
  void export_pipeInThePlaceOfASegment_isNotWaitedFor(@TempDir Path folder) throws Exception {
    record.put(folder);
    JournalFolder journal =
        new JournalFolder(new JournalId(WrittenRecord.FIRST), folder.resolve(WrittenRecord.FIRST));
    pipe(journal.segment(1));
    Files.delete(journal.segment(2));
    pipe(journal.hashes(2));
    Report report = verify(record.export(folder, ExportFormat.JSONL, ExportFilter.ALL));
    assertEquals(List.of(), report.findings());
    assertEquals(
        2, report.notes().stream().filter(note -> note.contains("where the export was")).count());
  }

  private static void pipe(Path path) throws Exception {
    boolean unused = Files.deleteIfExists(path);
    assertEquals(0, new ProcessBuilder("mkfifo", path.toString()).start().waitFor());
  }

  @ParameterizedTest
  @EnumSource(ExportFormat.class)
  void export_segmentChangedOnDisk_isAFindingOfItsJournalAndSegment(
      ExportFormat format, @TempDir Path folder) throws IOException {
    record.put(folder);
    Path segment =
        new JournalFolder(new JournalId(WrittenRecord.SECOND), folder.resolve(WrittenRecord.SECOND))
            .segment(1);
    byte[] bytes = Files.readAllBytes(segment);
    bytes[bytes.length / 2] ^= 1;
    Files.write(segment, bytes);
    List<ExportFilter> filters = List.of(ExportFilter.ALL, ONE_CALLER);
    for (ExportFilter filter : filters) {
      List<String> problems = new ArrayList<>();
      Report report = verify(record.export(folder, format, filter, Progress.SILENT, problems));
      assertEquals(1, problems.size(), problems::toString);
      assertEquals(
          List.of(Kind.SEGMENT_CHANGED), report.findings().stream().map(Finding::kind).toList());
      assertEquals(
          Place.journal(WrittenRecord.SECOND, 1, Place.NONE), report.findings().getFirst().place());
    }
  }

  @Test
  void export_segmentNotThere_isANote(@TempDir Path folder) throws IOException {
    record.put(folder);
    Files.delete(
        new JournalFolder(new JournalId(WrittenRecord.SECOND), folder.resolve(WrittenRecord.SECOND))
            .segment(1));
    Report report = verify(record.export(folder, ExportFormat.JSONL, ExportFilter.ALL));
    assertEquals(List.of(), report.findings());
    assertTrue(
        report.notes().stream().anyMatch(note -> note.contains("segment 1: not in the export")),
        () -> report.notes().toString());
  }

  @Test
  void export_segmentDeletedByRetentionMeanwhile_goesOnAndVerifies(@TempDir Path folder)
      throws IOException {
    record.put(folder);
    Path segment =
        new JournalFolder(new JournalId(WrittenRecord.FIRST), folder.resolve(WrittenRecord.FIRST))
            .segment(0);
    List<String> problems = new ArrayList<>();
    byte[] export =
        record.export(
            folder,
            ExportFormat.JSONL,
            ExportFilter.ALL,
            (what, entries) -> {
              if (what.equals("journals")) {
                deleteIfThere(segment);
              }
            },
            problems);
    assertFalse(Files.exists(segment));
    assertEquals(List.of(), problems);
    Report report = verify(export);
    assertEquals(List.of(), report.findings());
    assertEquals(108, report.counts().get("journal entries"));
  }

  @Test
  void export_ofOneCaller_holdsNoEntryThatAnchors() {
    List<WeakReference<byte[]>> given = new ArrayList<>();
    ControlEntries entries = record.entries();
    ControlEntries watched =
        new ControlEntries() {
          @Override
          public void range(long from, long to, Taker taker) throws IOException {
            entries.range(
                from,
                to,
                (sequence, bytes) -> {
                  byte[] copy = bytes.clone();
                  given.add(new WeakReference<>(copy));
                  taker.take(sequence, copy);
                });
          }

          @Override
          public Map<ControlLogReader.Place, Hash> nodesCompleted(long from, long to) {
            return entries.nodesCompleted(from, to);
          }
        };
    List<Long> held = new ArrayList<>();
    byte[] export =
        record.export(
            watched,
            journals,
            ExportFormat.JSONL,
            ONE_CALLER,
            (what, advanced) -> {
              if (what.equals("journals") && held.isEmpty()) {
                System.gc();
                held.add(given.stream().filter(entry -> entry.get() != null).count());
              }
            },
            new ArrayList<>());
    assertEquals(List.of(0L), held);
    assertArrayEquals(export(ExportFormat.JSONL, ONE_CALLER), export);
  }

  private static void deleteIfThere(Path file) {
    try {
      boolean unused = Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void verify_otherKey_isNotTrusted(@TempDir Path folder) throws IOException {
    WrittenRecord other =
        WrittenRecord.written(SigningKey.open(folder.resolve("other.json"), true));
    Report report =
        ExportCheck.verify(
            new ByteArrayInputStream(export(ExportFormat.JSONL, ExportFilter.ALL)),
            List.of(other.verifierKey),
            List.of(),
            Progress.SILENT);
    assertEquals(Kind.KEY_UNKNOWN, report.findings().getFirst().kind());
  }
}
