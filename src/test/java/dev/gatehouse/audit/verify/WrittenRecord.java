package dev.gatehouse.audit.verify;

import dev.gatehouse.audit.Progress;
import dev.gatehouse.audit.checkpoint.Checkpoint;
import dev.gatehouse.audit.checkpoint.NoteException;
import dev.gatehouse.audit.checkpoint.SignedNote;
import dev.gatehouse.audit.checkpoint.VerifierKey;
import dev.gatehouse.audit.control.ControlLogReader;
import dev.gatehouse.audit.control.ControlRow;
import dev.gatehouse.audit.entry.Entry;
import dev.gatehouse.audit.entry.EntryCodec;
import dev.gatehouse.audit.entry.EntryFormatException;
import dev.gatehouse.audit.entry.EntryKind;
import dev.gatehouse.audit.entry.Field;
import dev.gatehouse.audit.export.ControlEntries;
import dev.gatehouse.audit.export.ExportFilter;
import dev.gatehouse.audit.export.ExportFormat;
import dev.gatehouse.audit.export.Exporter;
import dev.gatehouse.audit.merkle.Frontier;
import dev.gatehouse.audit.merkle.Hash;
import dev.gatehouse.audit.merkle.LeafTree;
import dev.gatehouse.audit.merkle.TreeHasher;
import dev.gatehouse.keys.SigningKey;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A small record such as a gateway writes: two journals that ended, one of a process that died, one
 * that is being written; the control log that tells of them, with nodes and checkpoints. A test
 * changes it and has it verified.
 */
final class WrittenRecord {

  static final String ORIGIN = "gatehouse.test/audit";
  static final String FIRST = "11".repeat(16);
  static final String SECOND = "22".repeat(16);
  static final String DIED = "33".repeat(16);
  static final String LIVING = "44".repeat(16);

  private static final int PER_SEGMENT = 12;

  final SigningKey key;
  final VerifierKey verifierKey;

  List<ControlRows.Row> control = new ArrayList<>();
  List<NodeRows.Node> nodes = new ArrayList<>();
  List<Note> notes = new ArrayList<>();

  /** The bytes of files by their path in the folder of journals. */
  Map<String, byte[]> files = new TreeMap<>();

  /** The segments as they were written. */
  final Map<String, List<SegmentFile>> segments = new TreeMap<>();

  /** The files of the segments that were anchored. */
  final Set<String> anchored = new HashSet<>();

  private long clock = 1_700_000_000_000_000L;

  private WrittenRecord(SigningKey key) {
    this.key = key;
    this.verifierKey = new VerifierKey(ORIGIN, key.publicKey());
  }

  /** Writes a record. */
  static WrittenRecord written(SigningKey key) {
    WrittenRecord record = new WrittenRecord(key);
    record.write();
    return record;
  }

  /** A record in which nothing was done yet. */
  static WrittenRecord begun(SigningKey key) {
    WrittenRecord record = new WrittenRecord(key);
    record.append(EntryKind.LOG_BEGUN, Map.of(Field.ORIGIN, ORIGIN));
    return record;
  }

  /** A copy that can be changed without changing this. */
  WrittenRecord copy() {
    WrittenRecord copy = new WrittenRecord(key);
    copy.control = new ArrayList<>(control);
    copy.nodes = new ArrayList<>(nodes);
    copy.notes = new ArrayList<>(notes);
    copy.files = new TreeMap<>(files);
    copy.segments.putAll(segments);
    copy.anchored.addAll(anchored);
    copy.clock = clock;
    return copy;
  }

  private void write() {
    append(EntryKind.LOG_BEGUN, Map.of(Field.ORIGIN, ORIGIN));
    append(EntryKind.KEY_USED, Map.of(Field.KEY, verifierKey.toString(), Field.REPLICA, "r1"));
    change("models.create", "models/digits", "OK");
    journal(FIRST, "r1", 3, "OK");
    change("grants.create", "models/digits/grants/g1", "OK");
    checkpoint();
    journal(SECOND, "r2", 3, "OK");
    change("models.delete", "models/digits\u202e\"=1\u0000\n\u2028", "ACCESS_DENIED");
    checkpoint();
    journal(DIED, "r1", 2, "FAILED");
    journal(LIVING, "r1", 3, null);
    change("models.update", "models/digits", "OK");
    checkpoint();
    nodes = nodesOf(control);
  }

