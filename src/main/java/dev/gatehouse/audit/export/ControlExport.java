package dev.gatehouse.audit.export;

import dev.gatehouse.audit.Progress;
import dev.gatehouse.audit.entry.Entry;
import dev.gatehouse.audit.entry.EntryCodec;
import dev.gatehouse.audit.entry.EntryFormatException;
import dev.gatehouse.audit.entry.EntryKind;
import dev.gatehouse.audit.entry.Field;
import dev.gatehouse.audit.merkle.Proofs;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes what is wanted of the control log. For one thread. */
final class ControlExport {

  private final ControlEntries control;
  private final long size;
  private final ExportFilter filter;
  private final ExportWriter writer;
  private final StoredNodes nodes;

  /** For the first {@code size} entries. */
  ControlExport(ControlEntries control, long size, ExportFilter filter, ExportWriter writer) {
    this.control = control;
    this.size = size;
    this.filter = filter;
    this.writer = writer;
    this.nodes = new StoredNodes(control);
  }

  /** Writes all that is wanted, and returns what is anchored, by the ids of journals. */
  Map<String, List<AnchoredSegment>> entries(Progress progress) throws IOException {
    Map<String, List<AnchoredSegment>> anchors = new LinkedHashMap<>();
    control.range(
        0,
        size,
        (sequence, bytes) -> {
          Entry entry = read(sequence, bytes);
          boolean wanted = filter.takes(entry) && filter.takesOutcome(entry);
          if (wanted) {
            write(sequence, bytes);
          }
          if (entry.kind() == EntryKind.SEGMENT_ANCHORED) {
            anchors
                .computeIfAbsent(String.valueOf(entry.text(Field.JOURNAL)), id -> new ArrayList<>())
                .add(AnchoredSegment.of(entry, sequence, wanted));
          }
          progress.advanced("control log", 1);
        });
    return anchors;
  }

  /** Writes the entry of that number, wanted or not. */
  void entry(long sequence) throws IOException {
    control.range(sequence, sequence + 1, this::write);
  }

  private void write(long sequence, byte[] bytes) throws IOException {
    Exporter.write(
        writer, new ExportLine.OfControl(bytes, sequence, Proofs.inclusion(nodes, sequence, size)));
  }

  private static Entry read(long sequence, byte[] bytes) throws IOException {
    try {
      return EntryCodec.read(bytes);
    } catch (EntryFormatException e) {
      throw new IOException("entry " + sequence + " of the control log " + e.getMessage(), e);
    }
  }
}
