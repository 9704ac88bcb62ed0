package dev.gatehouse.serving;

import dev.gatehouse.audit.Progress;
import dev.gatehouse.audit.checkpoint.Checkpoint;
import dev.gatehouse.audit.checkpoint.SignedNote;
import dev.gatehouse.audit.export.ExportFilter;
import dev.gatehouse.audit.export.ExportFormat;
import dev.gatehouse.audit.export.Exporter;
import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.Semaphore;
import org.jboss.logging.Logger;

/**
 * An export of the record that may be written, once; closed by whoever got it, whatever happens.
 */
public final class AuditExport implements AutoCloseable {

  /** How many exports are written at once at most: each reads all that it is asked for. */
  static final int AT_ONCE_MAX = 2;

  private static final Logger LOG = Logger.getLogger(AuditExport.class);

  private final Exporter exporter;
  private final Checkpoint checkpoint;
  private final SignedNote note;
  private final ExportFilter filter;
  private final Semaphore places;

  AuditExport(
      Exporter exporter,
      Checkpoint checkpoint,
      SignedNote note,
      ExportFilter filter,
      Semaphore places) {
    this.exporter = exporter;
    this.checkpoint = checkpoint;
    this.note = note;
    this.filter = filter;
    this.places = places;
  }

  /**
   * Writes it as JSON lines. What is damaged of the record is named in it and in the log of the
   * process.
   *
   * @param progress hears of what was looked at, which may be much more than is written; may throw
   *     to end it
   * @throws IOException if the record cannot be read or {@code out} throws it
   */
  public void writeTo(OutputStream out, Progress progress) throws IOException {
    Exporter.Summary summary =
        exporter.export(checkpoint, note, filter, ExportFormat.JSONL, out, progress);
    for (String problem : summary.problems()) {
      LOG.errorf("the record is damaged: %s", problem);
    }
  }

  @Override
  public void close() {
    places.release();
  }
}
