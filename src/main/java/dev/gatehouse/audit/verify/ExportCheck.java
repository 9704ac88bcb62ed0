package dev.gatehouse.audit.verify;

import dev.gatehouse.audit.Progress;
import dev.gatehouse.audit.checkpoint.VerifierKey;
import dev.gatehouse.audit.export.ExportHeader;
import dev.gatehouse.audit.export.ExportLine;
import dev.gatehouse.audit.export.ExportReader;
import dev.gatehouse.audit.export.LineException;
import dev.gatehouse.audit.verify.Finding.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Verifies an export: each line by its proof, and if it says that it is complete, that nothing is
 * missing. Reads it once; holds an object for each anchored segment. For one thread.
 */
public final class ExportCheck {

  private final Findings findings = new Findings();
  private final Progress progress;

  private ExportCheck(Progress progress) {
    this.progress = progress;
  }

  /**
   * Verifies an export.
   *
   * @param in is not closed
   * @param keys the keys whose signatures are trusted
   * @param checkpoints others than that of the export, which a complete one must agree with
   * @throws IOException if it cannot be read
   */
  public static Report verify(
      InputStream in, List<VerifierKey> keys, List<Note> checkpoints, Progress progress)
      throws IOException {
    return new ExportCheck(progress).verify(in, keys, checkpoints);
  }

  private Report verify(InputStream in, List<VerifierKey> keys, List<Note> checkpoints)
      throws IOException {
    ExportReader reader;
    try {
      reader = new ExportReader(in);
    } catch (LineException e) {
      findings.add(Kind.LINE_CHANGED, Place.line(1), Printable.of(String.valueOf(e.getMessage())));
      return findings.report();
    }
    ExportHeader header = reader.header();
    List<Note> notes = new ArrayList<>(checkpoints);
    notes.addFirst(new Note("of the export", header.checkpoint()));
    List<Vouched> vouched = new Checkpoints(keys, findings).open(notes);
    Vouched own = own(vouched, header);
    if (own != null) {
      lines(reader, new ExportLines(header, own, vouched, findings));
    }
    return findings.report();
  }

  /** The checkpoint that the proofs lead to; null and a finding if it does not fit the export. */
  private @Nullable Vouched own(List<Vouched> vouched, ExportHeader header) {
    if (vouched.isEmpty() || !vouched.getFirst().name().equals("of the export")) {
      return null; // That is a finding already.
    }
    Vouched own = vouched.getFirst();
    if (own.size() != header.size() || !own.origin().equals(header.origin())) {
      findings.add(Kind.LINE_CHANGED, Place.line(1), "it says something else than its checkpoint");
      return null;
    }
    return own;
  }

  private void lines(ExportReader reader, ExportLines lines) throws IOException {
    while (true) {
      try {
        ExportLine line = reader.next();
        if (line == null) {
          break;
        }
        lines.accept(line, reader.line());
        progress.advanced("lines", 1);
      } catch (LineException e) {
        lines.unreadable();
        findings.add(
            Kind.LINE_CHANGED,
            Place.line(reader.line()),
            Printable.of(String.valueOf(e.getMessage())));
      }
    }
    lines.end(reader.line());
  }
}
