package dev.gatehouse.audit.export;

import dev.gatehouse.audit.export.ExportLine.Absent;
import dev.gatehouse.audit.export.ExportLine.End;
import dev.gatehouse.audit.export.ExportLine.OfControl;
import dev.gatehouse.audit.export.ExportLine.OfJournal;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** Writes the lines of an export. For one thread; does not close what it writes to. */
public final class ExportWriter {

  private final ExportFormat format;
  private final OutputStream out;
  private long control;
  private long journal;

  /**
   * Begins an export.
   *
   * @throws IOException if it cannot be written
   */
  public ExportWriter(ExportFormat format, ExportHeader header, OutputStream out)
      throws IOException {
    this.format = format;
    this.out = out;
    write(format.first(header));
  }

  /**
   * Writes a line.
   *
   * @throws LineException if what is to be written is no entry
   * @throws IOException if it cannot be written
   */
  public void write(ExportLine line) throws LineException, IOException {
    switch (line) {
      case OfControl ignored -> control++;
      case OfJournal ignored -> journal++;
      case Absent ignored -> {}
      case End ignored -> {}
    }
    write(format.line(line));
  }

  /**
   * Writes the last line.
   *
   * @throws IOException if it cannot be written
   */
  public void end() throws IOException {
    try {
      write(new End(control, journal));
    } catch (LineException e) {
      throw new IllegalStateException("the last line holds no entry", e);
    }
  }

  /** How many entries were written. */
  public long entries() {
    return control + journal;
  }

  private void write(String text) throws IOException {
    out.write((text + format.end()).getBytes(StandardCharsets.UTF_8));
  }
}
