package dev.gatehouse.audit.export;

import dev.gatehouse.audit.Progress;
import dev.gatehouse.audit.entry.Entry;
import dev.gatehouse.audit.entry.EntryCodec;
import dev.gatehouse.audit.entry.EntryFormatException;
import dev.gatehouse.audit.entry.EntryKind;
import dev.gatehouse.audit.entry.Field;
import dev.gatehouse.audit.export.ExportLine.State;
import dev.gatehouse.audit.journal.JournalFolder;
import dev.gatehouse.audit.journal.JournalId;
import dev.gatehouse.audit.journal.SegmentReader;
import dev.gatehouse.audit.journal.SegmentRecord;
import dev.gatehouse.audit.merkle.LeafTree;
import dev.gatehouse.audit.merkle.Proofs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Writes what is wanted of one journal, a segment at a time. For one thread. */
final class JournalExport {

  private final String journal;
  private final @Nullable JournalFolder folder;
  private final ExportFilter filter;
  private final ExportWriter writer;
  private final ControlExport control;
  private final Progress progress;

  /** The intents that are wanted and whose outcome is still to come. */
  private final Set<Long> running = new HashSet<>();

  private final List<String> problems = new ArrayList<>();
  private long absent;

  JournalExport(
      String journal,
      List<Path> roots,
      ExportFilter filter,
      ExportWriter writer,
      ControlExport control,
      Progress progress) {
    this.journal = journal;
    this.folder = folder(journal, roots);
    this.filter = filter;
    this.writer = writer;
    this.control = control;
    this.progress = progress;
  }

  private static @Nullable JournalFolder folder(String journal, List<Path> roots) {
    if (JournalId.valid(journal)) {
      for (Path root : roots) {
        if (Files.isDirectory(root.resolve(journal))) {
          return new JournalFolder(new JournalId(journal), root.resolve(journal));
        }
      }
    }
    return null;
  }

  /** How many segments are not in the export. */
  long absent() {
    return absent;
  }

  List<String> problems() {
    return problems;
  }

  /** Writes what is wanted of a segment, or that it is not there. */
  void segment(AnchoredSegment anchored) throws IOException {
    JournalFolder in = folder;
    if (in == null) {
      absent(anchored, State.UNREACHABLE);
      return;
    }
    Path file = in.segment(anchored.number());
    // Both before anything is read: retention may delete it meanwhile, and what is open stays.
    try (SegmentReader first = SegmentReader.open(file);
        SegmentReader second = SegmentReader.open(file)) {
      segment(anchored, first, second);
    } catch (NoSuchFileException e) {
      absent(
          anchored,
          Files.isRegularFile(in.hashes(anchored.number()), LinkOption.NOFOLLOW_LINKS)
              ? State.DELETED
              : State.UNREACHABLE);
    }
  }

  private void segment(AnchoredSegment anchored, SegmentReader first, SegmentReader second)
      throws IOException {
    LeafTree tree = new LeafTree();
    for (SegmentRecord at = first.next(); at != null; at = first.next()) {
      tree.append(at.leaf());
      progress.advanced("journals", 1);
    }
    if (tree.size() != anchored.count() || !tree.root().equals(anchored.root())) {
      problems.add(
          "segment %d of journal %s is not what was anchored"
              .formatted(anchored.number(), journal));
      absent(anchored, State.CHANGED);
      return;
    }
    lines(second, anchored, tree);
  }

  private void lines(SegmentReader reader, AnchoredSegment anchored, LeafTree tree)
      throws IOException {
    boolean anchorWritten = anchored.written();
    for (SegmentRecord at = reader.next(); at != null; at = reader.next()) {
      if (!wanted(at.entry())) {
        continue;
      }
      if (!anchorWritten) {
        control.entry(anchored.anchor());
        anchorWritten = true;
      }
      Exporter.write(
          writer,
          new ExportLine.OfJournal(
              at.entry(),
              journal,
              anchored.number(),
              at.index(),
              Proofs.inclusion(tree, at.index(), tree.size()),
              anchored.anchor()));
    }
  }

  private boolean wanted(byte[] bytes) throws IOException {
    Entry entry;
    try {
      entry = EntryCodec.read(bytes);
    } catch (EntryFormatException e) {
      throw new IOException("an entry of journal " + journal + " " + e.getMessage(), e);
    }
    if (filter.all()) {
      return true;
    }
    if (entry.kind() == EntryKind.OUTCOME) {
      return running.remove(entry.number(Field.INTENT)) && filter.takesOutcome(entry);
    }
    boolean takes = filter.takes(entry);
    if (takes && entry.kind() == EntryKind.INTENT) {
      running.add(entry.sequence());
    }
    return takes && filter.takesOutcome(entry);
  }

  private void absent(AnchoredSegment anchored, State state) throws IOException {
    absent++;
    Exporter.write(
        writer, new ExportLine.Absent(journal, anchored.number(), anchored.anchor(), state));
  }
}