  void append(EntryKind kind, Map<Field, Object> fields) {
    append(new Entry(kind, control.size(), now(), fields));
  }

  private void append(Entry entry) {
    control.add(
        new ControlRows.Row(entry.sequence(), EntryCodec.write(entry), ControlRow.of(entry)));
  }

  void change(String action, String resource, String outcome) {
    append(
        EntryKind.CHANGE,
        Map.of(
            Field.CALLER,
            "operator",
            Field.TEAM,
            "platform",
            Field.ACTION,
            action,
            Field.RESOURCE,
            resource,
            Field.OUTCOME,
            outcome,
            Field.LATENCY_MICROS,
            1500L,
            Field.REPLICA,
            "r1"));
  }

  /** Many changes, and a checkpoint of all. */
  void changed(int changes) {
    for (int i = 0; i < changes; i++) {
      change("models.update", "models/digits", "OK");
    }
    checkpoint();
    nodes = nodesOf(control);
  }

  private Instant now() {
    clock += 1_000_003;
    return Instant.EPOCH.plus(clock, ChronoUnit.MICROS);
  }

  /**
   * Writes a journal; without an outcome it has not ended: its last segment has no end, and the one
   * before has one and is not anchored yet, so that nothing but its own footer speaks for it.
   */
  private void journal(String id, String replica, int count, @Nullable String outcome) {
    append(EntryKind.JOURNAL_OPENED, Map.of(Field.JOURNAL, id, Field.REPLICA, replica));
    List<SegmentFile> written = new ArrayList<>();
    Hash previous = SegmentFile.ZERO;
    long sequence = 0;
    for (int number = 0; number < count; number++) {
      SegmentFile segment = new SegmentFile(id, number, sequence, previous);
      written.add(segment);
      for (int i = 0; i < PER_SEGMENT; i++) {
        segment.add(entry(sequence++));
      }
      boolean last = number == count - 1;
      if (last && outcome == null) {
        break;
      }
      boolean torn = last && !"OK".equals(outcome);
      previous = torn ? segment.close(1, 17) : segment.close();
      if (outcome != null || number < count - 2) {
        anchor(id, number, sequence, segment, previous, torn ? 17 : 0);
      }
    }
    segments.put(id, written);
    for (int number = 0; number < count; number++) {
      files.put(file(id, number), written.get(number).bytes());
    }
    files.put(id + "/lock", new byte[0]);
    if (outcome != null) {
      append(
          EntryKind.JOURNAL_CLOSED,
          Map.of(
              Field.JOURNAL, id,
              Field.SEGMENT, (long) count,
              Field.COUNT, sequence,
              Field.CHAIN, previous,
              Field.REPLICA, replica,
              Field.OUTCOME, outcome));
    }
  }

  private void anchor(
      String id, long number, long sequence, SegmentFile segment, Hash chain, long torn) {
    anchored.add(file(id, number));
    Map<Field, Object> fields = new EnumMap<>(Field.class);
    fields.put(Field.JOURNAL, id);
    fields.put(Field.SEGMENT, number);
    fields.put(Field.FIRST, sequence - segment.records.size());
    fields.put(Field.COUNT, (long) segment.records.size());
    fields.put(Field.ROOT, segment.root());
    fields.put(Field.CHAIN, chain);
    fields.put(Field.REPLICA, "r1");
    if (torn > 0) {
      fields.put(Field.TORN_BYTES, torn);
    }
    append(EntryKind.SEGMENT_ANCHORED, fields);
  }

  static String file(String id, long number) {
    return "%s/%08d.segment".formatted(id, number);
  }

  /** A file, by its path in the folder of journals. */
  byte[] bytes(String file) {
    return Objects.requireNonNull(files.get(file), file);
  }

  /** The segments of a journal as they were written. */
  List<SegmentFile> segmentsOf(String journal) {
    return Objects.requireNonNull(segments.get(journal), journal);
  }

