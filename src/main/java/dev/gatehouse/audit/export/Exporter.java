package dev.gatehouse.audit.export;

import dev.gatehouse.audit.Progress;
import dev.gatehouse.audit.checkpoint.Checkpoint;
import dev.gatehouse.audit.checkpoint.SignedNote;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Writes an export of the live record: the control log up to a checkpoint, then what is anchored in
 * it of the journals that can be reached. What is not anchored yet cannot be proved and is left for
 * a later export. For one thread.
 */
public final class Exporter {

  /**
   * What was exported.
   *
   * @param entries how many entries
   * @param absent how many segments are not in it
   * @param problems what is wrong with segments that are there and could not be exported
   */
  public record Summary(long entries, long absent, List<String> problems) {}

  private final ControlEntries control;
  private final List<Path> journals;

  /**
   * For a control log and the folders in which journals are.
   *
   * @param journals may lack some: their segments are named as absent
   */
  public Exporter(ControlEntries control, List<Path> journals) {
    this.control = control;
    this.journals = List.copyOf(journals);
  }

  /**
   * Writes an export.
   *
   * @param checkpoint what the control log is, as far as it is exported
   * @param note the signed note that says so
   * @param out is not closed
   * @throws IOException if the record cannot be read or the export not be written
   */
  public Summary export(
      Checkpoint checkpoint,
      SignedNote note,
      ExportFilter filter,
      ExportFormat format,
      OutputStream out,
      Progress progress)
      throws IOException {
    ExportWriter writer =
        new ExportWriter(
            format,
            new ExportHeader(checkpoint.origin(), checkpoint.size(), filter.all(), note.toString()),
            out);
    ControlExport log = new ControlExport(control, checkpoint.size(), filter, writer);
    long absent = 0;
    List<String> problems = new ArrayList<>();
    for (Map.Entry<String, List<AnchoredSegment>> journal : log.entries(progress).entrySet()) {
      JournalExport export =
          new JournalExport(journal.getKey(), journals, filter, writer, log, progress);
      for (AnchoredSegment segment : journal.getValue()) {
        export.segment(segment);
      }
      absent += export.absent();
      problems.addAll(export.problems());
    }
    writer.end();
    return new Summary(writer.entries(), absent, problems);
  }

  static void write(ExportWriter writer, ExportLine line) throws IOException {
    try {
      writer.write(line);
    } catch (LineException e) {
      throw new IOException("an entry cannot be exported: " + e.getMessage(), e);
    }
  }
}
