package dev.gatehouse.cli;

import dev.gatehouse.audit.checkpoint.Checkpoint;
import dev.gatehouse.audit.checkpoint.NoteException;
import dev.gatehouse.audit.checkpoint.SignedNote;
import dev.gatehouse.audit.checkpoint.VerifierKey;
import dev.gatehouse.audit.control.ControlLogReader;
import dev.gatehouse.audit.export.ControlEntries;
import dev.gatehouse.audit.export.ExportFilter;
import dev.gatehouse.audit.export.ExportFormat;
import dev.gatehouse.audit.export.Exporter;
import dev.gatehouse.audit.verify.Note;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code gatehouse audit export}. */
@Command(
    name = "export",
    mixinStandardHelpOptions = true,
    description =
        "Writes entries with their proofs into a file, for `gatehouse audit verify --export`.",
    footer = {
      "",
      "Exit codes: 0 done; 1 done from the stores, but segments are damaged (of a"
          + " gateway's export, audit verify says so); 2 not done."
    })
final class AuditExport implements Callable<Integer> {

  @Spec private @Nullable CommandSpec spec;

  @ArgGroup(multiplicity = "1")
  private @Nullable Source source;

  @Option(names = "--out", paramLabel = "FILE", required = true, description = "A new file.")
  private Path file = Path.of("");

  @Option(
      names = "--format",
      defaultValue = "JSONL",
      description = "${COMPLETION-CANDIDATES}; JSON lines if not given.")
  private ExportFormat format = ExportFormat.JSONL;

  @Option(names = "--caller", description = "By that caller.")
  private @Nullable String caller;

  @Option(names = "--model", description = "About that model.")
  private @Nullable String model;

  @Option(names = "--action", description = "With that action, in full.")
  private @Nullable String action;

  @Option(names = "--outcome", description = "That ended so: OK, or the reason of a refusal.")
  private @Nullable String outcome;

  @Option(names = "--since", description = "At that time or later: 2026-01-31T00:00:00Z.")
  private @Nullable Instant since;

  @Option(names = "--until", description = "Before that time.")
  private @Nullable Instant until;

  /** Where entries come from. */
  static final class Source {

    @ArgGroup(exclusive = false)
    private @Nullable FromStores stores;

    @ArgGroup(exclusive = false)
    private @Nullable ServerExport server;
  }

  /** The live stores, with what vouches for them. */
  static final class FromStores {

    @ArgGroup(exclusive = false, multiplicity = "1")
    private @Nullable LiveStores live;

    @Option(
        names = "--checkpoints",
        paramLabel = "DIR",
        required = true,
        description = "A folder with checkpoints; the latest is what the proofs lead to.")
    private @Nullable Path checkpoints;

    @Option(
        names = "--key",
        paramLabel = "VKEY|FILE",
        required = true,
        description = "A verifier key that is trusted, or a file with one.")
    private List<String> keys = List.of();
  }

  @Override
  public Integer call() throws IOException {
    // Before anything that ends with the file deleted: one that was there stays.
    OutputStream created =
        Files.newOutputStream(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    boolean done = false;
    try (OutputStream out = new BufferedOutputStream(created)) {
      int code = export(out);
      done = true;
      return code;
    } finally {
      if (!done) {
        boolean unused = Files.deleteIfExists(file);
      }
    }
  }

  private int export(OutputStream out) throws IOException {
    ExportFilter filter = new ExportFilter(caller, model, action, outcome, since, until);
    ServerExport server = source == null ? null : source.server;
    FromStores stores = source == null ? null : source.stores;
    try (Bar bar = new Bar()) {
      if (server != null) {
        if (format != ExportFormat.JSONL) {
          throw new IOException("a gateway exports JSON lines only");
        }
        out().println("entries: " + server.export(filter, out, bar));
        return Gatehouse.OK;
      }
      if (stores == null || stores.live == null) {
        throw new IOException("no record was named");
      }
      return fromStores(stores, stores.live, filter, out, bar);
    }
  }

  private int fromStores(
      FromStores stores, LiveStores live, ExportFilter filter, OutputStream out, Bar bar)
      throws IOException {
    List<VerifierKey> keys = KeyTexts.keys(stores.keys);
    ControlLogReader reader = new ControlLogReader(live.database());
    Note note =
        CheckpointFolder.latest(CheckpointFolder.notes(stores.checkpoints), keys, reader.size());
    Exporter.Summary summary;
    try {
      SignedNote signed = SignedNote.parse(note.text());
      summary =
          new Exporter(ControlEntries.of(reader), live.journals())
              .export(Checkpoint.parse(signed.text()), signed, filter, format, out, bar);
    } catch (NoteException e) {
      throw new IOException(note.name() + ": " + e.getMessage(), e);
    }
    out().println("entries: " + summary.entries());
    out().println("segments that are not in it: " + summary.absent());
    for (String problem : summary.problems()) {
      err().println(problem);
    }
    return summary.problems().isEmpty() ? Gatehouse.OK : Gatehouse.FOUND;
  }

  private PrintWriter out() {
    return spec == null ? new PrintWriter(System.out, true) : spec.commandLine().getOut();
  }

  private PrintWriter err() {
    return spec == null ? new PrintWriter(System.err, true) : spec.commandLine().getErr();
  }
}