  /** Intents and outcomes of two calls that overlap, and a read. */
  private byte[] entry(long sequence) {
    long turn = sequence % 6;
    if (turn < 2) {
      return EntryCodec.write(
          new Entry(
              EntryKind.INTENT,
              sequence,
              now(),
              Map.of(
                  Field.CALLER, turn == 0 ? "fraud" : "scoring",
                  Field.TEAM, "risk",
                  Field.CREDENTIAL, "00112233aabbccdd",
                  Field.MODEL, "digits",
                  Field.VERSION, "v1",
                  Field.GRANT, "g1",
                  Field.ROWS, 1 + sequence % 300,
                  Field.REQUEST_BYTES, sequence * 100)));
    }
    if (turn < 4) {
      return EntryCodec.write(
          new Entry(
              EntryKind.OUTCOME,
              sequence,
              now(),
              Map.of(
                  Field.INTENT,
                  sequence - 2,
                  Field.OUTCOME,
                  turn == 2 ? "OK" : "DEADLINE_EXCEEDED",
                  Field.REPLY_BYTES,
                  40L,
                  Field.LATENCY_MICROS,
                  900L)));
    }
    return EntryCodec.write(
        new Entry(
            EntryKind.CALL,
            sequence,
            now(),
            Map.of(
                Field.ACTION,
                "inference.GRPCInferenceService/ModelMetadata",
                Field.RESOURCE,
                "=cmd|' /C calc'!A0\u001b[31m\u2029\"é" + sequence,
                Field.OUTCOME,
                "ACCESS_DENIED",
                Field.REQUEST_BYTES,
                12L,
                Field.LATENCY_MICROS,
                55L)));
  }

  /** Signs what the control log is now. */
  void checkpoint() {
    notes.add(signed("checkpoint-" + control.size(), control));
  }

  /** Signs what the control log is now, and nothing else is there. */
  void signedAnew() {
    nodes = nodesOf(control);
    notes.clear();
    checkpoint();
  }

  /** The last entry of a kind about a journal. */
  Entry last(EntryKind kind, String journal) {
    for (ControlRows.Row row : control.reversed()) {
      Entry entry = read(row.entry());
      if (entry.kind() == kind && journal.equals(entry.text(Field.JOURNAL))) {
        return entry;
      }
    }
    throw new IllegalStateException("none of kind " + kind);
  }

  /** As if the last segment of the first journal had been written, and anchored, with these. */
  void endFirstWith(List<byte[]> entries) {
    byte[] header = segmentsOf(FIRST).getLast().header;
    SegmentFile made =
        new SegmentFile(FIRST, 2, 24, Hash.of(java.util.Arrays.copyOfRange(header, 48, 80)));
    entries.forEach(made::add);
    Hash end = made.close();
    files.put(file(FIRST, 2), made.bytes());
    replace(
        last(EntryKind.SEGMENT_ANCHORED, FIRST), Map.of(Field.ROOT, made.root(), Field.CHAIN, end));
    replace(last(EntryKind.JOURNAL_CLOSED, FIRST), Map.of(Field.CHAIN, end));
    signedAnew();
  }

  /** Puts an entry with other fields in the place of one. */
  void replace(Entry entry, Map<Field, Object> changes) {
    Map<Field, Object> fields = new EnumMap<>(entry.fields());
    fields.putAll(changes);
    Entry anew = new Entry(entry.kind(), entry.sequence(), entry.time(), fields);
    control.set((int) entry.sequence(), row(EntryCodec.write(anew)));
  }

  Note signed(String name, List<ControlRows.Row> rows) {
    return new Note(
        name,
        new Checkpoint(ORIGIN, rows.size(), tree(rows).root()).sign(key, verifierKey).toString());
  }

  static LeafTree tree(List<ControlRows.Row> rows) {
    TreeHasher hasher = new TreeHasher();
    return LeafTree.of(rows.stream().map(row -> hasher.leaf(row.entry())).toList());
  }

  static List<NodeRows.Node> nodesOf(List<ControlRows.Row> rows) {
    TreeHasher hasher = new TreeHasher();
    Frontier frontier = new Frontier(hasher);
    List<NodeRows.Node> nodes = new ArrayList<>();
    for (ControlRows.Row row : rows) {
      frontier.append(
          hasher.leaf(row.entry()),
          (level, index, root) -> nodes.add(new NodeRows.Node(level, index, root)));
    }
    return nodes;
  }

