package dev.gatehouse.cli;

import dev.gatehouse.audit.checkpoint.VerifierKey;
import dev.gatehouse.audit.verify.Evidence;
import dev.gatehouse.audit.verify.ExportCheck;
import dev.gatehouse.audit.verify.Finding;
import dev.gatehouse.audit.verify.LiveControl;
import dev.gatehouse.audit.verify.Note;
import dev.gatehouse.audit.verify.Report;
import dev.gatehouse.audit.verify.Verifier;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code gatehouse audit verify}. */
@Command(
    name = "verify",
    mixinStandardHelpOptions = true,
    description = "Verifies an export, or the live record, and names what is wrong.",
    footer = {
      "",
      "Exit codes: 0 it verifies; 1 it does not, and the first fault is on stderr;",
      "2 it could not be checked."
    })
final class AuditVerify implements Callable<Integer> {

  private static final int BUFFER_BYTES = 1 << 18;

  @Spec private @Nullable CommandSpec spec;

  @ArgGroup(multiplicity = "1")
  private @Nullable Subject subject;

  @Option(
      names = "--checkpoints",
      paramLabel = "DIR",
      description = "A folder with checkpoints that were kept outside, old ones too.")
  private @Nullable Path checkpoints;

  @Option(
      names = "--key",
      paramLabel = "VKEY|FILE",
      required = true,
      description = "A verifier key that is trusted, or a file with one; several may be given.")
  private List<String> keys = List.of();

  @Option(
      names = "--journals-elsewhere",
      description = "Journals that are not in the folders given are noted, and are no fault.")
  private boolean journalsElsewhere;

  /** What is verified. */
  static final class Subject {

    @Option(names = "--export", paramLabel = "FILE", description = "An export: JSON lines or CSV.")
    private @Nullable Path export;

    @ArgGroup(exclusive = false)
    private @Nullable LiveStores live;
  }

  @Override
  public Integer call() throws IOException {
    List<VerifierKey> trusted = KeyTexts.keys(keys);
    List<Note> notes = CheckpointFolder.notes(checkpoints);
    Report report;
    try (Bar bar = new Bar()) {
      report = report(trusted, notes, bar);
    }
    return print(report);
  }

  private Report report(List<VerifierKey> trusted, List<Note> notes, Bar bar) throws IOException {
    Path export = subject == null ? null : subject.export;
    LiveStores live = subject == null ? null : subject.live;
    if (export != null) {
      try (InputStream in = new BufferedInputStream(Files.newInputStream(export), BUFFER_BYTES)) {
        return ExportCheck.verify(in, trusted, notes, bar);
      }
    }
    if (live == null) {
      throw new IOException("nothing to verify was named");
    }
    try (LiveControl control = LiveControl.open(live.database())) {
      return Verifier.verify(
          new Evidence(
              trusted, notes, control.rows(), control.nodes(), live.journals(), journalsElsewhere),
          bar);
    }
  }

  private int print(Report report) {
    PrintWriter out = out();
    report.counts().forEach((what, count) -> out.println(what + ": " + count));
    report.notes().forEach(note -> out.println("note: " + note));
    for (Finding finding : report.findings()) {
      err().println(finding);
    }
    if (report.faults() > report.findings().size()) {
      err().println((report.faults() - report.findings().size()) + " more faults");
    }
    out.println(report.verifies() ? "the record verifies" : "THE RECORD DOES NOT VERIFY");
    return report.verifies() ? Gatehouse.OK : Gatehouse.FOUND;
  }

  private PrintWriter out() {
    return spec == null ? new PrintWriter(System.out, true) : spec.commandLine().getOut();
  }

  private PrintWriter err() {
    return spec == null ? new PrintWriter(System.err, true) : spec.commandLine().getErr();
  }
}