  /** A row of these bytes at that place, with columns that say what the bytes say. */
  static ControlRows.Row row(byte[] entry) {
    Entry read = read(entry);
    return new ControlRows.Row(read.sequence(), entry, ControlRow.of(read));
  }

  private static Entry read(byte[] entry) {
    try {
      return EntryCodec.read(entry);
    } catch (EntryFormatException e) {
      throw new IllegalArgumentException(e);
    }
  }

  /** Writes the files, and deletes others. */
  void put(Path folder) throws IOException {
    Map<String, byte[]> present = new TreeMap<>();
    if (Files.isDirectory(folder)) {
      try (Stream<Path> paths = Files.walk(folder)) {
        for (Path path : paths.filter(Files::isRegularFile).toList()) {
          present.put(folder.relativize(path).toString(), Files.readAllBytes(path));
        }
      }
    }
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      byte[] there = present.remove(file.getKey());
      if (there == null || !java.util.Arrays.equals(there, file.getValue())) {
        Path path = folder.resolve(file.getKey());
        Files.createDirectories(path.getParent());
        Files.write(path, file.getValue());
      }
    }
    for (String gone : present.keySet()) {
      Path path = folder.resolve(gone);
      Files.delete(path);
      try (Stream<Path> rest = Files.list(path.getParent())) {
        if (rest.findAny().isEmpty()) {
          Files.delete(path.getParent());
        }
      }
    }
  }

  Report verify(Path folder) {
    return verify(folder, List.of(verifierKey));
  }

  Report verify(Path folder, List<VerifierKey> keys) {
    try {
      put(folder);
      Iterator<ControlRows.Row> rows = control.iterator();
      Iterator<NodeRows.Node> stored = nodes.iterator();
      return Verifier.verify(
          new Evidence(
              keys,
              notes,
              () -> rows.hasNext() ? rows.next() : null,
              () -> stored.hasNext() ? stored.next() : null,
              List.of(folder),
              false),
          Progress.SILENT);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** An export of what is in a folder of journals and the last checkpoint. */
  byte[] export(Path journals, ExportFormat format, ExportFilter filter) {
    List<String> problems = new ArrayList<>();
    byte[] export = export(journals, format, filter, Progress.SILENT, problems);
    if (!problems.isEmpty()) {
      throw new IllegalStateException(problems.toString());
    }
    return export;
  }

  /** An export that may be told of problems, which are added to {@code problems}. */
  byte[] export(
      Path journals,
      ExportFormat format,
      ExportFilter filter,
      Progress progress,
      List<String> problems) {
    return export(entries(), journals, format, filter, progress, problems);
  }

  /** The control log as an export reads it. */
  ControlEntries entries() {
    return new ControlEntries() {
      @Override
      public void range(long from, long to, Taker taker) throws IOException {
        for (ControlRows.Row row : control.subList((int) from, (int) to)) {
          taker.take(row.sequence(), row.entry());
        }
      }

      @Override
      public Map<ControlLogReader.Place, Hash> nodesCompleted(long from, long to) {
        Map<ControlLogReader.Place, Hash> completed = new HashMap<>();
        for (NodeRows.Node node : nodesOf(control)) {
          long behind = (node.index() + 1) << node.level();
          if (behind > from && behind <= to) {
            completed.put(new ControlLogReader.Place(node.level(), node.index()), node.hash());
          }
        }
        return completed;
      }
    };
  }

  /** An export of a control log that is this one. */
  byte[] export(
      ControlEntries entries,
      Path journals,
      ExportFormat format,
      ExportFilter filter,
      Progress progress,
      List<String> problems) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      String note = notes.getLast().text();
      Exporter.Summary summary =
          new Exporter(entries, List.of(journals))
              .export(
                  Checkpoint.open(note, verifierKey),
                  SignedNote.parse(note),
                  filter,
                  format,
                  out,
                  progress);
      problems.addAll(summary.problems());
      return out.toByteArray();
    } catch (IOException | NoteException e) {
      throw new IllegalStateException(e);
    }
  }
}
